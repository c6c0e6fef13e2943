"""Samples in the formats of other tools, one file per format."""

from sayso.data.formats._protocol import Format, Outcome, formats

__all__ = ["Format", "formats", "Outcome"]
