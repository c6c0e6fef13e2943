"""ms-swift: `messages` with `<image>` marks, `images`, and for grounding `objects` whose words and boxes fill marks of the text.

    {"messages": [{"role": "user", "content": "<image>Find <ref-object>"}, {"role": "assistant", "content": "<bbox>"}],
     "images": ["cat.png"], "objects": {"ref": ["the cat"], "bbox": [[10, 20, 200, 180]]}}

`<ref-object>` takes the next word of `ref`, `<bbox>` the next box of `bbox`: pixels (`bbox_type` `real`) or fractions (`norm1`).
`image_id` says which picture a box is on. Boxes come out as `[x1, y1, x2, y2]` in thousandths of width and height.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sayso.errors import DataError
from sayso.sources.conversations._protocol import Box, Evidence, Layout, Picture, Piece, Row, Turn, Written, layouts
from sayso.sources.conversations._rows import IMAGE, filled, listed, one_file, pictures, split_marks, text_of, turn_role
from sayso.sources.conversations.trl_messages import ROLE_WORDS, is_messages

__all__ = ["ms_swift", "MsSwift"]

FILLED = re.compile(r"(<ref-object>|<bbox>)")


@layouts.register("ms_swift")
def ms_swift() -> Layout:
    """ms-swift's `messages`."""
    return MsSwift()


@dataclass(frozen=True)
class MsSwift:
    """The layout."""

    needs: str = (
        f"`messages` (a list of {{role, content}}) with {IMAGE} marks and `images`, perhaps `objects` {{ref, bbox}}"
    )
    keys: frozenset[str] = frozenset({"id", "messages", "images", "objects"})

    def evidence(self, row: Row) -> Evidence | None:
        """`objects`, or marks in the text beside `images`."""
        messages: Any = row.get("messages")
        if not is_messages(messages) or not all(isinstance(message["content"], str) for message in messages):
            return None
        if filled(row, "objects") and isinstance(row["objects"], dict):
            return Evidence("`messages` with `objects` that fill <ref-object> and <bbox>")
        if filled(row, "images") and any(IMAGE in message["content"] for message in messages):
            return Evidence(f"`messages` with `images` and {IMAGE} marks in the text")
        return None

    def tables(self, path: Path, rows: Sequence[Row]) -> Iterator[tuple[Path, Layout]]:
        """The file itself."""
        yield path, self

    def read(self, row: Row) -> Written:
        """The messages, with pictures, words and boxes filled in."""
        if filled(row, "tools"):
            raise DataError("the row defines `tools`: calls of tools are not carried over; leave the row out")
        messages: Any = row.get("messages")
        if not is_messages(messages):
            raise DataError(f"`messages` is {str(messages)[:60]!r}; give a list of {{role, content}}")
        given = pictures(row, "images")
        marked = _marked(messages, given=given)
        queue, filler = iter(given), _Filler(row.get("objects") or {})
        turns = tuple(
            Turn(role, tuple(piece for part in split_marks(text, queue) for piece in filler.fill(part)))
            for role, text in marked
        )
        filler.close()
        name = row.get("id")
        return Written(name="" if name is None else str(name), turns=turns)


def _marked(messages: list[dict[str, Any]], *, given: Sequence[Picture]) -> list[tuple[Any, str]]:
    turns = [(turn_role(m["role"], ROLE_WORDS), text_of(m, "content", default="")) for m in messages]
    marks = sum(text.count(IMAGE) for _, text in turns)
    first = next((number for number, (role, _) in enumerate(turns) if role == "user"), None)
    if given and not marks and first is not None:
        turns[first] = ("user", f"{IMAGE}\n" * len(given) + turns[first][1])
    else:
        one_file(marks, given=len(given))
    return turns


class _Filler:
    """Words and boxes of `objects`, taken in order."""

    def __init__(self, objects: Any) -> None:
        if not isinstance(objects, dict):
            raise DataError(f"`objects` is {str(objects)[:60]!r}; give {{ref, bbox}}")
        kind = objects.get("bbox_type") or "real"
        if kind not in ("real", "norm1"):
            raise DataError(f"`bbox_type` is {kind!r}; known: real (pixels), norm1 (fractions)")
        self._refs = iter(listed(objects, "ref"))
        self._boxes = iter(_boxes(objects, unit=kind == "norm1"))

    def fill(self, piece: Piece) -> Iterator[Piece]:
        for part in FILLED.split(piece) if isinstance(piece, str) else [piece]:
            if part == "<ref-object>":
                yield str(self._next(self._refs, "ref"))
            elif part == "<bbox>":
                yield self._next(self._boxes, "bbox")
            elif part:
                yield part

    def close(self) -> None:
        if (rest := len(list(self._boxes))) or next(self._refs, None) is not None:
            raise DataError(f"`objects` has {rest} boxes (or words) that no mark of the text takes; each stands once")

    def _next(self, queue: Iterator[Any], name: str) -> Any:
        found = next(queue, None)
        if found is None:
            raise DataError(f"more marks than `objects.{name}` has entries; each stands once")
        return found


def _boxes(objects: dict[str, Any], *, unit: bool) -> Iterator[Box]:
    images = listed(objects, "image_id")
    for number, box in enumerate(listed(objects, "bbox")):
        if not (isinstance(box, list) and len(box) == 4 and all(isinstance(side, int | float) for side in box)):
            raise DataError(f"`objects.bbox` holds {str(box)[:60]!r}; give [x1, y1, x2, y2]")
        picture = images[number] if number < len(images) else 0
        yield Box((box[0], box[1], box[2], box[3]), picture=picture if isinstance(picture, int) else 0, unit=unit)
