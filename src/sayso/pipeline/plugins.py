"""The plugins that a stage will ask for, looked up by name before anything runs.

None is imported, but those of an evaluation and the selectors of a selection, which are light: their options are tried too. Scorers may need torch;
a run tries theirs before its first stage, since a model may be trained for hours before they are asked.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from sayso.config import (
    AugmentConfig,
    BuildConfig,
    EvaluateConfig,
    Node,
    PluginConfig,
    SelectConfig,
    SynthesizeConfig,
    TrainConfig,
)
from sayso.errors import ConfigError, blame, did_you_mean
from sayso.registry import Registry

__all__ = ["check_plugins", "check_scorers"]


def check_plugins(node: Node) -> None:
    """Refuse a stage that names a plugin which does not exist, or, in an evaluation, one that its options do not fit."""
    for kind, package, name in _plugins(node):
        known = Registry[Any](kind, package).names()
        if name not in known and ":" not in name:
            raise ConfigError(f"stage {node.name!r}: no {kind} named {name!r}{did_you_mean(name, known)}")
    if isinstance(node.config, SelectConfig):
        import_module("sayso.data.selecting.chain").build_selectors(node.config, where=node.name)
    if isinstance(node.config, EvaluateConfig):
        with blame(ConfigError, f"stage {node.name!r}"):
            import_module("sayso.evaluate.named").check_named(node.config)


def check_scorers(node: Node) -> None:
    """Refuse a selection whose scorers do not take their options; imports them, and what they import."""
    if isinstance(node.config, SelectConfig) and node.config.scorers:
        import_module("sayso.data.selecting.columns").build_scorers(node.config.scorers, where=node.name)


def _plugins(node: Node) -> Iterator[tuple[str, str, str]]:
    """Kind, package and name of each plugin that a stage will ask for."""
    config = node.config
    if isinstance(config, AugmentConfig):
        yield "paraphraser", "sayso.instructions.augment.paraphrasers", config.paraphraser.name
        yield "expansion strategy", "sayso.instructions.augment.strategies", config.strategy.name
        for plugin in config.filters:
            yield "filter", "sayso.instructions.filters", plugin.name
    elif isinstance(config, BuildConfig):
        for source in config.sources:
            yield "source", "sayso.sources", source.name
    elif isinstance(config, SynthesizeConfig):
        yield from _of_synthesizing(config)
    elif isinstance(config, SelectConfig):
        yield from _of_selecting(config)
    elif isinstance(config, TrainConfig):
        yield from _of_training(config)
    elif isinstance(config, EvaluateConfig):
        yield from _of_evaluating(config)


def _of_synthesizing(config: SynthesizeConfig) -> Iterator[tuple[str, str, str]]:
    for source in config.sources:
        yield "source", "sayso.sources", source.name
    if config.synthesizer is not None:
        yield "synthesizer", "sayso.instructions.synthesize", config.synthesizer.name
    for model in (config.model, *config.others.values()):
        if model is not None:
            yield "language model", "sayso.lm", model.name
    for rule in config.rules or ():
        yield "rule", "sayso.instructions.synthesize.rules", rule.name
    for reviser in config.revisers:
        yield "reviser", "sayso.instructions.revise", reviser.name


def _of_selecting(config: SelectConfig) -> Iterator[tuple[str, str, str]]:
    for scorer in config.scorers:
        yield "scorer", "sayso.data.scorers", scorer.name
    for selector in config.selectors:
        yield "selector", "sayso.data.selectors", selector.name
        if (features := selector.options.get("features")) is not None:
            yield "feature", "sayso.data.features", PluginConfig.model_validate(features).name


def _of_evaluating(config: EvaluateConfig) -> Iterator[tuple[str, str, str]]:
    yield "backend", "sayso.evaluate.backends", config.backend.name
    for condition in config.conditions:
        named = config.perturbations.get(condition)
        yield "perturbation", "sayso.evaluate.perturb", named.name if named else condition
    yield "prompting", "sayso.instructions.prompting", config.prompting.name
    for null in config.visual.nulls if config.visual else ():
        yield "null image", "sayso.evaluate.visual.nulls", null.name
    if config.parser is not None:
        yield "parser", "sayso.evaluate.parsers", config.parser.name
    if config.retention is not None and config.retention.suite is not None:
        yield "suite", "sayso.evaluate.suites", config.retention.suite.name


def _of_training(config: TrainConfig) -> Iterator[tuple[str, str, str]]:
    yield "model", "sayso.models", config.model.name
    yield "objective", "sayso.train.objectives", config.objective.name
    yield "loop", "sayso.train.loops", config.loop.name
    yield "drawing", "sayso.data.drawing", config.drawing.name
    yield "order", "sayso.data.orders", config.order.name
    for mixer in (config.mixer, config.loss_mixer):
        if mixer is not None:
            yield "mixer", "sayso.data.mixers", mixer.name
    for loss in config.losses:
        yield "loss", "sayso.train.losses", loss.name
    for part in (config.parts or {}).values():
        yield "method", "sayso.train.parts.methods", part.method
    if config.replay is not None:
        yield "replay choice", "sayso.train.strategies", config.replay.choice.name
