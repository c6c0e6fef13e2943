"""Yes-or-no answers in six cells, and the usual ratios of them.

An answer that could not be read is wrong for accuracy and in no cell of precision or recall; one without a reference is left out.
"""

from collections.abc import Mapping

import numpy as np

from sayso.errors import DataError
from sayso.evaluate.corpus._protocol import Answer
from sayso.evaluate.means import ratio
from sayso.evaluate.sensitivity import Floats

__all__ = ["binary_figures", "CELLS", "cells", "group_sums", "truth_of", "unit_of", "unread", "yes_or_no"]

CELLS = 6
"""True and false positives, true and false negatives, unread ones of which the truth is positive, and negative."""


def yes_or_no(text: str | None) -> str | None:
    """`yes`, `no`, or None for all else."""
    word = (text or "").strip().rstrip(".").casefold()
    return word if word in {"yes", "no"} else None


def truth_of(answer: Answer) -> str:
    """The gold answer.

    Raises:
        DataError: there is none, or it is neither yes nor no.
    """
    found = {yes_or_no(reference) for reference in answer.references}
    if len(found) != 1 or None in found:
        raise DataError(f"{answer.example}: references {answer.references} must be one of yes and no")
    return str(found.pop())


def unread(answer: Answer) -> str:
    """Why an answer counts as neither yes nor no, or does not count at all for want of a reference; empty where it is read."""
    if not answer.references:
        return "no reference"
    if yes_or_no(answer.text) is not None:
        return ""
    return (answer.reason or "no answer found") if answer.text is None else "neither yes nor no"


def cells(answer: Answer, *, positive: str) -> list[float]:
    """The six cells of one answer, of which one is 1; none is where there is no reference."""
    row = [0.0] * CELLS
    if not answer.references:
        return row
    truth, said = truth_of(answer) == positive, yes_or_no(answer.text)
    if said is None:
        row[4 if truth else 5] = 1.0
    else:
        row[{(True, True): 0, (False, True): 1, (False, False): 2, (True, False): 3}[truth, said == positive]] = 1.0
    return row


def binary_figures(sums_RK: Floats) -> Mapping[str, Floats]:
    """Accuracy, precision, recall, F1, share of positive answers and share of unread ones, from sums of `cells`."""
    tp, fp, tn, fn = sums_RK[:, :4].T
    unread = sums_RK[:, 4:6].sum(axis=1)
    number = sums_RK[:, :6].sum(axis=1)
    return {
        "accuracy": ratio(tp + tn, number),
        "precision": ratio(tp, tp + fp),
        "recall": ratio(tp, tp + fn),
        "f1": ratio(2 * tp, 2 * tp + fp + fn),
        "positives": ratio(tp + fp, number),
        "unread": ratio(unread, number),
    }


def unit_of(answer: Answer) -> str:
    """The picture where it is known, since questions about one picture are not independent; else the example."""
    return answer.about.get("image") or answer.example


def group_sums(rows: Mapping[str, list[list[float]]]) -> tuple[tuple[str, ...], Floats]:
    """The names of the units and the sum of the rows of each, (units, K)."""
    return tuple(rows), np.array([np.sum(some, axis=0) for some in rows.values()], dtype=np.float64)
