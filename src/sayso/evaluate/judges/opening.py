"""From options to a judge, or an error that says what to type."""

from pathlib import Path
from typing import Any

from sayso.artifacts import Progress
from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.evaluate.judges._protocol import Judge, judges

__all__ = ["open_judge"]


def open_judge(
    config: PluginConfig | None, *, wanted: str, store: Path, progress: Progress | None = None, **options: Any
) -> Judge:
    """The judge that `config` names, with its replies in the file `store`; `wanted` says who needs it and `options` are what the config leaves out.

    Raises:
        ConfigError: there is no config, no such judge, or no language model for it.
    """
    if config is None:
        raise ConfigError(
            f"{wanted} is scored by a judge and none is given; there is no other way to score it. "
            "Give the language model that judges: --judge NAME@URL, or judge: {name: chat, model: NAME, base_url: URL} beside the suite in a recipe"
        )
    given = {"store": str(store), "progress": progress, **options, **config.options}
    return judges.build(config.name, given)
