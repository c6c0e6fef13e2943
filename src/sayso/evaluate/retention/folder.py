"""Retention beside an evaluation: a file of rows for each model, written whole, so that a killed run measures nothing twice.

`retention.json` has the summary; the rows also go to the stage's `values.jsonl`, from which runs are compared.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import Any

from sayso.artifacts import StageContext, read_jsonl, write_json, write_jsonl
from sayso.config import RetentionConfig
from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.retention.reading import read_samples, read_task_samples, read_texts
from sayso.evaluate.retention.summary import summarise, values_of_rows
from sayso.evaluate.values import Value
from sayso.records import Sample

__all__ = ["measure_retention"]


def measure_retention(
    config: RetentionConfig, *, models: Mapping[str, str], context: StageContext, bootstrap: Bootstrap
) -> list[Value]:
    """Measure each model (`untuned`, `tuned` to the folders they are in) that has no file yet; write the summary where there are both.

    Raises:
        ConfigError: the suite is not known or has no files, or the build has no task of a pattern.
        DataError: a file cannot be used, or a sample does not fit the model.
        BackendError: the model cannot read plain text.
    """
    rows: list[Value] = []
    for model, origin in models.items():
        path = context.folder / "retention" / f"{model}.jsonl"
        if not path.exists():
            context.progress.note(f"retention of the {model} model")
            write_jsonl(path, _measure(config, origin=origin, model=model, samples=list(_samples(config, context))))
        rows += read_jsonl(path, Value)
    if {"tuned", "untuned"} <= models.keys():
        summary: dict[str, Any] = summarise(rows, before="untuned", after="tuned", bootstrap=bootstrap)
        write_json(context.folder / "retention.json", summary)
    return rows


def _samples(config: RetentionConfig, context: StageContext) -> Iterator[Sample]:
    yield from read_samples(config)
    if config.tasks:
        yield from read_task_samples(config, build=context.nearest("build"))


def _measure(config: RetentionConfig, *, origin: str | Path, model: str, samples: list[Sample]) -> list[Value]:
    measuring = import_module("sayso.evaluate.retention.measuring")  # torch
    bundle = import_module("sayso.models.auto").load_model(str(origin))
    found: list[Value] = []
    if texts := read_texts(config):
        values = measuring.text_logprobs(bundle, texts, max_tokens=config.max_tokens)
        found += values_of_rows(
            "retention_text", "plain", examples=[one.id for one in texts], logprobs=values, model=model
        )
    for task, grouped in groupby(samples, key=lambda one: one.task):
        some = list(grouped)
        values = measuring.response_logprobs(bundle, some)
        names = [one.example for one in some]
        found += values_of_rows(f"retention_{task}", some[0].template, examples=names, logprobs=values, model=model)
    return found
