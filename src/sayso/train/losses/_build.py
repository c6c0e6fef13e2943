"""The terms of a recipe, made together: they have to agree on how many wordings of an example stand side by side."""

from collections.abc import Sequence

from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.train.losses._protocol import LossTerm, losses

__all__ = ["build_terms"]


def build_terms(configs: Sequence[PluginConfig], *, batch_size: int) -> tuple[list[LossTerm], int]:
    """The terms and how many wordings of an example stand side by side; `batch_size` counts samples, as everywhere.

    Raises:
        ConfigError: a term is unknown, terms do not go together, or a batch would cut an example's wordings apart.
    """
    terms = [losses.build(config.name, config.options) for config in configs]
    wanted = {config.name: term.num_wordings for config, term in zip(configs, terms, strict=True)}
    together = {name: number for name, number in wanted.items() if number > 1}
    if len(set(together.values())) > 1:
        raise ConfigError(f"train.losses want other numbers of wordings side by side: {together}; set one num_wordings")
    choosing = [config.name for config, term in zip(configs, terms, strict=True) if term.chooses]
    if choosing and len(together) > 1:
        raise ConfigError(
            f"train.losses: {choosing[0]!r} trains on one wording of each example, so {sorted({*together} - {choosing[0]})} "
            "would have none to compare; name one of them"
        )
    number = max([1, *wanted.values()])
    if batch_size % number:
        near = max(number, batch_size // number * number)
        raise ConfigError(
            f"train.per_device_train_batch_size {batch_size} is no multiple of the {number} wordings of an example that "
            f"{', '.join(together)} wants side by side; type: --set train.per_device_train_batch_size={near}"
        )
    return terms, number
