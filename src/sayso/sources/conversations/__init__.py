"""Conversations in the files of other tools, told apart by what is in them and kept word for word.

    {name: conversations, path: llava_v1_5.json, images: pictures}

One file of this folder per format: LLaVA, ShareGPT, Alpaca, TRL's `messages` and `prompt`/`completion`, ms-swift, LLaMA-Factory's register,
MultiInstruct's released rows. An item carries the `conversation` and its `media`; the task `conversation` makes one example of
it, so that such files can be trained on, evaluated on their last turn, and mixed with any other task.
"""

from pathlib import Path

from sayso.sources._protocol import Source, sources
from sayso.sources.conversations._detecting import Detection, detect, match_rows
from sayso.sources.conversations._items import read_messages
from sayso.sources.conversations._protocol import Picture, Written, layouts
from sayso.sources.conversations._reading import Conversations
from sayso.sources.conversations._records import is_table, read_fields, read_records

__all__ = [
    "Conversations",
    "conversations",
    "detect",
    "Detection",
    "is_table",
    "layouts",
    "match_rows",
    "Picture",
    "read_fields",
    "read_messages",
    "read_records",
    "Written",
]


@sources.register("conversations")
def conversations(
    *, path: str, format: str = "auto", images: str | None = None, split: str = "", dataset: str | None = None
) -> Source:
    """Conversations of another tool's file.

    Args:
        path: a file (JSON, JSON lines, Parquet), a folder that holds one, or a folder of `save_to_disk`.
        format: the format's name, or `auto`: told by what is in the first rows.
        images: folder that holds the pictures; by default that of the file. No picture may lie outside it.
        split: what `AnnotatedItem.split` says, the split of a saved folder that has several, and part of the ids, so that files that
            number their rows alike can be read together.
        dataset: the entry of LLaMA-Factory's register to read, by default all that have a file.
    """
    root = Path(images) if images is not None else None
    return Conversations(path=Path(path), format=format, images=root, split=split, dataset=dataset)
