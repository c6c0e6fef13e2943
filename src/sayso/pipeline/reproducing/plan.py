"""What a reproduction will do and what it will take for an answer, written down before the first run.

A plan is a YAML file: an ordinary recipe, the arms (the recipe with changes), the measures that are read of every run, and claims. A claim is a
linear contrast: for every seed the weighted sum of measures of arms, one number; over seeds these have a mean and an interval, and where that lies decides.
So "twice as good", "at most a third", "rises with the number of wordings" and "the gains add" are all the same kind of claim.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Arm", "Claim", "Curve", "Measure", "Plan", "Scale"]


class _Strict(BaseModel):
    """Unknown keys are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Arm(_Strict):
    """One way to train: the recipe with `changes`, written as for `sayso run --set`; `{seed}` in them is the seed of the run."""

    label: str
    changes: tuple[str, ...] = ()
    primary: bool = False
    """Whether it belongs to the grid that every reproduction runs; the others run where there are hours left for them."""
    evaluate: str = "evaluate"
    """The stage of the recipe whose folder the measures are read from."""
    needs: tuple[str, ...] = ()
    """Environment variables without which the arm cannot be run (`SAYSO_DATA`); its claims are then not asked."""


class Measure(_Strict):
    """One number of a run, between 0 and 1 where it is a score."""

    label: str
    read: Literal["score", "sensitivity", "corrected_sensitivity", "worst_gap", "summary", "manifest"]
    """`score`: mean over tasks of their means over wordings and examples; `sensitivity`: MultiInstruct's, mean over tasks, and its value without the noise of few
    examples; `worst_gap`: how far the worst wording is below the mean of all; all of `values.jsonl`. `summary` and `manifest` are the number at `path`."""
    where: Mapping[str, str | tuple[str, ...]] = {}
    """Which rows of `values.jsonl` count: `group`, `distance`, `task` (shell patterns), `condition`, `model`; the plain condition of the tuned model where not said.
    `distance: none` are the wordings that were trained on."""
    path: str = ""
    """Dotted path in the evaluate stage's `summary.json`, or `STAGE.key` of a stage's manifest."""
    unit: Literal["%", "", "s"] = "%"
    """How it is written: `%` times a hundred."""
    lower_is_better: bool = False
    needs: tuple[str, ...] = ()
    """Environment variables without which it cannot be measured (`SAYSO_DATA`): its claims are then not asked."""


class Claim(_Strict):
    """What is expected, as a contrast: holds where its interval over seeds lies above `exceeds`, does not where it lies below `exceeds + matters`."""

    says: str
    """In words, as one would say it."""
    paper: str
    """What the paper reports, with the spec's evidence tag; or that it is ours."""
    measure: str = ""
    """Of which measure; `ARM/MEASURE` in the contrast names another one."""
    contrast: Mapping[str, float] = {}
    """Weights of arms."""
    exceeds: float = 0.0
    matters: float = 0.0
    """The smallest difference that would matter to a user, in the measure's own unit (0.01 is a point)."""
    spread: float = Field(default=0.03, gt=0)
    """The standard deviation over seeds that a pilot or an earlier study led us to expect of the contrast: what the plan's smallest visible effect is computed from."""
    all_of: tuple[str, ...] = ()
    """Names of claims instead of a contrast: holds where all of them do, does not where one does not."""
    why_not: str = ""
    """The likely reason if it does not hold, filled in after a run has shown so."""


class Scale(_Strict):
    """A size of the same grid."""

    changes: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (1, 2, 3, 4, 5)
    looks: tuple[int, ...] = ()
    """Numbers of seeds at which the verdict may be read, beyond all of `seeds`; the level is divided by the number of looks."""


class Curve(_Strict):
    """A figure of the page: a measure of arms along an amount. It decides nothing."""

    measure: str
    axis: str
    """What the amount is, with its unit."""
    lines: Mapping[str, Mapping[str, float]]
    """By the name of a line, its arms with their amounts; an arm may stand on several."""


class Plan(_Strict):
    """A paper's claims and the grid that answers them."""

    name: str
    title: str
    about: str
    """What the paper did and what is done here, a paragraph."""
    recipe: Mapping[str, Any]
    drawn: Mapping[str, tuple[str, ...]] = {}
    """Lists that come in another order with every seed: `{NAME:2}` in the recipe or in changes stands for the first two, commas between (see `filling`)."""
    arms: Mapping[str, Arm]
    measures: Mapping[str, Measure]
    claims: Mapping[str, Claim]
    curves: Mapping[str, Curve] = {}
    """By title."""
    scales: Mapping[Literal["cpu", "gpu"], Scale]
