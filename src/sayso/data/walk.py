"""The rows of a source in order, each item with the split it belongs to; what does it stands with the sources, since stages before a build read them too."""

from sayso.sources import Row, open_source, split_of, walk

__all__ = ["open_source", "Row", "split_of", "walk"]
