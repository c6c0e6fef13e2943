"""Which layout a file has, told by what is in its first rows, with the evidence said.

Every layout is asked about every row of the head. What is decisive anywhere wins over what fits other tools as well; two layouts
with the same claim, or none, is an error that shows what the first row has and what each layout would need.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sayso.errors import DataError
from sayso.sources._files import read_any
from sayso.sources._protocol import BadRow
from sayso.sources._tables import is_saved
from sayso.sources.conversations._protocol import Layout, Row, layouts

__all__ = ["detect", "Detection", "HEAD_ROWS", "match_rows"]

HEAD_ROWS = 50
"""Rows that are looked at."""
ENDINGS = (".json", ".jsonl", ".ndjson", ".parquet")
MAX_ENTRIES = 2000  # files of a folder that are looked at, so that a huge folder does not hold anybody up
REGISTER = "dataset_info.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Detection:
    """What a file of conversations is: the layout's name, why, and the file."""

    path: Path
    format: str
    evidence: str
    layout: Layout
    rows: tuple[Row, ...]

    def told(self) -> str:
        """One line for people."""
        return f"{self.path} is {self.format}: {self.evidence}"


def detect(path: Path, *, format: str = "auto", dataset: str | None = None) -> Detection:
    """The layout of `path`, or the one named by `format`.

    Raises:
        DataError: nothing can be read, no layout fits, or more than one does.
        ConfigError: no layout is called `format`.
    """
    files = _candidates(path)
    if format != "auto":
        chosen = next((file for file in files if _claim(_head(file), format)), files[0])
        options = {"dataset": dataset} if format == "llama_factory" else {}
        return Detection(
            path=chosen,
            format=format,
            evidence="it was said so",
            layout=layouts.build(format, options),
            rows=_head(chosen),
        )
    found = [detection for file in files if (detection := _detect_file(file, dataset, strict=len(files) == 1))]
    if len(found) == 1:
        return found[0]
    if not found:
        names = ", ".join(file.name for file in files[:8])
        raise DataError(f"{path}: none of {names} holds conversations; needed is one of\n{_needs()}")
    listed = "\n".join(f"  {detection.told()}" for detection in found)
    raise DataError(f"{path} holds several files of conversations; name one of\n{listed}")


def match_rows(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """The layouts that fit the rows best, with their evidence: none, one, or several with the same claim."""
    claims: dict[bool, dict[str, str]] = {True: {}, False: {}}
    for name in layouts.names():
        for row in rows:
            evidence = layouts.build(name, {}).evidence(row)
            if evidence is not None:
                claims[evidence.decisive].setdefault(name, evidence.text)
    return list((claims[True] or claims[False]).items())


def _candidates(path: Path) -> list[Path]:
    """The files that may hold rows: `path` itself, or those of the folder; LLaMA-Factory's register stands for all of a folder.

    Raises:
        DataError: nothing is there, or nothing that may hold rows.
    """
    if path.is_file() or (path.is_dir() and is_saved(path)):
        return [path]
    if not path.is_dir():
        raise DataError(f"{path} does not exist; name a file of conversations or a folder that holds one")
    if (path / REGISTER).is_file():
        return [path / REGISTER]
    found = []
    for number, entry in enumerate(path.iterdir()):
        if number >= MAX_ENTRIES:
            break
        if entry.suffix.lower() in ENDINGS and entry.is_file():
            found.append(entry)
    if not found:
        raise DataError(f"{path} holds no {', '.join(ENDINGS)} file; name a file of conversations")
    return sorted(found)


def _detect_file(path: Path, dataset: str | None, *, strict: bool) -> Detection | None:
    try:
        rows = _head(path)
    except DataError:
        if strict:
            raise
        return None
    matches = match_rows(rows)
    if len(matches) == 1:
        name, evidence = matches[0]
        layout = layouts.build(name, {"dataset": dataset} if name == "llama_factory" else {})
        return Detection(path=path, format=name, evidence=evidence, layout=layout, rows=rows)
    if strict or matches:
        raise DataError(_unclear(path, rows, matches))
    return None


def _head(path: Path) -> tuple[dict[str, Any], ...]:
    with_bad = islice(read_any(path), HEAD_ROWS)
    return tuple(row for _, row in with_bad if not isinstance(row, BadRow))


def _claim(rows: Sequence[Row], name: str) -> bool:
    layout = layouts.build(name, {})
    return any(layout.evidence(row) for row in rows)


def _unclear(path: Path, rows: Sequence[Row], matches: Sequence[tuple[str, str]]) -> str:
    if not rows:
        return f"{path} has no row that is a JSON object; give a file of conversations: one of\n{_needs()}"
    has = ", ".join(f"`{key}` ({type(value).__name__})" for key, value in islice(rows[0].items(), 12))
    if matches:
        fits = "; ".join(f"{name} ({evidence})" for name, evidence in matches)
        return f"{path} fits several formats: {fits}. Its first row has {has}; say which with format: {matches[0][0]}"
    return f"{path} is no format that is known. Its first row has {has}; needed is one of\n{_needs()}\nor name it with format: NAME"


def _needs() -> str:
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    for name in layouts.names():
        yield f"  {name}: {layouts.build(name, {}).needs}"
