"""Annotated pictures of a source, for what looks at pictures and boxes alone and at no task."""

from itertools import islice

from sayso.config import SourceConfig
from sayso.errors import DataError
from sayso.records import AnnotatedItem
from sayso.sources import sources

__all__ = ["pictured_items"]


def pictured_items(config: SourceConfig) -> list[AnnotatedItem]:
    """The items of a source that show one picture and something with a box in it, `max_items` at most.

    Raises:
        DataError: there is none.
    """
    found = (row for row in sources.build(config.name, config.options).items() if isinstance(row, AnnotatedItem))
    shown = (item for item in found if len(item.media) == 1 and any(one.region for one in item.objects))
    items = list(islice(shown, config.max_items))
    if not items:
        raise DataError(f"source {config.name!r} has no item with one picture and an object with a box in it")
    return items
