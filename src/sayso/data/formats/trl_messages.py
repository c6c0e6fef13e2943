"""TRL's conversational rows: `messages` of {role, content} and `images`, JSON lines that `datasets` loads.

A column has one type: where any sample shows a picture, every `content` is a list of typed parts, else every one is text.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from sayso.data.formats._pictures import PictureFolder
from sayso.data.formats._protocol import Format, Outcome, formats
from sayso.data.formats._samples import row_id, shown
from sayso.data.formats._writing import write_rows
from sayso.errors import BackendError
from sayso.records import MediaPart, Message, Sample

__all__ = ["flatten_texts", "trl_messages", "TrlMessages", "typed_message"]

FILE = "messages.jsonl"


@formats.register("trl_messages")
def trl_messages() -> Format:
    """TRL's `messages`."""
    return TrlMessages()


class TrlMessages:
    """Writes `messages.jsonl` and the pictures in `images/` beside it."""

    def write(self, samples: Iterable[Sample], *, out: Path) -> Outcome:
        """Write the samples.

        Raises:
            DataError: a picture is missing, or `out` is not empty.
            BackendError: the disk is full.
        """
        outcome = write_rows(samples, out=out, name=FILE, make=_row)
        flatten_texts(out / FILE, keys=("messages",))
        return outcome


def _row(sample: Sample, pictures: PictureFolder) -> dict[str, Any]:
    images = [pictures.path(sample.media[index]) for index in shown(sample)]
    return {"id": row_id(sample), "messages": [typed_message(message) for message in sample.messages], "images": images}


def typed_message(message: Message) -> dict[str, Any]:
    """{role, content} with typed parts."""
    content = [
        {"type": "image"} if isinstance(part, MediaPart) else {"type": "text", "text": part.text}
        for part in message.parts
    ]
    return {"role": message.role, "content": content}


def flatten_texts(path: Path, *, keys: tuple[str, ...]) -> None:
    """Make the contents under `keys` plain texts, and drop `images`, if no row of the file shows a picture.

    Raises:
        BackendError: the disk is full.
    """
    if (path.parent / "images").exists():
        return
    temporary = path.with_suffix(".tmp")
    try:
        with path.open("rb") as lines, temporary.open("wb") as file:
            for line in lines:
                file.write(msgspec.json.encode(_flat(msgspec.json.decode(line), keys=keys)) + b"\n")
        os.replace(temporary, path)
    except OSError as error:
        raise BackendError(f"cannot write {path}: {error.strerror or error}; free some space") from error
    finally:
        temporary.unlink(missing_ok=True)


def _flat(row: dict[str, Any], *, keys: tuple[str, ...]) -> dict[str, Any]:
    for key in keys:
        row[key] = [
            {"role": message["role"], "content": "".join(part["text"] for part in message["content"])}
            for message in row[key]
        ]
    return {key: value for key, value in row.items() if key != "images"}
