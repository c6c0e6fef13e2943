"""From the roles of characters to the roles of tokens, also where a processor has put many tokens in place of one.

A token that covers characters of several roles goes to the most structural of them (template literals before instruction before
response), except that a leading space in front of content belongs to the content.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from sayso.errors import ConfigError
from sayso.records import ROLES

__all__ = ["align", "has_role", "last_turn", "ROLE_CODE", "token_roles", "turns_of"]

ROLE_CODE = {role: code for code, role in enumerate(ROLES)}
"""Role name -> the integer that stands for it in arrays of roles."""

_STRUCTURE_FIRST = (
    "bos", "system", "role_mark", "resp_end", "media", "media_sep", "instr_template", "options", "instr", "response", "pad",
)  # fmt: skip
_RANK = np.array([_STRUCTURE_FIRST.index(role) for role in ROLES], dtype=np.uint8)
_CONTENT = frozenset(ROLE_CODE[role] for role in ("instr_template", "options", "instr", "response"))


def token_roles(text: str, *, role_of_char: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The role of each token from those of its characters; a token of no characters is one the tokenizer added."""
    of_char = role_of_char
    starts, ends = offsets[:, 0], offsets[:, 1]
    empty = starts >= ends
    first = of_char[np.minimum(starts, len(of_char) - 1)]
    roles = first.copy()
    changes = np.concatenate([[0], np.cumsum(of_char[1:] != of_char[:-1])])
    mixed = (changes[np.maximum(ends, 1) - 1] != changes[np.minimum(starts, len(of_char) - 1)]) & ~empty
    for index in np.flatnonzero(mixed):
        roles[index] = _mixed_role(text[starts[index]], of_char[starts[index] : ends[index]].tolist())
    middle = len(roles) // 2
    for index in np.flatnonzero(empty):
        roles[index] = ROLE_CODE["bos"] if index <= middle else ROLE_CODE["resp_end"]
    return roles


def _mixed_role(first: str, codes: list[int]) -> int:
    if first == " " and len(set(codes[1:])) == 1 and codes[1] in _CONTENT:
        return codes[1]
    return min(codes, key=lambda code: int(_RANK[code]))


def has_role(roles: NDArray[np.uint8], *names: str) -> NDArray[np.bool_]:
    """Which tokens play one of these roles; several times as fast as `np.isin` on the few tokens of a row."""
    found: NDArray[np.bool_] = _among(names)[roles]
    return found


@cache
def _among(names: tuple[str, ...]) -> NDArray[np.bool_]:
    return np.array([role in names for role in ROLES])


def turns_of(roles: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The number of the user turn of each token, from 0: a turn begins behind a response, be it closed or not. From 255 on all have that number."""
    turns: NDArray[np.uint8] = np.minimum(_counted(roles), 255).astype(np.uint8)
    return turns


def last_turn(roles: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(tokens,) which of them are of the turn that the last response belongs to; none where there is no response."""
    said, turns = np.flatnonzero(has_role(roles, "response", "resp_end")), _counted(roles)
    return turns == turns[said[-1]] if len(said) else np.zeros(len(roles), dtype=np.bool_)


def _counted(roles: NDArray[np.uint8]) -> NDArray[np.int64]:
    said = has_role(roles, "response", "resp_end")
    ended = np.concatenate([[False], said[:-1]]) & ~said
    return np.cumsum(ended, dtype=np.int64)


def align(ids: list[int], roles: NDArray[np.uint8], *, expanded: list[int]) -> NDArray[np.uint8]:
    """Roles for ids in which the processor has put many tokens where `ids` has one placeholder.

    Raises:
        ConfigError: what stands around the media is not the same in both.
    """
    out = np.full(len(expanded), ROLE_CODE["media"], dtype=np.uint8)
    is_media = roles == ROLE_CODE["media"]
    place = 0
    for start, end in _runs(is_media):
        run = ids[start:end]
        found = _find(expanded, run, start=place, last=end == len(ids))
        if found is None or (start == 0 and found != 0):
            raise ConfigError(f"the processor changes text around media: cannot find tokens {run[:8]} in its ids")
        out[found : found + len(run)] = roles[start:end]
        place = found + len(run)
    return out


def _runs(is_media: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches of text tokens."""
    edges = np.flatnonzero(np.diff(np.concatenate([[1], is_media.astype(np.int8), [1]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _find(ids: list[int], run: list[int], *, start: int, last: bool) -> int | None:
    places = range(len(ids) - len(run), start - 1, -1) if last else range(start, len(ids) - len(run) + 1)
    return next((place for place in places if ids[place : place + len(run)] == run), None)
