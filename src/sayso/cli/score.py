"""`sayso score`: somebody's answers in a file, measured."""

from dataclasses import dataclass
from pathlib import Path

from cyclopts import Parameter
from rich.table import Table

from sayso import pipeline
from sayso.cli.console import print_json, stdout
from sayso.cli.options import Json, Many, Metrics

__all__ = ["score"]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Scoring:
    """By what, and how answers are read."""

    metrics: Metrics
    """Metrics by name, such as cider_d or vqa_accuracy."""
    set: Many = ()
    """Their options, such as normaliser=evalai."""
    parser: str = "whole"
    """How an answer is read out of what the model wrote."""
    seed: int = 0
    """Of the draws of the intervals."""
    resamples: int = 1000
    """Draws for the intervals."""


def score(answers: Path, *, how: Scoring, json: Json = False) -> None:
    """Measure answers that are in a file beside their references.

    Parameters
    ----------
    answers
        JSON lines: output (or prediction), references and, where a metric asks for them, id, options, labels, about.
    """
    options = pipeline.ScoreOptions(
        metrics=how.metrics, settings=how.set, parser=how.parser, seed=how.seed, resamples=how.resamples
    )
    found = pipeline.score_file(answers, options=options)
    table = Table(box=None, pad_edge=False)
    for heading in ("figure", "value", "interval", "n"):
        table.add_column(heading, no_wrap=True)
    for one in found["metrics"]:
        for name, value in one["figures"].items():
            cells = ("no value", "", "") if value is None else _cells(value)
            table.add_row(name, *cells)
    stdout.print(table)
    for reason, count in found["unparsed"].items():
        stdout.print(f"not parsed: {count:,} of {found['num_answers']:,} x {reason}", markup=False)
    for one in found["metrics"]:
        for reason, count in one["reasons"].items():
            stdout.print(f"{one['metric']}: {count:,} x {reason}", markup=False)
    if json:
        print_json(found)


def _cells(value: dict[str, float]) -> tuple[str, str, str]:
    return (f"{value['mean']:.4f}", f"{value['low']:.4f} to {value['high']:.4f}", f"{value['n']:,}")
