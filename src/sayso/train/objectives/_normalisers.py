"""What the sum of weighted cross entropies is divided by: every way is a count that each sample adds to.

The loss of a step is the sum over its whole accumulated batch and all processes, divided by the sum of the counts over the same. So
none of these depends on padding, on how a batch is cut into pieces, or on the number of processes. With w the weights and nll the cross
entropies of the targets of a sample:

| name | the loss is | on its scale |
|---|---|---|
| `weights` | sum(w nll) / sum(w), over all samples | a weighted mean: the scale of the weights does not matter |
| `nonzero` | sum(w nll) / number of targets | weights below 1 make the loss, and the step, smaller |
| `response_tokens` | sum(w nll) / number of response tokens | the response counts as in `response_only`, the rest comes on top |
| `sequence_mean` | mean over samples of sum(w nll) / sum(w) | short samples count as much as long ones |
| `sum` | mean over samples of sum(w nll) | as papers write a loss; long samples count more, the step is large |

Papers write sums and their code takes means, so which one a paper means is often a reading of ours; the objectives say which.
"""

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sayso.models.roles import ROLE_CODE
from sayso.records import ROLES

__all__ = ["IS_RESPONSE", "Normaliser", "NORMALISERS"]

Normaliser: TypeAlias = Literal["weights", "nonzero", "response_tokens", "sequence_mean", "sum"]

Weights: TypeAlias = NDArray[np.float32]
Roles: TypeAlias = NDArray[np.uint8]

IS_RESPONSE = np.isin(np.arange(len(ROLES)), [ROLE_CODE["response"], ROLE_CODE["resp_end"]])
"""By the code of a role: whether it is the response or its end."""


def _weights(weights: Weights, roles: Roles) -> tuple[Weights, float]:
    return weights, float(weights.sum())


def _nonzero(weights: Weights, roles: Roles) -> tuple[Weights, float]:
    return weights, float(np.count_nonzero(weights))


def _response_tokens(weights: Weights, roles: Roles) -> tuple[Weights, float]:
    return weights, float(np.count_nonzero(IS_RESPONSE[roles]))


def _sequence_mean(weights: Weights, roles: Roles) -> tuple[Weights, float]:
    total = weights.sum()
    return weights / max(total, np.float32(1e-30)), float(total > 0)


def _sum(weights: Weights, roles: Roles) -> tuple[Weights, float]:
    return weights, float(weights.any())


NORMALISERS: Mapping[Normaliser, Callable[[Weights, Roles], tuple[Weights, float]]] = {
    "weights": _weights,
    "nonzero": _nonzero,
    "response_tokens": _response_tokens,
    "sequence_mean": _sequence_mean,
    "sum": _sum,
}
"""Name -> (weights and roles of a sample's tokens -> the weights to sum with, and the sample's count)."""
