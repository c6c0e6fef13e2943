"""The exception tree of sayso, and the helper that says whose fault a failure is.

    SaysoError            exit 1   our fault, or not yet known whose
    ├── ConfigError       exit 2   usage, recipe, unknown plugin, missing extra
    ├── DataError         exit 3   a file, row, image, template or box is wrong
    ├── BackendError      exit 4   an endpoint, a quota or the disk gave up; the run can be resumed
    └── GateError         exit 5   a check that the user asked for did not pass

A message has three parts: what was given, what would do, what to type. People see the message, never a
traceback, for exit codes 2 to 5.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches

__all__ = ["BackendError", "blame", "ConfigError", "DataError", "did_you_mean", "few", "GateError", "SaysoError"]


class SaysoError(Exception):
    """Any failure that sayso explains; `exit_code` is what the command line returns for it."""

    exit_code = 1


class ConfigError(SaysoError):
    """The recipe, an option or a name is wrong."""

    exit_code = 2


class DataError(SaysoError):
    """A file, row, image, template or box is wrong."""

    exit_code = 3


class BackendError(SaysoError):
    """An endpoint, a quota or the disk gave up; running the same command again goes on."""

    exit_code = 4


class GateError(SaysoError):
    """A check that the user asked for did not pass."""

    exit_code = 5


@contextmanager
def blame(kind: type[SaysoError], place: str) -> Iterator[None]:
    """Turn any plain exception into `kind`, naming the `place` where it happened.

    A SaysoError passes through with its own type, prefixed by the place, so that plugin authors can raise
    ordinary Python errors.
    """
    try:
        yield
    except SaysoError as error:
        told = str(error)
        raise type(error)(told if told.startswith(place) else f"{place}: {told}") from error
    except Exception as error:
        raise kind(f"{place}: {type(error).__name__}: {error}") from error


def did_you_mean(name: str, known: list[str]) -> str:
    """`"; did you mean 'x'? known: ..."` for an unknown `name`; the nearest is left out where nothing is near."""
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    guess = f"did you mean {near[0]!r}? " if near else ""
    return f"; {guess}known: {', '.join(sorted(known)) or 'none'}"


def few(names: Iterable[str], *, shown: int = 6) -> str:
    """`"a, b and 7 more"`: the first names, each once, and how many there are besides."""
    known = list(dict.fromkeys(names))
    more = f" and {len(known) - shown} more" if len(known) > shown else ""
    return ", ".join(known[:shown]) + more
