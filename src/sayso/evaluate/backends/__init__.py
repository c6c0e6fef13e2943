"""Backends: prompts in, predictions out. See `_protocol.py`."""

from sayso.evaluate.backends._protocol import Advance, Backend, Decoding, Extraction, Reply, backends

__all__ = ["Advance", "Backend", "backends", "Decoding", "Extraction", "Reply"]
