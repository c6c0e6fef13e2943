"""Variations: other tasks on the same items, made of a task that asks a question. One file each; see `_protocol.py`."""

from sayso.tasks.variations._protocol import MARK, Variation, variations, vary

__all__ = ["MARK", "Variation", "variations", "vary"]
