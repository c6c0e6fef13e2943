"""Judges: language models that rate or compare answers. See `_protocol.py`."""

from sayso.evaluate.judges._protocol import Case, Judge, Opinion, judges
from sayso.evaluate.judges.opening import open_judge

__all__ = ["Case", "Judge", "judges", "open_judge", "Opinion"]

NOT_PLUGINS = ("elo", "measuring", "opening")
"""Modules here that are no plugins."""
