"""The view model of a comparison: what `comparison.json` holds, as its page and its Markdown read it.

Values are fractions of the score's unit; differences are a run minus the baseline, which is the first of `runs`. None is "not measured".
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from sayso.errors import DataError
from sayso.report.view import Estimate

__all__ = [
    "Answer",
    "as_view",
    "Comparison",
    "ComparisonView",
    "Difference",
    "Flipped",
    "Flips",
    "GateView",
    "RunView",
    "TaskRow",
    "WordingRow",
]


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """What was read, and what of it no other run has."""

    name: str
    path: str
    model: str
    condition: str
    num_unpaired: int = 0
    num_tasks_alone: int = 0
    num_wordings_alone: int = 0
    num_examples_alone: int = 0
    num_tasks_without_metric: int = 0
    tasks_alone: tuple[str, ...] = ()
    wordings_alone: tuple[str, ...] = ()
    examples_alone: tuple[str, ...] = ()
    tasks_without_metric: tuple[str, ...] = ()


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What both had and the difference, with its interval and two-sided p-value."""

    first: float
    second: float
    mean: float
    low: float
    high: float
    p: float
    n: int
    test: str = "swaps"
    num_tasks: int = 1

    @property
    def estimate(self) -> Estimate:
        """The difference for a figure."""
        return Estimate(mean=self.mean, low=self.low, high=self.high, n=self.n, num_tasks=self.num_tasks)


class TaskRow(Difference, frozen=True, kw_only=True):
    """A task in one run, p-values adjusted over the table."""

    run: str
    task: str
    metric: str
    group: str = ""
    num_wordings: int
    p_holm: float
    p_bh: float
    cohens_dz: float | None = None
    cohens_h: float | None = None
    num_better: int | None = None
    num_worse: int | None = None
    smallest_visible: float | None = None


class WordingRow(Difference, frozen=True, kw_only=True):
    """A wording in one run, p-values adjusted over the table; `text` is None where nobody recorded it."""

    run: str
    task: str
    template: str
    text: str | None = None
    distance: str | None = None
    p_holm: float
    p_bh: float


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One run against the baseline, by quantity."""

    run: str
    quantities: dict[str, Difference | None]
    smallest_visible: float | None = None


class Found(Difference, frozen=True, kw_only=True):
    """What a gate looked at."""

    name: str
    p_one_sided: float


class GateView(msgspec.Struct, frozen=True, kw_only=True):
    """A condition's verdict on one run; `found` is what it fired on, else what is nearest."""

    condition: str
    run: str
    fired: bool
    threshold: float
    p_adjusted: float
    num_tests: int
    num_beyond: int
    num_found: int
    found: tuple[Found, ...] = ()


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What one run said to a flipped example."""

    run: str
    output: str | None = None
    score: float | None = None


class Flipped(msgspec.Struct, frozen=True, kw_only=True):
    """An example that was right and is wrong (`broken`), or the other way round (`mended`); an image that is gone is None."""

    task: str
    example: str
    template: str
    run: str
    kind: str
    num_wordings: int
    of_wordings: int
    instruction: str = ""
    options: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    images: tuple[str | None, ...] = ()
    answers: tuple[Answer, ...] = ()


class Flips(msgspec.Struct, frozen=True, kw_only=True):
    """How many predictions and examples of a task flipped each way."""

    run: str
    task: str
    broken: int
    mended: int
    examples_broken: int
    examples_mended: int


class ComparisonView(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    runs: tuple[RunView, ...]
    alpha: float
    strict: bool = False
    num_unscored: int = 0
    notes: tuple[str, ...] = ()
    comparisons: tuple[Comparison, ...]
    by_task: tuple[TaskRow, ...]
    wordings: tuple[WordingRow, ...]
    gates: tuple[GateView, ...] = ()
    flips: tuple[Flips, ...] = ()
    flipped: tuple[Flipped, ...] = ()


def as_view(found: Mapping[str, Any]) -> ComparisonView:
    """The view of a decoded comparison.json.

    Raises:
        DataError: it is none.
    """
    try:
        return msgspec.convert(found, ComparisonView)
    except msgspec.ValidationError as error:
        raise DataError(f"comparison cannot be read: {error}; compare again") from error
