"""What a study can vary: each axis turns a value into changes of a recipe, and says what the papers expect along it.

All other things stay equal, the number of steps among them: along `rows` or `tasks` more data means fewer passes over each row, not a
longer training. Which categories or tasks are the first `n` is drawn per seed, each draw taking in the smaller ones, so that
the mean over seeds is not about one lucky category.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sayso.config import AugmentConfig, BuildConfig, Node, Recipe, TrainConfig, load_recipe
from sayso.data.plan import TaskPlan, plan_tasks
from sayso.errors import ConfigError, did_you_mean
from sayso.instructions.augment.paraphrasers._protocol import paraphrasers
from sayso.pipeline.patterns import nearest
from sayso.registry import Registry
from sayso.seeds import Stream

__all__ = ["AXES", "Axis", "find_axis", "Subject"]

_WORDINGS = 60
"""Per task, where the axis adds the stage that makes them."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is studied: a recipe, the train stage whose model is evaluated, the build it is trained on, and where its wordings come from.

    `staged` says whether the recipe names its stages, so that one of them can be changed alone.
    """

    recipe: Recipe
    train: Node
    build: Node
    staged: bool
    augment: Node | None = None

    @classmethod
    def of(cls, path: Path, *, overrides: Sequence[str] = ()) -> "Subject":
        """The train stage nearest to the evaluation of a recipe file, and its first build.

        Raises:
            ConfigError: the recipe does not evaluate exactly one such model.
        """
        recipe = load_recipe(path, overrides=overrides)
        evaluations = recipe.of_kind("evaluate")
        if len(evaluations) != 1:
            raise ConfigError(
                f"recipe {recipe.name!r} has {len(evaluations)} evaluate stages; a study needs exactly one"
            )
        train = _nearest(recipe, evaluations[0], "train")
        staged = yaml.safe_load(path.read_text(encoding="utf-8-sig")).get("stages") is not None
        build = _nearest(recipe, train, "build")
        name = nearest(build, recipe, kind="augment")
        augment = recipe.node(name) if name else None
        return cls(recipe=recipe, train=train, build=build, staged=staged, augment=augment)

    @property
    def evaluate(self) -> str:
        """The name of the evaluate stage."""
        return self.recipe.of_kind("evaluate")[0].name

    def plans(self) -> list[TaskPlan]:
        """The tasks of the build."""
        config = self.build.config
        if not isinstance(config, BuildConfig):
            raise ConfigError(f"stage {self.build.name!r} is no build")
        return plan_tasks(config)

    def change(self, node: Node, key: str, value: object) -> str:
        """An override of one key of one stage, in the words of `--set`."""
        return f"{'stages.' if self.staged else ''}{node.name}.{key}={value}"


def _nearest(recipe: Recipe, node: Node, kind: str) -> Node:
    if name := nearest(node, recipe, kind=kind):
        return recipe.node(name)
    raise ConfigError(f"stage {node.name!r} of recipe {recipe.name!r} reads no {kind} stage; add one to its from:")


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One thing to vary. `expected` is what the papers lead one to expect as it grows, on unseen tasks."""

    name: str
    label: str
    values: tuple[str, ...]
    changes: Callable[[Subject, str, int], list[str]]
    expected: str


def _wordings(subject: Subject, value: str, seed: int) -> list[str]:
    return [subject.change(subject.build, "max_wordings", _number(value))]


def _rows(subject: Subject, value: str, seed: int) -> list[str]:
    _refuse_epochs(subject)
    return [subject.change(subject.build, "max_examples_per_task", _number(value))]


def _categories(subject: Subject, value: str, seed: int) -> list[str]:
    names = sorted({plan.task.category for plan in subject.plans() if plan.held_out is None})
    return [_trained(subject, [f"{name}/*" for name in _first(names, value, seed, "categories")])]


def _tasks(subject: Subject, value: str, seed: int) -> list[str]:
    names = sorted(plan.task.name for plan in subject.plans() if plan.held_out is None)
    return [_trained(subject, _first(names, value, seed, "tasks"))]


def _trained(subject: Subject, patterns: Sequence[str]) -> str:
    _refuse_epochs(subject)
    return subject.change(subject.train, "tasks", f"[{', '.join(patterns)}]")


def _first(names: Sequence[str], value: str, seed: int, what: str) -> list[str]:
    number = len(names) if value == "all" else _number(value)
    if number > len(names):
        raise ConfigError(f"{number} {what}, but the recipe trains on {len(names)}: {', '.join(names)}")
    return sorted(Stream(seed, "study", what).sample(list(names), len(names))[:number])


def _refuse_epochs(subject: Subject) -> None:
    """More data in as many epochs is a longer training too, and nothing could be said about either."""
    config = subject.train.config
    if isinstance(config, TrainConfig) and config.max_steps < 1:
        change = subject.change(subject.train, "max_steps", 1000)
        raise ConfigError(
            f"stage {subject.train.name!r} trains for {config.num_train_epochs} epochs, which are longer with more data; "
            f"give all runs the same number of steps, for example --set {change}"
        )


def _model_size(subject: Subject, value: str, seed: int) -> list[str]:
    # Every stage that makes a model is changed, so that what a base learned fits the model that goes on. A stage's own model
    # replaces that of the section, so the whole of it is written.
    makers = [node for node in subject.recipe.of_kind("train") if not _goes_on(subject.recipe, node)]
    return [subject.change(node, "model", json.dumps(_model_of(node, value), ensure_ascii=False)) for node in makers]


