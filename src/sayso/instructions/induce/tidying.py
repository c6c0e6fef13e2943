"""Where a slot begins and ends, put right with the help of the other wordings of the task.

One template alone does not tell whether a word beside its slot that all rows have is part of the instruction. The others do: what stands before
the slot in all of them ("the") belongs to the value, and so does what always stands between two slots; a full stop that ends the values of one
template and of no other belongs to the instruction. Quotation marks around all values always do.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from sayso.instructions.induce.naming import name_slots
from sayso.instructions.induce.settling import ARTICLES, ASKING
from sayso.instructions.induce.templates import Cut, Draft

__all__ = ["tidy"]

AGREE = 3
"""Wordings that must agree before a word other than an article, or a second slot, is taken into a value."""
BEGINNING, NEARLY = 4, 0.8
"""Words of a value among which an article is sought, and the share of values that must have it."""
SENTENCE = 4
"""Words of a value from which on it may be a sentence."""
QUESTIONS = 0.6
"""Share of values that begin like questions, for all of them to be questions."""
STOPS = ".?!,;:"
LAST = re.compile(r"(?:\A|(?<=[\s\"'(\u201c\u2018]))(\w+) \Z")
ENDING = re.compile(r"(?: \w+){1,6}\?")
INNER = re.compile(r"\.[\"'\u201d\u2019] *\S")
QUOTES = {'"': '"', "'": "'", "\u201c": "\u201d", "\u2018": "\u2019"}


def tidy(drafts: Sequence[Draft]) -> list[Draft]:
    """The templates of one task with the ends of their text slots moved; texts of rows stay what they are."""
    found = [_unquoted(draft) for draft in _fused(list(drafts))]
    names, _ = name_slots(found)
    found = [_asked(draft) for draft in found]
    for name in sorted({name for own in names for name in own if name.startswith("text")}):
        places = [own.index(name) for own in names]
        found = _tails(_articles(_stops(found, places), places), places)
    return found


def _texts(draft: Draft, at: int) -> list[str]:
    return [str(one.values[at]) for one in draft.cuts]


def _changed(draft: Draft, at: int, *, chunks: tuple[str, str], value: Callable[[str], str]) -> Draft:
    """The draft with other texts before and after slot `at`, and its values changed alike."""
    around = (*draft.chunks[:at], *chunks, *draft.chunks[at + 2 :])
    cuts = [
        replace(one, values=(*one.values[:at], value(str(one.values[at])), *one.values[at + 1 :])) for one in draft.cuts
    ]
    return replace(draft, chunks=around, cuts=cuts)


def _unquoted(draft: Draft) -> Draft:
    for at, kind in enumerate(draft.kinds):
        values = _texts(draft, at) if kind == "text" else [""]
        opened = values[0][:1]
        if all(len(v) > 2 and v[0] == opened and v[-1] == QUOTES.get(opened) for v in values):
            before, after = draft.chunks[at] + opened, QUOTES[opened] + draft.chunks[at + 1]
            draft = _changed(draft, at, chunks=(before, after), value=lambda v: v[1:-1])
    return draft


def _asked(draft: Draft) -> Draft:
    """A question mark after a slot belongs to its values where these are questions."""
    for at, kind in enumerate(draft.kinds):
        if kind == "text" and draft.chunks[at + 1].startswith("?") and _lack_their_mark(_texts(draft, at)):
            draft = _in(draft, at, "?")
    return draft


def _lack_their_mark(values: Sequence[str]) -> bool:
    return _are_questions(values) and 2 * sum(value.endswith("?") for value in values) < len(values)


def _are_questions(values: Sequence[str]) -> bool:
    asking = sum(re.split(r"[^a-z]", value.lower(), maxsplit=1)[0] in ASKING for value in values)
    return asking >= QUESTIONS * len(values)


def _stops(drafts: list[Draft], places: Sequence[int]) -> list[Draft]:
    """A stop at the end of a slot, inside in all wordings or outside in all."""
    for stop in STOPS:
        inside = [
            all(len(v) > 1 and v.endswith(stop) for v in _texts(d, at)) for d, at in zip(drafts, places, strict=True)
        ]
        outside = [d.chunks[at + 1].startswith(stop) for d, at in zip(drafts, places, strict=True)]
        neither = any(not a and not b for a, b in zip(inside, outside, strict=True))
        if stop == "?" and any(_are_questions(_texts(d, at)) for d, at in zip(drafts, places, strict=True)):
            continue
        sentences = stop == "." and len(drafts) > 1 and _are_sentences(drafts, places)
        neither = neither and not sentences
        if not (sentences and (all(outside) or any(inside))) and (
            not any(inside) or (all(inside) and not any(outside))
        ):
            continue
        pairs = zip(drafts, places, inside, outside, strict=True)
        drafts = [
            _out(draft, at, stop)
            if neither and within
            else _in(draft, at, stop)
            if not neither and beyond and not within
            else draft
            for draft, at, within, beyond in pairs
        ]
    return drafts


def _are_sentences(drafts: Sequence[Draft], places: Sequence[int]) -> bool:
    """Whether most values are sentences: a capital, and words enough."""
    values = [value for draft, at in zip(drafts, places, strict=True) for value in _texts(draft, at)]
    return 2 * sum(value[:1].isupper() and value.count(" ") >= SENTENCE - 1 for value in values) > len(values)


def _out(draft: Draft, at: int, stop: str) -> Draft:
    chunks = draft.chunks[at], stop + draft.chunks[at + 1]
    return _changed(draft, at, chunks=chunks, value=lambda v: v.removesuffix(stop))


def _in(draft: Draft, at: int, stop: str) -> Draft:
    chunks = draft.chunks[at], draft.chunks[at + 1].removeprefix(stop)
    return _changed(draft, at, chunks=chunks, value=lambda v: v + stop)


def _articles(drafts: list[Draft], places: Sequence[int]) -> list[Draft]:
    """Words before the slot that all wordings have, there or in their values, taken into it one by one."""
    while len(drafts) > 1:
        before = [draft.chunks[at] for draft, at in zip(drafts, places, strict=True)]
        last = [match[1] if (match := LAST.search(text)) else "" for text in before]
        for word in sorted({*last} - {""}, key=lambda one: (one not in ARTICLES, one)):
            outside = [one == word for one in last]
            all_have = all(
                out or _all_have(word, _texts(draft, at))
                for out, draft, at in zip(outside, drafts, places, strict=True)
            )
            differ = len({text.removesuffix(f"{word} ") for text in before})
            if all_have and word.isalpha() and differ >= (2 if word in ARTICLES else AGREE):
                triples = zip(drafts, places, outside, strict=True)
                drafts = [_taken(draft, at, f"{word} ") if out else draft for draft, at, out in triples]
                break
        else:
            break
    return drafts


def _all_have(word: str, values: Sequence[str]) -> bool:
    """Whether nearly all values have the word at their beginning, an article among their first words."""
    first = [value.split(" ")[: BEGINNING if word in ARTICLES else 1] for value in values]
    return sum(word in words or (word in ARTICLES and not ARTICLES.isdisjoint(words)) for words in first) >= (
        NEARLY * len(values)
    )


def _tails(drafts: list[Draft], places: Sequence[int]) -> list[Draft]:
    """The end of a question ("in this image?") that all wordings have, there or in their values, taken into it; and so a stop."""
    after = [draft.chunks[at + 1] for draft, at in zip(drafts, places, strict=True)]
    if len(drafts) >= AGREE and all(text[:1] == "." for text in after) and any(map(INNER.match, after)):
        return [_in(draft, at, ".") for draft, at in zip(drafts, places, strict=True)]
    ends = Counter(match[0] for text in after if (match := ENDING.match(text)))
    for end in ends:
        pairs = list(zip(drafts, places, strict=True))
        outside = [draft.chunks[at + 1].startswith(end) for draft, at in pairs]
        asked = [_are_questions(_texts(draft, at)) for draft, at in pairs]
        if (
            all(asked)
            and all(
                out or sum(value.endswith(end) for value in _texts(d, at)) >= NEARLY * len(d.rows)
                for (d, at), out in zip(pairs, outside, strict=True)
            )
            and len(set(after)) >= (2 if not all(outside) else AGREE)
        ):
            return [_in(d, at, end) if out else d for (d, at), out in zip(pairs, outside, strict=True)]
    return drafts


def _taken(draft: Draft, at: int, text: str) -> Draft:
    chunks = draft.chunks[at].removesuffix(text), draft.chunks[at + 1]
    return _changed(draft, at, chunks=chunks, value=lambda v: text + v)


def _fused(drafts: list[Draft]) -> list[Draft]:
    """Two text slots with the same words between them in every wording are one."""
    while len(drafts) >= AGREE:
        common = set.intersection(*({draft.chunks[at + 1] for at in _pairs(draft)} for draft in drafts))
        between = min((text for text in common if text.strip()), default=None)
        if between is None:
            break
        drafts = [_fuse(draft, next(at for at in _pairs(draft) if draft.chunks[at + 1] == between)) for draft in drafts]
    return drafts


def _pairs(draft: Draft) -> list[int]:
    return [at for at in range(len(draft.kinds) - 1) if draft.kinds[at] == draft.kinds[at + 1] == "text"]


def _fuse(draft: Draft, at: int) -> Draft:
    between = draft.chunks[at + 1]

    def joined(one: Cut) -> Cut:
        value = f"{one.values[at]}{between}{one.values[at + 1]}"
        return replace(one, values=(*one.values[:at], value, *one.values[at + 2 :]))

    return replace(
        draft,
        chunks=(*draft.chunks[: at + 1], *draft.chunks[at + 2 :]),
        kinds=(*draft.kinds[: at + 1], *draft.kinds[at + 2 :]),
        cuts=[joined(one) for one in draft.cuts],
    )
