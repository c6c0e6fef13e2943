"""Samples as the model sees them, with every character's role, before anything is built or trained."""

from dataclasses import dataclass
from typing import Any

import msgspec
from rich.markup import escape

from sayso.config import BuildConfig, Recipe, TrainConfig
from sayso.data.preview import draw_samples
from sayso.errors import ConfigError, did_you_mean
from sayso.instructions.task_templates.marking import make_marker
from sayso.pipeline.patterns import nearest
from sayso.records import MediaPart, Message, Sample, TextPart

__all__ = ["Preview", "preview_recipe", "role_legend"]

COLOURS = {
    "media": "black on cyan",
    "system": "dim",
    "instr_template": "yellow",
    "instr": "bold blue",
    "options": "magenta",
    "response": "bold green",
}


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
    nodes = [node for node in recipe.of_kind("build") if stage in {None, node.name}]
    if not nodes or not isinstance(nodes[-1].config, BuildConfig):
        known = [node.name for node in recipe.of_kind("build")]
        raise ConfigError(
            f"recipe {recipe.name!r} has no build stage {stage or ''!r}{did_you_mean(stage or '', known)}"
        )
    train = _trained_by(recipe, build=nodes[-1].name)
    samples = draw_samples(nodes[-1].config, seed=recipe.seed, count=count, train=train)
    marker = make_marker(train.task_templates)
    return [Preview(marker.mark(sample)) for sample in samples]


def _trained_by(recipe: Recipe, *, build: str) -> TrainConfig:
    """The config of the first train stage on a build; the usual one where there is none."""
    for node in recipe.of_kind("train"):
        if isinstance(node.config, TrainConfig) and nearest(node, recipe, kind="build") == build:
            return node.config
    return TrainConfig()


def role_legend() -> str:
    """Which colour is which role, in rich's markup."""
    return "  ".join(f"[{colour}]{role}[/]" for role, colour in COLOURS.items())


def _markup(message: Message, sample: Sample) -> str:
    return "".join(_medium(part, sample) if isinstance(part, MediaPart) else _text(part) for part in message.parts)


def _medium(part: MediaPart, sample: Sample) -> str:
    medium = sample.media[part.index]
    return f"[{COLOURS['media']}] {medium.kind} {medium.width}x{medium.height} [/] "


def _text(part: TextPart) -> str:
    return "".join(
        f"[{COLOURS.get(span.role, 'default')}]{escape(part.text[span.start : span.end])}[/]" for span in part.spans
    )
