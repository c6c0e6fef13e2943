"""Recipes: checked sections, and the stage graph that a YAML file describes."""

from sayso.config.loading import Node, Recipe, load_recipe
from sayso.config.sections import (
    KINDS,
    AugmentConfig,
    BuildConfig,
    EvaluateConfig,
    HeldOutConfig,
    PluginConfig,
    PromptConfig,
    ReportConfig,
    SourceConfig,
    StageConfig,
    TrainConfig,
)

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
