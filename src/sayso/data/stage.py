"""The stage `build`: sources x tasks -> examples on disk, with their cards, templates and prompt; synthesize stages that it reads are sources too.

A killed build goes on from its last checkpoint (`sayso.data.building`) and ends in the same bytes as one that was not killed; one
that stopped because the data are wrong begins again, since the files will have been mended.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from sayso import tasks
from sayso.artifacts import StageContext, read_jsonl, read_manifest, write_json, write_jsonl
from sayso.config import BuildConfig
from sayso.data.building import Builder
from sayso.data.cards import Card
from sayso.data.made import made_folders, refuse_unused, with_made
from sayso.data.plan import TaskPlan, plan_tasks
from sayso.data.progress import BuildState, forget_state, load_state, save_state
from sayso.data.wordings import task_wordings
from sayso.errors import ConfigError, DataError
from sayso.records import Template
from sayso.tasks import Task

__all__ = ["run", "unmet"]


def run(context: StageContext) -> dict[str, Any]:
    """Build the examples of a recipe; returns the counts for the manifest.

    Raises:
        ConfigError: a source, task or option does not exist.
        DataError: nothing or too little can be built; says of what and why.
        BackendError: the disk is full; the same command goes on.
    """
    context = with_made(context)
    config: BuildConfig = context.config
    if not config.sources:
        raise ConfigError("build.sources is empty; name at least one, for example sources: [{name: shapes}]")
    plans = plan_tasks(config)
    refuse_unused(made_folders(context), plans)
    state = load_state(context.folder, progress=context.progress)
    try:
        if not state.done:
            _build(context, plans=plans, state=state)
    except DataError:
        forget_state(context.folder)
        raise
    for spool in context.folder.rglob("*.spool"):  # only a build that goes on needs them
        spool.unlink()
    return _counts(state, plans=plans)


def _build(context: StageContext, *, plans: list[TaskPlan], state: BuildState) -> None:
    builder = Builder(context.folder, config=context.config, plans=plans, seed=context.seed, state=state)
    try:
        _finish(builder.run(context.progress), context=context, plans=plans)
    finally:
        builder.release()


def _finish(builder: Builder, *, context: StageContext, plans: list[TaskPlan]) -> None:
    state = builder.state
    if state.num_items:
        _refuse_unmet(state, plans=plans)
    cards = [_card(plan, state) for plan in plans if _num_examples(plan, state)]
    if not cards:
        raise DataError(_nothing(context.config, state))
    templates = list(_templates(context, plans=[plan for plan in plans if _num_examples(plan, state)]))
    builder.finish()
    write_json(context.folder / "cards.json", msgspec.to_builtins([_whole(card) for card in cards]))
    write_jsonl(context.folder / "templates.jsonl", templates)
    write_json(context.folder / "prompt.json", context.config.prompt.model_dump(mode="json"))
    state.done, state.spools = True, {}
    save_state(context.folder, state)


def _card(plan: TaskPlan, state: BuildState) -> Card:
    name = plan.task.name
    return plan.card(num_train=state.count("train", name), num_test=state.count("test", name))


def _whole(card: Card) -> dict[str, Any]:
    """Every key, since other tools read the file."""
    return {name: getattr(card, name) for name in card.__struct_fields__}


def _num_examples(plan: TaskPlan, state: BuildState) -> int:
    return state.count("train", plan.task.name) + state.count("test", plan.task.name)


def _templates(context: StageContext, *, plans: list[TaskPlan]) -> Iterator[Template]:
    """Of the nearest augment stage, and of the library for tasks that it did not touch."""
    augmented: dict[str, list[Template]] = {}
    for path in _augmented(context):
        for template in read_jsonl(path, Template):
            augmented.setdefault(template.task, []).append(template)
    for plan in plans:
        yield from task_wordings(plan, config=context.config, seed=context.seed, given=augmented.get(plan.task.name))


def _augmented(context: StageContext) -> Iterator[Path]:
    for folder in context.ancestors():
        if read_manifest(folder).kind == "augment":
            yield folder / "templates.jsonl"
            return


def _refuse_unmet(state: BuildState, *, plans: list[TaskPlan]) -> None:
    for plan in plans:
        if plan.required and not _num_examples(plan, state):
            raise DataError(f"task {plan.task.name!r} {_why_none(plan, state)}; possible here: {_possible(state)}")


def _why_none(plan: TaskPlan, state: BuildState) -> str:
    task = plan.task
    if task.name not in state.met:
        return unmet(task, provided=state.provided)
    if plan.held_out:
        return f"is held out ({plan.held_out}) and no source gives test items; set use: test or split on one"
    return f"made no example of the {state.met[task.name]} items that meet its needs"


def unmet(task: Task, *, provided: list[list[str]]) -> str:
    """Which needs of a task no item meets; `provided` is what each kind of item provides."""
    anywhere = {need for needs in provided for need in needs}
    if missing := task.needs - anywhere:
        return f"needs {', '.join(sorted(task.needs))}, and no item of the sources has {tasks.in_words(missing)}"
    return f"needs {', '.join(sorted(task.needs))} together, and no item of the sources has all of them"


def _possible(state: BuildState) -> str:
    kinds = [frozenset(needs) for needs in state.provided]
    names = [task.name for task in tasks.catalog().values() if any(task.needs <= kind for kind in kinds)]
    return ", ".join(sorted(names)) or "none"


def _nothing(config: BuildConfig, state: BuildState) -> str:
    names = ", ".join(source.name for source in config.sources)
    if not state.num_items:
        return f"the data set is empty: sources {names} gave no usable item ({state.num_bad_rows} bad rows)"
    return f"no task of {list(config.tasks)} made an example of the {state.num_items} items of {names}; possible: {_possible(state)}"


def _counts(state: BuildState, *, plans: list[TaskPlan]) -> dict[str, Any]:
    return {
        "num_items": state.num_items,
        "num_train": sum(state.examples["train"].values()),
        "num_test": sum(state.examples["test"].values()),
        "num_bad_rows": state.num_bad_rows,
        "train": dict(sorted(state.examples["train"].items())),
        "test": dict(sorted(state.examples["test"].items())),
        "licenses": dict(sorted(state.licenses.items())),
        "bad_rows": _most_frequent(state.bad_rows),
        "skipped_tasks": {plan.task.name: _why_none(plan, state) for plan in plans if not _num_examples(plan, state)},
    }


def _most_frequent(reasons: dict[str, int], *, kept: int = 30) -> dict[str, int]:
    """The rest in one sum: a reason may name a file, so there can be as many as rows; all are in quarantine.jsonl."""
    ordered = sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    rest = sum(count for _, count in ordered[kept:])
    return {**dict(ordered[:kept]), **({"other reasons": rest} if rest else {})}
