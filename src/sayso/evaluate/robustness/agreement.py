"""Do answers stay the same when only the wording changes? Pairs of answers to one example that are equal, over all pairs.

Answers come as a row per wording - or per order of options, or per harmless change of the image - and a column per example. No answer (None) is equal to nothing,
not even to no answer, as in NeMo-Skills' consistency rate, which this is (proposed in arXiv 2403.14221; pairs of all examples together, so that an example
counts by its pairs). It says nothing of being right: a model that always says "yes" has a rate of 1. `right` is the share of pairs that are equal and right.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sayso.evaluate.metrics import Context
from sayso.evaluate.metrics.accuracy import named_options, normalise
from sayso.evaluate.sensitivity import Floats

__all__ = ["Agreement", "agreement", "read_answer"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """`rate` and `right` are shares of `num_pairs`; `unanswered` is the share of answers that are missing."""

    rate: float
    right: float | None
    unanswered: float
    num_pairs: int


def agreement(answers_WN: Sequence[Sequence[str | None]], *, scores_WN: Floats | None = None) -> Agreement | None:
    """Over all pairs of rows; an answer is right where its score is 1. None where there is no pair.

    Raises:
        ValueError: a row has another length.
    """
    sizes = {len(row) for row in answers_WN}
    if len(sizes) > 1:
        raise ValueError(f"rows of {sorted(sizes)} answers; every row needs the same examples")
    num_pairs = sum(sizes) * len(answers_WN) * (len(answers_WN) - 1) // 2
    if not num_pairs:
        return None
    equal = [_equal_pairs(column) for column in zip(*answers_WN, strict=True)]
    right = None if scores_WN is None else _right_pairs(answers_WN, scores_WN=scores_WN) / num_pairs
    missing = sum(answer is None for row in answers_WN for answer in row)
    return Agreement(
        rate=sum(equal) / num_pairs,
        right=right,
        unanswered=missing / (sum(sizes) * len(answers_WN)),
        num_pairs=num_pairs,
    )


def _equal_pairs(answers: Sequence[str | None]) -> int:
    counts = Counter(answer for answer in answers if answer is not None)
    return sum(count * (count - 1) // 2 for count in counts.values())


def _right_pairs(answers_WN: Sequence[Sequence[str | None]], *, scores_WN: Floats) -> int:
    kept = [
        [answer if score == 1.0 else None for answer, score in zip(row, scores, strict=True)]
        for row, scores in zip(answers_WN, np.asarray(scores_WN).tolist(), strict=True)
    ]
    return sum(_equal_pairs(column) for column in zip(*kept, strict=True))


def read_answer(output: str, *, context: Context) -> str | None:
    """The option that an output names as accuracy reads it, else its normalised text; None where it is blank."""
    if not output.strip():
        return None
    named = named_options(output, context=context)
    return named.pop() if len(named) == 1 else normalise(output)
