"""TRL's prompt and completion: two texts, or two lists of messages; `images` belong to the prompt."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sayso.errors import DataError
from sayso.sources.conversations._protocol import Evidence, Layout, Role, Row, Written, layouts
from sayso.sources.conversations._rows import pictures
from sayso.sources.conversations.trl_messages import is_messages, read_messages

__all__ = ["trl_prompt_completion", "TrlPromptCompletion"]


@layouts.register("trl_prompt_completion")
def trl_prompt_completion() -> Layout:
    """TRL's `prompt` and `completion`."""
    return TrlPromptCompletion()


@dataclass(frozen=True)
class TrlPromptCompletion:
    """The layout."""

    needs: str = "`prompt` and `completion`, both text or both lists of {role, content}"
    keys: frozenset[str] = frozenset({"id", "prompt", "completion", "images", "image"})

    def evidence(self, row: Row) -> Evidence | None:
        """Both keys, in one of the two shapes."""
        both = (row.get("prompt"), row.get("completion"))
        if all(isinstance(value, str) for value in both):
            return Evidence("`prompt` and `completion` as text")
        return Evidence("`prompt` and `completion` as lists of messages") if all(map(is_messages, both)) else None

    def tables(self, path: Path, rows: Sequence[Row]) -> Iterator[tuple[Path, Layout]]:
        """The file itself."""
        yield path, self

    def read(self, row: Row) -> Written:
        """The prompt's turns, then the completion's."""
        given = pictures(row, "images") or pictures(row, "image")
        messages = [*_messages(row.get("prompt"), "user"), *_messages(row.get("completion"), "assistant")]
        name = row.get("id")
        return Written(name="" if name is None else str(name), turns=read_messages(messages, given=given))


def _messages(value: Any, role: Role) -> list[Any]:
    if isinstance(value, str):
        return [{"role": role, "content": value}]
    if not is_messages(value):
        raise DataError(f"{str(value)[:60]!r} where the turns of the {role} belong; give text or a list of messages")
    return list(value)
