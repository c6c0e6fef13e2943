"""The rows of a source as a recipe names it, in order, each item with the split it belongs to."""

from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from sayso.config import SourceConfig
from sayso.errors import ConfigError, DataError, blame
from sayso.records import AnnotatedItem
from sayso.seeds import Stream
from sayso.sources._protocol import BadRow, Source, sources

__all__ = ["open_source", "Row", "split_of", "walk"]

OWN = tuple(name for name in SourceConfig.model_fields if name != "name")
Row: TypeAlias = AnnotatedItem | BadRow
"""A good row, its `split` being `train` or `test`, or a bad one."""


def walk(config: SourceConfig, *, seed: int) -> Iterator[Row]:
    """Every row of one source, up to `max_items` good ones; the same rows on every call.

    Raises:
        ConfigError: no such source, or a wrong option.
        DataError: the source as a whole cannot be read.
    """
    source = open_source(config)
    num_items = 0
    with blame(DataError, f"source {config.name!r}"):
        for row in source.items():
            if isinstance(row, BadRow):
                yield row
                continue
            yield msgspec.structs.replace(row, split=split_of(row, config=config, seed=seed))
            num_items += 1
            if num_items == config.max_items:
                return


def open_source(config: SourceConfig) -> Source:
    """The source of one entry of a recipe.

    Raises:
        ConfigError: no such source, or a wrong option.
    """
    with blame(ConfigError, f"source {config.name!r}"):
        return sources.build(config.name, config.options, others=OWN)


def split_of(item: AnnotatedItem, *, config: SourceConfig, seed: int) -> str:
    """`train` or `test`; items of one group go the same way, and the draw does not depend on other items."""
    if config.use != "split":
        return config.use
    draw = Stream(seed, "split", item.group or item.id).uniform()
    return "test" if draw < config.test_fraction else "train"
