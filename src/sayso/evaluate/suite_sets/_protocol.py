"""What a named set is: which tasks, by which metric each, and how they become one number.

A set only reads scores that are on file (`values.jsonl` of suites and evaluate stages). What is not there is named: a mean over some of the tasks is never given as the
mean over all of them.
"""

from dataclasses import dataclass
from typing import Literal

from sayso.registry import Registry

__all__ = ["Member", "suite_sets", "SuiteSet"]


@dataclass(frozen=True, kw_only=True)
class Member:
    """One task of a set.

    Its scores are those of a task `name`, or of one of `also` (a suite asks what a task of the library asks); with `examples`, of those examples alone whose id begins so. The first of
    `metrics` that was measured counts; `scale` is what it is divided by to lie beside the others (OCRBench's 1,000).
    """

    name: str
    metrics: tuple[str, ...]
    also: tuple[str, ...] = ()
    group: str = ""
    examples: str = ""
    scales: tuple[tuple[str, float], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that its scores may be filed under."""
        return (self.name, *self.also)


@dataclass(frozen=True, kw_only=True)
class SuiteSet:
    """Tasks that are reported as one; `note` says what of it is the paper's and what is ours, and is printed with every number.

    `headline` is the mean over tasks of the mean over wordings, or the relative gain over a baseline that must then be given.
    """

    name: str
    title: str
    source: str
    note: str
    members: tuple[Member, ...]
    headline: Literal["mean", "relative_gain"] = "mean"


suite_sets: Registry[SuiteSet] = Registry("set of suites", "sayso.evaluate.suite_sets")
"""Sets by name; a factory's keyword arguments are choices that the papers leave."""
