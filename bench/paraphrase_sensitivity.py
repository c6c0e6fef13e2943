"""Published multi-prompt scores again: the tables of Mizrahi et al. 2024 recomputed, and the Sensitivity of their 16 models.

    SAYSO_DATA=DIR python bench/paraphrase_sensitivity.py [--csv SCORES.csv]

tables     AvgP, MaxP and CPS of every model on every task that is there, from the accuracies of the single wordings, against `metric_results`: of correct wordings
           only, and of all; the largest deviation
models     Sensitivity over the correct wordings of the tasks each model was asked: as measured, without the noise of 100 samples a wording, the noise floor
shared     the same over the tasks that all of these models were asked, since a mean over other tasks is another number
--csv      writes the correct wordings' accuracies as a table for: sayso sensitivity --table SCORES.csv

How chance moves a mean of 100 samples depends on whether all wordings met the same ones, which the files do not say. On some tasks scores lie closer together than independent samples
could, so they did (`closer`): intervals run from all of that noise removed to none of it, and the corrected value is the least that it can be.

The last line of standard output is one JSON object.
"""

import argparse
import csv
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.robustness.figures import robustness, share_examples
from sayso.evaluate.robustness.scores import noise_of
from sayso.evaluate.robustness.spread import measures
from sayso.evaluate.robustness.table import Row, tasks_of

SUITES = {"bbh": "big-bench-hard", "bbl": "big-bench-lite"}
"""What folders shorten."""
KINDS = {"correct_paraphrases_only": True, "no_filtering": False}
FIGURES = {"AvgP": "avg_p", "MaxP": "max_p", "CPS": "cps"}
SAMPLES = 100
BOOTSTRAP = Bootstrap(seed=0)


def wordings(folder: Path) -> Iterator[tuple[str, str, bool, dict[str, float]]]:
    """Suite and task as one name, and a wording: its number, whether people judged it correct, and the accuracy of each model."""
    for path in sorted((folder / "automatic_paraphrases").glob("*/*.csv")):
        suite = path.parent.name.lower().replace("_", "-")
        task = f"{SUITES.get(suite, suite)}/{path.stem.replace('_', ' ')}"
        scored = folder / "paraphrases_accuracies_and_rankings_aggregated" / path.parent.name / f"{path.stem}.json"
        accuracies = json.loads(scored.read_text(encoding="utf-8"))["paraphrases"]
        with path.open(newline="", encoding="utf-8") as handle:
            for line in csv.DictReader(handle):
                number = line["prompt idx"]
                yield task, number, line["correct"] == "1", accuracies[number]["accs"]


def rows(folder: Path, *, correct_only: bool) -> list[Row]:
    return [
        Row(place=f"{task} {number}", model=model, task=task, instruction=number, score=score, n=SAMPLES)
        for task, number, correct, accuracies in wordings(folder)
        if correct or not correct_only
        for model, score in accuracies.items()
    ]


def published(folder: Path, *, figure: str, kind: str) -> dict[tuple[str, str], float]:
    path = folder / "metric_results" / "open-source_models" / f"open-source_models_{figure}_{kind}.csv"
    with path.open(newline="", encoding="utf-8") as handle:
        lines = list(csv.DictReader(handle))
    return {
        (f"{line['benchmark']}/{line['task '].strip().replace('_', ' ')}", model): float(value)
        for line in lines
        for model, value in line.items()
        if model not in {"benchmark", "task "} and value
    }


def tables(folder: Path) -> dict[str, Any]:
    """For each published table how many of its cells are recomputed, and the largest deviation of one."""
    found = {}
    for kind, correct_only in KINDS.items():
        scores: dict[tuple[str, str], list[float]] = {}
        for row in rows(folder, correct_only=correct_only):
            scores.setdefault((row.task, row.model), []).append(row.score or 0.0)
        ours = {cell: measures(np.array(values)) for cell, values in scores.items()}
        for figure, name in FIGURES.items():
            theirs = published(folder, figure=figure, kind=kind)
            gaps = [abs(getattr(ours[cell], name) - theirs[cell]) for cell in ours if cell in theirs]
            found[f"{figure} {kind}"] = {
                "cells": len(gaps),
                "lacking": len(ours) - len(gaps),
                "max_deviation": max(gaps, default=None),
            }
    return found


