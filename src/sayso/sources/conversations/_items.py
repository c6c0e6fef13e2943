"""A conversation as somebody wrote it -> an annotated item: pictures measured, boxes as text, roles of all characters."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

from sayso.errors import DataError
from sayso.records import AnnotatedItem, Media, MediaPart, Message, Part, Span, TextPart
from sayso.sources._boxes import to_region
from sayso.sources._media import probe_bytes, probe_image
from sayso.sources.conversations._protocol import Box, Picture, Turn, Written

__all__ = ["make_item", "read_messages"]

ANY_BOX = "[0.000, 0.000, 0.000, 0.000]"
TEXT_ROLES = {"system": "system", "user": "instr", "assistant": "response"}


def make_item(written: Written, *, name: str, root: Path, split: str) -> AnnotatedItem:
    """The item of a conversation; pictures are looked up below `root`, and rows that share the first are of one group.

    Raises:
        DataError: a picture, a box or a turn that cannot be used.
    """
    turns = list(_spoken(written.turns))
    pictures = [piece for turn in turns for piece in turn.pieces if isinstance(piece, Picture)]
    media = tuple(_probe(picture, root=root) for picture in pictures)
    return AnnotatedItem(
        id=name,
        source="conversations",
        split=split,
        group=_group(pictures) or name,
        media=media,
        conversation=tuple(_messages(turns, media=media)),
    )


def read_messages(written: Written) -> tuple[Message, ...]:
    """The messages of a conversation whose pictures nobody looked at: every box is the same text, every medium number 0.

    Raises:
        DataError: a turn that cannot be used.
    """
    return tuple(Message(role=turn.role, parts=tuple(_unseen(turn))) for turn in _spoken(written.turns))


def _unseen(turn: Turn) -> Iterator[Part]:
    if len(turn.pieces) == 1 and isinstance(turn.pieces[0], str):  # as nearly all are, in files of a million rows
        text = turn.pieces[0]
        yield TextPart(text=text, spans=(Span(start=0, end=len(text), role=TEXT_ROLES[turn.role]),))
        return
    texts: list[str] = []
    for piece in turn.pieces:
        if isinstance(piece, Picture):
            yield from _text(texts, role=TEXT_ROLES[turn.role])
            texts = []
            yield MediaPart()
        else:
            texts.append(ANY_BOX if isinstance(piece, Box) else piece)
    yield from _text(texts, role=TEXT_ROLES[turn.role])


def _spoken(turns: Sequence[Turn]) -> Iterator[Turn]:
    """The turns with something in them, if there is something to learn.

    Raises:
        DataError: no turn is an answer, or the last one is none.
    """
    if not any(turn.role == "assistant" and _says(turn) for turn in turns):
        raise DataError("no answer: a conversation needs a turn of the assistant (gpt) with text")
    if turns[-1].role != "assistant" or not _says(turns[-1]):
        raise DataError(
            f"the last turn is an empty answer or one of the {turns[-1].role}; end with what is to be learned"
        )
    for number, turn in enumerate(turns):
        if turn.role == "system" and number:
            raise DataError(f"turn {number} is a system text; these come first, and once")
        if turn.pieces:
            yield turn
        elif turn.role == "assistant":
            raise DataError(f"turn {number} is an empty answer; write it or leave the row out")


def _says(turn: Turn) -> bool:
    return any(isinstance(piece, Box) or (isinstance(piece, str) and piece.strip()) for piece in turn.pieces)


def _probe(picture: Picture, *, root: Path) -> Media:
    if isinstance(picture.value, bytes):
        return probe_bytes(picture.value)
    return probe_image(Path(picture.value), root=root)


def _group(pictures: Sequence[Picture]) -> str:
    """What rows with the same first picture have in common."""
    first = pictures[0].value if pictures else ""
    return first if isinstance(first, str) else blake2b(first, digest_size=8).hexdigest()


def _messages(turns: Sequence[Turn], *, media: Sequence[Media]) -> Iterator[Message]:
    seen = 0
    for turn in turns:
        parts = tuple(_parts(turn, first=seen, media=media))
        seen += sum(isinstance(part, MediaPart) for part in parts)
        yield Message(role=turn.role, parts=parts)


def _parts(turn: Turn, *, first: int, media: Sequence[Media]) -> Iterator[Part]:
    """Pictures, and between them texts with one span for each piece, so that what was apart can be told apart again."""
    texts: list[str] = []
    for piece in turn.pieces:
        if isinstance(piece, Picture):
            yield from _text(texts, role=TEXT_ROLES[turn.role])
            texts = []
            yield MediaPart(index=first)
            first += 1
        else:
            texts.append(_box_text(piece, media=media) if isinstance(piece, Box) else piece)
    yield from _text(texts, role=TEXT_ROLES[turn.role])


def _text(texts: Sequence[str], *, role: str) -> Iterator[TextPart]:
    spans, end = [], 0
    for text in texts:
        if text:
            spans.append(Span(start=end, end=end + len(text), role=role))
            end += len(text)
    if spans:
        yield TextPart(text="".join(texts), spans=tuple(spans))


def _box_text(box: Box, *, media: Sequence[Media]) -> str:
    if not 0 <= box.picture < len(media):
        raise DataError(
            f"box {list(box.corners)} is on picture {box.picture}, the row has {len(media)} (counted from 0)"
        )
    size = (1, 1) if box.unit else (media[box.picture].width, media[box.picture].height)
    if box.unit and not all(0 <= side <= 1 for side in box.corners):
        raise DataError(f"box {list(box.corners)} is not within [0, 1], as bbox_type norm1 says; correct it")
    region = to_region(box.corners, size=size)
    return f"[{region.x1:.3f}, {region.y1:.3f}, {region.x2:.3f}, {region.y2:.3f}]"
