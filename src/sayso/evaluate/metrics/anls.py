"""ANLS: one minus the edit distance over the longer length, the best over the references; 0 where that falls below a half.

Text is lower-cased and runs of white space are one space. What is exactly half wrong is the boundary: `inclusive` keeps the 0.5, as the scripts of the
competition, M4C and lmms-eval do; `strict` makes it 0, as the formula of the paper says. Nothing said where nothing was to be said is 1.

Source: Biten et al. 2019, "Scene Text Visual Question Answering", arXiv 1905.13648.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from sayso.evaluate.metrics._protocol import Context, MetricCard, metrics
from sayso.records import Score

__all__ = ["Anls", "anls", "Boundary", "edit_distance", "similarity"]

Boundary: TypeAlias = Literal["inclusive", "strict"]

NAME = "anls"
HALF = 0.5


def edit_distance(first: str, second: str) -> int:
    """Fewest insertions, deletions and substitutions of characters (Levenshtein), a whole-number row per character (Hyyrö 2003)."""
    if not first:
        return len(second)
    places: dict[str, int] = {}
    for position, sign in enumerate(first):
        places[sign] = places.get(sign, 0) | 1 << position
    ones, last = (1 << len(first)) - 1, 1 << (len(first) - 1)
    up, down, distance = ones, 0, len(first)
    for sign in second:
        equal = places.get(sign, 0)
        across = (((equal & up) + up) ^ up) | equal
        more, less = down | ~(across | up) & ones, up & across
        distance += bool(more & last) - bool(less & last)
        more, less = (more << 1 | 1) & ones, less << 1 & ones
        up, down = (less | ~(equal | down | more)) & ones, more & (equal | down)
    return distance


@lru_cache(maxsize=65536)
def similarity(prediction: str, reference: str, *, boundary: Boundary) -> float:
    """In [0.5, 1] or 0."""
    mine, gold = (" ".join(text.lower().split()) for text in (prediction, reference))
    longer = max(len(mine), len(gold))
    wrong = edit_distance(mine, gold) / longer if longer else 0.0
    near = wrong < HALF or (wrong == HALF and boundary == "inclusive")
    return 1.0 - wrong if near else 0.0


@dataclass(frozen=True)
class Anls:
    """In [0, 1]."""

    boundary: Boundary = "inclusive"

    @property
    def card(self) -> MetricCard:
        """Says on which side the boundary lies."""
        source = f"ST-VQA, arXiv 1905.13648, threshold 0.5, boundary {self.boundary}"
        return MetricCard(name=NAME, source=source, tokeniser="characters, lower case", reads_blank=True)

    def measure(self, prediction: str, *, references: tuple[str, ...], context: Context) -> Score:
        """The best similarity over the references."""
        del context
        values = (similarity(prediction, reference, boundary=self.boundary) for reference in references)
        return Score(metric=NAME, value=max(values))


@metrics.register(NAME)
def anls(*, boundary: Boundary = "inclusive") -> Anls:
    """ANLS; `boundary` says what becomes of an answer that is exactly half wrong."""
    return Anls(boundary=boundary)
