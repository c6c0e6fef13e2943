"""Raw wordings as templates: whatever stands between braces becomes a slot of its own name, and no brace is left over.

Wordings of other tools have holes such as `{region[0]}`, `{}` or `{{ x }}`, and braces without a partner. Here all that is needed is that the
same hole is the same slot in parent and candidate. Nothing is read out of a hole, and any text will do.
"""

import re

__all__ = ["with_slots"]

_HOLE = re.compile(r"\{\{[^{}]*\}\}|\{[^{}]*\}|[{}]")
_NAME = re.compile(r"\{[a-z][a-z0-9_]*\}\Z")


def with_slots(*texts: str) -> tuple[str, ...]:
    """The texts as templates; a hole that is a plain name keeps it, any other gets a free one, the same in every text."""
    names: dict[str, str] = {}
    plain = {hole for text in texts for hole in _HOLE.findall(text) if _NAME.match(hole)}

    def slot(match: re.Match[str]) -> str:
        hole = match.group()
        if hole in plain:
            return hole
        if len(hole) == 1:
            return hole * 2
        if hole not in names:
            names[hole] = _free(hole, taken={*plain, *names.values()})
        return names[hole]

    return tuple(_HOLE.sub(slot, text) for text in texts)


def _free(hole: str, *, taken: set[str]) -> str:
    words = re.findall(r"[a-z0-9]+", hole.lower()[:60])
    name = "_".join(words if words and words[0][0].isalpha() else ["slot", *words])
    numbered = (f"{{{name}_{number}}}" for number in range(len(taken) + 1))
    return next(one for one in (f"{{{name}}}", *numbered) if one not in taken)
