"""A logistic choice between options over sparse features, fitted by Adam on the whole batch, in numpy.

The probability of option i of an example is the softmax of its score, the sum of the weights of its features (McFadden's
conditional logit), with a quadratic penalty on the weights.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Choices", "fit", "share_right"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """Examples with their options, flat: R options in all, E examples, Z features that are there.

    `starts` (E): where an example's options begin; `gold` (R): 1 for right options; `rows` (Z): which option a feature
    belongs to; `ids` (Z): which feature; `weights` (Z): its value.
    """

    starts: Ints
    gold: Floats
    rows: Ints
    ids: Ints
    weights: Floats

    @property
    def sizes(self) -> Ints:
        """Options per example, (E)."""
        return np.diff(np.append(self.starts, len(self.gold)))

    def take(self, examples: npt.NDArray[np.bool_]) -> "Choices":
        """Only the examples of the mask, (E)."""
        kept = np.repeat(examples, self.sizes)
        number = np.cumsum(kept) - 1
        there = kept[self.rows]
        sizes = self.sizes[examples]
        return Choices(
            starts=np.cumsum(sizes) - sizes,
            gold=self.gold[kept],
            rows=number[self.rows[there]],
            ids=self.ids[there],
            weights=self.weights[there],
        )

    def scores(self, theta: Floats) -> Floats:
        """The score of every option, (R)."""
        return _sums(self.rows, self.weights * theta[self.ids], len(self.gold))


def fit(choices: Choices, *, num_features: int, steps: int = 40, rate: float = 0.15, decay: float = 2.0) -> Floats:
    """The weight of every feature, (num_features); `decay` is the penalty in examples."""
    theta, first, second = (np.zeros(num_features) for _ in range(3))
    sizes = choices.sizes
    target = choices.gold / np.repeat(np.maximum(1.0, np.add.reduceat(choices.gold, choices.starts)), sizes)
    for step in range(1, steps + 1):
        gap = _softmax(choices.scores(theta), choices.starts, sizes) - target
        slope = _sums(choices.ids, choices.weights * gap[choices.rows], num_features)
        slope = (slope + decay * theta) / len(sizes)
        first += 0.1 * (slope - first)
        second += 0.05 * (slope * slope - second)
        theta -= rate * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.95**step)) + 1e-4)
    return theta


def _sums(places: Ints, values: Floats, size: int) -> Floats:
    return np.bincount(places, weights=values, minlength=size).astype(np.float64)


def _softmax(scores: Floats, starts: Ints, sizes: Ints) -> Floats:
    raised = np.exp(scores - np.repeat(np.maximum.reduceat(scores, starts), sizes))
    return np.asarray(raised / np.repeat(np.add.reduceat(raised, starts), sizes), dtype=np.float64)


def share_right(choices: Choices, theta: Floats) -> Floats:
    """Per example, the share of right ones among the options with the highest score, (E): ties are broken by chance."""
    scores = choices.scores(theta)
    best = scores >= np.repeat(np.maximum.reduceat(scores, choices.starts), choices.sizes) - 1e-9
    right = np.add.reduceat(best * choices.gold, choices.starts)
    return np.asarray(right / np.add.reduceat(best.astype(np.float64), choices.starts), dtype=np.float64)
