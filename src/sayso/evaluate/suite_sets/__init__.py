"""Named sets of tasks that end in one number, such as MultiInstruct's nine held-out tasks. See `_protocol.py`."""

from sayso.evaluate.suite_sets._protocol import Member, SuiteSet, suite_sets

__all__ = ["Member", "NOT_PLUGINS", "suite_sets", "SuiteSet"]

NOT_PLUGINS = ("aggregating", "gains", "reading")
