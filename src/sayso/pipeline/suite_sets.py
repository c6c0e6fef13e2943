"""Named sets of suites from scores on file, and suites for other evaluators: `sayso suites set` and `sayso suites export`."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sayso.evaluate.exporting import lmms_eval
from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.suite_sets import suite_sets
from sayso.evaluate.suite_sets.aggregating import SetResult, aggregate
from sayso.evaluate.suite_sets.reading import Table, read_tables
from sayso.evaluate.suites import Files, suites
from sayso.pipeline.suites import settings_of

__all__ = ["export_suite", "set_of_suites", "SetResult"]


def set_of_suites(
    name: str,
    folders: Sequence[Path],
    *,
    settings: Iterable[str] = (),
    model: str | None = None,
    baseline: str | None = None,
    bootstrap: Bootstrap | None = None,
) -> SetResult:
    """The set over the scores below `folders`; `baseline` is where those of the model are that gains are relative to, with `:MODEL` behind where it holds several.

    Raises:
        ConfigError: no such set or option.
        DataError: there are no scores of it, or the two models were scored on other examples.
    """
    chosen = suite_sets.build(name, settings_of(settings))
    tables = read_tables(folders, model=model)
    before = _tables(baseline) if baseline is not None else ()
    return aggregate(chosen, tables, bootstrap=bootstrap or Bootstrap(seed=0), baseline=before)


def _tables(given: str) -> list[Table]:
    """Of `runs/a`, or of the model `untuned` of it: `runs/a:untuned`."""
    head, colon, model = given.rpartition(":")
    if colon and not Path(given).exists() and Path(head).is_dir():
        return read_tables([Path(head)], model=model)
    return read_tables([Path(given)])


def export_suite(
    name: str, *, data: Path, out: Path, images: Sequence[Path] = (), settings: Iterable[str] = ()
) -> dict[str, Any]:
    """Write a suite as a task group of lmms-eval; returns its name, tasks and counts.

    Raises:
        ConfigError: no such suite or option, or `out` is not empty.
        DataError: its files cannot be used.
    """
    suite = suites.build(name, settings_of(settings))
    return lmms_eval.export_suite(suite, files=Files(data=data, images=tuple(images)), out=out)
