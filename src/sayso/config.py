"""Recipes: YAML in, checked models out, and the stage graph they describe.

A recipe has one section per kind of stage (`augment:`, `build:`, `train:`, `evaluate:`, `report:`) and, where the usual line is not
enough, `stages:`, a mapping of node names to what they are:

    stages:
      scenes: {kind: build, tasks: [dense_description]}
      base:   {kind: train, from: [scenes], max_steps: 1200}
      build:  {kind: build, from: [augment]}
      ...

A node takes the section of its kind and overrides it. Without `stages:` the sections that are present form the line
augment -> build -> train -> evaluate -> report. Without `from:` a node reads the one written before it. Unknown keys are errors that
name the line and the nearest known key.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sayso.errors import ConfigError, did_you_mean

__all__ = [
    "AugmentConfig",
    "BuildConfig",
    "EvaluateConfig",
    "HeldOutConfig",
    "KINDS",
    "load_recipe",
    "Node",
    "PluginConfig",
    "PromptConfig",
    "Recipe",
    "ReportConfig",
    "SourceConfig",
    "StageConfig",
    "TrainConfig",
]


class Strict(BaseModel):
    """Base of every section: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PluginConfig(BaseModel):
    """A plugin by `name`; every other key is an option of that plugin, checked against its signature."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str

    @property
    def options(self) -> dict[str, Any]:
        """The plugin's own options."""
        return dict(self.model_extra or {})


class SourceConfig(PluginConfig):
    """One source and what becomes of its items."""

    use: Literal["train", "test", "split"] = "train"
    """All to training, all to test, or divided by group with `test_fraction`."""
    test_fraction: float = Field(default=0.1, gt=0, lt=1)
    """Share of groups that go to test where `use` is `split`."""
    max_items: int | None = Field(default=None, ge=1)
    """Stop after so many items."""


class HeldOutConfig(Strict):
    """What training never sees, beyond the wordings that the library marks as held out."""

    tasks: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


class PromptConfig(Strict):
    """How fields become text; training, evaluation and preview share it."""

    regions: str = "unit"
    """`unit` (three decimals of [0, 1]), `percent` (whole numbers 0 to 99) or `pixels`."""
    options: str = "multi_instruct"
    """`multi_instruct` (`[Options]: a||||b`), `lettered` or `numbered`."""


class StageConfig(Strict):
    """Base of the sections."""


class AugmentConfig(StageConfig):
    """Templates -> more templates, each candidate with a verdict."""

    tasks: tuple[str, ...] = ("*",)
    """Task names or shell patterns; the tasks of `build` where both are given."""
    paraphraser: PluginConfig = PluginConfig(name="grammar")
    max_wordings: int = Field(default=20, ge=1)
    """Accepted wordings per task, the given ones included."""
    filters: tuple[PluginConfig, ...] = (
        PluginConfig(name="slots"),
        PluginConfig(name="length"),
        PluginConfig(name="duplicate"),
        PluginConfig(name="held_out_leak"),
    )
    """In this order; the first that refuses gives the reason."""
    templates: str | None = None
    """A JSON-lines file of further templates (`{"task", "template"}`)."""


class BuildConfig(StageConfig):
    """Sources x tasks -> examples, split into training and test."""

    sources: tuple[SourceConfig, ...] = ()
    tasks: tuple[str, ...] = ("*",)
    """Task names or shell patterns; `*` takes every task whose needs the sources meet."""
    held_out: HeldOutConfig = HeldOutConfig()
    prompt: PromptConfig = PromptConfig()
    max_examples_per_task: int | None = Field(default=None, ge=1)
    """For training, over all sources."""
    max_test_examples_per_task: int | None = Field(default=None, ge=1)
    max_bad_rows: int = Field(default=0, ge=0)
    """So many bad rows go to quarantine with their reasons; one more is an error."""


class TrainConfig(StageConfig):
    """Samples -> checkpoint. Names as in transformers' TrainingArguments."""

    model: PluginConfig = PluginConfig(name="tiny")
    """Ignored where a train stage among the parents gives the weights."""
    objective: PluginConfig = PluginConfig(name="response_only")
    wording: Literal["per_epoch", "fixed"] = "per_epoch"
    """Draw a wording again every epoch, or one per example for good."""
    num_train_epochs: int = Field(default=1, ge=1)
    max_steps: int = Field(default=-1, ge=-1)
    per_device_train_batch_size: int = Field(default=32, ge=1)
    gradient_accumulation_steps: int = Field(default=1, ge=1)
    learning_rate: float = Field(default=1e-3, gt=0)
    lr_scheduler_type: str = "cosine"
    warmup_steps: int = Field(default=0, ge=0)
    weight_decay: float = Field(default=0.0, ge=0)
    max_grad_norm: float = Field(default=1.0, ge=0)
    max_tokens: int = Field(default=512, ge=8)
    """Longest sequence; a sample that is longer is refused with its length, never cut."""
    save_steps: int = Field(default=200, ge=1)
    logging_steps: int = Field(default=20, ge=1)
    report_to: tuple[str, ...] = ("tensorboard",)
    bf16: bool = False
    gradient_checkpointing: bool = False


