"""What a suite asks: its examples, the wordings they are asked under, and what became of every row of its files.

Examples keep the order of the files. With a limit, those are asked whose names hash lowest under the seed, so that a larger limit takes in a smaller one and every
model meets the same ones; rows that a metric counts as one (`Suite.together`) are taken or left together, so that a limit may be passed by a few.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from sayso.errors import ConfigError, DataError
from sayso.evaluate.suites import Files, LeftOut, Suite
from sayso.instructions.render import render_sample
from sayso.instructions.template import check_slots
from sayso.records import Example, Sample, Template
from sayso.seeds import derive
from sayso.sources import BadRow

__all__ = ["make_plan", "Plan", "RowCounts", "Selection"]

LABEL = re.compile(r"[\w-]+")


class RowCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of the files: all of them, those that are wrong and those that are not asked, by reason; and how many of the rest are asked."""

    rows: int
    usable: int
    asked: int
    bad: dict[str, int] = {}
    left_out: dict[str, int] = {}
    first_bad: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Selection:
    """How much of a suite is asked: the first so many wordings and up to so many examples; None for all."""

    wordings: int | None = 5
    limit: int | None = None
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A suite with its examples and wordings; `label` is what this use of it is called."""

    label: str
    suite: Suite
    files: Files
    selection: Selection
    templates: tuple[Template, ...]
    counts: RowCounts
    examples: tuple[Example, ...] = field(repr=False)

    def samples(self, examples: Sequence[Example]) -> list[Sample]:
        """These examples under every wording, all wordings of an example in a row, so that a backend can share what comes before them."""
        return [self.sample(example, template) for example in examples for template in self.templates]

    def sample(self, example: Example, template: Template) -> Sample:
        """An example under a wording, its options in the published order."""
        return render_sample(
            example, template=template, card=self.suite, prompt=self.suite.prompt, order=None, reference=None
        )

    @cached_property
    def without_pictures(self) -> bool:
        """Whether pictures are only names, so that no model can look at them."""
        return any(not one.width and one.data is None for example in self.examples for one in example.media)


def make_plan(suite: Suite, *, files: Files, selection: Selection, label: str = "") -> Plan:
    """Read the files of a suite and choose what is asked.

    Raises:
        ConfigError: no wording or no example is wanted, or the label is no name of a folder.
        DataError: a file cannot be read, no row can be used, or a wording does not fit the suite.
    """
    if (selection.wordings is not None and selection.wordings < 1) or (
        selection.limit is not None and selection.limit < 1
    ):
        raise ConfigError(
            f"suite {suite.name}: {selection.wordings} wordings of {selection.limit} examples; ask 1 at least"
        )
    name = label or suite.label or suite.name
    if not LABEL.fullmatch(name):
        raise ConfigError(f"suite {suite.name}: label {name!r} names a folder; write it in letters, digits, _ and -")
    _check_paths(suite, files)
    found, counts = _read(suite, files)
    examples = _chosen(found, suite=suite, selection=selection)
    return Plan(
        label=name,
        suite=suite,
        files=files,
        selection=selection,
        templates=tuple(_templates(suite, name)[: selection.wordings]),
        counts=msgspec.structs.replace(counts, asked=len(examples)),
        examples=examples,
    )


def _check_paths(suite: Suite, files: Files) -> None:
    for path in (files.data, *files.images):
        if not path.exists():
            raise DataError(f"suite {suite.name}: {path} does not exist. It needs {suite.needs}")
    if bare := [str(folder) for folder in files.images if not folder.is_dir()]:
        raise DataError(f"suite {suite.name}: {bare[0]} is no folder of pictures. It needs {suite.needs}")


def _templates(suite: Suite, label: str) -> list[Template]:
    """The wordings, numbered; number 0 is the published prompt."""
    if not suite.wordings:
        raise ConfigError(f"suite {suite.name} has no wording; give its card the published prompt")
    for text in suite.wordings:
        check_slots(text, slots=suite.slots)
    return [
        Template(id=f"{label}/{number}", task=label, text=text, origin="published" if number == 0 else "suite")
        for number, text in enumerate(suite.wordings)
    ]


def _read(suite: Suite, files: Files) -> tuple[list[Example], RowCounts]:
    bad, left_out = Counter[str](), Counter[str]()
    found: dict[str, Example] = {}
    first: list[str] = []
    total = 0
    for row in suite.read(files):
        total += 1
        row = _once(row, found)
        if isinstance(row, Example):
            found[row.id] = row
        elif isinstance(row, LeftOut):
            left_out[row.reason] += 1
        else:
            bad[_kind_of(row.reason)] += 1
            first += [f"{row.place}: {row.reason}"] if len(first) < 3 else []
    if not found:
        raise DataError(_nothing(suite, files, total=total, bad=first, left_out=left_out))
    counts = RowCounts(
        rows=total, usable=len(found), asked=0, bad=dict(bad), left_out=dict(left_out), first_bad=tuple(first)
    )
    return list(found.values()), counts


def _once(row: Example | BadRow, found: Mapping[str, Example]) -> Example | BadRow:
    if isinstance(row, Example) and row.id in found:
        return BadRow(place=row.id, reason="the same name was read before; remove one of the two rows")
    return row


def _kind_of(reason: str) -> str:
    """A reason without what is only true of its row, so that reasons can be counted."""
    return reason.partition(";")[0][:120]


def _nothing(suite: Suite, files: Files, *, total: int, bad: Sequence[str], left_out: Mapping[str, int]) -> str:
    folders = ", ".join(map(str, files.images)) or "none given"
    why = [*bad[:1], *(f"{count} x {reason}" for reason, count in left_out.items())]
    said = "; ".join(why) or "there is no row"
    return f"suite {suite.name}: none of {total} rows of {files.data} can be asked ({said}; folders of pictures: {folders}). It needs {suite.needs}"


def _chosen(examples: Sequence[Example], *, suite: Suite, selection: Selection) -> tuple[Example, ...]:
    limit = selection.limit
    if limit is None or limit >= len(examples):
        return tuple(examples)
    groups: dict[str, list[str]] = {}
    for example in examples:
        groups.setdefault(_group(example, suite.together), []).append(example.id)
    taken: set[str] = set()
    for name in _shuffled(groups, seed=selection.seed):
        if len(taken) >= limit:
            break
        taken.update(groups[name])
    return tuple(example for example in examples if example.id in taken)


def _group(example: Example, fields: tuple[str, ...]) -> str:
    return "\x1f".join(str(example.fields.get(name, "")) for name in fields) if fields else example.id


def _shuffled(names: Iterable[str], *, seed: int) -> list[str]:
    return sorted(names, key=lambda name: (derive(seed, "suite", name), name))
