"""Null pictures. See `_protocol.py`."""

from sayso.evaluate.visual.nulls._protocol import NullImage, null_images, null_label

__all__ = ["null_images", "null_label", "NullImage"]
