"""ShareGPT as LLaMA-Factory and others read it: `conversations` from `human`, `gpt`, `system`; `images` and `system` beside it.

A row with calls of tools is refused with that reason: nothing here could answer them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sayso.errors import DataError
from sayso.sources.conversations._protocol import Evidence, Layout, Picture, Role, Row, Turn, Written, layouts
from sayso.sources.conversations._rows import IMAGE, filled, one_file, pictures, split_marks, text_of, turn_role

__all__ = ["is_spoken", "read_turns", "ShareGpt", "sharegpt", "Tags"]

DEFAULTS = {"messages": "conversations", "system": "system", "tools": "tools", "images": "images"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Tags:
    """The words of a file: the keys of a turn, and the speakers."""

    role: str = "from"
    content: str = "value"
    roles: Mapping[str, Role] = field(
        default_factory=lambda: {
            "human": "user",
            "gpt": "assistant",
            "system": "system",
            "user": "user",
            "assistant": "assistant",
        }
    )


@layouts.register("sharegpt")
def sharegpt() -> Layout:
    """ShareGPT's conversations."""
    return ShareGpt()


@dataclass(frozen=True, kw_only=True)
class ShareGpt:
    """The layout; `columns` maps LLaMA-Factory's words to the keys of the file."""

    columns: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULTS))
    tags: Tags = field(default_factory=Tags)
    needs: str = "`conversations` (a list of {from, value} from human, gpt, system), perhaps `images` and `system`"

    @property
    def keys(self) -> frozenset[str]:
        """The keys of a row that are carried over."""
        return frozenset(
            {"id", *(self.columns[name] for name in ("messages", "system", "images") if name in self.columns)}
        )

    def evidence(self, row: Row) -> Evidence | None:
        """`conversations` without `image`; decisive with `images`, `system` or `tools`."""
        if not is_spoken(row.get("conversations"), tags=self.tags) or filled(row, "image"):
            return None
        beside = [key for key in ("images", "system", "tools") if key in row]
        if beside:
            return Evidence(f"`conversations` with `from` and `value`, and `{beside[0]}` beside it")
        return Evidence(
            "`conversations` with `from` and `value` and no picture (LLaVA's text rows read alike)", decisive=False
        )

    def tables(self, path: Path, rows: Sequence[Row]) -> Iterator[tuple[Path, Layout]]:
        """The file itself."""
        yield path, self

    def read(self, row: Row) -> Written:
        """The system text, then the turns."""
        tools = self.columns.get("tools", "tools")
        if filled(row, tools):
            raise DataError(f"the row defines `{tools}`: calls of tools are not carried over; leave the row out")
        given = pictures(row, self.columns.get("images", "images"))
        turns = read_turns(row.get(self.columns["messages"]), given=given, tags=self.tags)
        system = text_of(row, self.columns.get("system", "system"), default="")
        name = row.get("id")
        opening = (Turn("system", (system,)),) if system else ()
        return Written(name="" if name is None else str(name), turns=opening + turns)


def is_spoken(turns: Any, *, tags: Tags) -> bool:
    """Whether `turns` is a list of turns under these keys."""
    return (
        isinstance(turns, list)
        and bool(turns)
        and all(isinstance(turn, dict) and tags.role in turn and tags.content in turn for turn in turns)
    )


def read_turns(turns: Any, *, given: Sequence[Picture], tags: Tags) -> tuple[Turn, ...]:
    """The turns, with a picture of `given` at every mark; pictures without any mark stand before the first user's text.

    Raises:
        DataError: they are no turns, somebody unknown speaks, or marks and pictures differ in number.
    """
    if not is_spoken(turns, tags=tags):
        raise DataError(f"the turns are {str(turns)[:60]!r}; give a list of {{{tags.role}, {tags.content}}}")
    texts = [text_of(turn, tags.content, default="") for turn in turns]
    marks = sum(text.count(IMAGE) for text in texts)
    known = dict(tags.roles)
    roles = [turn_role(turn[tags.role], known) for turn in turns]
    if given and not marks and "user" in roles:
        texts[roles.index("user")] = f"{IMAGE}\n" * len(given) + texts[roles.index("user")]
    else:
        one_file(marks, given=len(given))
    queue = iter(given)
    return tuple(Turn(role, tuple(split_marks(text, queue))) for role, text in zip(roles, texts, strict=True))
