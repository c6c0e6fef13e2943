"""Elo ratings from comparisons, over many random orders: who plays whom first must not matter.

A rating starts at 1000; a comparison moves both by K times the difference between what happened (1, a half for a tie, 0) and what was expected, 1 / (1 + 10^((other - own) / 400)). One pass
depends on the order, so comparisons are drawn again with replacement, in the order drawn, `num_shuffles` times; the rating is the mean over passes and the interval
their percentiles. Comparisons are sorted first: their order in a file means nothing.

Ratings say who is ahead among these players on these questions; with few comparisons they are pulled towards 1000, since K is small.

Source: VisIT-Bench, Bitton et al. 2023, arXiv 2308.06595, section 4 (K 32, start 1000).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sayso.errors import DataError
from sayso.evaluate.intervals import Estimate
from sayso.evaluate.sensitivity import Floats
from sayso.seeds import Stream

__all__ = ["Battle", "elo", "EloSettings"]

SCORES = {"first": 1.0, "tie": 0.5, "second": 0.0}


@dataclass(frozen=True, kw_only=True, order=True, slots=True)
class Battle:
    """One comparison of two models on one question, as the judge `pairwise` decides it."""

    first: str
    second: str
    winner: Literal["first", "second", "tie"]


@dataclass(frozen=True, kw_only=True, slots=True)
class EloSettings:
    """How ratings are made; the defaults are the published ones."""

    seed: int = 0
    k: float = 32.0
    initial: float = 1000.0
    num_shuffles: int = 500
    confidence: float = 0.95


def elo(battles: Sequence[Battle], *, settings: EloSettings | None = None) -> dict[str, Estimate]:
    """The rating of every player, best first; `n` is the number of its comparisons.

    Raises:
        DataError: there is no comparison, a player meets itself, or a winner is none of the three.
    """
    settings = settings or EloSettings()
    ordered = sorted(map(_checked, battles))
    if not ordered:
        raise DataError(f"there are {len(ordered)} comparisons; ratings need at least one")
    players = sorted({name for one in ordered for name in (one.first, one.second)})
    ratings = _passes(ordered, players, settings)
    tail = (1 - settings.confidence) / 2
    low, high = np.quantile(ratings, [tail, 1 - tail], axis=0)
    found = {
        player: Estimate(
            mean=float(ratings[:, place].mean()),
            low=float(low[place]),
            high=float(high[place]),
            n=sum(player in {one.first, one.second} for one in ordered),
        )
        for place, player in enumerate(players)
    }
    return dict(sorted(found.items(), key=lambda pair: -pair[1].mean))


def _checked(one: Battle) -> Battle:
    if one.first == one.second:
        raise DataError(f"{one.first!r} is compared with itself; give two models")
    if one.winner not in SCORES:
        raise DataError(
            f"{one.first!r} against {one.second!r}: the winner is {one.winner!r}; give first, second or tie"
        )
    return one


def _passes(battles: Sequence[Battle], players: Sequence[str], settings: EloSettings) -> Floats:
    """Final ratings of every pass, (num_shuffles, players): all passes take a step at a time."""
    first = np.array([players.index(one.first) for one in battles])
    second = np.array([players.index(one.second) for one in battles])
    scores = np.array([SCORES[one.winner] for one in battles])
    ratings = np.full((settings.num_shuffles, len(players)), settings.initial)
    rows = np.arange(settings.num_shuffles)
    for drawn in _draws(len(battles), settings):
        a, b = first[drawn], second[drawn]
        expected = 1 / (1 + 10 ** ((ratings[rows, b] - ratings[rows, a]) / 400))
        moved = settings.k * (scores[drawn] - expected)
        ratings[rows, a] += moved
        ratings[rows, b] -= moved
    return ratings


def _draws(number: int, settings: EloSettings) -> npt.NDArray[np.int64]:
    """Which comparison each pass takes at each step, (steps, num_shuffles)."""
    stream = Stream(settings.seed, "elo", number)
    size = number * settings.num_shuffles
    return np.fromiter((stream.below(number) for _ in range(size)), np.int64, size).reshape(number, -1)