class EvaluateConfig(StageConfig):
    """Model + test examples x wordings -> predictions -> scores."""

    models: tuple[Literal["tuned", "untuned"], ...] = ("tuned", "untuned")
    conditions: tuple[str, ...] = ("plain", "shuffled_images")
    """`plain` is the input as it is; others are perturbations by name."""
    max_examples_per_task: int = Field(default=50, ge=1)
    max_wordings: int | None = Field(default=None, ge=1)
    """Wordings per task and group (held-in, held-out); all of the library's where None."""
    per_device_eval_batch_size: int = Field(default=64, ge=1)
    max_new_tokens: int = Field(default=48, ge=1)
    option_decoding: Literal["likelihood", "generate"] = "likelihood"
    """Options are ranked by their likelihood, or the answer is generated and matched."""
    num_resamples: int = Field(default=1000, ge=10)
    """Bootstrap resamples behind every interval."""
    confidence: float = Field(default=0.95, gt=0, lt=1)


class ReportConfig(StageConfig):
    """Scores -> one page."""

    title: str | None = None
    num_examples: int = Field(default=24, ge=0)
    """Predictions shown with their images."""


KINDS: Mapping[str, type[StageConfig]] = {
    "augment": AugmentConfig,
    "build": BuildConfig,
    "train": TrainConfig,
    "evaluate": EvaluateConfig,
    "report": ReportConfig,
}
"""Stage kinds in the usual order, with the model that checks their section."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """One stage of the graph: its name, kind, checked config and the nodes it reads."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    config: StageConfig


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A checked recipe; `nodes` are in an order in which each comes after what it reads."""

    name: str
    description: str
    seed: int
    nodes: tuple[Node, ...]

    def node(self, name: str) -> Node:
        """The node of that name.

        Raises:
            ConfigError: there is none.
        """
        for node in self.nodes:
            if node.name == name:
                return node
        raise ConfigError(f"recipe {self.name!r} has no stage {name!r}{did_you_mean(name, [n.name for n in self.nodes])}")

    def of_kind(self, kind: str) -> tuple[Node, ...]:
        """All nodes of a kind, in order."""
        return tuple(node for node in self.nodes if node.kind == kind)


def load_recipe(path: Path, *, overrides: Sequence[str] = ()) -> Recipe:
    """Read a YAML recipe, apply `a.b=c` overrides and check all of it.

    Environment variables in braces with a dollar sign, such as `${SAYSO_DATA}`, are filled in from the environment.

    Raises:
        ConfigError: the file, a key, a value or an override is wrong; names file and line.
    """
    text, lines = _read(path)
    raw = _expand(_parse(text, path=path), path=path)
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: a recipe is a mapping of sections, this is {type(raw).__name__}")
    for override in overrides:
        _apply(raw, override)
    return _check(raw, where=_Places(path, lines))


@dataclass(frozen=True)
class _Places:
    """Where in the file a key stands."""

    path: Path
    lines: Mapping[tuple[str | int, ...], int]

    def name(self, location: tuple[str | int, ...]) -> str:
        for length in range(len(location), 0, -1):
            if location[:length] in self.lines:
                return f"{self.path}, line {self.lines[location[:length]]}, {'.'.join(map(str, location))}"
        return f"{self.path}, {'.'.join(map(str, location))}"


def _read(path: Path) -> tuple[str, dict[tuple[str | int, ...], int]]:
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except FileNotFoundError as error:
        raise ConfigError(f"recipe {path} does not exist; sayso run takes a shipped name or a YAML file") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"recipe {path} cannot be read: {' '.join(str(error).split())}") from error
    return text, dict(_lines(root, ())) if root else {}


def _lines(node: yaml.Node, location: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*location, str(key.value)), key.start_mark.line + 1
            yield from _lines(value, (*location, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield (*location, index), value.start_mark.line + 1
            yield from _lines(value, (*location, index))


class _Loader(yaml.SafeLoader):
    """YAML 1.1 reads `1e-3` as text and `on` as true; people mean a number and a word."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in {"tag:yaml.org,2002:float", "tag:yaml.org,2002:bool"}]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", __import__("re").compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    __import__("re").compile(r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$"),
    list("-+0123456789."),
)


def _parse(text: str, *, path: Path | str) -> Any:
    try:
        return yaml.load(text, Loader=_Loader) or {}  # noqa: S506 - a SafeLoader with other number rules
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: {' '.join(str(error).split())}") from error
