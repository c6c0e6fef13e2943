"""`sayso init`: what is in a folder, which tasks it feeds, and a recipe that runs.

    listing -> finders (each says what it found and which source reads it) -> a bounded walk over the sources -> YAML

Everything is told by content. Nothing of the folder is changed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sayso.errors import BackendError, DataError
from sayso.pipeline.initialising._composing import compose
from sayso.pipeline.initialising._finding import Finding, Look, finders
from sayso.pipeline.initialising._listing import list_folder
from sayso.pipeline.initialising._probing import probe

__all__ = ["finders", "init_folder", "InitResult"]

ORDER = ("recipes", "saved", "coco", "voc", "lines", "conversations", "tables")
SUPPORTED = "COCO or Pascal VOC files, LLaVA or other conversations, a table with columns of pictures and texts, NLVR, Natural Instructions"


@dataclass(frozen=True, kw_only=True)
class InitResult:
    """What was found, what fits, what is not carried over, and the recipe's text."""

    findings: tuple[Finding, ...]
    tasks: tuple[str, ...]
    num_items: int
    bad_rows: dict[str, int]
    notes: tuple[str, ...]
    recipe: str
    path: Path

    def lines(self) -> Iterator[str]:
        """For people."""
        for finding in self.findings:
            yield f"found: {finding.told}"
            yield from (f"  {key} -> {ours}" for key, ours in finding.mapped.items())
            yield from (f"  not carried over: {keys} ({reason})" for reason, keys in _by_reason(finding.not_carried))
        what = "task" if len(self.tasks) == 1 else "tasks"
        yield f"{self.num_items:,} items feed {len(self.tasks)} {what}: {', '.join(self.tasks)}"
        yield from (f"cannot be used: {count:,} x {reason}" for reason, count in self.bad_rows.items())
        yield from (f"note: {note}" for note in self.notes)
        paths = [e.options["path"] for one in self.findings for e in one.entries if e.name == "conversations"]
        yield from (f"to find the tasks in it: sayso induce {path} --out induced" for path in paths[:1])

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "recipe": str(self.path),
            "found": [
                {"told": one.told, "mapped": dict(one.mapped), "not_carried": dict(one.not_carried)}
                for one in self.findings
            ],
            "tasks": list(self.tasks),
            "num_items": self.num_items,
            "bad_rows": self.bad_rows,
            "notes": list(self.notes),
        }


def init_folder(folder: Path, *, out: Path) -> InitResult:
    """Look at `folder` and write a recipe to `out`, which must not exist.

    Raises:
        DataError: the folder is missing or empty, nothing in it can be trained on (says what was found and why), or `out` exists.
        BackendError: `out` cannot be written.
    """
    if not folder.exists():
        raise DataError(f"{folder} does not exist; name a folder of data")
    if out.exists():
        raise DataError(f"{out} exists; choose another --out")
    listing = list_folder(folder)
    look = Look(listing)
    findings = tuple(_find(look))
    found, plans = probe(entry for finding in findings for entry in finding.entries)
    fitting = found.fitting(plans)
    notes = [*listing.notes, *look.problems[:10], *found.problems[:10]]
    notes += [f"task {name} failed and is left out ({reason})" for name, reason in found.broken.items()]
    if found.num_shared:
        notes.append(f"{found.num_shared} groups (pictures) are in the files for training and in those for testing")
    if not any(not plans[name].held_out for name in fitting):
        notes += [f"{', '.join(fitting)} fit, and are held out: they are tested, never trained on"] if fitting else []
        raise DataError(_nothing(folder, look, findings, notes))
    text = compose(folder, findings, found, fitting)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BackendError(f"cannot write {out}: {error.strerror or error}; choose another --out") from error
    return InitResult(
        findings=findings,
        tasks=tuple(fitting),
        num_items=found.num_items,
        bad_rows=dict(found.bad_rows.most_common(10)),
        notes=tuple(notes),
        recipe=text,
        path=out,
    )


def _by_reason(lost: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each reason once, with all that it holds for."""
    for reason in dict.fromkeys(lost.values()):
        yield reason, ", ".join(key for key, why in lost.items() if why == reason)


def _find(look: Look) -> Iterator[Finding]:
    others = [name for name in finders.names() if name not in ORDER]
    for name in (*ORDER, *others):
        for finding in finders.build(name, {}).find(look):
            look.taken |= finding.takes
            yield finding


def _nothing(folder: Path, look: Look, findings: tuple[Finding, ...], notes: list[str]) -> str:
    pictures = sum(map(len, look.listing.pictures.values()))
    told = [f"  {finding.told}" for finding in findings]
    told += [f"    {keys}: {reason}" for finding in findings for reason, keys in _by_reason(finding.not_carried)]
    told += [f"  {note}" for note in notes]
    what = f"{folder} has {len(look.listing.files):,} files, {pictures:,} of them pictures, and nothing to train on"
    if not look.listing.files:
        what = f"{folder} has 0 files, so there is nothing to train on; name the folder that holds your data"
    elif folder.is_file():
        what = f"{folder} is no file of data that is known, so there is nothing to train on"
    elif pictures and not findings:
        what += f": nothing says what is in the pictures. {_advise(look)}"
    return "\n".join([f"{what.removesuffix('.')}. Supported: {SUPPORTED} (docs/formats.md)", *told])


def _advise(look: Look) -> str:
    """What to write so that pictures alone can be used; folders may be classes."""
    folders = sorted(folder.name for folder in look.listing.pictures)
    advice = "Put a table beside them, a CSV file with a column `image` and one of `caption`, `label` or `question` and `answer`"
    if len(folders) > 1:
        advice += f"; if the folders ({', '.join(folders[:5])}) are classes, they are what stands under `label`"
    return advice + ", and type sayso init again"
