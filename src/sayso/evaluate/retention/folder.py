"""Retention beside an evaluation: a file of rows for each model, written whole, so that a killed run measures nothing twice.

`retention.json` has the summary; the rows also go to the stage's `values.jsonl`, from which runs are compared.
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from sayso.artifacts import StageContext, read_jsonl, write_json, write_jsonl
from sayso.config import RetentionConfig
from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.retention.reading import read_samples, read_texts
from sayso.evaluate.retention.summary import summarise, values_of_rows
from sayso.evaluate.values import Value

__all__ = ["measure_retention"]


def measure_retention(
    config: RetentionConfig, *, models: Mapping[str, str], context: StageContext, bootstrap: Bootstrap
) -> list[Value]:
    """Measure each model (`untuned`, `tuned` to the folders they are in) that has no file yet; write the summary where there are both.

    Raises:
        ConfigError: the suite is not known or has no files.
        DataError: a file cannot be used, or a sample does not fit the model.
        BackendError: the model cannot read plain text.
    """
    rows: list[Value] = []
    for model, origin in models.items():
        path = context.folder / "retention" / f"{model}.jsonl"
        if not path.exists():
            context.progress.note(f"retention of the {model} model")
            write_jsonl(path, _measure(config, model=model, origin=origin))
        rows += read_jsonl(path, Value)
    if {"tuned", "untuned"} <= models.keys():
        summary: dict[str, Any] = summarise(rows, before="untuned", after="tuned", bootstrap=bootstrap)
        write_json(context.folder / "retention.json", summary)
    return rows


def _measure(config: RetentionConfig, *, model: str, origin: str | Path) -> list[Value]:
    measuring = import_module("sayso.evaluate.retention.measuring")  # torch
    bundle = import_module("sayso.models.auto").load_model(str(origin))
    found: list[Value] = []
    if texts := read_texts(config):
        values = measuring.text_logprobs(bundle, texts, max_tokens=config.max_tokens)
        found += values_of_rows(
            "retention_text", "plain", examples=[one.id for one in texts], logprobs=values, model=model
        )
    if samples := read_samples(config):
        values = measuring.response_logprobs(bundle, samples)
        names = [one.example for one in samples]
        found += values_of_rows(
            f"retention_{samples[0].task}", samples[0].template, examples=names, logprobs=values, model=model
        )
    return found
