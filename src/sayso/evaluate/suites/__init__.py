"""Suites: published test sets in their published formats. See `_protocol.py`."""

from sayso.evaluate.suites._protocol import NO_PICTURE, Files, LeftOut, Read, Suite, suites

__all__ = ["Files", "LeftOut", "NO_PICTURE", "Read", "Suite", "suites"]
