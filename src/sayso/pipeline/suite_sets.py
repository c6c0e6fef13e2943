"""Named sets of suites from scores on file: `sayso suites set`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.suite_sets import suite_sets
from sayso.evaluate.suite_sets.aggregating import SetResult, aggregate
from sayso.evaluate.suite_sets.reading import read_tables

__all__ = ["set_of_suites", "set_names"]


def set_names() -> list[str]:
    """The sets there are."""
    return suite_sets.names()


def set_of_suites(
    name: str,
    folders: Sequence[Path],
    *,
    options: Mapping[str, Any] | None = None,
    model: str | None = None,
    baseline: Path | None = None,
    bootstrap: Bootstrap | None = None,
) -> SetResult:
    """The set over the scores below `folders`; `baseline` is where those of the model are that gains are relative to.

    Raises:
        ConfigError: no such set.
        DataError: there are no scores of it, or the two models were scored on other examples.
    """
    chosen = suite_sets.build(name, options or {})
    draws = bootstrap or Bootstrap(seed=0)
    tables = read_tables(folders, model=model)
    before = read_tables([baseline]) if baseline is not None else ()
    return aggregate(chosen, tables, bootstrap=draws, baseline=before)
