"""What a recipe may ask of its models beside scores: visual contribution, retention, and suites. Each writes files of its own, and asks nothing twice."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sayso.artifacts import StageContext
from sayso.config import EvaluateConfig
from sayso.evaluate.backends import Backend
from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.plan import TaskPlan
from sayso.evaluate.retention.folder import measure_retention
from sayso.evaluate.suite_runs.stage import Planned, ask_suites
from sayso.evaluate.trained import named_folders, open_trained
from sayso.evaluate.values import Value
from sayso.evaluate.visual.stage import measure_visual

__all__ = ["retention", "suites", "visual"]


def visual(plans: Sequence[TaskPlan], *, context: StageContext, bootstrap: Bootstrap) -> dict[str, Any] | None:
    """What `summary.json` says under `visual`; None where the recipe does not ask for it.

    Raises:
        DataError: a sample does not fit the model.
        BackendError: a model does not let itself be looked at.
    """
    config: EvaluateConfig = context.config
    if config.visual is None:
        return None
    models = named_folders(context)
    return measure_visual(config.visual, models=models, plans=plans, context=context, bootstrap=bootstrap)


def retention(*, context: StageContext, bootstrap: Bootstrap) -> list[Value]:
    """Rows for `values.jsonl`; none where the recipe does not ask for them.

    Raises:
        ConfigError: the suite is not known or has no files.
        DataError: a file cannot be used, or a sample does not fit the model.
        BackendError: a model cannot read plain text.
    """
    config: EvaluateConfig = context.config
    if config.retention is None:
        return []
    return measure_retention(config.retention, models=named_folders(context), context=context, bootstrap=bootstrap)


def suites(
    planned: Sequence[Planned], *, context: StageContext, config: EvaluateConfig, bootstrap: Bootstrap
) -> list[dict[str, Any]]:
    """A row per suite and model for `summary.json`.

    Raises:
        DataError: an answer cannot be scored at all.
        BackendError: a model gave up; the same command goes on.
    """
    load: dict[str, Callable[[], Backend]] = {
        name: partial(open_trained, name, context=context, config=config) for name in config.models
    }
    return list(ask_suites(planned, folder=context.folder, load=load, bootstrap=bootstrap, progress=context.progress))
