"""Suites whose answers a judge reads: opinions of every answer, on file beside the predictions, measured in place of the answers.

There is no other way to score such a suite: without a language model to judge it is an error. Replies are kept in `judge.sqlite`, so that scoring again asks nothing twice.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from sayso.artifacts import Progress, write_jsonl
from sayso.config import PluginConfig
from sayso.evaluate.corpus import Answer
from sayso.evaluate.judges import Judge, open_judge
from sayso.evaluate.judges.measuring import judge_answers
from sayso.evaluate.suite_runs.asked import Asked

__all__ = ["judge_all", "judge_of"]


def judge_of(
    config: PluginConfig, *, model: PluginConfig | None, wanted: str, folder: Path, progress: Progress | None = None
) -> Judge:
    """The judge of a suite on the language model `model`; its replies are kept in `folder`.

    Raises:
        ConfigError: no language model is given, or there is no such judge or model.
    """
    given = None if model is None else PluginConfig.model_validate({**config.model_dump(), "model": model})
    return open_judge(given, wanted=wanted, store=folder / "judge.sqlite", progress=progress)


def judge_all(
    judge: Judge, answers: Mapping[str, Sequence[Answer]], *, asked: Mapping[str, Asked], folder: Path
) -> dict[str, list[Answer]]:
    """Every answer with the judge's opinion as its text, by wording; the opinions are written to `opinions.jsonl`.

    Raises:
        BackendError: the judge gave up; scoring again goes on.
    """
    questions = {name: one.question for name, one in asked.items()}
    rows: list[dict[str, object]] = []
    judged: dict[str, list[Answer]] = {}
    for template, some in answers.items():
        opinions, judged[template] = judge_answers(judge, some, questions=questions)
        rows += [{"template": template, **msgspec.to_builtins(opinion)} for opinion in opinions]
    write_jsonl(folder / "opinions.jsonl", rows)
    return judged
