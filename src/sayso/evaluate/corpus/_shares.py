"""Verdicts in a few words: the share of each among those that could be read, and the share of those that could not."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from sayso.errors import DataError
from sayso.evaluate.corpus._protocol import Answer, Tally
from sayso.evaluate.means import ratio
from sayso.evaluate.sensitivity import Floats

__all__ = ["shares", "tally_of"]


def tally_of(answers: Sequence[Answer], *, verdicts: Sequence[str]) -> Tally:
    """A column a verdict, with a 1 in one of them, and a last one for what could not be read.

    Raises:
        DataError: a text is no verdict.
    """
    statistics = np.zeros((len(answers), len(verdicts) + 1))
    for row, answer in enumerate(answers):
        if answer.text is not None and answer.text not in verdicts:
            raise DataError(f"{answer.example}: {answer.text!r} is none of {', '.join(verdicts)}; have it judged first")
        statistics[row, -1 if answer.text is None else verdicts.index(answer.text)] = 1
    return Tally(
        units=tuple(answer.example for answer in answers),
        statistics=statistics,
        reasons=Counter(answer.reason or "no verdict" for answer in answers if answer.text is None),
    )


def shares(sums_RK: Floats, *, verdicts: Sequence[str]) -> Mapping[str, Floats]:
    """By verdict, and `unparsed`."""
    read = sums_RK[:, :-1].sum(axis=1)
    found = {verdict: ratio(sums_RK[:, place], read) for place, verdict in enumerate(verdicts)}
    return {**found, "unparsed": ratio(sums_RK[:, -1], sums_RK.sum(axis=1))}
