"""What `scores.json` and `values.jsonl` say, from measured figures under every wording.

The headline is the first figure that has a value, of the first metric, under the published prompt. Beside it stands every figure under every wording, and how much the
wording moves each: MultiInstruct's Sensitivity, sample standard deviation over mean. For metrics of single predictions, which alone have values per example, it
has an interval, and beside it stand Sensitivity without the noise of finitely many examples (`corrected`) and what it would be if no wording differed (`noise_floor`), of
`sayso.evaluate.robustness`; where these cannot be given, `reason` says why. A figure of a whole corpus, such as F1, has none of them.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeAlias

import msgspec
import numpy as np

from sayso.config import PluginConfig
from sayso.evaluate.corpus import Answer, CorpusMetric
from sayso.evaluate.corpus.mean_of import MeanOf
from sayso.evaluate.corpus.measuring import Measured
from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.robustness.figures import robustness
from sayso.evaluate.robustness.scores import TaskScores
from sayso.evaluate.sensitivity import Floats, coefficient_of_variation
from sayso.evaluate.suite_runs.cards import SuiteCard, digest_of, metric_cards
from sayso.evaluate.values import Value

__all__ = ["ByWording", "matrices", "Named", "scores_of", "value_rows"]

CATEGORY = ("category", "dimension")
"""Where an answer says what it is about, the first that does."""
MEASURED = ("mean", "low", "high", "corrected", "noise_floor")
WHOLE = "a figure of a whole corpus has no values of single examples, so that chance is not known"
Named: TypeAlias = tuple[PluginConfig, CorpusMetric]
"""A metric and how it is called for."""
ByWording: TypeAlias = Mapping[str, Sequence[Answer]]
"""Answers by the wording they are to, the published prompt first."""


def matrices(metrics: Sequence[Named], measured: Mapping[str, Sequence[Measured]]) -> dict[str, Floats]:
    """The values of each metric of single predictions, wordings x examples, by its name."""
    return {
        _name(metric): _matrix(measured, place)
        for place, (_, metric) in enumerate(metrics)
        if isinstance(metric, MeanOf)
    }


def scores_of(
    card: SuiteCard,
    metrics: Sequence[Named],
    *,
    answers: ByWording,
    judged: ByWording,
    measured: Mapping[str, Sequence[Measured]],
    bootstrap: Bootstrap,
) -> dict[str, Any]:
    """The content of `scores.json`; `answers` are as the parser read them, `judged` what was measured of them."""
    wordings = [
        {
            "template": template,
            "text": card.wordings[template],
            "published": number == 0,
            **_under(metrics, rows=rows, measured=measured[template]),
        }
        for number, (template, rows) in enumerate(answers.items())
    ]
    values = matrices(metrics, measured)
    figures = wordings[0]["figures"]
    total = sum((_unparsed(rows) for rows in answers.values()), Counter[str]())
    return {
        "suite": card.suite,
        "label": card.label,
        "model": card.model,
        "headline": _headline(figures),
        "figures": figures,
        "by_category": _by_category(metrics, next(iter(judged.values()))),
        "wordings": wordings,
        "sensitivity": _sensitivities(wordings, values, label=card.label, bootstrap=bootstrap),
        "counts": {
            **msgspec.to_builtins(card.counts),
            "predictions": sum(map(len, answers.values())),
            "unparsed": total.total(),
            "unparsed_by_reason": dict(total),
        },
        "card": {
            **{key: value for key, value in msgspec.to_builtins(card).items() if key != "counts"},
            "metrics": metric_cards(metrics),
            "digest": digest_of(card),
            "data_digest": card.data_digest,
        },
    }


def _under(metrics: Sequence[Named], *, rows: Sequence[Answer], measured: Sequence[Measured]) -> dict[str, Any]:
    """What is said of one wording."""
    pairs = zip(metrics, measured, strict=True)
    return {
        "figures": dict(_figures(metrics, measured)),
        "unparsed": dict(_unparsed(rows)),
        "unscored": {_name(metric): dict(one.tally.reasons) for (_, metric), one in pairs},
    }


def _by_category(metrics: Sequence[Named], answers: Sequence[Answer]) -> dict[str, dict[str, float | None]]:
    """Every figure over each category alone, without intervals; empty where there are no categories, or one."""
    groups: dict[str, list[Answer]] = {}
    for answer in answers:
        groups.setdefault(next((answer.about[key] for key in CATEGORY if answer.about.get(key)), ""), []).append(answer)
    if len(groups) < 2:
        return {}
    return {
        name: {"n": len(some), **{key: value for _, metric in metrics for key, value in _points(metric, some)}}
        for name, some in sorted(groups.items())
    }


def _points(metric: CorpusMetric, answers: Sequence[Answer]) -> Iterator[tuple[str, float | None]]:
    sums = metric.tally(answers).statistics.sum(axis=0, keepdims=True)
    for name, values in metric.figures(sums).items():
        yield name, None if math.isnan(values[0]) else float(values[0])


def _headline(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The first figure that has a value: one over two kinds of questions has none where only one of them was asked."""
    name = next((name for name, value in figures.items() if value is not None), next(iter(figures)))
    return {"figure": name, "value": figures[name]}


