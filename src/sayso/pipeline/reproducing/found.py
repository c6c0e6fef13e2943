"""What a reproduction found, as `results.json` holds it and the pages tell it."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from sayso.records import Record

__all__ = ["ArmRun", "Finding", "Results", "Verdict", "VERDICTS"]

Verdict: TypeAlias = Literal["holds", "does not hold", "undecided", "not run"]
VERDICTS: tuple[Verdict, ...] = ("holds", "does not hold", "undecided", "not run")


class ArmRun(Record, frozen=True, kw_only=True):
    """One arm with one seed: its measures (None where it cannot be measured here), and what it cost."""

    arm: str
    seed: int
    measures: Mapping[str, float | None]
    train_s: float
    total_s: float
    steps: int


class Finding(Record, frozen=True, kw_only=True):
    """A claim and what became of it; numbers are None where it was not run. `mean` to `high` are of the contrast, over `seeds`."""

    claim: str
    verdict: Verdict
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    """Two-sided, that the contrast is `exceeds`; by Student's t over seeds."""
    p_adjusted: float | None = None
    """The same after Holm's correction over all claims of the page."""
    seeds: tuple[int, ...] = ()
    by_seed: tuple[float, ...] = ()
    visible: float | None = None
    """The smallest effect that these seeds could have shown (80 % power), from the spread that was seen."""
    reason: str = ""
    """Why it was not run or cannot be decided, in a sentence."""


class Results(Record, frozen=True, kw_only=True):
    """A finished grid, or as much of it as there is."""

    plan: str
    scale: str
    version: str
    digest: str
    """Of the plan as it was registered."""
    registered: str
    """When, UTC."""
    confidence: float
    runs: tuple[ArmRun, ...]
    findings: tuple[Finding, ...]
    command: str = ""
    """What one types to have the same numbers again."""
