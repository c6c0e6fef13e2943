"""The released rows of MultiInstruct (Xu, Shen and Huang 2023): `prompt`, `target` and `image_path`, one JSON object a line.

The prompt holds the options and regions as text already; `region`, `options`, `question` and the like repeat them and are not carried.
The picture stands before the prompt. An id is `task_name/unique_id`, since the release uses one `unique_id` for several tasks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sayso.sources.conversations._protocol import Evidence, Layout, Piece, Row, Turn, Written, layouts
from sayso.sources.conversations._rows import filled, pictures, text_of

__all__ = ["multi_instruct", "MultiInstruct"]


@layouts.register("multi_instruct")
def multi_instruct() -> Layout:
    """MultiInstruct's rows."""
    return MultiInstruct()


@dataclass(frozen=True)
class MultiInstruct:
    """The layout; options and regions are told in the prompt, so nothing is lost with their keys."""

    needs: str = "`prompt`, `target` and one of `task_name`, `unique_id`, `image_path`"
    keys: frozenset[str] = frozenset({"unique_id", "task_name", "image_path", "prompt", "target", "options"})

    def evidence(self, row: Row) -> Evidence | None:
        """`prompt` and `target` with one of the release's other keys."""
        beside = [key for key in ("task_name", "unique_id", "image_path") if filled(row, key)]
        if isinstance(row.get("prompt"), str) and isinstance(row.get("target"), str) and beside:
            return Evidence(f"`prompt`, `target` and `{beside[0]}`")
        return None

    def tables(self, path: Path, rows: Sequence[Row]) -> Iterator[tuple[Path, Layout]]:
        """The file itself."""
        yield path, self

    def read(self, row: Row) -> Written:
        """One question, the picture first, and its answer."""
        asked: tuple[Piece, ...] = (*pictures(row, "image_path"), text_of(row, "prompt"))
        name = "/".join(str(row[key]) for key in ("task_name", "unique_id") if filled(row, key))
        return Written(name=name, turns=(Turn("user", asked), Turn("assistant", (text_of(row, "target"),))))
