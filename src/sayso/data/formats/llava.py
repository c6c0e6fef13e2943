r"""LLaVA's conversations JSON (Liu et al. 2023, arXiv:2304.08485), out and in.

    [{"id": "...", "image": "images/cat.png", "conversations": [{"from": "human", "value": "<image>\nWhat is this?"},
                                                               {"from": "gpt", "value": "A cat."}]}, ...]

`image` is a string for one picture, a list for several, and left out for none; each stands as `<image>` in the text, in order.
A line break parts a picture from what follows it. What is written comes back as it was: the texts, the order of pictures and
text, and in extra keys, which LLaVA's loader ignores, the task, wording, options and references. Only the roles inside an
instruction are lost: a read instruction is all `instr`.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from sayso.data.formats._pictures import PictureFolder, new_folder
from sayso.data.formats._protocol import Format, formats
from sayso.errors import BackendError, DataError
from sayso.records import Media, MediaPart, Message, Part, Sample, Span, TextPart
from sayso.sources import BadRow, probe_image

__all__ = ["LLaVA", "llava"]

FILE = "conversations.json"
MARK = "<image>"
SPEAKERS = {"system": "system", "user": "human", "assistant": "gpt"}
TURNS: dict[str, tuple[Literal["system", "user", "assistant"], str]] = {
    "system": ("system", "system"),
    "human": ("user", "instr"),
    "gpt": ("assistant", "response"),
}


class Turn(msgspec.Struct, rename={"speaker": "from"}):
    """One message; `speaker` is `human`, `gpt` or `system`."""

    speaker: str
    value: str


class Row(msgspec.Struct, omit_defaults=True):
    """One conversation. `image` is as LLaVA writes it; the keys after `conversations` are ours."""

    id: str | int = ""
    image: str | list[str] | None = None
    conversations: list[Turn] = []
    example: str = ""
    task: str = ""
    template: str = ""
    options: tuple[str, ...] = ()
    references: tuple[str, ...] = ()


@formats.register("llava")
def llava(*, root: str | None = None) -> Format:
    """LLaVA's JSON.

    Args:
        root: folder of the pictures when reading, by default that of the JSON file. No picture may lie outside it.
    """
    return LLaVA(root=Path(root) if root is not None else None)


class LLaVA:
    """Reads and writes `conversations.json` and the pictures in `images/` beside it."""

    def __init__(self, *, root: Path | None = None) -> None:
        self._root = root

    def write(self, samples: Iterable[Sample], *, out: Path) -> int:
        """Write the samples and their pictures; returns how many samples.

        Raises:
            DataError: a text contains `<image>`, a picture is missing, or `out` is not empty.
            BackendError: the disk is full.
        """
        pictures = PictureFolder(new_folder(out))
        temporary = out / f".{FILE}.tmp"
        try:
            count = _write_array((_row(sample, pictures) for sample in samples), temporary)
            os.replace(temporary, out / FILE)
        except OSError as error:
            raise BackendError(f"cannot write {out / FILE}: {error.strerror or error}; free some space") from error
        finally:
            temporary.unlink(missing_ok=True)
        return count

    def read(self, path: Path) -> Iterator[Sample | BadRow]:
        """The conversations of a JSON file (or of the folder that `write` made), as samples of one fixed wording.

        Raises:
            DataError: the file is missing or not a JSON list.
        """
        path = path / FILE if path.is_dir() else path
        try:
            rows = msgspec.json.decode(path.read_bytes(), type=list[msgspec.Raw])
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error.strerror}; name a LLaVA JSON file") from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise DataError(f"{path} is not a JSON list of conversations: {error}") from error
        decoder = msgspec.json.Decoder(Row)
        for number, raw in enumerate(rows):
            try:
                yield _sample(decoder.decode(raw), number, root=self._root or path.parent)
            except (msgspec.MsgspecError, DataError, UnicodeDecodeError) as error:
                yield BadRow(place=f"{path}, row {number}", reason=str(error))


def _write_array(rows: Iterable[Row], path: Path) -> int:
    encoder = msgspec.json.Encoder()
    count = 0
    with path.open("wb") as file:
        for count, row in enumerate(rows, start=1):
            file.write((b"[\n" if count == 1 else b",\n") + encoder.encode(row))
        file.write(b"\n]\n" if count else b"[]\n")
        file.flush()
        os.fsync(file.fileno())
    return count


def _row(sample: Sample, pictures: PictureFolder) -> Row:
    shown = [part.index for message in sample.messages for part in message.parts if isinstance(part, MediaPart)]
    images = [pictures.path(sample.media[index]) for index in shown]
    return Row(
        id=sample.id,
        image=images[0] if len(images) == 1 else images or None,
        conversations=[Turn(speaker=SPEAKERS[m.role], value=_value(m.parts, sample.id)) for m in sample.messages],
        example=sample.example,
        task=sample.task,
        template=sample.template,
        options=sample.options,
        references=sample.references,
    )


def _value(parts: Sequence[Part], place: str) -> str:
    pieces: list[str] = []
    for number, part in enumerate(parts, start=1):
        if isinstance(part, MediaPart):
            pieces.append(MARK + ("\n" if number < len(parts) else ""))
        elif MARK in part.text:
            raise DataError(f"sample {place!r}: its text contains {MARK!r}, which LLaVA reads as a picture; reword it")
        else:
            pieces.append(part.text)
    return "".join(pieces)


def _sample(row: Row, number: int, *, root: Path) -> Sample:
    images = [row.image] if isinstance(row.image, str) else row.image or []
    media = tuple(probe_image(Path(image), root=root) for image in images)
    name = str(row.id) or f"row-{number}"
    return Sample(
        id=name,
        example=row.example or name,
        task=row.task or "llava",
        template=row.template or "as_written",
        messages=_messages(row.conversations, media=media),
        media=media,
        options=row.options,
        references=row.references or tuple(turn.value for turn in row.conversations[-1:] if turn.speaker == "gpt"),
    )


def _messages(turns: Sequence[Turn], *, media: Sequence[Media]) -> tuple[Message, ...]:
    marks = sum(turn.value.count(MARK) for turn in turns)
    if marks != len(media):
        raise DataError(f"{marks} times {MARK} in the text, but {len(media)} pictures; each picture stands once")
    if not any(turn.speaker == "gpt" and turn.value for turn in turns):
        raise DataError("no answer: a conversation needs a turn from 'gpt'")
    messages: list[Message] = []
    seen = 0
    for turn in turns:
        if turn.speaker not in TURNS:
            raise DataError(f"a turn is from {turn.speaker!r}; known: {', '.join(TURNS)}")
        speaker, role = TURNS[turn.speaker]
        messages.append(Message(role=speaker, parts=tuple(_parts(turn.value, role=role, first=seen))))
        seen += turn.value.count(MARK)
    return tuple(messages)


def _parts(value: str, *, role: str, first: int) -> Iterator[Part]:
    """Text and pictures in order; one line break after a picture belongs to the picture."""
    for number, text in enumerate(value.split(MARK)):
        if number:
            yield MediaPart(index=first + number - 1)
            text = text.removeprefix("\n")
        if text:
            yield TextPart(text=text, spans=(Span(start=0, end=len(text), role=role),))
