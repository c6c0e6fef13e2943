"""Recipes: checked sections, and the stage graph that a YAML file describes."""

from sayso.config.loading import Node, Recipe, load_recipe
from sayso.config.sections import (
    KINDS,
    AugmentConfig,
    BuildConfig,
    EvaluateConfig,
    HeldOutConfig,
    HeldOutWordingsConfig,
    PartConfig,
    PluginConfig,
    PromptConfig,
    ReplayConfig,
    ReportConfig,
    SequenceConfig,
    SourceConfig,
    StageConfig,
    TrainConfig,
    TransferConfig,
)

__all__ = [
    "AugmentConfig",
    "BuildConfig",
    "EvaluateConfig",
    "HeldOutConfig",
    "HeldOutWordingsConfig",
    "KINDS",
    "load_recipe",
    "Node",
    "PartConfig",
    "PluginConfig",
    "PromptConfig",
    "Recipe",
    "ReplayConfig",
    "ReportConfig",
    "SequenceConfig",
    "SourceConfig",
    "StageConfig",
    "TrainConfig",
    "TransferConfig",
]
