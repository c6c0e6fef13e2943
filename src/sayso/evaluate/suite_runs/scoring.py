"""Predictions of a suite -> `values.jsonl` and `scores.json`, from the files of its folder alone; nothing is decoded.

Parser, metrics and judge are the suite's own, or others that somebody wants to try: the card in `scores.json` says which.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from sayso.artifacts import Progress, write_json, write_jsonl
from sayso.config import PluginConfig, PromptConfig
from sayso.errors import DataError
from sayso.evaluate.corpus.measuring import Measured, corpus_metric, measure
from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.parsers import parsers
from sayso.evaluate.suite_runs.asked import Asked, read_answers, read_asked, read_predictions
from sayso.evaluate.suite_runs.cards import SuiteCard, read_card
from sayso.evaluate.suite_runs.figures import ByWording, Named, matrices, scores_of, value_rows
from sayso.evaluate.suite_runs.judging import judge_all, judge_of
from sayso.evaluate.values import shared_pictures

__all__ = ["is_finished", "Reading", "score_folder"]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Another parser and other metrics than the suite's own, and the language model that judges, for suites that need one."""

    parser: PluginConfig | None = None
    metrics: tuple[PluginConfig, ...] = ()
    judge: PluginConfig | None = None


def score_folder(
    folder: Path,
    *,
    reading: Reading | None = None,
    bootstrap: Bootstrap | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Read the answers out of the predictions in `folder`, measure them, write `values.jsonl` and `scores.json`; returns the latter.

    Draws of the intervals come from the seed of the run where no `bootstrap` is given, so that scoring again gives the same ones.

    Raises:
        ConfigError: a parser or metric is not known, or the suite needs a judge and none is given.
        DataError: a file is missing or does not fit the others, an answer lacks what a metric needs, or nothing can be scored.
        BackendError: the judge gave up; scoring again goes on.
    """
    wanted = reading or Reading()
    card = _with(read_card(folder), wanted)
    if not is_finished(folder):
        raise DataError(f"{folder} is not finished: not every example has its answer; run the suite again to go on")
    drawn = bootstrap or Bootstrap(seed=card.seed)
    asked = read_asked(folder)
    answers = _answers(folder, card, asked=asked)
    metrics: list[Named] = [(one, corpus_metric(one.name, one.options)) for one in _configs(card)]
    judged: ByWording = answers
    if card.judge is not None:
        config = PluginConfig.model_validate(card.judge)
        wants = f"suite {card.label}"
        judge = judge_of(config, model=wanted.judge, wanted=wants, folder=folder, progress=progress)
        judged = judge_all(judge, answers, asked=asked, folder=folder)
        metrics = metrics or [(config, judge.metric)]
        card = msgspec.structs.replace(card, judge={**card.judge, "model": judge.model_name})
    measured = _measure(card, metrics, answers=judged, bootstrap=drawn)
    values = matrices(metrics, measured)
    scores = scores_of(card, metrics, answers=answers, judged=judged, measured=measured, bootstrap=drawn)
    write_jsonl(folder / "values.jsonl", value_rows(card, values, examples=list(asked), pictures=_pictures(asked)))
    write_json(folder / "scores.json", scores)
    return scores


def _pictures(asked: Mapping[str, Asked]) -> dict[str, str]:
    """Those that examples share, as far as they have names."""
    return shared_pictures({name: one.media if all(one.pictures) else () for name, one in asked.items()})


def is_finished(folder: Path) -> bool:
    """Whether all answers of a suite are there; a killed run goes on where it stopped."""
    return (folder / "predictions.jsonl").exists()


def _with(card: SuiteCard, reading: Reading) -> SuiteCard:
    """The card with another parser and metrics; other metrics need no judge."""
    changes: dict[str, Any] = {}
    if reading.parser is not None:
        changes["parser"] = reading.parser.model_dump(mode="json")
    if reading.metrics:
        changes |= {"metrics": tuple(metric.model_dump(mode="json") for metric in reading.metrics), "judge": None}
    return msgspec.structs.replace(card, **changes)


def _configs(card: SuiteCard) -> list[PluginConfig]:
    if not card.metrics and card.judge is None:
        raise DataError(f"suite {card.suite} has no metric of its own; name one with --metric")
    return [PluginConfig.model_validate(metric) for metric in card.metrics]


def _answers(folder: Path, card: SuiteCard, *, asked: Mapping[str, Asked]) -> ByWording:
    config = PluginConfig.model_validate(card.parser)
    parser = parsers.build(config.name, config.options)
    prompt = PromptConfig.model_validate(card.prompt)
    predictions = read_predictions(folder, asked=asked, templates=list(card.wordings))
    return {
        template: read_answers(rows, asked=asked, parser=parser, prompt=prompt)
        for template, rows in predictions.items()
    }


def _measure(
    card: SuiteCard, metrics: Sequence[Named], *, answers: ByWording, bootstrap: Bootstrap
) -> dict[str, list[Measured]]:
    """Every metric under every wording; the published prompt must give a number at least."""
    measured = {
        template: [measure(metric, rows, bootstrap=bootstrap, name=card.label) for _, metric in metrics]
        for template, rows in answers.items()
    }
    first = next(iter(measured.values()))
    if all(figure is None for one in first for figure in one.figures.values()):
        reasons = ", ".join(f"{count} x {reason}" for one in first for reason, count in one.tally.reasons.items())
        raise DataError(
            f"suite {card.label}: nothing can be scored ({reasons or 'every value is NaN'}); "
            "use a split with answers, or another --metric"
        )
    return measured
