"""Raw slots: templates of other tools, whose holes are not plain names, read as templates of ours and written back as they were.

| raw | becomes | because |
|---|---|---|
| `{question}` | `{question}` | a plain name stays; a second one of the same name is `{question_2}` |
| `{}` | `{slot_0}` | it has no name |
| `{region[0]}` | `{region_0}` | the last name in it and its index say what it is |
| `{sep.join(options)}` | `{options}` | the same |
| `{{ answers.text | join }}` | `{text}` | Jinja: what follows the bar is left out of the name |

What stands between braces is a word to be carried along, whatever it says: braces inside it may be nested, and those in quotes do
not count. It is never evaluated. Every occurrence is a slot of its own, so that a rewritten text has the same raw slots,
each as often, and restoring puts each back to the letter. Braces without a partner are refused, since nobody can say
whether they are text or half a slot, and so is Jinja's logic, whose parts must not change places.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sayso.errors import DataError
from sayso.instructions.template import Slot, parse

__all__ = ["RawTemplate", "read_raw"]

BRACE = re.compile(r"[{}]")
WORD = re.compile(r"([A-Za-z]\w*)(?:\[(\d+)\])?", re.ASCII)
QUOTES = "'\""


@dataclass(frozen=True, slots=True)
class RawTemplate:
    """`text` with canonical slots, for `sayso.instructions.template.parse`; `raw` maps each of their names to its raw spelling."""

    text: str
    raw: dict[str, str]

    def restore(self, text: str) -> str:
        """`text`, a rewritten `self.text`, with the raw spelling of every slot.

        Raises:
            DataError: its slots are not exactly those of this template, or it has braces of its own.
        """
        pieces = parse(text).pieces
        self._check(text, Counter(piece.name for piece in pieces if isinstance(piece, Slot)))
        if any(BRACE.search(piece) for piece in pieces if isinstance(piece, str)):
            raise DataError(f"wording {text[:200]!r} has braces of its own; beside raw slots they would be read as one")
        return "".join(self.raw[piece.name] if isinstance(piece, Slot) else piece for piece in pieces)

    def _check(self, text: str, found: Counter[str]) -> None:
        wrong = sorted(name for name in {*found, *self.raw} if found[name] != (name in self.raw))
        if wrong:
            told = ", ".join(f"{{{name}}} {found[name]} times" for name in wrong)
            raise DataError(f"wording {text[:200]!r} does not hold each slot of its template exactly once: {told}")


def read_raw(text: str) -> RawTemplate:
    """The template with every `{...}` as a slot of its own.

    Raises:
        DataError: a brace has no partner, or there is logic of Jinja (`{% if %}`); says where.
    """
    raw: dict[str, str] = {}
    pieces: list[str] = []
    for piece, is_slot in _pieces(text):
        if is_slot:
            name = _free(_name(piece), taken=raw)
            raw[name] = piece
            pieces.append(f"{{{name}}}")
        else:
            pieces.append(piece)
    return RawTemplate("".join(pieces), raw)


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Literals and raw slots in order."""
    start = 0
    while match := BRACE.search(text, start):
        yield text[start : match.start()], False
        start = _end(text, match.start())
        if text.startswith("{%", match.start()):
            shown = text[match.start() : start][:40]
            raise DataError(
                f"template {text[:200]!r}: {shown!r} is logic, which a rewriter could tear apart; take it out"
            )
        yield text[match.start() : start], True
    yield text[start:], False


def _end(text: str, start: int) -> int:
    """Where the raw slot that opens at `start` ends."""
    end = _closing(text, start, quotes=True) or _closing(text, start, quotes=False)
    if end is None:
        raise DataError(
            f"template {text[:200]!r}: the brace {text[start]!r} at character {start} has no partner; "
            "close the slot, or take the brace out"
        )
    return end


def _closing(text: str, start: int, *, quotes: bool) -> int | None:
    depth, quote = 0, ""
    for position in range(start, len(text)):
        character = text[position]
        if quote:
            quote = "" if character == quote and text[position - 1] != "\\" else quote
        elif quotes and character in QUOTES and not _in_word(text, position):
            quote = character
        elif character in "{}":
            depth += 1 if character == "{" else -1
            if depth < 1:
                return position + 1 if depth == 0 else None
    return None


def _in_word(text: str, position: int) -> bool:
    """Whether the quote is the apostrophe of a word, as in `{the dog's name}`."""
    return text[position - 1].isalnum()


def _name(raw: str) -> str | None:
    """What the slot is, by the last name in it."""
    words = WORD.findall(raw.partition("|")[0])
    if not words:
        return None
    name, index = words[-1]
    return f"{name.lower()}_{index}" if index else name.lower()


def _free(name: str | None, *, taken: dict[str, str]) -> str:
    if name is None:
        return next(free for number in range(len(taken) + 1) if (free := f"slot_{number}") not in taken)
    numbered = (f"{name}_{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(free for free in numbered if free not in taken)
