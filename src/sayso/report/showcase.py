"""The examples of a report: which are shown, and their images as data URIs so that the page stands alone.

Shown are as many right as wrong ones while there are both, spread over the tasks, in the file's order. Images are decoded
before they are embedded: only what Pillow reads as a picture gets into the page, and large ones are scaled down.
"""

import base64
import io
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

import msgspec
from PIL import Image

from sayso.artifacts import read_jsonl
from sayso.report.view import Box, ImageView, Outcome, ShownExample

__all__ = ["collect_examples", "embed_image"]

MAX_PIXELS = 640
MAX_BYTES = 200_000
KEPT_FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
LABELS = {"tuned-plain": "Tuned", "untuned-plain": "Untuned", "tuned-shuffled_images": "Shuffled image"}


class ShowcaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of showcase.jsonl; `correct` is None, or a share such as an overlap, where right and wrong are not plain."""

    task: str
    instruction: str
    group: str = "held_in"
    options: tuple[str, ...] | None = None
    references: tuple[str, ...] = ()
    outputs: dict[str, str] = {}
    correct: dict[str, bool | float | None] = {}
    images: tuple[str, ...] = ()
    boxes: tuple[Box, ...] | None = None


def collect_examples(folder: Path, *, limit: int) -> tuple[ShownExample, ...]:
    """At most `limit` examples of an evaluate folder, none where it has no showcase.

    Raises:
        DataError: a line of showcase.jsonl cannot be read.
    """
    path = folder / "showcase.jsonl"
    if not path.exists():
        return ()
    rows = list(read_jsonl(path, ShowcaseRow))
    return tuple(_shown(row, folder=folder) for row in choose(rows, limit=limit))


def choose(rows: Sequence[ShowcaseRow], *, limit: int) -> list[ShowcaseRow]:
    """Right and wrong ones in turn, each round one of every task."""
    right = _spread([row for row in rows if _main_outcome(row) is not False])
    wrong = _spread([row for row in rows if _main_outcome(row) is False])
    pairs = (row for pair in zip_longest(right, wrong) for row in pair if row is not None)
    return list(pairs)[:limit]


def _spread(rows: list[ShowcaseRow]) -> list[ShowcaseRow]:
    by_task: dict[str, list[ShowcaseRow]] = {}
    for row in rows:
        by_task.setdefault(row.task, []).append(row)
    return [row for turn in zip_longest(*by_task.values()) for row in turn if row is not None]


def _main_outcome(row: ShowcaseRow) -> bool | None:
    key = "tuned-plain" if "tuned-plain" in row.correct else next(iter(row.correct), "")
    value = row.correct.get(key)
    return None if value is None else value >= 0.5


def _right(value: bool | float | None) -> bool | None:
    """Whether a value is all right or all wrong; None for a share between, which is neither."""
    return bool(value) if value in (0, 1) else None


def _shown(row: ShowcaseRow, *, folder: Path) -> ShownExample:
    return ShownExample(
        task=row.task,
        group=row.group,
        instruction=row.instruction,
        options=row.options or (),
        references=row.references,
        outcomes=tuple(_outcomes(row)),
        images=tuple(embed_image(folder, name) for name in row.images),
        boxes=row.boxes or (),
    )


def _outcomes(row: ShowcaseRow) -> Iterator[Outcome]:
    for key in sorted(row.outputs, key=lambda key: (list(LABELS).index(key) if key in LABELS else len(LABELS), key)):
        label = LABELS.get(key, key.replace("_", " ").replace("-", ", ").capitalize())
        value = row.correct.get(key)
        share = None if value is None or value in (0, 1) else float(value)
        yield Outcome(key=key, label=label, output=row.outputs[key], right=_right(value), share=share)


def embed_image(folder: Path, name: str) -> ImageView:
    """Read an image of an evaluate folder; what is wrong with it is told in `problem`, not raised."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        return ImageView(path=name, problem="image lies outside the run")
    try:
        with Image.open(path, formats=tuple(KEPT_FORMATS)) as image:
            data, kind, size = _encoded(image, path.read_bytes())
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        return ImageView(path=name, problem=f"image cannot be read ({type(error).__name__})")
    uri = f"data:{kind};base64,{base64.b64encode(data).decode()}"
    return ImageView(path=name, uri=uri, width=size[0], height=size[1])


def _encoded(image: Image.Image, data: bytes) -> tuple[bytes, str, tuple[int, int]]:
    """The file as it is where it is small, a scaled-down JPEG where it is not; decodes all of it either way."""
    image.load()
    if max(image.size) <= MAX_PIXELS and len(data) <= MAX_BYTES:
        return data, KEPT_FORMATS[image.format or "PNG"], image.size
    small = image.convert("RGB")
    small.thumbnail((MAX_PIXELS, MAX_PIXELS))
    buffer = io.BytesIO()
    small.save(buffer, format="JPEG", quality=85)
    return buffer.getvalue(), "image/jpeg", small.size
