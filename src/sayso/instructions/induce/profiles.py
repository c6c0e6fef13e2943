"""What is known of a template from its rows: what is asked for, what fills its slots, what is answered.

Two wordings of one task have other words; what they have in common is the kind of their slots and of their answers, and the words
in both. The kinds have to be equal, the rest is compared in `grouping`.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from zlib import crc32

from sayso.config import PromptConfig
from sayso.errors import DataError
from sayso.instructions.induce.rows import InstructionRow
from sayso.instructions.induce.templates import Cut, Draft
from sayso.instructions.regions import format_region, parse_region
from sayso.records import Region
from sayso.tasks import Output

__all__ = ["answer_region", "Profile", "profile", "stems"]

_WORD = re.compile(r"[^\W\d_]+")
_COMMON = frozenset(
    {
        "a", "an", "and", "are", "as", "at", "be", "by", "can", "do", "does", "for", "from", "give", "has", "have",
        "if", "in", "into", "is", "it", "its", "look", "of", "on", "one", "or", "please", "say", "show", "shows",
        "tell", "that", "the", "them", "there", "these", "they", "this", "those", "to", "was", "what", "which",
        "with", "you", "your", "me", "my", "image", "picture", "photo", "answer", "question",
    }
)  # fmt: skip
YES_NO = {"yes", "no", "true", "false", "not sure", "unknown", "maybe"}
SHORT_WORDS = 5
MOST = 0.9
SEEN = 2000
OUTPUTS: Mapping[str, Output] = {
    "options": "option",
    "options_yes_no": "option",
    "options_regions": "region_option",
    "region": "region",
}


@dataclass(kw_only=True)
class Profile:
    """Counts over the rows of one template: `fills` has the words in text slots, `answers` those of the answers."""

    slots: tuple[str, ...]
    asks: str
    literal: frozenset[str]
    rows: int
    answers: Counter[str] = field(default_factory=Counter)
    fills: Counter[str] = field(default_factory=Counter)
    spread: Mapping[str, float] = field(default_factory=lambda: {"fills": 0.0, "answers": 0.0})

    @property
    def kind(self) -> tuple[object, ...]:
        """What templates of one task have in common; where options are shown is no part of it."""
        return tuple(sorted(kind for kind in self.slots if kind != "options")), self.asks

    @property
    def output(self) -> Output:
        """The output type of the task's card."""
        return OUTPUTS.get(self.asks, "text")


def profile(draft: Draft, rows: Sequence[InstructionRow], *, prompt: PromptConfig) -> Profile:
    """The profile of a template, of which equal rows of values count once."""
    members = _mixed(draft, rows)
    said = Counter(rows[number].answer for number, _ in members)
    answered = [stems(rows[number].answer) for number, _ in members]
    filled = [sorted(set(_filled(one))) for _, one in members]
    boxes = sum(answer_region(rows[number], prompt=prompt) is not None for number, _ in members)
    return Profile(
        slots=draft.kinds,
        asks=_asks(said, options=draft.options, boxes=boxes),
        literal=frozenset(stems(" ".join(draft.chunks))),
        rows=len(members),
        spread={"fills": _spread(filled[:SEEN]), "answers": _spread(answered[:SEEN])},
        answers=Counter(word for words in answered for word in words),
        fills=Counter(word for words in filled for word in words),
    )


def _mixed(draft: Draft, rows: Sequence[InstructionRow]) -> list[tuple[int, Cut]]:
    """The rows in an order by chance that is the same in whatever order they come; what a row with slots says again is left out."""
    seen = set[tuple[object, ...]]()
    times = Counter[tuple[str, str]]()
    found = []
    for number, one in zip(draft.rows, draft.cuts, strict=True):
        row = rows[number]
        said = row.text, row.answer
        key = *said, *(media.path for media in row.media)
        if key not in seen or not draft.kinds:
            seen.add(key)
            times[said] += 1
            mixed = "\0".join((*said, str(times[said])))
            found.append((crc32(mixed.encode("utf-8", "replace")), mixed, number, one))
    return [(number, one) for _, _, number, one in sorted(found, key=lambda each: each[:2])]


def shared(one: Counter[str], other: Counter[str]) -> float:
    """The mass that two distributions have in common, from 0 to 1."""
    n, m = one.total(), other.total()
    return math.fsum(min(one[word] / n, other[word] / m) for word in one.keys() & other.keys()) if n and m else 0.0


def _spread(rows: Sequence[Sequence[str]]) -> float:
    """How far apart samples of these rows are, times the root of their size: from every second row against the rest."""
    halves = [Counter(word for words in rows[start::2] for word in words) for start in (0, 1)]
    return (1 - shared(*halves)) * math.sqrt(len(rows)) / 2


def _filled(one: Cut) -> list[str]:
    return [
        word for kind, value in zip(one.kinds, one.values, strict=True) if kind == "text" for word in stems(str(value))
    ]


def stems(text: str) -> list[str]:
    """The words of a text that carry meaning, without what inflection changes."""
    return [_bare(word)[:6] for word in _WORD.findall(text.lower()) if word not in _COMMON]


def _bare(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def _asks(answers: Mapping[str, int], *, options: bool, boxes: int) -> str:
    """`options` (of words, of yes and no, of regions), `region`, `yes_no`, `number`, `short` or `long`."""
    rows = sum(answers.values())
    said = {answer: answer.strip().lower().rstrip(".") for answer in answers}

    def most(test: Callable[[str], bool]) -> bool:
        return sum(count for answer, count in answers.items() if test(said[answer])) >= MOST * rows

    regions, yes_no = boxes >= MOST * rows, most(YES_NO.__contains__)
    if options:
        return "options_regions" if regions else "options_yes_no" if yes_no else "options"
    if regions or yes_no:
        return "region" if regions else "yes_no"
    if most(lambda answer: answer.replace(".", "", 1).isdigit()):
        return "number"
    words = sum(len(answer.split()) * count for answer, count in answers.items())
    return "short" if words <= SHORT_WORDS * rows else "long"


def answer_region(row: InstructionRow, *, prompt: PromptConfig) -> Region | None:
    """The box that the whole answer is, if the prompt writes it in just this way."""
    try:
        found = parse_region(row.answer, style=prompt.regions, media=row.media)
        written = found and format_region(found, style=prompt.regions, media=row.media)
    except DataError:
        return None
    return found if written == row.answer else None
