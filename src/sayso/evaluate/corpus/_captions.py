"""Answers as captions: tokens of what was said and of the references, one unit per answer."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from sayso.evaluate.corpus._protocol import Answer, Tally
from sayso.evaluate.ptb import tokens

__all__ = ["Caption", "captions", "tally", "Tokens"]

Tokens: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Caption:
    """Without references it cannot be scored and is left out of every sum."""

    said: Tokens
    references: tuple[Tokens, ...]


def captions(answers: Sequence[Answer]) -> list[Caption]:
    """An answer that could not be read is an empty caption."""
    return [Caption(tokens(answer.text or ""), tuple(map(tokens, answer.references))) for answer in answers]


def tally(answers: Sequence[Answer], *, rows: Sequence[Sequence[float]], width: int, reason: str = "") -> Tally:
    """One unit per answer with its row of `width` numbers, and the reasons that any caption metric gives, with one more."""
    return Tally(
        units=tuple(answer.example for answer in answers),
        statistics=np.array(rows, dtype=np.float64).reshape(-1, width),
        reasons=Counter(filter(None, [*map(_reason, answers), reason])),
    )


def _reason(answer: Answer) -> str:
    if not answer.references:
        return "no reference"
    if answer.text is None:
        return answer.reason or "no answer found"
    return "" if answer.text.strip() else "empty prediction"
