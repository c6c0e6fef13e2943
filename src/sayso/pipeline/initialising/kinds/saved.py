"""Folders of `save_to_disk` of the library datasets."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from sayso.errors import SaysoError
from sayso.pipeline.initialising._finding import Entry, Finder, Finding, Look, finders, role_of
from sayso.pipeline.initialising.kinds.tables import guess_columns
from sayso.sources._tables import open_table
from sayso.sources.conversations import match_rows

__all__ = ["saved"]

ROWS = 20


@finders.register("saved")
def saved() -> Finder:
    """Saved data sets."""
    return _Saved()


class _Saved:
    def find(self, look: Look) -> Iterator[Finding]:
        """One finding for each data set; its splits are sources of their own."""
        for file in look.listing.others:
            if file.name == "dataset_dict.json":
                yield _found(look, file.parent, _splits(file))
            elif file.name == "state.json" and not (file.parent.parent / "dataset_dict.json").exists():
                yield _found(look, file.parent, ["train"])


def _splits(file: Path) -> list[str]:
    try:
        named = json.loads(file.read_bytes()).get("splits", [])
    except (OSError, ValueError, AttributeError):
        return []
    return [str(name) for name in named]


def _found(look: Look, folder: Path, splits: list[str]) -> Finding:
    told = f"{folder} is a data set that `datasets` saved, splits {', '.join(splits) or 'none'}"
    takes = frozenset(file for file in look.listing.files if file.is_relative_to(folder))
    try:
        rows = list(islice(open_table(str(folder), split=splits[0] if splits else "train", config=None).rows(), ROWS))
    except SaysoError as error:
        return Finding(told=told, takes=takes, not_carried={str(folder): str(error)})
    columns = guess_columns(rows)
    several = len(splits) > 1
    if matches := match_rows(rows):
        told += f"; its rows are {matches[0][0]}: {matches[0][1]}"
        entries = [
            Entry(
                name="conversations",
                options={"path": str(folder), "split": name},
                role=role_of(name) if several else "",
            )
            for name in splits
        ]
    elif len(columns) > 1 and "image" in columns:
        told += f"; {', '.join(f'{theirs!r} as {ours}' for ours, theirs in columns.items())}"
        entries = [
            Entry(
                name="hf",
                options={"path": str(folder), "split": name, "columns": columns},
                role=role_of(name) if several else "",
            )
            for name in splits
        ]
    else:
        known = ", ".join(rows[0]) if rows else "none"
        return Finding(
            told=told, takes=takes, not_carried={str(folder): f"its columns ({known}) have no picture and text"}
        )
    return Finding(told=told, entries=tuple(entries), takes=takes)
