"""The tables of a page: every arm under every measure, and what the arms cost.

Means are over the seeds that an arm has, with 95 % intervals; differences are to the plan's first arm and paired, so over the seeds that both have. These
intervals are for reading, not for deciding: each speaks for itself alone, and what was asked beforehand is in the claims.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

from sayso.pipeline.reproducing.contrasts import Estimate, Runs, Term, contrast_values, estimate, measured, terms_of
from sayso.pipeline.reproducing.found import ArmRun, Results
from sayso.pipeline.reproducing.plan import Measure, Plan
from sayso.pipeline.reproducing.telling import amount, interval_text

__all__ = ["ArmRow", "Cell", "cost_rows", "CostRow", "gain_measures", "rows_of"]

NUM_GAINS = 3  # measures whose gain per minute is told


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A number and its interval, as text; empty where not measured. `difference` is to the first arm."""

    value: str
    interval: str = ""
    difference: str = ""
    apart: bool = False
    """Whether the interval of the difference leaves 0 out."""


@dataclass(frozen=True, kw_only=True)
class ArmRow:
    """An arm under each measure of the plan; `seeds` is how many it was run with."""

    label: str
    primary: bool
    seeds: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class CostRow:
    """What an arm cost, means over seeds; `gains` are of its measures per minute of training."""

    label: str
    train: str
    total: str
    steps: str
    gains: tuple[str, ...]


def rows_of(plan: Plan, results: Results) -> list[ArmRow]:
    """A row for each arm that was run, in the plan's order."""
    runs = _by_cell(results.runs)
    first = next(iter(plan.arms))
    rows = []
    for name, arm in plan.arms.items():
        seeds = [seed for own, seed in runs if own == name]
        cells = tuple(_cell(name, key, measure, first=first, runs=runs) for key, measure in plan.measures.items())
        if seeds:
            rows.append(ArmRow(label=arm.label, primary=arm.primary, seeds=len(seeds), cells=cells))
    return rows


def _by_cell(runs: Iterable[ArmRun]) -> dict[tuple[str, int], ArmRun]:
    return {(run.arm, run.seed): run for run in runs}


def _cell(arm: str, key: str, measure: Measure, *, first: str, runs: Runs) -> Cell:
    found = [measured(run, key) for (own, _), run in runs.items() if own == arm]
    values = [value for value in found if value is not None]
    if not values:
        return Cell(value="–")
    own, unit = estimate(values), measure.unit
    told, apart = "", False
    if arm != first:
        told, apart = _difference(arm, first, key, unit=unit, runs=runs)
    shown = interval_text(own.low, own.high, unit, signed=False) if own.low is not None else ""
    return Cell(value=amount(own.mean, unit, signed=False), interval=shown, difference=told, apart=apart)


def _difference(arm: str, first: str, key: str, *, unit: str, runs: Runs) -> tuple[str, bool]:
    terms = [Term(arm=arm, measure=key, weight=1), Term(arm=first, measure=key, weight=-1)]
    paired = list(contrast_values(terms, runs).values())
    if not paired:
        return "", False
    found = estimate(paired)
    if found.low is None or found.high is None:
        return amount(found.mean, unit), False
    return f"{amount(found.mean, unit)} ({interval_text(found.low, found.high, unit)})", found.low > 0 or found.high < 0


def gain_measures(plan: Plan) -> list[str]:
    """The scores that most claims are about, whose gain is set against the minutes that it took."""
    asked = Counter(
        key for claim in plan.claims.values() for key in dict.fromkeys(term.measure for term in terms_of(claim))
    )
    return [key for key, _ in asked.most_common() if key in plan.measures and plan.measures[key].unit != "s"][
        :NUM_GAINS
    ]


def cost_rows(plan: Plan, results: Results) -> list[CostRow]:
    """A row for each arm that was run, in the plan's order."""
    runs = _by_cell(results.runs)
    first, rows = next(iter(plan.arms)), []
    for name, arm in plan.arms.items():
        own = [run for (label, _), run in runs.items() if label == name]
        if own:
            rows.append(
                CostRow(
                    label=arm.label,
                    train=f"{mean(run.train_s for run in own):.0f}",
                    total=f"{mean(run.total_s for run in own):.0f}",
                    steps=f"{mean(run.steps for run in own):,.0f}",
                    gains=tuple(_gain(name, first, key, plan=plan, runs=runs) for key in gain_measures(plan)),
                )
            )
    return rows


def _gain(arm: str, first: str, key: str, *, plan: Plan, runs: Runs) -> str:
    """How much better than the first arm, per minute of this arm's training."""
    measure = plan.measures[key]
    terms = [Term(arm=arm, measure=key, weight=1), Term(arm=first, measure=key, weight=-1)]
    better = -1 if measure.lower_is_better else 1
    rates = _rates(contrast_values(terms, runs), {seed: runs[arm, seed].train_s for own, seed in runs if own == arm})
    if arm == first or not rates:
        return "–"
    found = estimate([better * rate for rate in rates])
    return _told(found, measure.unit)


def _rates(gains: Mapping[int, float], seconds: Mapping[int, float]) -> Sequence[float]:
    return [60 * gain / seconds[seed] for seed, gain in gains.items() if seconds[seed] > 0]


def _told(found: Estimate, unit: str) -> str:
    span = "" if found.low is None else f" ({interval_text(found.low, found.high, unit)})"
    return f"{amount(found.mean, unit)}{span}"
