"""Every way this grammar knows to ask for a meaning: as a question, or as a verb phrase that a frame turns into a command.

`realise` is one table per meaning. All entries of a table ask for the same answer in the same format: a question about
yes or no stays one, a choice stays a choice, a region is never turned into a name.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sayso.instructions.augment.paraphrasers.grammar.english import STATE_VERBS, contains_relative
from sayso.instructions.augment.paraphrasers.grammar.meanings import (
    Asked,
    Attribute,
    Command,
    Core,
    Describe,
    HowMany,
    WhatIs,
    Where,
    Whether,
    Which,
)

__all__ = ["Form", "realise"]


@dataclass(frozen=True, slots=True)
class Form:
    """A wording of one meaning without capital and end mark: a question, the verb phrase of a command, or a statement."""

    kind: Literal["question", "phrase", "statement"]
    text: str


def realise(core: Core, *, has_options: bool) -> list[Form]:
    """All forms of a meaning, plainest first; `has_options` says that choices are listed with the instruction."""
    return list(_TABLES[type(core)](core, has_options))


def _question(*texts: str) -> Iterator[Form]:
    yield from (Form("question", text.strip()) for text in texts)


def _phrase(*texts: str) -> Iterator[Form]:
    yield from (Form("phrase", text.strip()) for text in texts)


def _command(core: Command, has_options: bool) -> Iterator[Form]:
    yield from _phrase(core.phrase)


def _whether(core: Whether, has_options: bool) -> Iterator[Form]:
    clause = f"{core.subject} {finite(core.auxiliary, core.rest)}"
    yield from _question(f"{core.auxiliary} {core.subject} {core.rest}")
    chooses = re.search(r"\bor\b", core.rest) is not None
    if not chooses and not re.search(r"\b(?:true|false|correct|right)\b", core.rest):
        yield from _question(f"is it true that {clause}")
    if core.subject != "there" and not chooses:
        yield from _question(f"would you say that {clause}")
    yield from _phrase(
        *(f"{verb} whether {clause}" for verb in ("decide", "tell me", "determine", "say", "judge", "state"))
    )
    yield from _phrase(f"tell me if {clause}", f"decide if {clause}")


def finite(auxiliary: str, rest: str) -> str:
    """The predicate of a statement: `does` + `show a dog` becomes `shows a dog`."""
    if auxiliary != "does":
        return rest if auxiliary == "do" else f"{auxiliary} {rest}"
    verb, space, tail = rest.partition(" ")
    return STATE_VERBS.get(verb, verb) + space + tail


def _which(core: Which, has_options: bool) -> Iterator[Form]:
    if not core.noun:
        yield from _question(f"what {core.predicate}", *_seen(core.predicate))
        yield from _phrase(*(f"{verb} what {core.predicate}" for verb in ("tell me", "say", "state", "identify")))
        return
    yield from _question(f"which {core.noun} {core.predicate}")
    yield from _phrase(f"tell me which {core.noun} {core.predicate}", f"decide which {core.noun} {core.predicate}")
    yield from _phrase(f"determine which {core.noun} {core.predicate}")
    if has_options or core.chosen:
        verbs: tuple[str, ...] = ("select", "choose", "pick")
        yield from _phrase(*(f"{verb} the {core.noun} that {core.predicate}" for verb in verbs))
        if core.noun == "option":
            yield from _question(f"which of the options {core.predicate}")
    else:
        seeking = ("identify", "name") if core.noun in {"object", "item"} and not core.found else ("identify", "find")
        yield from _phrase(*(f"{verb} the {core.noun} that {core.predicate}" for verb in seeking))


def _seen(predicate: str) -> Iterator[str]:
    if match := re.fullmatch(r"is shown in (.+)", predicate):
        yield f"what can be seen in {match[1]}"
        yield f"what does {match[1]} show"
    elif match := re.fullmatch(r"is ((?:in|on|inside) .+)", predicate):
        yield f"what can be seen {match[1]}"


def _what_is(core: WhatIs, has_options: bool) -> Iterator[Form]:
    yield from _question(f"what {core.be} {core.phrase}")
    if re.search(r"\bpercent", core.phrase):
        yield from _phrase(*(f"{verb} {core.phrase}" for verb in ("give", "state", "tell me", "estimate", "work out")))
        return
    words = core.phrase.split(" ")[1:3]
    kind = next(
        (kind for kind in _GIVING if any(word in kind for word in (*words, *(w.rstrip("s") for w in words)))), None
    )
    verbs = _GIVING[kind] if kind else ("identify", "determine", "state")
    yield from _phrase(*(f"{verb} {core.phrase}" for verb in verbs))
    yield from _phrase(f"tell me what {core.phrase} {core.be}") if _short(core.phrase) else ()


def _short(phrase: str) -> bool:
    """Whether a noun phrase can stand before its verb: `tell me what the object in the middle is`."""
    return len(phrase.split()) <= 7 and not contains_relative(phrase) and "question" not in phrase


_GIVING: dict[tuple[str, ...], tuple[str, ...]] = {
    ("region", "area", "box", "location", "position"): ("give", "find", "provide", "identify", "determine", "state"),
    ("text", "word", "answer", "title", "next"): ("give", "tell me", "state", "provide", "say"),
    ("number",): ("give", "state", "determine", "tell me", "find"),
    ("object", "item", "thing", "animal", "subject"): ("identify", "name"),
    ("relationship", "relation", "attribute", "sentiment", "mood"): ("identify", "determine", "state", "give", "tell me", "name"),
    ("type", "kind", "category", "class", "activity", "sport", "label", "name"): (
        "identify", "determine", "state", "name", "tell me", "give",
    ),
}  # fmt: skip


def _attribute(core: Attribute, has_options: bool) -> Iterator[Form]:
    what, owner, be = core.attribute, core.owner, core.be
    yield from _question(f"what {what} {be} {owner}", f"what is the {what} of {owner}", f"which {what} {be} {owner}")
    if be == "is" and not owner.endswith("have"):
        yield from _question(f"what {what} does {owner} have")
    verbs = ("name", "state", "give", "identify", "determine", "tell me")
    yield from _phrase(*(f"{verb} the {what} of {owner}" for verb in verbs))
    yield from _phrase(*(f"{verb} what {what} {owner} {be}" for verb in ("tell me", "say", "determine")))


def _how_many(core: HowMany, has_options: bool) -> Iterator[Form]:
    noun, place = core.noun, core.place
    if core.predicate:
        yield from _question(f"how many {noun} {core.predicate}")
        yield from _phrase(
            *(f"{verb} how many {noun} {core.predicate}" for verb in ("count", "tell me", "determine", "say"))
        )
        return
    yield from _question(f"how many {noun} are there {place}", f"how many {noun} can you see {place}")
    yield from _question(f"how many {noun} can be seen {place}", f"what is the number of {noun} {place}")
    yield from _question(f"how many {noun} are {place}") if place else ()
    yield from _phrase(f"count the {noun} {place}", f"count all the {noun} {place}")
    yield from _phrase(
        *(f"{verb} how many {noun} there are {place}" for verb in ("tell me", "count", "say", "determine"))
    )
    yield from _phrase(*(f"{verb} the number of {noun} {place}" for verb in ("give", "state", "determine", "tell me")))


def _asked(core: Asked, has_options: bool) -> Iterator[Form]:
    yield from _question(core.question)
    yield from _phrase(*(f"{verb} {core.clause}" for verb in ("tell me", "say", "state", "determine", "work out")))


def _where(core: Where, has_options: bool) -> Iterator[Form]:
    modal = f"where can {core.phrase} be found"
    yield from _question(f"where {core.be} {core.phrase}", f"where {core.be} {core.phrase} located", modal)
    yield from _phrase(f"find {core.phrase}", f"locate {core.phrase}")
    if _short(core.phrase):  # the verb must not come long after what it belongs to
        verbs = ("tell me", "say", "find out")
        yield from _phrase(*(f"{verb} where {core.phrase} {core.be}" for verb in verbs))
    yield from _phrase(*(f"{verb} the location of {core.phrase}" for verb in ("give", "identify", "determine")))


def _describe(core: Describe, has_options: bool) -> Iterator[Form]:
    before, noun, after = _STYLES[core.style]
    yield from _phrase(*(f"{word} {core.phrase}".strip() for word in before))
    yield from _phrase(*(f"{verb} {n} of {core.phrase}" for n in noun for verb in ("give", "write", "provide")))
    yield from _phrase(*(f"describe {core.phrase} {tail}" for tail in after))
    adverbs = {"brief": "briefly ", "detailed": "", "": ""}[core.style]
    tail = " in detail" if core.style == "detailed" else ""
    yield from _question(f"how would you {adverbs}describe {core.phrase}{tail}")


_STYLES: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "": (("describe",), ("a description",), ()),
    "brief": (
        ("briefly describe", "concisely describe"),
        ("a brief description", "a short description"),
        ("briefly", "in a few words"),
    ),
    "detailed": ((), ("a detailed description", "a thorough description"), ("in detail",)),
}

_TABLES: dict[type, Callable[[Any, bool], Iterator[Form]]] = {
    Asked: _asked,
    Attribute: _attribute,
    Command: _command,
    Describe: _describe,
    HowMany: _how_many,
    WhatIs: _what_is,
    Where: _where,
    Whether: _whether,
    Which: _which,
}
