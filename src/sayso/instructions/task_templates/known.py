"""The lists of sentences that are templates, or are not, whatever their frequency: the one that ships, and those of a person.

The shipped list is `known.yaml`: strings that published instruction data are known to repeat. A list of one's own is a text file, a
unit a line; empty lines and lines that begin with `#` are left out.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec
import yaml

from sayso.errors import DataError
from sayso.instructions.task_templates.units import key_of, units

__all__ = ["Known", "known_units", "read_list"]


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A unit, and in which data it was found, read where."""

    text: str
    found_in: str


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The shipped list: templates, and questions that are always the same."""

    templates: tuple[Entry, ...]
    questions: tuple[Entry, ...]


@cache
def known_units() -> Known:
    """The shipped list."""
    content = yaml.safe_load(files("sayso.instructions.task_templates").joinpath("known.yaml").read_bytes())
    return msgspec.convert(content, Known)


def read_list(path: Path | None) -> tuple[str, ...]:
    """The units of a text file, one a line; none where there is no file.

    Raises:
        DataError: it cannot be read, or a line is no unit: two sentences, or nothing that a unit could be.
    """
    if path is None:
        return ()
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read ({error}); give a text file with one sentence a line") from error
    return tuple(_checked(line, place=f"{path}:{n}") for n, line in enumerate(lines, start=1) if _is_entry(line))


def _is_entry(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#")


def _checked(line: str, *, place: str) -> str:
    found = [unit.key for unit in units(line)]
    if not found or found[0] != key_of(line):
        told = "; ".join(repr(key) for key in found) or "nothing with a letter in it"
        raise DataError(
            f"{place}: {line!r} is not one unit but {told}; write one sentence, or a beginning with its colon"
        )
    return line.strip()
