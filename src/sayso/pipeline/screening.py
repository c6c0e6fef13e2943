"""Candidate wordings of a plain file through the filters: `{"id", "parent", "candidate"}` in, a verdict a line out.

Lines are read, judged and written one after the other, so that a file of any length will do; the verdicts appear under their
name when all are written. Further keys of a line are nobody's business here.
"""

import json
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from sayso.artifacts import Progress, refuse_overwriting, write_jsonl
from sayso.config import AugmentConfig, PluginConfig, Recipe
from sayso.errors import ConfigError, DataError
from sayso.instructions.filters.chain import build_chain
from sayso.instructions.filters.screening import FOR_PAIRS, CandidateRow, VerdictRow, screen

__all__ = ["filters_of", "screen_candidates"]

WANTED = json.dumps({"id": 1, "parent": "...", "candidate": "..."})


class Line(msgspec.Struct, frozen=True):
    """A line of the file; an id is any JSON scalar."""

    id: str | int | float | bool | None
    parent: str
    candidate: str


def filters_of(recipe: Recipe | None = None, *, names: Sequence[str] = ()) -> tuple[PluginConfig, ...]:
    """The filters called `names`, in that order, else those of a recipe's first augment stage, else those that are right for pairs.

    Raises:
        ConfigError: the recipe has no augment stage.
    """
    if names:
        return tuple(PluginConfig(name=name) for name in names)
    if recipe is None:
        return FOR_PAIRS
    for node in recipe.of_kind("augment"):
        if isinstance(node.config, AugmentConfig):
            return node.config.filters
    raise ConfigError(f"recipe {recipe.name!r} has no augment stage; add a section augment: with filters: to it")


def screen_candidates(
    path: Path, *, out: Path, filters: Sequence[PluginConfig], progress: Progress | None = None
) -> dict[str, Any]:
    """Judge every candidate of the file `path`; returns `path`, `num_candidates`, `kept` and `refused` (counts by reason).

    `out` has one line an input line, in order: `id` as given, `keep`, `score` (higher is more surely the same meaning) and `reason`.

    Raises:
        ConfigError: no such filter, or `out` is a folder or `path` itself.
        DataError: the file cannot be read, or a line is no candidate; names file and line.
        BackendError: the disk is full, or a model behind a filter gave up.
    """
    refuse_overwriting(out, option="--out", given=[path])
    told = progress or Progress()
    chain = build_chain(filters, store=out.with_suffix(".calls.sqlite"), progress=told)
    told.start(f"filter {path.name}")
    refused = Counter[str]()
    verdicts = _counted(screen(_rows(path), chain=chain), refused=refused, progress=told)
    count = write_jsonl(out, verdicts)
    kept = count - refused.total()
    return {"path": str(out), "num_candidates": count, "kept": kept, "refused": dict(refused.most_common())}


def _counted(verdicts: Iterator[VerdictRow], *, refused: Counter[str], progress: Progress) -> Iterator[VerdictRow]:
    for verdict in verdicts:
        if not verdict.keep:
            refused[verdict.reason.partition(" (")[0]] += 1
        progress.advance()
        yield verdict


def _rows(path: Path) -> Iterator[CandidateRow]:
    try:
        with path.open("rb") as handle:
            for number, line in enumerate(handle, start=1):
                if line := line.removeprefix(BOM_UTF8).strip():
                    read = _line(line, place=f"{path}, line {number}")
                    yield CandidateRow(id=read.id, parent=read.parent, candidate=read.candidate)
    except OSError as error:
        reason = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read ({error.strerror})"
        raise DataError(f"{path} {reason}; give a file with a line {WANTED} for each candidate") from error


def _line(line: bytes, *, place: str) -> Line:
    """The row on a line. Half a surrogate pair in a text is no error of the file: it is for the filters to refuse."""
    try:
        return msgspec.json.decode(line, type=Line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        try:
            read = msgspec.convert(json.loads(line, parse_constant=_refuse), Line)
            json.dumps(read.id, ensure_ascii=False).encode()
            return read
        except (ValueError, RecursionError, msgspec.ValidationError):
            raise DataError(f"{place}: {error}; a line is {WANTED}") from error


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
