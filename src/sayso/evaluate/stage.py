"""The stage `evaluate`: models x conditions x tasks x wordings -> predictions -> scores -> summary.

It reads the nearest build and the nearest train stage. Predictions are written first, a file per model, condition and task; scores,
summary and showcase are computed from the files alone, so that an evaluation that was killed and resumed ends with the numbers of one
that was not.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from sayso.artifacts import StageContext, write_json, write_jsonl
from sayso.config import EvaluateConfig
from sayso.data import BuildFolder
from sayso.evaluate import extras
from sayso.evaluate.answers import agreements
from sayso.evaluate.conditions import condition_rows
from sayso.evaluate.counts import count, unmeasured
from sayso.evaluate.ensembles import ensemble_rows
from sayso.evaluate.figures import check_figures, figures_of
from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.metrics import metrics
from sayso.evaluate.named import check_named
from sayso.evaluate.opening import brings_its_model, check_backend, label_of
from sayso.evaluate.plan import TaskPlan, make_plans, units
from sayso.evaluate.predicting import predict_all
from sayso.evaluate.scoring import reading_of
from sayso.evaluate.showcase import showcase
from sayso.evaluate.suite_runs.stage import plan_suites
from sayso.evaluate.summary import score_rows, summarise
from sayso.evaluate.tables import blind_tables, score_unit
from sayso.evaluate.trained import open_trained, unlike_the_build
from sayso.evaluate.values import shared_pictures, values_of

__all__ = ["run"]


def run(context: StageContext) -> dict[str, Any]:
    """Evaluate, and return the counts of the manifest.

    Raises:
        DataError: nothing to test on, or an artifact before this one cannot be used.
        ConfigError: a metric, condition or model is not known, or no build or train stage comes before.
        BackendError: a backend gave up, or cannot do what is asked; run it again to go on.
    """
    folder, seed = context.folder, context.seed
    config = _with_names(context.config)
    check_named(config)
    build = BuildFolder(context.nearest("build"))
    plans = make_plans(build, config=config, seed=seed, where=f"{context.node}.tasks")
    _check_metrics(plans)
    check_figures(config, plans=plans, where=context.node)
    planned = plan_suites(config.suites, seed=seed)
    reading = reading_of(config, prompt=build.prompt)
    bootstrap = Bootstrap(seed=seed, num_resamples=config.num_resamples, confidence=config.confidence)

    visual = extras.visual(
        plans, context=context, bootstrap=bootstrap
    )  # early: not every model lets itself be looked at
    work = list(units(plans, config=config))
    load = partial(open_trained, context=context, config=config)
    predict_all(work, folder=folder, load=load, config=config, seed=seed, progress=context.progress)
    tables = [table for unit in work for table in score_unit(unit, folder=folder, reading=reading, seed=seed)]
    blind = [table for plan in plans for table in blind_tables(plan, build=build)]
    scored = [table for table in tables if table.examples]
    write_jsonl(folder / "scores.jsonl", (row for table in scored for row in score_rows(table, bootstrap=bootstrap)))
    kept = extras.retention(context=context, bootstrap=bootstrap)
    shown = {plan.task.name: shared_pictures(plan.media) for plan in plans}
    rows = (row for table in scored for row in values_of(table, pictures=shown[table.task.name]))
    write_jsonl(folder / "values.jsonl", (*rows, *kept))

    agreed = agreements(work, tables=scored, folder=folder, reading=reading)
    summary = summarise(scored, blind=blind, bootstrap=bootstrap, agreements=agreed)
    summary["conditions"] = list(
        condition_rows(work, tables=scored, folder=folder, reading=reading, bootstrap=bootstrap, seed=seed)
    )
    summary["ensembles"] = list(ensemble_rows(work, config=config, folder=folder, reading=reading, bootstrap=bootstrap))
    if config.figures:
        summary["figures"] = figures_of(work, config=config, folder=folder, reading=reading, bootstrap=bootstrap)
    if visual is not None:
        summary["visual"] = visual
    if planned:
        summary["suites"] = extras.suites(planned, context=context, config=config, bootstrap=bootstrap)
    write_json(folder / "summary.json", summary)
    write_jsonl(folder / "showcase.jsonl", showcase(work, tables=scored, folder=folder, prompt=build.prompt))
    warnings = [*unlike_the_build(plans, context=context), *unmeasured(config, summary=summary)]
    return count(work, tables=tables, build=build, seed=seed) | ({"warnings": warnings} if warnings else {})


def _with_names(config: EvaluateConfig) -> EvaluateConfig:
    """With the one model that an endpoint or a file is, where the models are not those of a train stage."""
    check_backend(config)
    if not brings_its_model(config.backend):
        return config
    return config.model_copy(update={"models": (label_of(config.backend),)})


def _check_metrics(plans: Sequence[TaskPlan]) -> None:
    """An unknown metric must show before hours of decoding."""
    for name in {name for plan in plans for name in plan.task.metrics}:
        metrics.build(name, {})
