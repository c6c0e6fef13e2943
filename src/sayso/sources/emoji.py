"""Emoji in two drawing styles with the names and groups that people gave them.

    {name: emoji, path: emoji/emoji.jsonl}

Each line is a concept: `description` (its Unicode name), `category` (one of nine groups) and the file of its picture in each style, `noto` (Noto Emoji, Apache-2.0)
and `emojitwo` (EmojiTwo, CC-BY-4.0), or null. One item is one picture. It carries the name as its caption, a question for the group with all groups as options (kind `object`), and a
question whether it is of one group (kind `presence`), true as often as not. Both styles of a concept are one group of the split, so that a concept is on one side whatever its style.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sayso.errors import ConfigError, DataError
from sayso.records import AnnotatedItem, Question
from sayso.seeds import Stream
from sayso.sources._assemble import one_line, split_rows, without_repeats
from sayso.sources._files import read_lines
from sayso.sources._media import probe_image
from sayso.sources._protocol import BadRow, Source, sources

__all__ = ["Emoji", "emoji"]

STYLES = {"noto": "Apache-2.0", "emojitwo": "CC-BY-4.0"}
"""The styles and what their pictures are licensed under."""
WHICH = "Which group of emoji is this one of?"
WHETHER = "Is this an emoji of the group {}?"


class Row(msgspec.Struct, frozen=True):
    """One concept; further keys are not read."""

    description: str
    category: str
    noto: str | None = None
    emojitwo: str | None = None


@sources.register("emoji")
def emoji(
    *, path: str, images: str | None = None, styles: tuple[str, ...] | str = tuple(STYLES), split: str = ""
) -> Source:
    """Pictures of emoji with their names and groups.

    Args:
        path: path of `emoji.jsonl`.
        images: folder that the pictures are named in; by default that of the file.
        styles: `noto`, `emojitwo` or both.
        split: what `AnnotatedItem.split` says.

    Raises:
        ConfigError: no style, or one that is not known.
    """
    wanted = (styles,) if isinstance(styles, str) else tuple(styles)
    if not wanted or not set(wanted) <= set(STYLES):
        raise ConfigError(f"styles {list(wanted)} are not drawing styles of the source; name {' or '.join(STYLES)}")
    file = Path(path)
    return Emoji(path=file, images=Path(images) if images else file.parent, styles=wanted, split=split)


@dataclass(frozen=True, kw_only=True, slots=True)
class Emoji:
    """The source: a file of concepts and the folder of their pictures."""

    path: Path
    images: Path
    styles: tuple[str, ...]
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a picture: bad lines first, then concept by concept, each in the order of `styles`.

        Raises:
            DataError: the file is missing.
        """
        good, bad = split_rows(read_lines(self.path, Row))
        yield from bad
        groups = tuple(sorted({row.category for _, row in good if row.category.strip()}))
        yield from without_repeats(
            (place, self._item(row, style, place, groups=groups))
            for place, row in good
            for style in self.styles
            if getattr(row, style)
        )

    def _item(self, row: Row, style: str, place: str, *, groups: Sequence[str]) -> AnnotatedItem | BadRow:
        try:
            name = one_line(row.description, what="the description")
            category = one_line(row.category, what="the category")
            media = probe_image(Path(getattr(row, style)), root=self.images)
        except DataError as error:
            return BadRow(place=place, reason=str(error))
        own = f"emoji-{style}-{name}"
        return AnnotatedItem(
            id=own,
            source="emoji",
            split=self.split,
            group=f"emoji-{name}",
            license=STYLES[style],
            media=(media,),
            captions=(name,),
            questions=_questions(category, groups, Stream("emoji", own)),
            labels={"style": style, "group": category},
        )


def _questions(category: str, groups: Sequence[str], stream: Stream) -> tuple[Question, ...]:
    """Which group, and whether it is one; nothing is asked where all are of one group."""
    others = [group for group in groups if group != category]
    if not others:
        return ()
    truth = stream.below(2) == 1
    shown = category if truth else stream.choice(others)
    whether = WHETHER.format(shown)
    return (
        Question(text=WHICH, answers=(category,), options=tuple(groups), kind="object"),
        Question(text=whether, answers=("yes" if truth else "no",), options=("no", "yes"), kind="presence"),
    )
