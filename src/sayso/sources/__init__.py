"""Where data comes from: files, a hub or a seed in, `AnnotatedItem` records out.

`sources.build("coco", {...})` gives a `Source`; its `items()` yields every row, the bad ones as `BadRow`. The pictures
stay where they are until `load_image` opens or re-draws one.
"""

from sayso.sources._boxed import boxed
from sayso.sources._media import as_shown, draws, load_image, png_bytes, probe_image, verify_image
from sayso.sources._protocol import BadRow, Source, TaskSource, sources
from sayso.sources._sending import sendable
from sayso.sources._walking import Row, open_source, split_of, walk

__all__ = [
    "as_shown",
    "BadRow",
    "boxed",
    "draws",
    "load_image",
    "open_source",
    "png_bytes",
    "probe_image",
    "Row",
    "sendable",
    "Source",
    "sources",
    "split_of",
    "TaskSource",
    "verify_image",
    "walk",
]
