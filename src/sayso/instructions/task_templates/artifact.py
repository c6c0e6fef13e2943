"""The file of task templates: proposed by counting, edited by a person, frozen by the recipe that names it.

    train: {task_templates: templates.json}

One JSON object: where it comes from, the settings, then a line a unit. A person changes `mask`, adds a unit (`{"mask": true, "text": ...}`) or takes
one out; nothing else is read back. Its content is part of what a train stage is made from, like any file that a config names.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from sayso import __version__
from sayso.artifacts import write_text
from sayso.errors import DataError
from sayso.instructions.task_templates.counting import UnitCounter
from sayso.instructions.task_templates.detect import FoundUnit, Settings
from sayso.instructions.task_templates.units import key_of, units

__all__ = ["Corpus", "make_file", "read_templates", "TemplateFile", "UnitLine", "write_templates"]

ABOUT = (
    "Task templates for train.task_templates. Change mask (true: no loss on these words under objectives that leave out instr_template; "
    "they stay in the input), add lines {mask, text}, or delete lines. All else informs."
)
FORMAT = 1


class Corpus(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was counted. `hash` is over the texts of all turns of the user; counts may be too small by `max_missed`, 0 where all are exact."""

    path: str = ""
    hash: str = ""
    conversations: int = 0
    turns: int = 0
    max_missed: int = 0


class UnitLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A unit as it is read back: what a person may have written. Of a `FoundUnit` all keys but the first two may be missing."""

    mask: bool
    text: str
    kind: str = ""
    count: int = 0
    share: float = 0.0
    verdict: str = ""
    why: str = ""
    example: str = ""


class TemplateFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file. `roles` are shares of characters by subset under these templates, as they were found."""

    about: str = ""
    format: Literal[1] = 1
    sayso: str = ""
    corpus: Corpus = Corpus()
    settings: Settings = Settings()
    units: tuple[UnitLine, ...]
    roles: dict[str, Any] = {}

    @property
    def masked(self) -> frozenset[str]:
        """The keys of the units that are masked."""
        return frozenset(key_of(unit.text) for unit in self.units if unit.mask)


def make_file(found: Sequence[FoundUnit], *, counter: UnitCounter, settings: Settings, path: str) -> TemplateFile:
    """The content of a new file, without `roles`."""
    return TemplateFile(
        about=ABOUT,
        sayso=__version__,
        corpus=Corpus(
            path=path,
            hash=counter.corpus_hash,
            conversations=counter.num_conversations,
            turns=counter.num_turns,
            max_missed=counter.max_missed,
        ),
        settings=settings,
        units=tuple(UnitLine(**msgspec.structs.asdict(unit)) for unit in found),
    )


def write_templates(path: Path, content: TemplateFile) -> None:
    """Write the file, whole or not at all; a unit a line.

    Raises:
        DataError: there is a file already, which may hold somebody's review.
        BackendError: it cannot be written.
    """
    if path.exists():
        raise DataError(f"{path} exists and may hold somebody's review; choose another --out, or delete it")
    plain = msgspec.to_builtins(content)
    units_, roles = plain.pop("units"), plain.pop("roles")
    lines = ",\n".join(f"  {_line(unit)}" for unit in units_)
    shares = ",\n".join(f"  {_line(name)}: {_line(told)}" for name, told in roles.items())
    head = ",\n".join(f" {_line(key)}: {_line(value)}" for key, value in plain.items())
    write_text(path, f'{{\n{head},\n "units": [\n{lines}\n ],\n "roles": {{\n{shares}\n }}\n}}\n')


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def read_templates(path: Path) -> TemplateFile:
    """The file, checked.

    Raises:
        DataError: it is missing or malformed, a unit is none or stands there with both verdicts; names file and unit.
    """
    try:
        content = msgspec.json.decode(path.read_bytes(), type=TemplateFile)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); type: sayso templates DATA --out {path}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: {error}; correct it, or make it again with sayso templates") from error
    masks: dict[str, bool] = {}
    for unit in content.units:
        key = key_of(unit.text)
        if key not in {one.key for one in units(unit.text)}:
            raise DataError(f"{path}: {unit.text!r} is not one unit; write one sentence, or a beginning with its colon")
        if masks.setdefault(key, unit.mask) != unit.mask:
            raise DataError(f"{path}: {unit.text!r} stands there with mask true and false; leave one of them")
    return content
