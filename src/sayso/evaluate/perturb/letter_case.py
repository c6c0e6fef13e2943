"""The same words in capitals, in small letters, or in capitals and small letters at random."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sayso.evaluate.perturb._protocol import perturbations
from sayso.evaluate.perturb._text import Where, change_words
from sayso.records import Sample, Verdict
from sayso.seeds import Stream

__all__ = ["LetterCase"]


@perturbations.register("letter_case")
@dataclass(frozen=True, kw_only=True)
class LetterCase:
    """The wording written in `style`."""

    style: Literal["upper", "lower", "random"] = "upper"
    where: Where = "template"

    def apply(self, samples: Sequence[Sample], *, seed: int) -> list[Sample | Verdict]:
        """The samples in other letters."""
        return [
            change_words(one, where=self.where, change=lambda text, one=one: self._write(text, seed, one.example))  # type: ignore[misc]
            for one in samples
        ]

    def _write(self, text: str, seed: int, example: str) -> str:
        if self.style == "random":
            chance = Stream(seed, "letter_case", example, text)
            return "".join(letter.upper() if chance.below(2) else letter.lower() for letter in text)
        return text.upper() if self.style == "upper" else text.lower()
