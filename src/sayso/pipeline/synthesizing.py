"""Files of seeds into files of new items, with a section that the command line wrote in place of a recipe's."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sayso.artifacts import Progress
from sayso.config import SynthesizeConfig, make_recipe
from sayso.errors import ConfigError
from sayso.instructions.synthesizing.plain_files import SynthesisFiles, synthesize_file
from sayso.pipeline.plugins import check_plugins

__all__ = ["SynthesisFiles", "synthesize_seeds"]


def synthesize_seeds(
    files: SynthesisFiles,
    section: Mapping[str, Any],
    *,
    seed: int = 0,
    overrides: Sequence[str] = (),
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Make items of a file; `section` is what would stand under `synthesize:`, and `overrides` change it.

    Raises:
        ConfigError: a plugin, option or override is wrong.
        DataError: the file cannot be used, or nothing was kept.
        BackendError: a language model gave up; the same call goes on.
    """
    raw = {"name": "synthesize", "seed": seed, "synthesize": dict(section)}
    recipe = make_recipe(raw, path=Path("synthesize"), lines={}, overrides=overrides)
    (node,) = recipe.of_kind("synthesize")
    if not isinstance(node.config, SynthesizeConfig) or len(recipe.nodes) > 1:
        raise ConfigError(f"--set {' '.join(overrides)}: only keys of synthesize can be set for a file of seeds")
    check_plugins(node)
    return synthesize_file(files, config=node.config, seed=recipe.seed, progress=progress or Progress())
