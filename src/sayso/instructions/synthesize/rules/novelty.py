"""Novelty: an instruction whose ROUGE-L with one that was kept is above 0.7 is refused, as in Self-Instruct.

Whoever runs the rules tells them first of the seeds, by `keep`, then of everything that all rules kept. In a pool where one instruction is asked of many
inputs (or pictures), `with_input` compares the two together; what differs in nothing but the picture needs another rule or none.
"""

from typing import Annotated

from pydantic import Field

from sayso.instructions.overlap import Nearby, rouge_words
from sayso.instructions.synthesize.rules._protocol import Written, rules
from sayso.records import Verdict

__all__ = ["novelty", "NoveltyRule"]

_SHOWN = 80


class NoveltyRule:
    """Compares with everything that was kept; how, says `Nearby`."""

    def __init__(self, *, threshold: float, with_input: bool) -> None:
        self._threshold = threshold
        self._with_input = with_input
        self._nearby = Nearby(threshold)
        self._kept: list[str] = []

    def judge(self, written: Written) -> Verdict:
        """Refuse what is too near; the reason names the nearest, and the score is how far it is, 1 - ROUGE-L."""
        found = self._nearby.nearest(rouge_words(self._text(written)))
        if found is None:
            return Verdict(keep=True, reason=f"no ROUGE-L above {self._threshold:g} with what was kept")
        number, near = found
        told = f"ROUGE-L {near:.2f} with {self._kept[number]!r}"
        return Verdict(keep=False, reason=told, score=1 - near)

    def keep(self, written: Written) -> None:
        """Take it in."""
        text = self._text(written)
        self._nearby.add(rouge_words(text))
        self._kept.append(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")

    def _text(self, written: Written) -> str:
        return f"{written.instruction}\n{written.input}" if self._with_input else written.instruction


@rules.register("novelty")
def novelty(*, threshold: Annotated[float, Field(ge=0, le=1)] = 0.7, with_input: bool = False) -> NoveltyRule:
    """The rule `novelty`; what is exactly at the threshold is kept (Self-Instruct's own comparison)."""
    return NoveltyRule(threshold=threshold, with_input=with_input)
