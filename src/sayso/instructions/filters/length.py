"""Length: words outside slots, relative to the parent, by the two published rules of InstrAug.

`strict` keeps what has more than half and less than one and a half times the words of its parent, as the experiments did;
`loose` less than twice, as the released code does. Placeholders are not words here (they were, upstream), and since a
ratio says little about a template of three words, a difference of at most `slack` words passes too; slack 0 is the rule as
published. An empty wording fails unless its parent is empty as well.
"""

from typing import Literal

from sayso.instructions.filters._protocol import FilterContext, filters
from sayso.instructions.filters.wording import words_outside_slots
from sayso.records import Template, Verdict

__all__ = ["length", "LengthFilter", "PRESETS"]

PRESETS = {"strict": (0.5, 1.5), "loose": (0.0, 2.0)}
"""Open bounds of the ratio of a candidate's words to its parent's."""


class LengthFilter:
    """Keeps a candidate of about its parent's length."""

    def __init__(self, *, low: float, high: float, slack: int) -> None:
        self._low, self._high, self._slack = low, high, slack

    def judge(self, candidate: Template, *, context: FilterContext) -> Verdict:
        """Refuse what is too short or too long for its parent."""
        given, found = words_outside_slots(context.parent.text), words_outside_slots(candidate.text)
        inside = self._low * given < found < self._high * given
        if inside or (abs(found - given) <= self._slack and (found or not given)):
            return Verdict(keep=True, reason="length kept")
        extent = "short" if found <= given else "long"
        return Verdict(keep=False, reason=f"too {extent}")


@filters.register("length")
def length(*, preset: Literal["strict", "loose"] = "strict", slack: int = 6) -> LengthFilter:
    """The filter `length`; `slack` is a number of words."""
    low, high = PRESETS[preset]
    return LengthFilter(low=low, high=high, slack=slack)