def _goes_on(recipe: Recipe, node: Node) -> bool:
    return any(recipe.node(name).kind == "train" for name in node.inputs)


def _model_of(node: Node, value: str) -> dict[str, object]:
    if not value.isdecimal():
        return {"name": "auto", "path": value}
    config = node.config
    written = config.model.model_dump() if isinstance(config, TrainConfig) else {}
    if written.get("name") != "tiny":
        raise ConfigError(
            f"model size {value!r}: a number is a hidden size of tiny, but stage {node.name!r} trains {written.get('name')!r}; "
            "give names or folders of models as values"
        )
    if int(value) < 8 or int(value) % 8:
        raise ConfigError(f"model size {value!r} is not a multiple of 8, which the attention heads of tiny need")
    return {**written, "hidden_size": int(value), "vision_hidden_size": int(value)}


def _objectives(subject: Subject, value: str, seed: int) -> list[str]:
    """`l2t`, or with options `wit,prompt=0.3,response=0.9`."""
    name, *options = value.split(",")
    known = Registry[Any]("objective", "sayso.train.objectives").names()
    if name not in known and ":" not in name:
        raise ConfigError(f"no objective named {name!r}{did_you_mean(name, known)}")
    if wrong := [option for option in options if not all(option.partition("="))]:
        raise ConfigError(
            f"objective {value!r}: {wrong[0]!r} sets nothing; type for example wit,prompt=0.3,response=0.9"
        )
    given = {key: yaml.safe_load(told) for key, _, told in (option.partition("=") for option in options)}
    return [subject.change(subject.train, "objective", json.dumps({"name": name, **given}, ensure_ascii=False))]


def _meta_prompts(subject: Subject, value: str, seed: int) -> list[str]:
    """Operations of the paraphraser: so many, drawn, or all but one (`-synonyms`, or `no_synonyms`); a recipe without an augment stage gets one."""
    node = subject.augment
    config = node.config if node else AugmentConfig(max_wordings=_WORDINGS)
    if not isinstance(config, AugmentConfig):
        raise ConfigError(f"stage {subject.build.name!r} reads {config!r}, which is no augment stage")
    names = _operations(config)
    if value.startswith(("-", "no_")):
        one = value.removeprefix("-").removeprefix("no_")
        if one not in names:
            raise ConfigError(f"no operation {one!r} to leave out{did_you_mean(one, names)}")
        left_out = [one]
    else:
        left_out = sorted({*names} - {*_first(names, value, seed, "operations")})
    plugin = config.paraphraser
    without = [*plugin.options.get("without", ("perspective",)), *left_out]
    chosen = json.dumps({**plugin.model_dump(), "without": without}, ensure_ascii=False)
    if node:
        return [subject.change(node, "paraphraser", chosen)]
    settings = f"{{max_wordings: {_WORDINGS}, paraphraser: {chosen}}}"
    if not subject.staged:
        return [f"augment={settings}"]
    inputs = ", ".join([*subject.build.inputs, "augment"])
    stage = f"stages.augment={{kind: augment, from: [], {settings[1:]}"
    return [stage, subject.change(subject.build, "from", f"[{inputs}]")]


def _operations(config: AugmentConfig) -> list[str]:
    built = paraphrasers.build(config.paraphraser.name, config.paraphraser.options)
    if not (names := getattr(built, "operations", ())):
        raise ConfigError(
            f"the paraphraser {config.paraphraser.name!r} has no operations to choose from; use grammar, chat or local"
        )
    return sorted(names)


def _number(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise ConfigError(f"{value!r} is not a number of 1 or more; type for example --values 1 2 5")
    return int(value)


AXES: Mapping[str, Axis] = {
    axis.name: axis
    for axis in (
        Axis(
            name="wordings",
            label="wordings per task in training",
            values=("1", "2", "5"),
            changes=_wordings,
            expected="more wordings: better and less sensitive",
        ),
        Axis(
            name="meta_prompts",
            label="operations of the paraphraser (-x: all but x)",
            values=("1", "3", "all"),
            changes=_meta_prompts,
            expected="more operations: better and less sensitive",
        ),
        Axis(
            name="categories",
            label="categories of tasks in training",
            values=("1", "3", "all"),
            changes=_categories,
            expected="more categories: better and less sensitive",
        ),
        Axis(
            name="tasks",
            label="tasks in training",
            values=("2", "8", "all"),
            changes=_tasks,
            expected="more tasks: better and less sensitive",
        ),
        Axis(
            name="rows",
            label="rows per task in training",
            values=("50", "200", "800"),
            changes=_rows,
            expected="more rows: better",
        ),
        Axis(
            name="model_size",
            label="hidden size of the model",
            values=("64", "128", "192"),
            changes=_model_size,
            expected="a larger model: better",
        ),
        Axis(
            name="objectives",
            label="objective",
            values=("response_only", "l2t_keep_task_templates", "l2t"),
            changes=_objectives,
            expected="instructions among the targets, their task templates not: better",
        ),
    )
}
"""Every axis, by name."""


def find_axis(name: str) -> Axis:
    """The axis of that name.

    Raises:
        ConfigError: there is none.
    """
    if name not in AXES:
        raise ConfigError(f"no axis {name!r}{did_you_mean(name, list(AXES))}")
    return AXES[name]
