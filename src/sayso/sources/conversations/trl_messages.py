"""TRL's conversational rows, and those of transformers' chat templates: `messages` of {role, content}, `images` beside them.

`content` is text or a list of {"type": "text" | "image", ...}. Pictures stand where the parts say, or before the first user's
text where all contents are plain text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sayso.errors import DataError
from sayso.sources.conversations._protocol import Evidence, Layout, Picture, Piece, Role, Row, Turn, Written, layouts
from sayso.sources.conversations._rows import IMAGE, filled, pictures, turn_role

__all__ = ["is_messages", "read_messages", "ROLE_WORDS", "trl_messages", "TrlMessages"]

ROLE_WORDS: dict[str, Role] = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
"""Who speaks, in the words of chat templates."""


@layouts.register("trl_messages")
def trl_messages() -> Layout:
    """TRL's `messages`."""
    return TrlMessages()


@dataclass(frozen=True)
class TrlMessages:
    """The layout."""

    needs: str = "`messages` (a list of {role, content}, content text or typed parts), perhaps `images`"
    keys: frozenset[str] = frozenset({"id", "messages", "images", "image"})

    def evidence(self, row: Row) -> Evidence | None:
        """`messages` without marks; decisive where the content has typed parts, or pictures stand beside plain text."""
        messages: Any = row.get("messages")
        if not is_messages(messages) or filled(row, "objects"):
            return None
        if any(isinstance(message["content"], list) for message in messages):
            return Evidence("`messages` whose `content` is a list of typed parts")
        if filled(row, "images") and not any(IMAGE in str(message["content"]) for message in messages):
            return Evidence(f"`messages` with `images` and no {IMAGE} marks")
        return Evidence("`messages` with `role` and `content` (ms-swift's text rows read alike)", decisive=False)

    def tables(self, path: Path, rows: Sequence[Row]) -> Iterator[tuple[Path, Layout]]:
        """The file itself."""
        yield path, self

    def read(self, row: Row) -> Written:
        """The messages, with the pictures where their parts stand."""
        if filled(row, "tools"):
            raise DataError("the row defines `tools`: calls of tools are not carried over; leave the row out")
        given = pictures(row, "images") or pictures(row, "image")
        name = row.get("id")
        return Written(name="" if name is None else str(name), turns=read_messages(row.get("messages"), given=given))


def is_messages(value: Any) -> bool:
    """Whether `value` is a list of {role, content}."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(message, dict) and "role" in message and "content" in message for message in value)
    )


def read_messages(messages: Any, *, given: Sequence[Picture]) -> tuple[Turn, ...]:
    """The turns of `messages`; `given` are the pictures in order, unless a part carries its own.

    Raises:
        DataError: they are no messages, somebody unknown speaks, or parts and pictures differ in number.
    """
    if not is_messages(messages):
        raise DataError(f"`messages` is {str(messages)[:60]!r}; give a list of {{role, content}}")
    roles = [turn_role(message["role"], ROLE_WORDS) for message in messages]
    queue = iter(given)
    typed = any(isinstance(message["content"], list) for message in messages)
    turns = [Turn(role, tuple(_pieces(m["content"], queue))) for role, m in zip(roles, messages, strict=True)]
    rest = tuple(queue)
    if rest and ((typed and any(not isinstance(p, str) for turn in turns for p in turn.pieces)) or "user" not in roles):
        raise DataError(f"{len(given)} pictures, but {len(given) - len(rest)} parts of type image; each stands once")
    if rest:
        first = roles.index("user")
        turns[first] = Turn("user", (*rest, *turns[first].pieces))
    return tuple(turns)


def _pieces(content: Any, queue: Iterator[Picture]) -> Iterator[Piece]:
    for part in content if isinstance(content, list) else [{"type": "text", "text": content}]:
        if not isinstance(part, dict) or part.get("type") not in ("text", "image", "image_url"):
            raise DataError(f"a part of `content` is {str(part)[:60]!r}; known types: text, image")
        if part["type"] == "text":
            if part.get("text") is not None and not isinstance(part["text"], str):
                raise DataError(f"a text part holds {part['text']!r}; give text")
            if part.get("text"):
                yield part["text"]
        else:
            yield _own(part) or _next(queue)


def _own(part: dict[str, Any]) -> Picture | None:
    named = next((part[key] for key in ("image", "path", "url", "image_url") if part.get(key)), None)
    return pictures({"image": named}, "image")[0] if named is not None else None


def _next(queue: Iterator[Picture]) -> Picture:
    found = next(queue, None)
    if found is None:
        raise DataError("more parts of type image than pictures in `images`; each stands once")
    return found
