"""From clues to a probability that the meaning was kept: a logistic regression whose weights are shipped as data.

`weights.json` holds one set for each of what may be known: the pair alone, or its siblings too, each with or without an encoder.
No weight is positive: more doubt never makes a wording surer. `bench/fit_meaning.py --write` makes the file.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

__all__ = ["load_weights", "probability", "Weights"]


@dataclass(frozen=True)
class Weights:
    """One set. `centre` is the middle of the log-odds that it was fitted on; `threshold` keeps 93 % of what is right."""

    bias: float
    centre: float
    threshold: float
    weights: Mapping[str, float] = field(default_factory=dict)

    def log_odds(self, clues: Mapping[str, float]) -> float:
        """How surely the meaning was kept."""
        return self.bias + math.fsum(weight * clues[name] for name, weight in self.weights.items())

    def among(self, odds: Sequence[float]) -> list[float]:
        """The log-odds of siblings, moved half-way to where siblings usually lie: parents differ in what their clues say."""
        shift = (sorted(odds)[len(odds) // 2] - self.centre) / 2
        return [one - shift for one in odds]


@lru_cache(maxsize=1)
def load_weights() -> dict[str, Weights]:
    """The shipped sets: `alone`, `alone+encoder`, `together`, `together+encoder`."""
    sets = json.loads(files(__package__).joinpath("weights.json").read_text("utf-8"))
    return {name: Weights(**values) for name, values in sets.items()}


def probability(log_odds: float) -> float:
    """In (0, 1)."""
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, log_odds))))
