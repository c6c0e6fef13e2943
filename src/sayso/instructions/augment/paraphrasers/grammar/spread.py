"""Shorthand for tables of phrases: `(say|tell me) which one( it is|)` stands for all four."""

import re

__all__ = ["spread"]

_CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")


def spread(*shorthands: str) -> tuple[str, ...]:
    """Every text that the shorthands stand for, in order and once each; choices are bracketed and do not nest."""
    return tuple(dict.fromkeys(text for shorthand in shorthands for text in _spread(shorthand)))


def _spread(shorthand: str) -> list[str]:
    match = _CHOICE.search(shorthand)
    if match is None:
        return [shorthand]
    head, tail = shorthand[: match.start()], shorthand[match.end() :]
    return [text for choice in match[1].split("|") for text in _spread(head + choice + tail)]
