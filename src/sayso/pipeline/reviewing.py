"""The wordings of a run, or the items that it made, laid out for a person to judge, and what that person has decided so far.

The review file lies beside the stages, `RUN/review.yaml` (`RUN/review-items.yaml` for items). Writing it again loses nothing: what was decided is carried over, and
checked against the pool as the next run would; a file that has every wording already is left as it is. It counts as soon as a recipe names it, as `augment.review` or `synthesize.review`: then its content is
part of what the stage is made from, so that a changed review is noticed and what was built on the old one is refused.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from sayso.artifacts import fingerprint, read_jsonl, read_manifest, stage_folders, write_text
from sayso.config import AugmentConfig
from sayso.errors import ConfigError, DataError, did_you_mean
from sayso.instructions.augment.brought import tasks_of
from sayso.instructions.augment.expand import JudgedTemplate
from sayso.instructions.augment.review_file import Decision, ReviewEntry, read_review, review_lines
from sayso.instructions.augment.reviewing import apply, is_reviewed, match
from sayso.instructions.synthesize import Made
from sayso.instructions.synthesizing.reviewing import entries_of
from sayso.seeds import Stream
from sayso.tasks import Task, find

__all__ = ["Review", "review_run"]

HEAD = """\
# The {what} of {folder}, to be reviewed.
# After `verdict:` write accept or reject, or change a text to edit it; what is left alone stays as it is.
# Then give the recipe this file, as `{kind}.review: {path}`, and run it again.
"""


_WHAT = {"augment": "wordings", "synthesize": "items"}


@dataclass(frozen=True, kw_only=True)
class Review:
    """What was laid out: the file, its entries by task, and the stages that are out of date when the file counts."""

    path: Path
    entries: dict[str, tuple[ReviewEntry, ...]]
    decisions: tuple[Decision, ...]
    outdated: tuple[Path, ...]
    kind: str = "augment"

    @property
    def what(self) -> str:
        """What is reviewed: wordings, or items."""
        return _WHAT[self.kind]

    def shown(self, patterns: Sequence[str] = (), *, count: int = 0) -> Iterator[tuple[str, ReviewEntry]]:
        """Wordings of the tasks that a pattern matches (all, if there is none): `count` at random in their order, all where 0.

        Raises:
            ConfigError: a pattern matches no task.
        """
        chosen = [name for name in self.entries if not patterns or any(fnmatchcase(name, one) for one in patterns)]
        if not chosen:
            raise ConfigError(f"--task {' '.join(patterns)}{did_you_mean(patterns[0], list(self.entries))}")
        every = [(name, entry) for name in chosen for entry in self.entries[name]]
        drawn = Stream("review").sample(range(len(every)), min(count or len(every), len(every)))
        yield from (every[position] for position in sorted(drawn))

    def as_json(self) -> dict[str, Any]:
        """Counts, for `--json`."""
        kinds = Counter(one.kind for one in self.decisions)
        return {
            "path": str(self.path),
            "tasks": len(self.entries),
            f"num_{self.what}": sum(map(len, self.entries.values())),
            "accepted": kinds["accept"],
            "rejected": kinds["reject"],
            "edited": kinds["edit"],
            "outdated": [str(folder) for folder in self.outdated],
        }


def review_run(run: Path, *, out: Path | None = None, refused: bool = False) -> Review:
    """Write the pool of a run's augment stage, or of its synthesize stage where it has no other, as a review file; `run` may be the folder of the stage.

    The file has the wordings that training may see (of items those that were kept), all that somebody decided about, and with `refused` the held-out and refused ones
    too. It is `review.yaml` in the run folder (`review-items.yaml` for items) unless `out` says otherwise.

    Raises:
        DataError: nothing was made there, or the review that is there cannot be applied; names file and line.
        BackendError: the disk is full.
    """
    kind, folder = _folder(run)
    path = out or folder.parent / ("review.yaml" if kind == "augment" else "review-items.yaml")
    there = read_review(path) if path.exists() else None
    before = there.decisions if there else {}
    lay_out = _wordings if kind == "augment" else _items
    entries = lay_out(folder, before, refused=refused)
    unknown = [decisions[0] for name, decisions in before.items() if decisions and name not in entries]
    if unknown:
        raise DataError(f"{unknown[0].place}: {folder} has no task {unknown[0].task!r}; choose another file with --out")
    wanted = {(name, entry.key) for name, several in entries.items() for entry in several}
    if there is None or not wanted <= there.known:  # a file that says all is left alone: a run may be made from it
        _write(path, folder=folder, entries=entries, kind=kind)
    decided = tuple(one for decisions in before.values() for one in decisions)
    outdated = tuple(_outdated(folder, path)) if decided else ()
    return Review(path=path, entries=entries, decisions=decided, outdated=outdated, kind=kind)


Entries = dict[str, tuple[ReviewEntry, ...]]
Decisions = Mapping[str, Sequence[Decision]]


def _wordings(folder: Path, before: Decisions, *, refused: bool) -> Entries:
    known = _tasks(folder) if any(before.values()) else {}
    entries = {}
    for file in sorted((folder / "tasks").glob("*.jsonl")):
        rows = [row for row in read_jsonl(file, JudgedTemplate) if not is_reviewed(row)]
        decisions = before.get(file.stem, ())
        if decisions:
            _check(rows, decisions, slots=find(file.stem, among=known).slots)
        entries[file.stem] = tuple(_entries(rows, decisions, refused=refused))
    return entries


def _items(folder: Path, before: Decisions, *, refused: bool) -> Entries:
    """What a synthesize stage made, by operation."""
    by_operation: dict[str, list[Made]] = {}
    for made in read_jsonl(folder / "candidates.jsonl", Made):
        by_operation.setdefault(made.operation, []).append(made)
    found = {
        name: tuple(entries_of(several, before.get(name, ()), refused=refused))
        for name, several in sorted(by_operation.items())
    }
    return {name: entries for name, entries in found.items() if entries}


def _folder(run: Path) -> tuple[str, Path]:
    for kind in _WHAT:
        made = stage_folders(run, kind=kind)
        if len(made) > 1:
            raise ConfigError(f"{run} holds {len(made)} {kind} stages; name one: {', '.join(map(str, made))}")
        if made:
            return kind, made[0]
    raise DataError(f"{run} holds no augment stage and no synthesize stage; type: sayso augment RECIPE --out {run}")


def _tasks(folder: Path) -> Mapping[str, Task]:
    """The tasks of the stage, those that its sources bring along among them."""
    return tasks_of(AugmentConfig.model_validate(read_manifest(folder).config).sources).tasks


def _check(rows: Sequence[JudgedTemplate], decisions: Sequence[Decision], *, slots: Mapping[str, str]) -> None:
    """Apply the decisions as the next run will, for the errors alone."""
    for _ in apply(rows, decisions, slots=slots):
        pass


def _entries(rows: Sequence[JudgedTemplate], decisions: Sequence[Decision], *, refused: bool) -> Iterator[ReviewEntry]:
    texts = {row.template.id: row.template.text for row in rows}
    decided, left = match(rows, decisions)
    for position, row in enumerate(rows):
        if refused or position in decided or _in_training(row):
            parent = row.template.lineage.parent if row.template.lineage else ""
            yield ReviewEntry.of_row(row, parent=texts.get(parent, ""), decision=decided.get(position))
    yield from map(ReviewEntry.of_decision, left)


def _in_training(row: JudgedTemplate) -> bool:
    return (row.verdict is None or row.verdict.keep) and not row.template.held_out


def _write(path: Path, *, folder: Path, entries: Entries, kind: str) -> None:
    parts = [HEAD.format(folder=folder, path=path, kind=kind, what=_WHAT[kind])]
    parts += ["\n".join(["", *review_lines(several, task=name), ""]) for name, several in entries.items()]
    write_text(path, "".join(parts))


def _outdated(folder: Path, path: Path) -> Iterator[Path]:
    """The stages of the run that were made from another review, the stage of the wordings first."""
    used = read_manifest(folder).files.items()
    if any(Path(name).resolve() == path.resolve() and mark == fingerprint(path) for name, mark in used):
        return
    stale = {folder.name}
    yield folder
    others = {other.parent: read_manifest(other.parent).parents for other in folder.parent.glob("*/manifest.json")}
    while found := [one for one, parents in others.items() if one.name not in stale and stale & parents.keys()]:
        stale.update(one.name for one in found)
        yield from sorted(found)
