"""Several wordings asked, one answer given: what voting over wordings buys, from predictions that are there already.

The answers of the main model to an example under its first trained wordings become one: by `vote` the most frequent answer (of equally frequent ones that
of the earliest wording; what could not be read does not vote), by `average` the option with the highest mean log-probability over the wordings, as far
as options were ranked. The gain is against the mean score of the same wordings asked one at a time, on the same examples; the cost is so many times the calls.

Source: self-consistency over samples (Wang et al. 2023) and ensembles of prompts (Jiang et al. 2020; Arora et al. 2023), here over wordings.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from sayso.artifacts import read_jsonl
from sayso.config import EnsembleConfig, EvaluateConfig
from sayso.evaluate.answers import answer_of
from sayso.evaluate.intervals import Bootstrap, as_row, mean_interval, paired_difference
from sayso.evaluate.metrics import metrics
from sayso.evaluate.plan import Unit
from sayso.evaluate.scoring import Reading, ScoreTable, score_predictions
from sayso.records import Prediction, Sample, Template

__all__ = ["average", "ensemble_rows", "vote"]


def ensemble_rows(
    work: Sequence[Unit], *, config: EvaluateConfig, folder: Path, reading: Reading, bootstrap: Bootstrap
) -> Iterator[dict[str, Any]]:
    """A row per ensemble of the config, for `summary.json`; `folder` holds the predictions of the units.

    Tasks with fewer trained wordings, and for `average` those whose options were not ranked, are left out and named.
    """
    main = [unit for unit in work if unit.full]
    for name, ensemble in config.ensembles.items():
        tables = {unit.plan.task.name: _tables(unit, ensemble, folder=folder, reading=reading) for unit in main}
        pairs = {task: pair for task, pair in tables.items() if pair is not None}
        together = {task: one.values for task, (one, _) in pairs.items()}
        alone = {task: each.values for task, (_, each) in pairs.items()}
        yield {
            "name": name,
            "by": ensemble.by,
            "num_wordings": ensemble.num_wordings,
            "mean": as_row(mean_interval(together, bootstrap=bootstrap)),
            "single": as_row(mean_interval(alone, bootstrap=bootstrap)),
            "gain": as_row(paired_difference(together, alone, bootstrap=bootstrap)),
            "left_out": sorted(task for task, pair in tables.items() if pair is None),
        }


def _tables(
    unit: Unit, ensemble: EnsembleConfig, *, folder: Path, reading: Reading
) -> tuple[ScoreTable, ScoreTable] | None:
    """The scores of the answers made one, and of the single wordings."""
    templates = tuple(t for t in unit.templates if not t.held_out)[: ensemble.num_wordings]
    if len(templates) < ensemble.num_wordings:
        return None
    asked = {template.id for template in templates}
    rows = [row for row in read_jsonl(unit.path(folder), Prediction) if row.template in asked]
    joined = list(_joined(rows, templates, unit.plan.by_example, by=ensemble.by, reading=reading))
    if not joined or None in joined:
        return None
    found = [row for row in joined if row is not None]
    return _scored(found, templates[:1], unit=unit, reading=reading), _scored(
        rows, templates, unit=unit, reading=reading
    )


def _joined(
    rows: Sequence[Prediction],
    templates: Sequence[Template],
    samples: Mapping[str, Sample],
    *,
    by: str,
    reading: Reading,
) -> Iterator[Prediction | None]:
    """One prediction an example, under the first wording's name; None where options were not ranked and must be."""
    place = {template.id: number for number, template in enumerate(templates)}
    by_example: dict[str, list[Prediction]] = {}
    for row in sorted(rows, key=lambda row: place[row.template]):
        by_example.setdefault(row.example, []).append(row)
    for example, group in by_example.items():
        said = (
            vote(group, sample=samples[example], reading=reading) if by == "vote" else average(group, samples[example])
        )
        first = group[0]
        yield None if said is None else replace(first, output=said, logprobs=())


def vote(rows: Sequence[Prediction], *, sample: Sample, reading: Reading) -> str:
    """The output with the most frequent answer, as the first that gave it wrote it; the first output where none can be read."""
    answers = [answer_of(row, sample=sample, reading=reading) for row in rows]
    counts = Counter(answer for answer in answers if answer is not None)
    if not counts:
        return rows[0].output
    most = max(counts.values())
    winner = next(answer for answer in answers if answer is not None and counts[answer] == most)
    return rows[answers.index(winner)].output


def average(rows: Sequence[Prediction], sample: Sample) -> str | None:
    """The option with the highest mean log-probability; None where one of the rows has none."""
    if any(len(row.logprobs) != len(sample.options) or not sample.options for row in rows):
        return None
    sums = [sum(values) for values in zip(*(row.logprobs for row in rows), strict=True)]
    return sample.options[sums.index(max(sums))]


def _scored(rows: Sequence[Prediction], templates: tuple[Template, ...], *, unit: Unit, reading: Reading) -> ScoreTable:
    return score_predictions(
        rows,
        task=unit.plan.task,
        templates=templates,
        samples=unit.plan.by_example,
        metric=metrics.build(unit.plan.task.metrics[0], {}),
        reading=reading,
    )
