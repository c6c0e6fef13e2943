r"""LLaVA (Liu et al. 2023, arXiv:2304.08485): `conversations` from `human` and `gpt`, `image` a name or a list of names.

{"id": "1", "image": "cat.png", "conversations": [{"from": "human", "value": "<image>\nWhat?"}, {"from": "gpt", "value": "A cat."}]}
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sayso.sources.conversations._protocol import Evidence, Layout, Row, Written, layouts
from sayso.sources.conversations._rows import filled, pictures
from sayso.sources.conversations.sharegpt import Tags, is_spoken, read_turns

__all__ = ["LLaVA", "llava"]


@layouts.register("llava")
def llava() -> Layout:
    """LLaVA's conversations."""
    return LLaVA()


@dataclass(frozen=True)
class LLaVA:
    """The layout."""

    needs: str = "`conversations` (a list of {from, value}) and `image` (a file's name, or a list of names)"
    keys: frozenset[str] = frozenset({"id", "image", "conversations"})

    def evidence(self, row: Row) -> Evidence | None:
        """`image` beside `conversations`."""
        if is_spoken(row.get("conversations"), tags=Tags()) and filled(row, "image"):
            return Evidence("`conversations` with `from` and `value`, and the picture under `image`")
        return None

    def tables(self, path: Path, rows: Sequence[Row]) -> Iterator[tuple[Path, Layout]]:
        """The file itself."""
        yield path, self

    def read(self, row: Row) -> Written:
        """The turns; each `<image>` is the next picture."""
        name = row.get("id")
        turns = read_turns(row.get("conversations"), given=pictures(row, "image"), tags=Tags())
        return Written(name="" if name is None else str(name), turns=turns)
