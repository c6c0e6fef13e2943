"""Contradiction: the same instruction and input, answered differently: nobody knows which is right, so all of them go.

Self-Instruct drops the whole list of a task's instances where two share a non-empty input and differ in output (checked in its code); that is what `announce`
is for: told of a group, the rule refuses all of it that is contradicted. Without, it refuses what contradicts something that was kept. One input may have several right
answers (`several`, ours): then nothing is refused before there are more than that many. What comes with pictures is left alone, for nobody says here which.
"""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from sayso.instructions.synthesize.rules._protocol import Written, rules
from sayso.instructions.synthesize.rules._text import fold, mark
from sayso.records import Verdict

__all__ = ["contradiction", "ContradictionRule"]


class ContradictionRule:
    """Knows the answers that it was told of, by what they answer, as marks of 16 bytes."""

    def __init__(self, *, several: int, without_input: bool) -> None:
        self._several = several
        self._without_input = without_input
        self._answers: dict[bytes, tuple[bytes, ...]] = {}

    def announce(self, writtens: Sequence[Written]) -> None:
        """Remember all answers of a group, those that will be refused too."""
        for written in writtens:
            self.keep(written)

    def judge(self, written: Written) -> Verdict:
        """Refuse what has other answers than this one, beyond how many it may have."""
        if not self._compares(written):
            return Verdict(keep=True, reason="nothing to contradict")
        known = self._answers.get(_question(written), ())
        if len({*known, mark(written.output.strip())}) > self._several:
            return Verdict(keep=False, reason="the same was asked and answered differently")
        return Verdict(keep=True, reason="not answered differently elsewhere")

    def keep(self, written: Written) -> None:
        """Remember an answer."""
        if self._compares(written):
            key, answer = _question(written), mark(written.output.strip())
            known = self._answers.get(key, ())
            if answer not in known and len(known) <= self._several:
                self._answers[key] = (*known, answer)

    def _compares(self, written: Written) -> bool:
        return not written.num_media and (self._without_input or bool(written.input.strip()))


def _question(written: Written) -> bytes:
    return mark(fold(written.instruction), fold(written.input))


@rules.register("contradiction")
def contradiction(*, several: Annotated[int, Field(ge=1)] = 1, without_input: bool = False) -> ContradictionRule:
    """The rule `contradiction`; `without_input` compares what has no input too, where many answers are often right."""
    return ContradictionRule(several=several, without_input=without_input)
