"""Words as dots: a bitmap font, three ways to write and three ways to make a word unreadable. No pixels yet.

Every word is on a strip of paper of the same size, so that neither its box nor its place tells how it is written or whether
it can be read. Fonts of the system would differ between machines; this one is kept here. An unreadable word has lost its
letters for good: smeared into bars, blotted over, or cut off below the tops.
"""

from functools import cache
from typing import TypeAlias

from sayso.seeds import Stream

__all__ = ["DAMAGES", "STRIP", "STYLES", "typeset", "WORDS"]

Ink: TypeAlias = tuple[tuple[float, ...], ...]

WORDS = (
    "BED", "BUS", "CAT", "COW", "CUP", "DOG", "GAS", "HAT", "KEY", "LEG", "MAP", "NUT", "OWL", "PEN", "SUN", "TEA",
)  # fmt: skip
STYLES = ("printed", "handwritten", "other")
DAMAGES = ("smeared", "blotted", "cut")
STRIP = (13, 7)  # dots across and down
LETTERS = {
    "A": "010101111101101", "B": "110101110101110", "C": "011100100100011", "D": "110101101101110", "E": "111100110100111",
    "G": "011100101101011", "H": "101101111101101", "K": "101101110101101", "L": "100100100100111", "M": "101111111101101",
    "N": "110101101101101", "O": "010101101101010", "P": "110101110100100", "S": "011100010001110", "T": "111010010010010",
    "U": "101101101101111", "W": "101101111111101", "Y": "101101010010010",
}  # fmt: skip
JUMPS = ((0, 2, 1), (2, 0, 1), (1, 2, 0), (0, 1, 2), (2, 1, 0), (1, 0, 2))  # how far down handwritten letters sit


@cache
def typeset(text: str, style: str, damage: str, variant: int) -> Ink:
    """Rows of dots of STRIP from 0 (paper) to 1 (ink); `variant` is how the hand jittered or the blot fell."""
    width, height = STRIP
    on = _slanted(text, variant) if style == "handwritten" else _upright(text)
    rows = tuple(tuple(float((x, y) in on) for x in range(width)) for y in range(height))
    if damage:
        rows = _spoil(rows, damage, Stream("blot", text, style, variant))
    return tuple(tuple(1 - dot for dot in row) for row in rows) if style == "other" else rows


def _dots(text: str) -> list[tuple[int, int, int]]:
    """(letter, x, y) of every dot, letters three dots wide."""
    return [
        (place, dot % 3, dot // 3)
        for place, letter in enumerate(text)
        for dot, on in enumerate(LETTERS[letter])
        if on == "1"
    ]


def _upright(text: str) -> set[tuple[int, int]]:
    return {(1 + 4 * place + x, 1 + y) for place, x, y in _dots(text)}


def _slanted(text: str, variant: int) -> set[tuple[int, int]]:
    jumps = JUMPS[variant % len(JUMPS)]
    return {(4 * place + x + (4 - y) // 3, y + jumps[place % 3]) for place, x, y in _dots(text)}


def _spoil(rows: Ink, damage: str, chance: Stream) -> Ink:
    if damage == "cut":
        return tuple(row if y < 2 else (0.0,) * len(row) for y, row in enumerate(rows))
    if damage == "smeared":
        return tuple((sum(row) / len(row),) * len(row) for row in rows)
    return tuple(tuple(chance.below(2) * 1.0 if 0 < y < 6 else 0.0 for _ in row) for y, row in enumerate(rows))
