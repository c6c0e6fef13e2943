"""Slips of the keyboard: in a share of the longer words one letter is swapped with the next, left out, doubled, or hit beside its key.

Source: character-level attacks as in TextBugger (Li et al. 2019) and PromptBench (Zhu et al. 2023), here drawn at random and not searched for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from sayso.evaluate.perturb._protocol import perturbations
from sayso.evaluate.perturb._text import WORD, Where, change_words
from sayso.records import Sample, Verdict
from sayso.seeds import Stream

__all__ = ["mistype", "Typos"]

ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
BESIDE = {key: row[max(0, at - 1) : at] + row[at + 1 : at + 2] for row in ROWS for at, key in enumerate(row)}
SHORTEST = 4


@perturbations.register("typos")
@dataclass(frozen=True, kw_only=True)
class Typos:
    """`share` of the words of four letters and more have one slip each, at least one word in every piece of text."""

    share: float = Field(default=0.25, gt=0, le=1)
    where: Where = "template"

    def apply(self, samples: Sequence[Sample], *, seed: int) -> list[Sample | Verdict]:
        """The samples; the slips of a text depend on the text, the example and the seed."""
        return [
            change_words(one, where=self.where, change=lambda text, one=one: self._mistype(text, seed, one.example))  # type: ignore[misc]
            for one in samples
        ]

    def _mistype(self, text: str, seed: int, example: str) -> str:
        chance = Stream(seed, "typos", example, text)
        words = [found.span() for found in WORD.finditer(text) if len(found.group()) >= SHORTEST]
        if not words:
            return text
        for start, end in sorted(chance.sample(words, max(1, round(self.share * len(words)))), reverse=True):
            text = text[:start] + mistype(text[start:end], chance=chance) + text[end:]
        return text


def mistype(word: str, *, chance: Stream) -> str:
    """One slip behind the first letter, which makes another word of it."""
    at = 1 + chance.below(len(word) - 2)
    letter, following = word[at], word[at + 1]
    slips = [word[:at] + word[at + 1 :], word[: at + 1] + word[at:]]
    if letter != following:
        slips.append(word[:at] + following + letter + word[at + 2 :])
    slips += [word[:at] + key + word[at + 1 :] for key in BESIDE.get(letter, "")]
    return chance.choice([slip for slip in slips if slip != word])
