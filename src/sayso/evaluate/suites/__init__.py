"""Suites: published test sets in their published formats. See `_protocol.py`."""

from sayso.evaluate.suites._protocol import Files, Read, Suite, suites

__all__ = ["Files", "Read", "Suite", "suites"]
