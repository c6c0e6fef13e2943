"""Null pictures. See `_protocol.py`."""

from sayso.evaluate.visual.nulls._protocol import NullImage, null_images

__all__ = ["null_images", "NullImage"]
