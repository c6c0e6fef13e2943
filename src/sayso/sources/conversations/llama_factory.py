"""LLaMA-Factory's `dataset_info.json`: which file holds which data set, in which shape, under which keys and words.

    {"mine": {"file_name": "mine.json", "formatting": "sharegpt", "columns": {"messages": "turns"}, "tags": {"role_tag": "who"}}}

Every entry with a file is read, with its columns and tags; name one with the source's option `dataset`. Entries on a hub, scripts and
preference pairs (`ranking`) are refused with that reason, alone or where they are all there is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sayso.errors import DataError, did_you_mean
from sayso.sources.conversations._protocol import Evidence, Layout, Role, Row, Written, layouts
from sayso.sources.conversations.alpaca import DEFAULTS as ALPACA
from sayso.sources.conversations.alpaca import Alpaca
from sayso.sources.conversations.sharegpt import DEFAULTS as SHAREGPT
from sayso.sources.conversations.sharegpt import ShareGpt, Tags

__all__ = ["entry_problem", "is_registry", "llama_factory", "LlamaFactory"]

ELSEWHERE = ("hf_hub_url", "ms_hub_url", "om_hub_url", "script_url", "cloud_file_name")
SPEAKERS: tuple[tuple[str, str, Role], ...] = (
    ("user_tag", "human", "user"),
    ("assistant_tag", "gpt", "assistant"),
    ("system_tag", "system", "system"),
)


@layouts.register("llama_factory")
def llama_factory(*, dataset: str | None = None) -> Layout:
    """LLaMA-Factory's register; `dataset` names one entry (or several, with commas), by default all that have a file."""
    return LlamaFactory(dataset=dataset)


@dataclass(frozen=True, kw_only=True)
class LlamaFactory:
    """The layout of the register; the rows themselves are read in the layout of their entry."""

    dataset: str | None = None
    needs: str = "a JSON object of entries with `file_name` (dataset_info.json), `formatting` alpaca or sharegpt"
    keys: frozenset[str] = frozenset()

    def evidence(self, row: Row) -> Evidence | None:
        """Every value is an entry that says where its rows are."""
        return Evidence(f"a register of data sets: {', '.join(list(row)[:5])}") if is_registry(row) else None

    def tables(self, path: Path, rows: Sequence[Row]) -> Iterator[tuple[Path, Layout]]:
        """The file and layout of every entry that is wanted.

        Raises:
            DataError: no such entry, or none of them can be read.
        """
        register = rows[0] if rows else {}
        names = [name.strip() for name in self.dataset.split(",")] if self.dataset else list(register)
        problems = []
        for name in names:
            if name not in register:
                raise DataError(f"{path} has no data set {name!r}{did_you_mean(name, list(register))}")
            if problem := entry_problem(register[name], folder=path.parent):
                problems.append(f"{name}: {problem}")
            else:
                yield path.parent / register[name]["file_name"], _layout(register[name])
        if problems and (self.dataset or len(problems) == len(names)):
            raise DataError(f"{path}: {'; '.join(problems)}; name another entry with `dataset`")

    def read(self, row: Row) -> Written:
        """Not reached: entries are read in their own layouts.

        Raises:
            DataError: always.
        """
        raise DataError(
            f"{str(row)[:60]!r} is the register, no row of a data set; give the folder of dataset_info.json"
        )


def is_registry(row: Any) -> bool:
    """Whether `row` is a register of data sets."""
    return (
        isinstance(row, dict)
        and bool(row)
        and all(
            isinstance(entry, dict) and any(key in entry for key in ("file_name", *ELSEWHERE)) for entry in row.values()
        )
    )


def entry_problem(entry: Mapping[str, Any], *, folder: Path) -> str | None:
    """Why an entry cannot be read from `folder`, or None."""
    if away := [key for key in ELSEWHERE if entry.get(key)]:
        return f"its rows are not in a file here (`{away[0]}` {entry[away[0]]!r})"
    if entry.get("ranking"):
        return "preference pairs (`ranking`) are not carried over"
    if entry.get("formatting", "alpaca") not in ("alpaca", "sharegpt"):
        return f"`formatting` {entry['formatting']!r} is unknown (alpaca, sharegpt)"
    file = folder / str(entry.get("file_name"))
    if not file.resolve().is_relative_to(folder.resolve()):
        return f"`file_name` {entry.get('file_name')!r} leaves the folder {folder}"
    return None if file.is_file() else f"its file {file} does not exist"


def _layout(entry: Mapping[str, Any]) -> Layout:
    columns = {key: value for key, value in (entry.get("columns") or {}).items() if isinstance(value, str)}
    if entry.get("formatting", "alpaca") == "alpaca":
        return Alpaca(columns=columns if "prompt" in columns else ALPACA | columns)
    tags = entry.get("tags") or {}
    roles = {str(tags.get(tag, default)): role for tag, default, role in SPEAKERS}
    return ShareGpt(
        columns=SHAREGPT | {"system": "system"} | columns,
        tags=Tags(role=tags.get("role_tag", "from"), content=tags.get("content_tag", "value"), roles=roles),
    )
