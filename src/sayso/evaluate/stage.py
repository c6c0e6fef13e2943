"""The stage `evaluate`: models x conditions x tasks x wordings -> predictions -> scores -> summary.

It reads the nearest build and the nearest train stage. Predictions are written first, a file per model, condition and task; scores,
summary and showcase are computed from the files alone, so that an evaluation that was killed and resumed ends with the numbers of one
that was not.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from sayso.artifacts import StageContext, read_jsonl, read_manifest, write_json, write_jsonl
from sayso.config import EvaluateConfig, PromptConfig
from sayso.data import BuildFolder
from sayso.errors import DataError
from sayso.evaluate.answers import answers_of
from sayso.evaluate.backends import Backend
from sayso.evaluate.blind import learn_blind
from sayso.evaluate.conditions import condition_rows
from sayso.evaluate.ensembles import ensemble_rows
from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.metrics import metrics
from sayso.evaluate.named import check_named
from sayso.evaluate.opening import STORE, backend_of, brings_its_model, check_backend, label_of
from sayso.evaluate.plan import TaskPlan, Unit, main_model, make_plans, units
from sayso.evaluate.predicting import perturbed, predict_all, scored_samples
from sayso.evaluate.retention.folder import measure_retention
from sayso.evaluate.robustness.agreement import Agreement, agreement
from sayso.evaluate.scoring import Reading, ScoreTable, reading_of, score_predictions
from sayso.evaluate.showcase import showcase_rows
from sayso.evaluate.suite_runs.stage import Planned, ask_suites, plan_suites
from sayso.evaluate.summary import score_rows, summarise
from sayso.evaluate.values import Value, values_of
from sayso.evaluate.visual.stage import measure_visual
from sayso.records import Prediction

__all__ = ["model_folders", "run", "score_unit"]


def run(context: StageContext) -> dict[str, Any]:
    """Evaluate, and return the counts of the manifest.

    Raises:
        DataError: nothing to test on, or an artifact before this one cannot be used.
        ConfigError: a metric, condition or model is not known, or no build or train stage comes before.
    """
    config = _with_names(context.config)
    check_named(config)
    build = BuildFolder(context.nearest("build"))
    plans = make_plans(build, config=config, seed=context.seed, where=f"{context.node}.tasks")
    work = list(units(plans, config=config))
    _check_names(plans)
    planned = plan_suites(config.suites, seed=context.seed)
    reading = reading_of(config, prompt=build.prompt)
    bootstrap = Bootstrap(seed=context.seed, num_resamples=config.num_resamples, confidence=config.confidence)
    visual = _visual(plans, context=context, bootstrap=bootstrap)  # early: not every model lets itself be looked at
    _predict(work, context=context, config=config)
    tables = [
        table for unit in work for table in score_unit(unit, folder=context.folder, reading=reading, seed=context.seed)
    ]
    blind = [table for plan in plans for table in _blind_tables(plan, build=build)]
    scored = [table for table in tables if table.examples]
    write_jsonl(context.folder / "scores.jsonl", (row for t in scored for row in score_rows(t, bootstrap=bootstrap)))
    kept = _retention(context, bootstrap=bootstrap)
    write_jsonl(context.folder / "values.jsonl", (*(row for table in scored for row in values_of(table)), *kept))
    ensembles = list(ensemble_rows(work, config=config, folder=context.folder, reading=reading, bootstrap=bootstrap))
    conditions = list(
        condition_rows(
            work, tables=scored, folder=context.folder, reading=reading, bootstrap=bootstrap, seed=context.seed
        )
    )
    agreements = _agreements(work, tables=scored, folder=context.folder, reading=reading)
    summary = summarise(scored, blind=blind, bootstrap=bootstrap, agreements=agreements)
    summary |= {"conditions": conditions, "ensembles": ensembles}
    if config.visual is not None:
        summary["visual"] = visual
    if planned:
        summary["suites"] = _suites(planned, context=context, config=config, bootstrap=bootstrap)
    write_json(context.folder / "summary.json", summary)
    write_jsonl(context.folder / "showcase.jsonl", _showcase(work, tables=scored, context=context, prompt=build.prompt))
    warnings = [*_warnings(plans, context=context), *_unmeasured(config, summary=summary)]
    return _counts(work, tables=tables, build=build, seed=context.seed) | ({"warnings": warnings} if warnings else {})


def _visual(plans: Sequence[TaskPlan], *, context: StageContext, bootstrap: Bootstrap) -> dict[str, Any] | None:
    config: EvaluateConfig = context.config
    if config.visual is None:
        return None
    folders = model_folders(context.nearest("train"))
    models: dict[str, str] = {model: folders[model] for model in config.models}
    return measure_visual(config.visual, models=models, plans=plans, context=context, bootstrap=bootstrap)


def _warnings(plans: Sequence[TaskPlan], *, context: StageContext) -> Iterator[str]:
    """Where what the weights were trained on is not what the build says of its tasks, as stages may train on some or come from other builds."""
    counts = [manifest.counts for manifest in map(read_manifest, context.ancestors()) if manifest.kind == "train"]
    trained = {task for stage in counts for key in ("samples", "replayed") for task in stage.get(key, {})}
    held_in = {plan.task.name: plan.task.group == "held_in" for plan in plans}
    if not trained:
        return
    if seen := sorted(name for name, inside in held_in.items() if not inside and name in trained):
        yield f"held out by the build, but a stage before was trained on them: {_few(seen)}"
    if unseen := sorted(name for name, inside in held_in.items() if inside and name not in trained):
        yield f"counted as held-in, but no stage was trained on them: {_few(unseen)}; a transfer tells them apart"


def _unmeasured(config: EvaluateConfig, *, summary: Mapping[str, Any]) -> Iterator[str]:
    """What was asked for and could not be done on any example, which tables would pass over in silence."""
    found = {row["condition"] for row in summary["conditions"] if row["mean"] is not None}
    if missing := [name for name in config.conditions if name not in {"plain", *found}]:
        yield f"no example could be changed so, see `refused`: {_few(missing)}"
    if missing := [row["name"] for row in summary["ensembles"] if row["mean"] is None]:
        yield f"ensembles that no task has the answers for: {_few(missing)}"
    if config.visual is not None and not summary["visual"]["contribution"]:
        yield "visual contribution was not measured: no example has a picture and an answer"


def _few(names: Sequence[str], *, shown: int = 6) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more


def model_folders(train: Path) -> dict[str, str]:
    """Where the models of a train stage are: `tuned`, and `untuned`, the weights before its first step.

    Raises:
        DataError: the stage does not say where the untuned weights are.
    """
    mark = train / "untuned.json"
    try:
        path = msgspec.json.decode(mark.read_bytes(), type=dict[str, str])["path"]
    except (OSError, KeyError, msgspec.MsgspecError) as error:
        raise DataError(f"{mark} does not name the untuned model ({error!r}); train again") from error
    beside = train / path
    return {"tuned": str(train / "model"), "untuned": str(beside) if beside.exists() else path}


def _check_names(plans: Sequence[TaskPlan]) -> None:
    """An unknown metric must show before hours of decoding."""
    for name in {name for plan in plans for name in plan.task.metrics}:
        metrics.build(name, {})


def _with_names(config: EvaluateConfig) -> EvaluateConfig:
    """With the one model that an endpoint or a file is, where the models are not those of a train stage."""
    check_backend(config)
    if not brings_its_model(config.backend):
        return config
    return config.model_copy(update={"models": (label_of(config.backend),)})


def _predict(work: Sequence[Unit], *, context: StageContext, config: EvaluateConfig) -> None:
    load = partial(_load, context=context, config=config)
    predict_all(work, folder=context.folder, load=load, config=config, seed=context.seed, progress=context.progress)


def _retention(context: StageContext, *, bootstrap: Bootstrap) -> list[Value]:
    config: EvaluateConfig = context.config
    if config.retention is None:
        return []
    folders = model_folders(context.nearest("train"))
    models: dict[str, str] = {name: folders[name] for name in config.models}
    return measure_retention(config.retention, models=models, context=context, bootstrap=bootstrap)


def _load(model: str, *, context: StageContext, config: EvaluateConfig) -> Backend:
    """Replies of endpoints lie beside the stage, whose folder is thrown away when its config changes."""
    return backend_of(
        config.backend,
        model=lambda: model_folders(context.nearest("train"))[model],
        batch_size=config.per_device_eval_batch_size,
        store=context.folder.parent / STORE,
        progress=context.progress,
    )


def _suites(
    planned: Sequence[Planned], *, context: StageContext, config: EvaluateConfig, bootstrap: Bootstrap
) -> list[dict[str, Any]]:
    load: dict[str, Callable[[], Backend]] = {
        name: partial(_load, name, context=context, config=config) for name in config.models
    }
    rows = ask_suites(planned, folder=context.folder, load=load, bootstrap=bootstrap, progress=context.progress)
    return list(rows)


def score_unit(unit: Unit, *, folder: Path, reading: Reading, seed: int) -> Iterator[ScoreTable]:
    """The scores of a unit by each metric of its task, the headline metric first; `folder` holds its predictions.

    Raises:
        DataError: its predictions are missing, or are not those of its plan.
    """
    predictions = list(read_jsonl(unit.path(folder), Prediction))
    samples = scored_samples(unit, seed=seed)
    for name in unit.plan.task.metrics:
        yield score_predictions(
            predictions,
            task=unit.plan.task,
            templates=unit.templates,
            samples=samples,
            metric=metrics.build(name, {}),
            reading=reading,
        )


def _agreements(
    work: Sequence[Unit], *, tables: Sequence[ScoreTable], folder: Path, reading: Reading
) -> dict[str, Agreement]:
    """How far the answers of the main model agree over the wordings of each task, on unchanged input."""
    main = main_model([unit.model for unit in work])
    headline = {(t.task.name, t.model, t.condition): t for t in tables if t.metric == t.task.metrics[0]}
    found: dict[str, Agreement] = {}
    for unit in work:
        table = headline.get((unit.plan.task.name, main, "plain"))
        if table is not None and (unit.model, unit.condition) == (main, "plain"):
            agreed = _agreement(unit, table=table, folder=folder, reading=reading)
            found.update({unit.plan.task.name: agreed} if agreed is not None else {})
    return found


def _agreement(unit: Unit, *, table: ScoreTable, folder: Path, reading: Reading) -> Agreement | None:
    answers = answers_of(unit, samples=unit.plan.by_example, folder=folder, reading=reading)
    rows = [[answers[template.id, example] for example in table.examples] for template in table.templates]
    return agreement(rows, scores_WN=table.values)


def _blind_tables(plan: TaskPlan, *, build: BuildFolder) -> Iterator[ScoreTable]:
    """The majority answer on the same test examples; none for a task without training examples."""
    store = build.store("train")
    if not store.task_sizes.get(plan.task.name):
        return
    majority = learn_blind(store.iter(plan.task.name), prompt=build.prompt)
    if majority is None:
        return
    predictions = [
        Prediction(
            example=name,
            task=plan.task.name,
            template=plan.templates[0].id,
            model="blind",
            prompt="",
            output=majority.answer(sample, prompt=build.prompt),
            extraction="majority",
        )
        for name, sample in plan.by_example.items()
    ]
    yield score_predictions(
        predictions,
        task=plan.task,
        templates=plan.templates[:1],
        samples=plan.by_example,
        metric=metrics.build(plan.task.metrics[0], {}),
        reading=Reading(build.prompt),
    )


def _showcase(
    work: Sequence[Unit], *, tables: Sequence[ScoreTable], context: StageContext, prompt: PromptConfig
) -> Iterator[dict[str, Any]]:
    for plan in {unit.plan.task.name: unit.plan for unit in work}.values():
        mine = [unit for unit in work if unit.plan.task.name == plan.task.name]
        yield from showcase_rows(
            plan,
            tables={
                f"{t.model}-{t.condition}": t
                for t in tables
                if t.task.name == plan.task.name and t.metric == plan.task.metrics[0]
            },
            predictions={
                f"{u.model}-{u.condition}": list(read_jsonl(u.path(context.folder), Prediction)) for u in mine
            },
            prompt=prompt,
            folder=context.folder,
        )


def _counts(work: Sequence[Unit], *, tables: Sequence[ScoreTable], build: BuildFolder, seed: int) -> dict[str, Any]:
    """What was predicted, what could not be, and why; `reasons` are per task and headline metric."""
    plans = {unit.plan.task.name: unit.plan for unit in work}
    reasons: Counter[str] = Counter()
    for table in tables:
        if table.metric == table.task.metrics[0]:
            reasons.update({f"{table.metric}: {reason}": count for reason, count in table.reasons.items()})
    changed = [unit for unit in work if unit.condition != "plain"]
    refused = {f"{unit.model}-{unit.condition}": Counter[str]() for unit in changed}
    for unit in changed:
        refused[f"{unit.model}-{unit.condition}"] += perturbed(unit, seed=seed)[1]
    return {
        "num_tasks": len(plans),
        "num_examples": sum(len(plan.examples) for plan in plans.values()),
        "num_wordings": sum(len(plan.templates) for plan in plans.values()),
        "num_predictions": sum(t.values.size for t in tables if t.metric == t.task.metrics[0]),
        "tasks_without_test": [card.name for card in build.cards if not card.num_test],
        "score_reasons": dict(reasons),
        "refused": {name: dict(counts) for name, counts in refused.items() if counts},
    }
