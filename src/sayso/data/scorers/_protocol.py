"""What a scorer is: the samples of a pool in, named columns of numbers out.

    samples ──scorer──> {"ifd_loss": Column(values (N,), why: row -> reason)}

The first column is the one that the scorer's name stands for. A value of NaN says "cannot score", with the reason in `why`; it is never
replaced by a guess, and no selector takes it for a number. A scorer that sets `per_row` promises that a row's value depends on that row (and on the
options and models) alone: then the values of a run that was killed are kept, and rows that come again are not scored again.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from sayso.artifacts import Progress
from sayso.records import Sample
from sayso.registry import Registry

__all__ = ["Column", "Columns", "Floats", "Scorer", "scorers", "Scoring", "Trained"]

Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Column:
    """Values of all rows of a pool, (N,); `why` has the reason of every NaN, by row.

    `higher_is_better` says which end a selector keeps, where the recipe does not say. `again` are rows that have no number this time, as where a judge could
    not be reached: they are not kept as such, and the next run asks about them again.
    """

    values: Floats
    why: Mapping[int, str] = field(default_factory=dict)
    higher_is_better: bool = True
    again: Set[int] = frozenset()

    def of(self, rows: npt.NDArray[np.int64]) -> "Column":
        """Of these rows alone, in this order; what is to be asked again is not told any more."""
        why = {number: self.why[row] for number, row in enumerate(rows.tolist()) if row in self.why} if self.why else {}
        return Column(values=self.values[rows], why=why, higher_is_better=self.higher_is_better)


Columns: TypeAlias = Mapping[str, Column]
"""Columns by name."""


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A train stage that the stage reads: its name, the folder of its weights, and the stage's own folder, which holds more."""

    name: str
    model: Path
    folder: Path


@dataclass(frozen=True, kw_only=True)
class Scoring:
    """What scorers, featurisers and selectors may use besides samples and their own options.

    `trained` are the train stages among the direct parents, in the order of `from:`. `target` are samples of what the model is to become good
    at, by subtask, from a further build among the parents or a file; empty where there is none. `store` is the file where replies of
    language models are kept, `columns` the folder where values are; both outlive the stage.
    """

    seed: int
    store: Path
    columns: Path
    trained: tuple[Trained, ...] = ()
    target: Mapping[str, Sequence[Sample]] = field(default_factory=dict)
    progress: Progress = field(default_factory=Progress)


class Scorer(Protocol):
    """Scores the samples of a pool."""

    per_row: bool

    def score(self, samples: Sequence[Sample], *, scoring: Scoring) -> Columns:
        """Columns with a value for each sample, in their order.

        `samples` may be read from disk one by one: go through them in order, and as seldom as possible.

        Raises:
            ConfigError: it needs something that the stage does not give, such as a model; says what to add.
            DataError: a sample cannot be read.
            BackendError: a model gave up; what it answered is kept.
        """
        ...


scorers: Registry[Scorer] = Registry("scorer", "sayso.data.scorers")
"""Scorers by name; a factory's keyword arguments are the options of an entry in a recipe's `scorers:`."""
