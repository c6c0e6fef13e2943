"""`sayso sensitivity`: how much the wording alone moves a score, of anyone's scores."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cyclopts import Parameter
from rich.markup import escape
from rich.table import Table

from sayso import pipeline
from sayso.cli.console import print_json, stdout
from sayso.cli.options import Json
from sayso.errors import ConfigError

__all__ = ["sensitivity"]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Measuring:
    """Whose scores, and how chance is drawn."""

    model: str | None = None
    """One model of several."""
    metric: str | None = None
    """Of a run: this metric, where it is not each task's first."""
    scale: float | None = None
    """Of a table: what a full score is, such as 100; else 1, or 100 where all scores are 0 or above 1."""
    seed: int = 0
    """Of all draws."""
    resamples: int = 1000
    """Draws for intervals and tests."""
    confidence: float = 0.95
    """Of intervals."""


def sensitivity(
    scores: Path | None = None, *, table: Path | None = None, how: Measuring = Measuring(), json: Json = False
) -> None:
    """Say how much the wording alone moves a score, and how much of that is chance.

    Parameters
    ----------
    scores
        A run folder, an evaluate folder, the output of suites or a values.jsonl; `PATH:MODEL` takes one model of several.
    table
        A CSV with the columns task, instruction, score and, if known, model, example, n.
    """
    path = table or scores
    if path is None:
        raise ConfigError("no scores are given (None); name a run folder, or a table: --table SCORES.csv")
    if table and scores:
        raise ConfigError(f"scores {scores} and --table {table}: give one of them, such as --table SCORES.csv")
    found = pipeline.measure_sensitivity(path, options=pipeline.SensitivityOptions(**vars(how)))
    several = found.get("by_model")
    if how.scale is None and found["scale"] != 1:
        stdout.print(f"scores are read as shares of {found['scale']:g}; --scale says otherwise", markup=False)
    stdout.print("in per cent, but for p, the chance of so much spread where no wording matters", markup=False)
    stdout.print(_table(several or found["by_task"], first="model" if several else "task"))
    for one in several or [found]:
        _say(one)
    if json:
        print_json(found)


def _table(rows: list[dict[str, Any]], *, first: str) -> Table:
    """In per cent."""
    table = Table(box=None, pad_edge=False)
    for heading in (first, "Sensitivity", "corrected", "noise floor", "p", "worst", "best", "prompt_sensitivity"):
        table.add_column(heading, justify="left" if heading == first else "right", overflow="fold")
    for row in rows:
        better = row["sensitivity_corrected"]
        worst, best = (
            row[name] and row[name].get("score", row[name].get("mean")) for name in ("worst_wording", "best_wording")
        )
        cells = (_value(row["sensitivity"]), _interval(better), _value(row["sensitivity_noise_floor"]))
        chance = "–" if better is None else _chance(better["p_value"])
        table.add_row(escape(row[first]), *cells, chance, *map(_value, (worst, best, row["prompt_sensitivity"])))
    return table


def _value(found: Any) -> str:
    value = found["mean"] if isinstance(found, dict) else found
    return "–" if value is None else f"{100 * value:.1f}"


def _chance(found: float) -> str:
    return "<0.001" if found < 0.001 else f"{found:.3f}"


def _interval(found: dict[str, Any] | None) -> str:
    if found is None:
        return "–"
    return f"{100 * found['mean']:.1f} ({100 * found['low']:.1f} to {100 * found['high']:.1f})"


def _tasks(count: int) -> str:
    return f"{count:,} task{'' if count == 1 else 's'}"


def _say(one: dict[str, Any]) -> None:
    whole, better = one["sensitivity"], one["sensitivity_corrected"]
    name = f"{one['model']}: " if one["model"] else ""
    if whole is None:
        stdout.print(f"{name}no task has a Sensitivity", markup=False)
    else:
        told = f", {_interval(better)} with the noise of the examples removed" if better else ""
        stdout.print(f"{name}Sensitivity {_value(whole)} % over {_tasks(whole['num_tasks'])}{told}", markup=False)
    for reason, count in one["reasons"].items():
        stdout.print(f"{name}{_tasks(count)}: {reason}", markup=False)
