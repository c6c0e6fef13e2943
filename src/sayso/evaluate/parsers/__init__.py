"""Parsers: from what a model wrote to its answer. See `_protocol.py`."""

from sayso.evaluate.parsers._protocol import Parsed, Parser, parsers

__all__ = ["Parsed", "Parser", "parsers"]
