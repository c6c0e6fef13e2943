"""Suites within a stage `evaluate`: `evaluate.suites` of the recipe, on each of its models.

    suites: {pope: {data: coco_pope_random.json, images: val2014, wordings: 5}}

Each has its folder `suites/MODEL/LABEL` in the stage, with the files of a run of `sayso suites run`; a row of each stands in `summary.json` under `suites`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sayso.artifacts import Progress
from sayso.config import SuiteConfig
from sayso.evaluate.backends import Backend
from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.suite_runs.plan import Plan, Selection, make_plan
from sayso.evaluate.suite_runs.running import check, opened, run_suite
from sayso.evaluate.suite_runs.scoring import Reading
from sayso.evaluate.suites import Files, suites

__all__ = ["ask_suites", "plan_suites", "Planned", "summary_row"]

Planned = tuple[Plan, Reading]
"""What a suite of the recipe asks, and how its answers are read."""


def plan_suites(given: Mapping[str, SuiteConfig], *, seed: int) -> list[Planned]:
    """Read the files of every suite of a recipe, so that what is wrong with them shows before anything is decoded.

    Raises:
        ConfigError: no such suite, option, parser or metric.
        DataError: files of a suite cannot be used.
    """
    return [_plan(label, config, seed=seed) for label, config in given.items()]


def _plan(label: str, config: SuiteConfig, *, seed: int) -> Planned:
    folders = (config.images,) if isinstance(config.images, str) else config.images
    plan = make_plan(
        suites.build(config.suite or label, config.options),
        files=Files(data=Path(config.data), images=tuple(map(Path, folders))),
        selection=Selection(wordings=config.wordings, limit=config.limit, seed=seed),
        label=label,
    )
    reading = Reading(parser=config.parser, metrics=config.metrics, judge=config.judge)
    check(plan, reading)
    return plan, reading


def ask_suites(
    planned: Sequence[Planned],
    *,
    folder: Path,
    load: Mapping[str, Callable[[], Backend]],
    bootstrap: Bootstrap,
    progress: Progress,
) -> Iterator[dict[str, Any]]:
    """Ask every model all suites; a row of the summary for each. `load` opens the models by name, one after the other.

    Raises:
        DataError: an answer cannot be scored at all.
        BackendError: a model gave up; the same command goes on.
    """
    for name, opens in load.items():
        with opened(name, opens) as model:
            for plan, reading in planned:
                ask = partial(run_suite, plan, folder=folder / "suites" / name / plan.label, model=model)
                yield summary_row(ask(bootstrap=bootstrap, reading=reading, progress=progress))


def summary_row(scores: Mapping[str, Any]) -> dict[str, Any]:
    """What a table says of a suite: its headline figure with interval and Sensitivity, and what the number is for."""
    card, headline = scores["card"], scores["headline"]
    value, spread = headline["value"] or {}, scores["sensitivity"][headline["figure"]] or {}
    figures = [figure for metric in card["metrics"] for figure in metric["figures"]]
    highest = next((one.get("high", 1.0) for one in figures if one["name"] == headline["figure"]), 1.0)
    return {
        "suite": scores["suite"],
        "label": scores["label"],
        "model": scores["model"],
        "figure": headline["figure"],
        "is_share": highest == 1.0,
        **{key: value.get(key) for key in ("mean", "low", "high", "n")},
        "sensitivity": spread.get("mean"),
        "sensitivity_corrected": spread.get("corrected"),
        "sensitivity_noise_floor": spread.get("noise_floor"),
        "lowest": spread.get("lowest", {}).get("mean"),
        "highest": spread.get("highest", {}).get("mean"),
        "num_wordings": len(scores["wordings"]),
        "predictions": scores["counts"]["predictions"],
        "unparsed": scores["counts"]["unparsed"],
        "parser": card["parser"]["name"],
        "digest": card["digest"],
        "data_digest": card["data_digest"],
        "tried": card["tried"],
    }
