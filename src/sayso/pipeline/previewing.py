"""Samples as the model sees them, with the role of every character or of every token, before anything is built or trained."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from rich.markup import escape

from sayso.config import BuildConfig, Node, Recipe, TrainConfig
from sayso.data.preview import ROLE_COLOURS, draw_samples
from sayso.errors import ConfigError, did_you_mean
from sayso.instructions.task_templates.marking import make_marker
from sayso.pipeline.patterns import nearest
from sayso.records import MediaPart, Message, Sample, TextPart

__all__ = ["Preview", "preview_recipe", "preview_tokens", "role_legend", "Shown"]

CONTENT = ("media", "system", "instr_template", "instr", "options", "response")
"""Roles of characters; only tokens have the others."""


class Shown(Protocol):
    """A sample for people and for machines."""

    def as_markup(self) -> str:
        """In rich's markup."""
        ...

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        ...


@dataclass(frozen=True)
class Preview:
    """One sample for people (`as_markup`) and for machines (`as_json`)."""

    sample: Sample

    def as_markup(self) -> str:
        """The conversation with a colour per role, in rich's markup."""
        head = f"[dim]{escape(self.sample.id)}[/dim]"
        turns = [f"[dim]{message.role}:[/dim] {_markup(message, self.sample)}" for message in self.sample.messages]
        return "\n".join([head, *turns, ""])

    def as_json(self) -> dict[str, Any]:
        """The sample as plain values."""
        plain: dict[str, Any] = msgspec.to_builtins(self.sample)
        return plain


def preview_recipe(recipe: Recipe, *, stage: str | None = None, count: int = 4) -> list[Preview]:
    """The first `count` training samples of a build stage (the last one where `stage` is None), tasks in turn.

    Wordings are drawn, and task templates marked, as the first train stage on that build does.

    Raises:
        ConfigError: the recipe has no such build stage.
        DataError: the data cannot be read.
    """
    name, build = _build_stage(recipe, stage=stage)
    _, train = _trained_by(recipe, build=name)
    samples = draw_samples(build, seed=recipe.seed, count=count, train=train)
    marker = make_marker(train.task_templates)
    return [Preview(marker.mark(sample)) for sample in samples]


def preview_tokens(recipe: Recipe, *, stage: str | None = None, count: int = 4) -> Sequence[Shown]:
    """The same samples as tokens, each with its role and its weight under the objective of the first train stage on the build.

    Reads the processor of the model that this stage starts from, through any train stages before it.

    Raises:
        ConfigError: the recipe has no such build stage, the model cannot be loaded, or torch is not installed.
        DataError: the data cannot be read.
    """
    try:
        from sayso.train.preflight.unbuilt import view_samples
    except ModuleNotFoundError as error:
        raise ConfigError(f"tokens need {error.name!r}; type: pip install 'sayso[train]'") from error
    name, build = _build_stage(recipe, stage=stage)
    node, train = _trained_by(recipe, build=name)
    samples = [preview.sample for preview in preview_recipe(recipe, stage=stage, count=count)]
    begun = train if node is None else train.model_copy(update={"model": _first(node, recipe).model})
    return view_samples(samples, train=begun, seed=recipe.seed, bins=build.prompt.regions == "bins")


def _build_stage(recipe: Recipe, *, stage: str | None) -> tuple[str, BuildConfig]:
    nodes = [node for node in recipe.of_kind("build") if stage in {None, node.name}]
    if not nodes or not isinstance(nodes[-1].config, BuildConfig):
        known = [node.name for node in recipe.of_kind("build")]
        raise ConfigError(
            f"recipe {recipe.name!r} has no build stage {stage or ''!r}{did_you_mean(stage or '', known)}"
        )
    made = [name for name in nodes[-1].inputs if recipe.node(name).kind == "synthesize"]
    if made and not nodes[-1].config.sources:
        raise ConfigError(
            f"stage {nodes[-1].name!r} reads nothing but what {made[0]!r} makes; run the recipe, then look with: sayso review RUN"
        )
    return nodes[-1].name, nodes[-1].config


def _trained_by(recipe: Recipe, *, build: str) -> tuple[Node | None, TrainConfig]:
    """The first train stage on a build and its config; the usual one where there is none."""
    for node in recipe.of_kind("train"):
        if isinstance(node.config, TrainConfig) and nearest(node, recipe, kind="build") == build:
            return node, node.config
    return None, TrainConfig()


def _first(node: Node, recipe: Recipe) -> TrainConfig:
    """The config of the train stage whose model this one's weights began as."""
    before = [recipe.node(name) for name in node.inputs if recipe.node(name).kind == "train"]
    if before:
        return _first(before[0], recipe)
    return node.config if isinstance(node.config, TrainConfig) else TrainConfig()


def role_legend(*, tokens: bool = False) -> str:
    """Which colour is which role, in rich's markup; those of tokens alone are left out unless asked for."""
    roles = [role for role in ROLE_COLOURS if tokens or role in CONTENT]
    return "  ".join(f"[{ROLE_COLOURS[role]}]{role}[/]" for role in roles)


def _markup(message: Message, sample: Sample) -> str:
    return "".join(_medium(part, sample) if isinstance(part, MediaPart) else _text(part) for part in message.parts)


def _medium(part: MediaPart, sample: Sample) -> str:
    medium = sample.media[part.index]
    return f"[{ROLE_COLOURS['media']}] {medium.kind} {medium.width}x{medium.height} [/] "


def _text(part: TextPart) -> str:
    return "".join(
        f"[{ROLE_COLOURS.get(span.role, 'default')}]{escape(part.text[span.start : span.end])}[/]"
        for span in part.spans
    )
