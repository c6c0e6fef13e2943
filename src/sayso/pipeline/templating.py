"""Task templates of a corpus: read, count, propose, and write what a person reviews and `train.task_templates` names.

A corpus is a file of conversations in any format of `sayso convert`, or a finished build, of which every training example is taken under one wording. It is
walked twice: once to count units, once to tell what the proposal leaves of the instructions. No picture is opened.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import msgspec

from sayso.artifacts import Progress, refuse_overwriting, stage_folders
from sayso.data.folder import BuildFolder
from sayso.errors import ConfigError, DataError
from sayso.instructions.task_templates.artifact import make_file, write_templates
from sayso.instructions.task_templates.counting import UnitCounter
from sayso.instructions.task_templates.detect import Settings, find_units
from sayso.instructions.task_templates.known import read_list
from sayso.instructions.task_templates.marking import Marker
from sayso.instructions.task_templates.shares import RoleTally
from sayso.pipeline.reasons import alike
from sayso.records import Message
from sayso.sources import BadRow
from sayso.sources.conversations import Conversations, Picture, Written, read_messages

__all__ = ["find_templates", "TemplateOptions"]

KEPT_REASONS = 20
TEXT_ONLY = "(no picture)"


@dataclass(frozen=True, kw_only=True)
class TemplateOptions:
    """How a corpus is read and where the cut is made; `include` and `exclude` are files with a unit a line."""

    format: str = "auto"
    top: int = Settings().top
    min_share: float = Settings().min_share
    min_count: int = Settings().min_count
    include: Path | None = None
    exclude: Path | None = None
    questions: Literal["keep", "mask"] = "keep"
    option_labels: Literal["keep", "mask"] = "keep"

    def settings(self) -> Settings:
        """The same with the lists read.

        Raises:
            ConfigError: a number that cannot be.
            DataError: a list that cannot be read.
        """
        settings = Settings(
            top=self.top,
            min_share=self.min_share,
            min_count=self.min_count,
            questions=self.questions,
            option_labels=self.option_labels,
            include=read_list(self.include),
            exclude=read_list(self.exclude),
        )
        settings.check()
        return settings


@dataclass(frozen=True, slots=True)
class _Talk:
    """A conversation with its id and the subset that it is counted in."""

    id: str
    subset: str
    messages: tuple[Message, ...]


@dataclass(frozen=True, kw_only=True)
class _Corpus:
    """What can be walked twice; `bad_rows` counts what the last walk could not use."""

    walk: Callable[[], Iterator[_Talk]]
    format: str
    evidence: str
    bad_rows: Counter[str] = field(default_factory=Counter)


def find_templates(
    path: str, *, out: Path, how: TemplateOptions = TemplateOptions(), progress: Progress | None = None
) -> dict[str, Any]:
    """Propose the task templates of the corpus at `path` and write them to the new file `out`.

    Returns `path`, `format`, `evidence`, `corpus`, `units` (those that are masked, and the others that are worth a look), `roles` by subset,
    `num_masked` and `bad_rows` by reason.

    Raises:
        ConfigError: a number that cannot be, or `out` is the corpus or has another ending than `.json`.
        DataError: the corpus cannot be read or is empty, a list is wrong, or `out` exists.
        BackendError: the disk is full.
    """
    settings = how.settings()
    _refuse(out, path=path, how=how)
    told = progress or Progress()
    corpus = _corpus(path, format=how.format)
    counter = _count(corpus, told, path=path)
    found = find_units(counter, settings=settings)
    content = make_file(found, counter=counter, settings=settings, path=path)
    roles = _roles(corpus, Marker.of(content), told)
    content = msgspec.structs.replace(content, roles=roles)
    write_templates(out, content)
    return {
        "path": str(out),
        "format": corpus.format,
        "evidence": corpus.evidence,
        "corpus": msgspec.to_builtins(content.corpus),
        "units": [msgspec.to_builtins(unit) for unit in content.units],
        "roles": roles,
        "num_masked": len(content.masked),
        "bad_rows": dict(corpus.bad_rows.most_common(KEPT_REASONS)),
    }


def _refuse(out: Path, *, path: str, how: TemplateOptions) -> None:
    given = [Path(path), *(one for one in (how.include, how.exclude) if one)]
    refuse_overwriting(out, option="--out", given=given)
    if out.suffix != ".json":
        raise ConfigError(f"--out is {out}; give it a name that ends in .json, so that a recipe knows it for a file")
    if out.exists():
        raise DataError(f"{out} exists and may hold somebody's review; choose another --out, or delete it")


def _corpus(path: str, *, format: str) -> _Corpus:
    folder = Path(path)
    if folder.is_dir() and (built := stage_folders(folder, kind="build")):
        build = next((one for one in built if one.name == "build"), built[0])
        return _Corpus(
            walk=lambda: _of_build(BuildFolder(build)), format="build", evidence=f"{build} is a finished build"
        )
    source = Conversations(path=folder, format=format)
    detected = source.detect()
    bad_rows = Counter[str]()
    return _Corpus(
        walk=lambda: _of_file(source, bad_rows), format=detected.format, evidence=detected.evidence, bad_rows=bad_rows
    )


def _of_build(build: BuildFolder) -> Iterator[_Talk]:
    """Every training example under the wording of the first epoch."""
    sampler = build.sampler()
    for example in build.store("train").iter():
        yield _Talk(example.id, example.task, sampler.train_sample(example, epoch=0).messages)


def _of_file(source: Conversations, bad_rows: Counter[str]) -> Iterator[_Talk]:
    bad_rows.clear()
    for row in source.written():
        if isinstance(row, BadRow):
            bad_rows[alike(row.reason)] += 1
            continue
        name, written = row
        try:
            yield _Talk(name, _subset(written), read_messages(written))
        except DataError as error:
            bad_rows[alike(str(error))] += 1


def _subset(written: Written) -> str:
    """The first two folders on the way to the first picture: published mixtures keep each of their data sets in one."""
    for turn in written.turns:
        for piece in turn.pieces:
            if isinstance(piece, Picture):
                return "(embedded)" if isinstance(piece.value, bytes) else _folder(PurePosixPath(piece.value).parent)
    return TEXT_ONLY


def _folder(path: PurePosixPath) -> str:
    parts = [part for part in path.parts if part != path.anchor]
    return "/".join(parts[:2]) or "."


def _count(corpus: _Corpus, progress: Progress, *, path: str) -> UnitCounter:
    progress.start("count sentences")
    counter = UnitCounter()
    for talk in corpus.walk():
        counter.add(talk.messages, example=talk.id)
        progress.advance()
    if not counter.num_turns:
        reasons = "; ".join(f"{count} x {reason}" for reason, count in corpus.bad_rows.most_common(3)) or "it is empty"
        raise DataError(f"{path} has no turn of the user that can be used: {reasons}")
    return counter


def _roles(corpus: _Corpus, marker: Marker, progress: Progress) -> dict[str, Any]:
    progress.start("count what is left", total=None)
    tally = RoleTally()
    for talk in corpus.walk():
        tally.add(marker.mark_messages(talk.messages), subset=talk.subset)
        progress.advance()
    return tally.as_json()