def _name(metric: CorpusMetric) -> str:
    return metric.cards[0].name


def _figures(metrics: Sequence[Named], measured: Sequence[Measured]) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """By the figure's name; by `metric.figure` where a metric before has one of that name."""
    seen = set[str]()
    for (config, _), one in zip(metrics, measured, strict=True):
        for figure, estimate in one.figures.items():
            name = f"{config.name}.{figure}" if figure in seen else figure
            seen.add(figure)
            yield name, None if estimate is None else asdict(estimate)


def _unparsed(rows: Sequence[Answer]) -> Counter[str]:
    return Counter(row.reason or "no answer found" for row in rows if row.text is None)


def _matrix(measured: Mapping[str, Sequence[Measured]], place: int) -> Floats:
    """Values of a metric of single predictions, wordings x examples; NaN where it has none."""
    rows = [one[place].tally.statistics for one in measured.values()]
    return np.stack([np.where(row[:, 1] > 0, row[:, 0], np.nan) for row in rows])


def _sensitivities(
    wordings: Sequence[dict[str, Any]], values: Mapping[str, Floats], *, label: str, bootstrap: Bootstrap
) -> dict[str, dict[str, Any] | None]:
    found: dict[str, dict[str, Any] | None] = {}
    for name in wordings[0]["figures"]:
        if name in values:
            spread = _by_example(values[name], wordings=wordings, label=label, bootstrap=bootstrap)
        else:
            spread = _point([row["figures"][name] for row in wordings])
        found[name] = None if spread is None else spread | _ends(wordings, name)
    return found


def _by_example(
    values_WN: Floats, *, wordings: Sequence[dict[str, Any]], label: str, bootstrap: Bootstrap
) -> dict[str, Any] | None:
    """Sensitivity as measured, without its noise, and what noise alone gives."""
    scores = TaskScores.of(label, values_WN, wordings=tuple(row["template"] for row in wordings))
    told = robustness([scores], bootstrap=bootstrap)
    if told["sensitivity"] is None:
        return None
    floor = told["sensitivity_noise_floor"]
    return {
        **told["sensitivity"],
        "corrected": told["sensitivity_corrected"],
        "noise_floor": None if floor is None else floor["mean"],
        "reason": "" if floor is not None else told["by_task"][0]["reason"] or "",
    }


def _point(figures: Sequence[Mapping[str, Any] | None]) -> dict[str, Any] | None:
    """Sensitivity of a figure of a whole corpus over the wordings: it has no interval, and what chance does to it is not known."""
    means = np.array([math.nan if figure is None else figure["mean"] for figure in figures])
    point = float(coefficient_of_variation(means))
    return None if math.isnan(point) else dict.fromkeys(MEASURED) | {"mean": point, "reason": WHOLE}


def _ends(wordings: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    """The wordings under which a figure is lowest and highest."""
    known = [(row["figures"][name]["mean"], row["template"]) for row in wordings if row["figures"][name] is not None]
    ends = {"lowest": min(known), "highest": max(known)}
    told = {end: {"template": template, "mean": mean} for end, (mean, template) in ends.items()}
    return {"num_wordings": len(known), **told}


def value_rows(
    card: SuiteCard, values: Mapping[str, Floats], *, examples: Sequence[str], pictures: Mapping[str, str]
) -> Iterator[Value]:
    """A row of `values.jsonl` per metric, wording and example; `pictures` are those that examples share."""
    for metric, matrix in values.items():
        for template, row in zip(card.wordings, matrix.tolist(), strict=True):
            for example, value in zip(examples, row, strict=True):
                yield Value(
                    task=card.label,
                    example=example,
                    template=template,
                    metric=metric,
                    value=None if math.isnan(value) else value,
                    model=card.model,
                    group="suite",
                    picture=pictures.get(example, ""),
                )
