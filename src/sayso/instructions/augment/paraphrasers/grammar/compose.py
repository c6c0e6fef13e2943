"""Composition: the changes of single sentences, combined with each other, with an order, other words and a context.

First comes every single change, one operation after the other in turn, so that the first few wordings are plain and differ
most; then combinations drawn at random, until many draws in a row bring nothing new. Contexts are cheap: they are kept to a
small share of what is proposed, and what is left of them comes last.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sayso.instructions.augment.paraphrasers.grammar.arrange import arrangements, joined
from sayso.instructions.augment.paraphrasers.grammar.change import Change, Variant
from sayso.instructions.augment.paraphrasers.grammar.contexts import INTRODUCTIONS, bare_question, in_context
from sayso.instructions.augment.paraphrasers.grammar.headings import STYLES, is_label, relabelled
from sayso.instructions.augment.paraphrasers.grammar.lexical import exchange, relevant
from sayso.instructions.augment.paraphrasers.grammar.lexicon import Rule
from sayso.instructions.augment.paraphrasers.grammar.notes import noted
from sayso.instructions.augment.paraphrasers.grammar.passage import Sentence, join, split
from sayso.instructions.augment.paraphrasers.grammar.statements import stated
from sayso.instructions.augment.paraphrasers.grammar.structure import (
    asked_otherwise,
    commanded_otherwise,
    cue_otherwise,
    find_ask,
    questioned_otherwise,
)
from sayso.instructions.protect import Protected
from sayso.seeds import Stream

__all__ = ["compose", "OPERATIONS"]

OPERATIONS = (
    "command_form",
    "context",
    "declarative_form",
    "elaborate",
    "formality",
    "join",
    "perspective",
    "politeness",
    "question_form",
    "reorder",
    "shorten",
    "simplify",
    "split",
    "synonyms",
    "voice",
)
"""What a lineage's operation may be; several are joined by `+`, in the order in which they were applied."""
_EDITS = ((0, 1, 2, 3), (0.4, 0.33, 0.18, 0.09))
"""How many words are exchanged, and how often so many."""
_PATIENCE = 250
"""Draws in a row without a new text, after which there is nothing more to say."""
_CONTEXT_SHARE = 0.15
_FRAMED_AGAIN = re.compile(
    r"(?:Could you|Can you please|Would you|Kindly|The (?:task|goal)|Your (?:job|goal)|You (?:are|have|should)|What you|This task|I (?:would|want|need)) "
)
"""Frames that bring no word with them that a rule of the lexicon knows, and that others do not."""
_EARLY = 12
"""So many wordings come before the first that is put behind a context."""
_STIFF = frozenset({"context", "elaborate", "formality"})
"""What comes last in each turn."""
_ANSWERED = re.compile(r"(?i)\b(?:answer|please|respond|reply)\b")
_FORMS = frozenset(
    {"command_form", "declarative_form", "formality", "perspective", "politeness", "question_form", "voice"}
)
"""What frames a request already."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """What can be done with one template: other texts of each sentence, the words that may change, and what stays last."""

    sentences: tuple[Sentence, ...]
    changes: tuple[tuple[Change, ...], ...]
    rules: tuple[Rule, ...]
    options: tuple[str, ...]
    without: frozenset[str]


def compose(protected: Protected, *, stream: Stream, without: frozenset[str]) -> Iterator[Variant]:
    """Variants, plain ones first, until nothing new comes; none of them by an operation of `without`."""
    if found := bare_question(protected):
        yield from _introduced(*found, stream, without)
        return
    material = _material(protected, without)
    if all(any(word in s.body for word in material.options) or not s.body for s in material.sentences):
        return
    num_cheap = 0
    others: list[Variant] = []
    used: set[str] = set()
    for number, variant in enumerate(_plain(material, stream), 1):
        yield variant
        plain = not {*variant.operations} & _FORMS and "context" not in {*without, *variant.operations}
        others += [variant] if plain and len(others) < _EARLY else []
        cheap = number > _EARLY and plain and stream.uniform() < _CONTEXT_SHARE
        contexts = in_context(variant.text) if cheap and num_cheap < _CONTEXT_SHARE * number else ()
        contexts = tuple(text for text in contexts if text not in used)
        if contexts:
            num_cheap += 1
            chosen = stream.choice(contexts)
            used.add(chosen)
            yield Variant(chosen, (*variant.operations, "context"))
    if "context" not in without:
        yield from _in_contexts([Variant(protected.text, ())], used, stream)
        yield from _in_contexts(others, used, stream)


def _in_contexts(variants: Sequence[Variant], used: set[str], stream: Stream) -> Iterator[Variant]:
    """Each variant behind each of its contexts, in random order, but for those that were used."""
    found = [Variant(text, (*one.operations, "context")) for one in variants for text in in_context(one.text)]
    stream.shuffle(found)
    for one in found:
        if one.text not in used:
            used.add(one.text)
            yield one


def _introduced(question: str, tail: str, stream: Stream, without: frozenset[str]) -> Iterator[Variant]:
    found = [
        Variant(head + question + tail, (operation,)) for head, operation in INTRODUCTIONS if operation not in without
    ]
    stream.shuffle(found)
    yield from found


def _material(protected: Protected, without: frozenset[str]) -> Material:
    sentences = split(protected)
    ask = find_ask(sentences)
    changes = tuple(
        tuple(c for c in _changes(sentences, i, ask, protected) if not without.intersection(c.operations))
        for i in range(len(sentences))
    )
    bodies = [c.body + c.end for found in changes for c in found]
    texts = dict.fromkeys((protected.text, *(body for body in bodies if not _FRAMED_AGAIN.match(body))))
    rules = tuple(rule for rule in relevant("\n".join(texts)) if rule.operation not in without)
    return Material(sentences=sentences, changes=changes, rules=rules, options=_options(protected), without=without)


def _options(protected: Protected) -> tuple[str, ...]:
    return tuple(word for word, name in protected.names.items() if "option" in name or "choices" in name)


def _changes(sentences: tuple[Sentence, ...], position: int, ask: int | None, protected: Protected) -> list[Change]:
    sentence = sentences[position]
    if (
        position
        and not sentences[position - 1].end
        and "\n" in sentences[position - 1].gap
        and re.match(r"[a-z]", sentence.body)
    ):
        return []
    tables = [*noted(sentence), *stated(sentence)]
    options = _options(protected)
    is_cue = all(not s.body or any(word in s.body for word in options) for s in sentences[position + 1 :])
    cues = list(cue_otherwise(sentences, position, names=protected.names)) if is_cue else []
    if position == ask or (ask is None and sentence.end == "?"):
        tables += asked_otherwise(sentences, position, names=protected.names)
    elif (
        ask is None
        and position == 0
        and not any(s.end[:1] in {":", "?"} or _ANSWERED.search(s.body) for s in sentences[1:])
    ):
        tables += questioned_otherwise(sentence)
    elif not tables and not cues:
        tables += commanded_otherwise(sentence)
    old = (sentence.body, sentence.end)
    return [change for change in dict.fromkeys((*cues, *tables)) if (change.body, change.end) != old]


def _plain(material: Material, stream: Stream) -> Iterator[Variant]:
    """Everything but contexts: single changes, then draws."""
    seen: set[str] = set()
    first, later = _singles(material, stream)
    for variant in first:
        if variant.text not in seen:
            seen.add(variant.text)
            yield variant
    fruitless = 0
    while later or fruitless < _PATIENCE:
        variant = later.pop() if later and stream.below(4) == 0 else _drawn(material, stream)
        fruitless += 1
        if variant.operations and variant.text not in seen:
            seen.add(variant.text)
            fruitless = 0
            yield variant


def _singles(material: Material, stream: Stream) -> tuple[list[Variant], list[Variant]]:
    """Each change by itself, in random order: a few of every operation, one operation after the other in turn, and the rest."""
    found = [
        Variant(_joined(material.sentences, position, change), change.operations)
        for position, changes in enumerate(material.changes)
        for change in changes
    ]
    found += [Variant(join(order), operations) for order, operations in _orders(material.sentences, material)]
    original = Variant(join(material.sentences), ())
    for _ in range(min(24, 3 * len(material.rules))):
        exchanged = exchange(original, edits=1, stream=stream, rules=material.rules)
        found += [exchanged] if exchanged.operations else []
    stream.shuffle(found)
    groups: dict[str, list[Variant]] = {}
    for variant in found:
        groups.setdefault(variant.operations[0], []).append(variant)
    few = {operation: 3 + len(group) // 4 for operation, group in groups.items()}
    names = sorted(groups)
    stream.shuffle(names)
    names.sort(key=lambda name: name in _STIFF)
    turns = range(max(few.values(), default=0))
    first = [groups[name][turn] for turn in turns for name in names if turn < min(len(groups[name]), few[name])]
    later = [variant for name, group in groups.items() for variant in group[few[name] :]]
    stream.shuffle(later)
    return first, later


def _joined(sentences: Sequence[Sentence], position: int, change: Change) -> str:
    changed = replace(sentences[position], body=change.body, end=change.end)
    return join((*sentences[:position], changed, *sentences[position + 1 :]))


def _orders(sentences: tuple[Sentence, ...], material: Material) -> list[tuple[tuple[Sentence, ...], tuple[str, ...]]]:
    found: list[tuple[tuple[Sentence, ...], tuple[str, ...]]] = []
    if "reorder" not in material.without:
        found += [(order, ("reorder",)) for order in arrangements(sentences, options=material.options)]
    if "join" not in material.without:
        found += [(order, ("join",)) for order in joined(sentences)]
    return found


def _drawn(material: Material, stream: Stream) -> Variant:
    """One combination: some sentences changed, perhaps the labels, perhaps the order, and some words exchanged."""
    sentences, operations = _changed(material, stream)
    if stream.uniform() < 0.6 and any(map(is_label, sentences)) and "declarative_form" not in material.without:
        other = relabelled(sentences, stream.choice(STYLES), stream)
        operations += ["declarative_form"] if other != sentences else []
        sentences = other
    if stream.uniform() < 0.25 and (orders := _orders(sentences, material)):
        sentences, found = stream.choice(orders)
        operations += found
    variant = Variant(join(sentences), tuple(dict.fromkeys(operations)))
    return exchange(variant, edits=stream.weighted(*_EDITS), stream=stream, rules=material.rules)


def _changed(material: Material, stream: Stream) -> tuple[tuple[Sentence, ...], list[str]]:
    found = list(material.sentences)
    operations: list[str] = []
    for position, changes in enumerate(material.changes):
        if changes and stream.uniform() < 0.7:
            change = stream.choice(changes)
            found[position] = replace(found[position], body=change.body, end=change.end)
            operations += change.operations
    return tuple(found), operations
