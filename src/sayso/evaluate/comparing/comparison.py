"""The whole comparison, as plain values: what `comparison.json` holds and pages are made of.

`runs` say what was read and what paired; `difference` is that of the second run to the first, `comparisons` of every run but the first: `overall` at the top, all
quantities in `quantities`. `by_task` and `wordings` have a row per task or wording and compared run, p-values adjusted over all rows of the table by Holm and by
Benjamini and Hochberg; `flips` counts per task and `flipped` examples to look at; `gates` the verdicts. Values are fractions of the score's unit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sayso.errors import ConfigError
from sayso.evaluate.comparing.details import Background
from sayso.evaluate.comparing.effects import effect_sizes, smallest_visible
from sayso.evaluate.comparing.flips import choose, count_flips, flip_rows
from sayso.evaluate.comparing.gates import Gate, judge
from sayso.evaluate.comparing.pairing import Paired, pair
from sayso.evaluate.comparing.quantities import QUANTITIES, DifferenceIn, difference_in, is_scored, of_task, of_wording
from sayso.evaluate.comparing.reading import Run, label_runs
from sayso.evaluate.comparing.resampling import PairMeans, pair_means
from sayso.evaluate.comparing.significance import benjamini_hochberg, holm
from sayso.evaluate.intervals import Bootstrap

__all__ = ["compare", "Options"]

MAX_RUNS = 6
NAMED = 20  # of tasks, wordings or examples that are not paired


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to compare: by which metric (None: each task's own), at which level, with how many resamples and swaps, how many flips to show per run."""

    metric: str | None = None
    alpha: float = 0.05
    strict: bool = False
    num_resamples: int = 2000
    num_swaps: int = 9999
    max_flips: int = 24
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise ConfigError(f"--alpha {self.alpha}: give a number between 0 and 1, such as 0.05")

    @property
    def bootstrap(self) -> Bootstrap:
        """With intervals that fit the level of the tests."""
        return Bootstrap(seed=self.seed, num_resamples=self.num_resamples, confidence=1 - self.alpha)


def compare(
    runs: Sequence[Run], *, options: Options, gates: Sequence[Gate] = (), folder: Path | None = None
) -> dict[str, Any]:
    """Compare runs with the first of them; pictures of flipped examples go to `folder/images`, and there are none without it.

    Raises:
        ConfigError: fewer than two runs or more than six, or a metric or gate that they do not have.
        DataError: nothing pairs, or predictions beside the scores cannot be read.
    """
    if not 2 <= len(runs) <= MAX_RUNS:
        raise ConfigError(f"{len(runs)} given; compare 2 to {MAX_RUNS} runs, the baseline first")
    names = label_runs(runs)
    paired = pair(runs, names=names, metric=options.metric)
    pairs = {
        names[place]: [
            pair_means(task, place=place, bootstrap=options.bootstrap, num_swaps=options.num_swaps)
            for task in paired.tasks
        ]
        for place in range(1, len(runs))
    }
    background = Background(runs)
    comparisons = [_comparison(name, tasks, options=options) for name, tasks in pairs.items()]
    return {
        "runs": [
            _run(run, name=name, unpaired=one) for run, name, one in zip(runs, names, paired.unpaired, strict=True)
        ],
        "alpha": options.alpha,
        "strict": options.strict,
        "num_unscored": sum(task.num_unscored for task in paired.tasks),
        "notes": list(_notes(paired)),
        "difference": comparisons[0],
        "comparisons": comparisons,
        "by_task": _adjusted(list(_task_rows(pairs, options=options))),
        "wordings": _adjusted(list(_wording_rows(pairs, texts=background.texts, options=options))),
        "gates": judge(
            gates, list(pairs.items()), alpha=options.alpha, strict=options.strict, confidence=1 - options.alpha
        ),
        **_flips(runs, names=names, paired=paired, background=background, folder=folder, number=options.max_flips),
    }


def _run(run: Run, *, name: str, unpaired: dict[str, Any]) -> dict[str, Any]:
    lists = {key: value for key, value in unpaired.items() if isinstance(value, list)}
    return {
        "name": name,
        "path": str(run.path),
        "model": run.model,
        "condition": run.condition,
        "num_unpaired": unpaired["num_unpaired"],
        **{f"num_{key}": len(value) for key, value in lists.items()},
        **{key: value[:NAMED] for key, value in lists.items()},
    }


def _notes(paired: Paired) -> Iterator[str]:
    for task in paired.tasks:
        if (largest := float(np.nanmax(np.abs(task.values)))) > 1:
            yield (
                f"scores of {task.task!r} by {task.metric!r} reach {largest:g}; points are hundredths of a score's unit, "
                "so give shares of 1 where points are meant to be per cent"
            )


def _comparison(name: str, tasks: Sequence[PairMeans], *, options: Options) -> dict[str, Any]:
    found = {key: difference_in(quantity, tasks, confidence=1 - options.alpha) for key, quantity in QUANTITIES.items()}
    whole = found["overall"]
    return {
        "run": name,
        **(whole.plain() if whole is not None else {}),
        "smallest_visible": smallest_visible(
            [one for one in tasks if is_scored(one.scores)] or tasks, alpha=options.alpha
        ),
        "quantities": {key: None if one is None else one.plain() for key, one in found.items()},
    }


def _task_rows(pairs: dict[str, list[PairMeans]], *, options: Options) -> Iterator[dict[str, Any]]:
    for name, tasks in pairs.items():
        for task in tasks:
            yield {
                "run": name,
                "task": task.scores.task,
                "metric": task.scores.metric,
                "group": task.scores.group,
                "num_wordings": len(task.scores.templates),
                **_row(of_task(task, confidence=1 - options.alpha)),
                **effect_sizes(task),
                "smallest_visible": smallest_visible([task], alpha=options.alpha),
            }


def _wording_rows(
    pairs: dict[str, list[PairMeans]], *, texts: dict[tuple[str, str], str], options: Options
) -> Iterator[dict[str, Any]]:
    for name, tasks in pairs.items():
        for task in tasks:
            for row, template in enumerate(task.scores.templates):
                yield {
                    "run": name,
                    "task": task.scores.task,
                    "template": template,
                    "text": texts.get((task.scores.task, template)),
                    "distance": task.scores.distances[row],
                    **_row(of_wording(task, row, confidence=1 - options.alpha)),
                }


def _row(difference: DifferenceIn) -> dict[str, Any]:
    return {key: value for key, value in difference.plain().items() if key != "num_tasks"}


def _adjusted(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same rows, with p-values over all of them."""
    p_values = [row["p"] for row in rows]
    corrected = zip(holm(p_values), benjamini_hochberg(p_values), strict=True)
    return [row | {"p_holm": one, "p_bh": other} for row, (one, other) in zip(rows, corrected, strict=True)]


def _flips(
    runs: Sequence[Run],
    *,
    names: Sequence[str],
    paired: Paired,
    background: Background,
    folder: Path | None,
    number: int,
) -> dict[str, Any]:
    counts = [
        {"run": names[place], "task": task.task, **count_flips(task, place)}
        for place in range(1, len(runs))
        for task in paired.tasks
    ]
    if folder is None:
        return {"flips": counts, "flipped": []}
    chosen = [flip for place in range(1, len(runs)) for flip in choose(paired.tasks, place, number=number)]
    shown = flip_rows(chosen, runs=runs, names=names, background=background, folder=folder)
    return {"flips": counts, "flipped": list(shown)}
