"""A finished run at a glance: its headline and the configs of its stages, and what another run did otherwise."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sayso.artifacts import Manifest, changed_keys, read_manifest
from sayso.errors import DataError
from sayso.pipeline.summary import read_summary
from sayso.report.headline import HEADLINE, headline_rows

__all__ = ["show_run"]

SHOWN = (*HEADLINE, "model", "suites")
"""What of a summary is shown."""
Headline = dict[str, dict[str, Any]]
"""Of each evaluate stage, the numbers of its summary that a run ends with."""


def show_run(run: Path, *, other: Path | None = None) -> dict[str, Any]:
    """Headlines by evaluate stage and stages with their configs; against `other` the keys that changed and the numbers of both.

    Raises:
        DataError: one of them has no finished stage, or cannot be read.
    """
    stages = _stages(run)
    mine = _headline(run, stages)
    found = {"run_dir": str(run), "headline": mine, "stages": [_plain(one) for one in stages.values()]}
    if other is None:
        return found
    others = _stages(other)
    pairs = _pairs(mine, _headline(other, others))
    return found | {"diff": {"other": str(other), "changed": list(_changes(stages, others)), "headline": pairs}}


def _stages(run: Path) -> dict[str, Manifest]:
    paths = sorted(path.parent for path in run.glob("*/manifest.json") if path.parent.suffix != ".partial")
    if not paths:
        raise DataError(f"{run} has no finished stage; name a run folder, such as runs/quickstart")
    return {path.name: read_manifest(path) for path in paths}


def _headline(run: Path, stages: dict[str, Manifest]) -> Headline:
    names = [name for name, stage in stages.items() if stage.kind == "evaluate"]
    summaries = {name: read_summary(run / name) for name in names}
    return {name: {key: summary.get(key) for key in SHOWN} for name, summary in summaries.items()}


def _plain(stage: Manifest) -> dict[str, Any]:
    return {
        "node": stage.node,
        "kind": stage.kind,
        "digest": stage.digest,
        "seed": stage.seed,
        "wall_s": stage.wall_s,
        "config": stage.config,
    }


def _pairs(mine: Headline, theirs: Headline) -> list[dict[str, Any]]:
    """Numbers of stages that both have, in words, where they differ."""
    return [
        {"stage": name, "number": label, "here": here, "there": there}
        for name in mine
        if name in theirs
        for (label, here), there in _rows(mine[name], theirs[name])
        if here != there
    ]


def _rows(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], str]]:
    """A label with its value here, and the value there, for what both have."""
    there = dict(headline_rows(theirs))
    yield from (((label, here), there[label]) for label, here in headline_rows(mine) if label in there)


def _changes(mine: dict[str, Manifest], theirs: dict[str, Manifest]) -> Iterator[str]:
    """`stage.key: here -> there`, and stages that only one has."""
    for name in sorted({*mine, *theirs}):
        if name not in mine or name not in theirs:
            yield f"{name}: only in {'this run' if name in mine else 'the other'}"
            continue
        yield from changed_keys(mine[name].config, theirs[name].config, prefix=name)
        if mine[name].seed != theirs[name].seed:
            yield f"{name}.seed: {mine[name].seed} -> {theirs[name].seed}"
