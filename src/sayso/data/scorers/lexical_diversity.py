"""Lexical diversity: MTLD, the mean length of runs of words that stay above a type-token ratio (McCarthy and Jarvis 2010).

Words are read one by one; whenever different words over words falls to 0.72 or below a factor is full and counting starts anew. What is left at the end is part of a factor:
(1 - ratio) / (1 - 0.72). The value is words over factors, the mean of reading forwards and backwards. A text whose ratio never falls is one without a factor, which has no MTLD: it is
NaN, as are texts under `min_words`, for which the measure means little. EasyInstruct keeps what lies from 8 to 22 (checked in its code): a band, for both ends are suspect.

Words are those of `sayso.instructions.overlap`: lower case, no marks. Columns `mtld_response` and `mtld_instruction`.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from pydantic import Field

from sayso.data.scorers._protocol import Column, Columns, Scoring, scorers
from sayso.data.scorers._said import answer, asked
from sayso.instructions.overlap import rouge_words
from sayso.records import Sample

__all__ = ["LexicalDiversityScorer", "mtld"]


def mtld(words: Sequence[str], *, ratio: float = 0.72) -> float:
    """The measure; NaN where neither way there is a factor or part of one."""
    there, back = (_factors(way, ratio) for way in (words, reversed(words)))
    if not there or not back:
        return math.nan
    return (len(words) / there + len(words) / back) / 2


def _factors(words: Iterable[str], ratio: float) -> float:
    factors, types, tokens = 0.0, set[str](), 0
    for word in words:
        types.add(word)
        tokens += 1
        if len(types) / tokens <= ratio:
            factors, types, tokens = factors + 1, set(), 0
    return factors + ((1 - len(types) / tokens) / (1 - ratio) if tokens else 0.0)


@scorers.register("lexical_diversity")
@dataclass(frozen=True, kw_only=True)
class LexicalDiversityScorer:
    """Both sides of each sample."""

    ratio: Annotated[float, Field(gt=0, lt=1)] = 0.72
    min_words: Annotated[int, Field(ge=2)] = 10
    """Texts with fewer words have no value."""

    per_row: bool = field(default=True, init=False)

    def score(self, samples: Sequence[Sample], *, scoring: Scoring) -> Columns:
        """`mtld_response` and `mtld_instruction`."""
        del scoring
        texts = [(answer(one), asked(one)) for one in samples]
        return {
            f"mtld_{side}": self._column([pair[place] for pair in texts])
            for place, side in enumerate(("response", "instruction"))
        }

    def _column(self, texts: Sequence[str]) -> Column:
        values, why = np.full(len(texts), np.nan), {}
        for row, text in enumerate(texts):
            words = rouge_words(text)
            if len(words) < self.min_words:
                why[row] = f"{len(words)} words, fewer than {self.min_words}"
            elif math.isnan(found := mtld(words, ratio=self.ratio)):
                why[row] = "no word comes twice"
            else:
                values[row] = found
        return Column(values=values, why=why)
