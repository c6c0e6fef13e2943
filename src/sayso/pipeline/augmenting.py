"""Files of templates into files of wordings, with the settings of a recipe's augment stage."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sayso.artifacts import Progress
from sayso.config import AugmentConfig, load_recipe
from sayso.errors import ConfigError
from sayso.instructions.augment.plain_files import Files, augment_file

__all__ = ["augment_templates", "Files"]


def augment_templates(
    files: Files, *, recipe: Path, overrides: Sequence[str] = (), progress: Progress | None = None
) -> dict[str, Any]:
    """Expand the tasks of a file as the first augment stage of `recipe` would; `overrides` change its settings.

    Raises:
        ConfigError: a plugin, option or override is wrong, or the recipe has no such stage.
        DataError: the file cannot be used; names file and line.
        BackendError: a language model gave up; the same call goes on.
    """
    opened = load_recipe(recipe, overrides=overrides)
    config = next((node.config for node in opened.nodes if isinstance(node.config, AugmentConfig)), None)
    if config is None:
        raise ConfigError(f"recipe {opened.name!r} has no augment stage; add a section augment: to it")
    return augment_file(files, config=config, seed=opened.seed, progress=progress or Progress())
