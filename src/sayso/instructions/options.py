"""A list of choices as text: how it looks where a template names `{options}`, and how it is appended where none does.

| style | in a slot | appended |
|---|---|---|
| `multi_instruct` | `a||||b` | `[Options]: a||||b` after an empty line |
| `lettered` | `(A) a (B) b` | `Options:` and a line for each, after an empty line |
| `numbered` | `(1) a (2) b` | the same |
| `letter_lines` | `A. a` and a line for each | `Options:` and these lines, after an empty line; as published tests of choice show them |

In every style the gold answer is the option's text, never its letter or number: the same answer is then right under every
style and every order, and ranking options by likelihood compares the same strings. `multi_instruct` is the format of
MultiInstruct (Xu et al. 2023, arXiv:2212.10773, section 3.2).
"""

from collections.abc import Callable, Sequence
from string import ascii_uppercase

from sayso.errors import ConfigError, DataError, did_you_mean

__all__ = ["append_options", "format_options", "option_labels", "OPTION_STYLES"]


def _multi_instruct(options: Sequence[str]) -> list[str]:
    for option in options:
        if "||||" in option or option.startswith("|") or option.endswith("|"):
            raise DataError(f"option {option!r} runs into '||||', which divides options; use options: lettered")
    return list(options)


def _lettered(options: Sequence[str]) -> list[str]:
    if len(options) > len(ascii_uppercase):
        raise DataError(f"{len(options)} options, but there are 26 letters; use options: numbered")
    return [f"({letter}) {option}" for letter, option in zip(ascii_uppercase, options, strict=False)]


def _letter_lines(options: Sequence[str]) -> list[str]:
    return [f"{marked[1]}. {option}" for marked, option in zip(_lettered(options), options, strict=True)]


def _numbered(options: Sequence[str]) -> list[str]:
    return [f"({number}) {option}" for number, option in enumerate(options, start=1)]


_STYLES: dict[str, tuple[Callable[[Sequence[str]], list[str]], str, str, str]] = {
    "multi_instruct": (_multi_instruct, "||||", "\n\n[Options]: ", "||||"),
    "lettered": (_lettered, " ", "\n\nOptions:\n", "\n"),
    "numbered": (_numbered, " ", "\n\nOptions:\n", "\n"),
    "letter_lines": (_letter_lines, "\n", "\n\nOptions:\n", "\n"),
}
LETTERED = ("lettered", "letter_lines")
OPTION_STYLES: tuple[str, ...] = ("multi_instruct", "lettered", "numbered")
"""The styles that models are trained with; `letter_lines` is only for being tested."""


def format_options(options: Sequence[str], *, style: str) -> str:
    """The options in the order given, as they fill an `{options}` slot.

    Raises:
        ConfigError: no such style.
        DataError: the style cannot tell these options apart.
    """
    mark, within, _, _ = _style(style)
    return within.join(mark(options))


def append_options(options: Sequence[str], *, style: str) -> str:
    """The options as they follow an instruction that has no `{options}` slot; begins with an empty line.

    Raises:
        ConfigError: no such style.
        DataError: the style cannot tell these options apart.
    """
    mark, _, head, between = _style(style)
    return head + between.join(mark(options))


def option_labels(count: int, *, style: str) -> tuple[str, ...]:
    """What stands for each of `count` options in a style: a letter, a number, or nothing at all where options have no labels."""
    if style in LETTERED:
        return tuple(ascii_uppercase[:count])
    return tuple(map(str, range(1, count + 1))) if style == "numbered" else ()


def _style(name: str) -> tuple[Callable[[Sequence[str]], list[str]], str, str, str]:
    if name not in _STYLES:
        raise ConfigError(f"no option style {name!r}{did_you_mean(name, list(_STYLES))}")
    return _STYLES[name]
