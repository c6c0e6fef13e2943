"""Names to begin with: of tasks, by the words that most of their wordings have, and of slots, by what fills them."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import permutations

from sayso import tasks
from sayso.instructions.induce.profiles import stems
from sayso.instructions.induce.templates import Draft

__all__ = ["name_slots", "name_task"]

NUM_WORDS = 3
MAX_PERMUTED = 4
SEEN = 500
_LOOKS = (
    ("number", re.compile(r"-?\d+(?:[.,]\d+)*\Z")),
    ("name", re.compile(r"[A-Z]\w*(?:[ .'-]+[A-Z]\w*)*\Z")),
)
_QUOTES = {'"': '"', "'": "'", "\u201c": "\u201d", "\u2018": "\u2019"}


def name_task(literals: Sequence[Sequence[str]], *, asks: str, taken: Collection[str]) -> str:
    """A name that no task here or in the catalogue has."""
    counts = Counter(stem for chunks in literals for stem in dict.fromkeys(stems(" ".join(chunks))))
    spelled = {stem: word for chunks in literals for stem, word in _spelled(" ".join(chunks))}
    best = sorted(counts, key=lambda stem: (-counts[stem], list(counts).index(stem)))[:NUM_WORDS]
    words = [spelled[stem] for stem in counts if stem in best and spelled[stem].isascii()]
    name = "_".join(words) or f"task_{asks}"
    known = {*taken, *tasks.names()}
    return next(one for one in _numbered(name) if one not in known)


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}_{number}"
        number += 1


def _spelled(text: str) -> Iterator[tuple[str, str]]:
    for word in re.findall(r"[^\W\d_]+", text.lower()):
        for stem in stems(word):
            yield stem, word


def name_slots(drafts: Sequence[Draft]) -> tuple[list[list[str]], dict[str, str]]:
    """The names of each template's slots, such that one name means the same in all; and what fills each looks like."""
    first = _numbered_kinds(drafts[0].kinds)
    names = [first, *(_aligned(draft, drafts[0], first) for draft in drafts[1:])]
    return names, {name: _looks_like(drafts[0], at) for at, name in enumerate(first)}


def _numbered_kinds(kinds: Sequence[str]) -> list[str]:
    seen = Counter[str]()
    names = []
    for kind in kinds:
        seen[kind] += 1
        names.append(kind if seen[kind] == 1 else f"{kind}{seen[kind]}")
    return names


def _aligned(draft: Draft, first: Draft, names: list[str]) -> list[str]:
    """Slots of one kind by order, texts in the order in which they are most alike."""
    found = _numbered_kinds(draft.kinds)
    own = [at for at, kind in enumerate(draft.kinds) if kind == "text"]
    others = [at for at, kind in enumerate(first.kinds) if kind == "text"]
    if not 1 < len(own) <= MAX_PERMUTED:
        return found
    mine, theirs = [_words(draft, at) for at in own], [_words(first, at) for at in others]
    best = max(
        permutations(range(len(own))), key=lambda order: sum((mine[a] & theirs[b]).total() for a, b in enumerate(order))
    )
    for at, order in zip(own, best, strict=True):
        found[at] = names[others[order]]
    return found


def _words(draft: Draft, at: int) -> Counter[str]:
    return Counter(word for one in draft.cuts[:SEEN] for word in str(one.values[at]).lower().split())


def _looks_like(draft: Draft, at: int) -> str:
    kind = draft.kinds[at]
    if kind != "text":
        return kind
    before, after = draft.chunks[at][-1:], draft.chunks[at + 1][:1]
    if before in _QUOTES and after == _QUOTES[before]:
        return "quoted text"
    values = [str(one.values[at]) for one in draft.cuts[:SEEN]]
    return next((name for name, look in _LOOKS if all(map(look.match, values))), "text")