def by_model(given: Sequence[Row], *, models: Iterable[str]) -> dict[str, dict[str, Any]]:
    tasks = {model: tasks_of([row for row in given if row.model == model]) for model in models}
    return {model: robustness(mine, bootstrap=BOOTSTRAP, shared=True) for model, mine in tasks.items()}


def closer(given: Sequence[Row]) -> list[float]:
    """Of each task of a model whose scores lie closer together than independent samples could: their spread over what these would have."""
    found = []
    for model in sorted({row.model for row in given}):
        for task in tasks_of([row for row in given if row.model == model]):
            noise = noise_of(task)
            if noise.moments is not None and share_examples([task]):
                found.append(float(noise.moments.spread / noise.moments.noise))
    return found


def shared_tasks(given: Sequence[Row], *, models: Sequence[str]) -> set[str]:
    """What all of these models were asked; none where there is no model."""
    asked = [{row.task for row in given if row.model == model} for model in models]
    return set.intersection(*asked) if asked else set()


def asked_most(given: Sequence[Row]) -> list[str]:
    """The models with more tasks than some other, or all where all were asked as many."""
    tasks = {model: len({row.task for row in given if row.model == model}) for model in {row.model for row in given}}
    return sorted(model for model, number in tasks.items() if number == max(tasks.values()))


def shown(found: Mapping[str, Mapping[str, Any]]) -> None:
    for model, one in sorted(found.items(), key=lambda item: item[1]["sensitivity_corrected"]["mean"]):
        plain, better = one["sensitivity"], one["sensitivity_corrected"]
        print(
            f"{model:20} {plain['num_tasks']:2} tasks ({better['num_tasks']} corrected)  avg {100 * one['avg_p']:5.1f}  Sensitivity {100 * plain['mean']:5.1f}  corrected"
            f" {100 * better['mean']:5.1f} ({100 * better['low']:.1f} to {100 * better['high']:.1f})"
            f"  floor {100 * one['sensitivity_noise_floor']['mean']:4.1f}  std {100 * one['prompt_sensitivity']:4.1f}"
            f"  worst {100 * one['worst_wording']['mean']:4.1f}  best {100 * one['best_wording']['mean']:4.1f}"
        )


def write_csv(path: Path, given: Sequence[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        lines = csv.writer(handle)
        lines.writerow(["model", "task", "instruction", "score", "n"])
        lines.writerows([row.model, row.task, row.instruction, row.score, row.n] for row in given)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--csv", type=Path)
    options = parser.parse_args()
    folder = Path(os.environ["SAYSO_DATA"]) / "instruction_paraphrases"
    recomputed = tables(folder)
    for name, one in recomputed.items():
        print(name, one)
    given = rows(folder, correct_only=True)
    if options.csv:
        write_csv(options.csv, given)
    calm = closer(given)
    print(
        f"closer than independent samples: {len(calm)} tasks of a model, at least {min(calm, default=1):.2f} of their spread"
    )
    models = sorted({row.model for row in given})
    every = by_model(given, models=models)
    shown(every)
    for name, group in (("models asked most tasks", asked_most(given)), ("all models", models)):
        kept = shared_tasks(given, models=group)
        print(f"{name}: {len(kept)} shared tasks")
        if kept:
            shown(by_model([row for row in given if row.task in kept], models=group))
    told = {model: one["sensitivity_corrected"] for model, one in every.items()}
    told = {
        m: {k: round(v[k], 4) for k in ("mean", "low", "high")} | {"tasks": v["num_tasks"]} for m, v in told.items()
    }
    worst = max((one["max_deviation"] for one in recomputed.values() if one["cells"]), default=None)
    cells = sum(one["cells"] for one in recomputed.values())
    print(json.dumps({"cells": cells, "max_deviation": worst, "sensitivity_corrected": told}))


if __name__ == "__main__":
    main()
