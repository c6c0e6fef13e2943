"""Naming objects so that a reader knows which one is meant.

A phrase is attributes and label, `large red striped circle`. It refers to an object if no other object of the item fits
it; an attribute that is not annotated could have any value, so it never tells two objects apart.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from typing import TypeVar

from sayso.records import AnnotatedItem, AnnotatedObject, Question, Relation
from sayso.seeds import Stream
from sayso.tasks._vocabulary import NOTHING, inverse, rivals

__all__ = [
    "boxed",
    "cell_of",
    "expressions",
    "fits",
    "foil",
    "has_look",
    "holding",
    "is_fair",
    "is_mere_writing",
    "is_writing",
    "mentions",
    "phrase",
    "pick",
    "referable",
    "say",
    "SEEN_IN_BOX",
    "things",
    "values",
    "varies",
    "various",
]

KINDS = ("size", "color", "texture")
SEEN_IN_BOX = ("size",)
"""Attributes in the order they are said; of these, the ones that a box tells by its own size."""
WRITING = ("legibility", "text_type")
SUBSETS = tuple(chosen for length in range(len(KINDS) + 1) for chosen in combinations(KINDS, length))
PUNCTUATION = str.maketrans(dict.fromkeys(".,;:!?\"'()", " "))
T = TypeVar("T")


def boxed(item: AnnotatedItem) -> list[AnnotatedObject]:
    """Objects with a box around one thing; crowds and mere writing are left out."""
    return [one for one in things(item) if one.region is not None and not one.crowd]


def things(item: AnnotatedItem) -> list[AnnotatedObject]:
    """Objects that are more than writing."""
    return [one for one in item.objects if not is_mere_writing(one)]


def is_mere_writing(one: AnnotatedObject) -> bool:
    """Whether nothing but writing is known of an object: no class to ask for."""
    return is_writing(one) and not has_look(one)


def is_writing(one: AnnotatedObject) -> bool:
    """Whether an object is a piece of writing, even if nobody can read it."""
    return bool(one.text) or any(kind in one.attributes for kind in WRITING)


def has_look(one: AnnotatedObject) -> bool:
    """Whether more than its name can be said about an object."""
    return any(kind in one.attributes for kind in KINDS)


def say(label: str, attributes: Mapping[str, str]) -> str:
    """Attributes in their usual order, then the label."""
    return " ".join([*(attributes[kind] for kind in KINDS if kind in attributes), label])


def phrase(one: AnnotatedObject, *, hide: Collection[str] = ()) -> str:
    """All that is known about an object, without the attributes in `hide`, in one phrase."""
    return say(one.label, {kind: value for kind, value in one.attributes.items() if kind not in hide})


def fits(one: AnnotatedObject, label: str, wanted: Mapping[str, str]) -> bool:
    """Whether `one` could be called so."""
    return one.label == label and all(one.attributes.get(kind, value) == value for kind, value in wanted.items())


def expressions(item: AnnotatedItem, one: AnnotatedObject, *, hide: Collection[str] = ()) -> list[str]:
    """The shortest phrases that fit only `one`, without the attributes in `hide`; empty where there is none."""
    others = [other for other in item.objects if other.label == one.label and other is not one]
    found: list[str] = []
    shortest = len(KINDS)
    for subset in SUBSETS:
        if len(subset) > shortest:
            break
        if any(kind in hide or kind not in one.attributes for kind in subset):
            continue
        wanted = {kind: one.attributes[kind] for kind in subset}
        if not any(fits(other, one.label, wanted) for other in others):
            found.append(say(one.label, wanted))
            shortest = len(subset)
    return found


def referable(
    item: AnnotatedItem,
    stream: Stream,
    *,
    count: int,
    hide: Collection[str] = (),
    among: Iterable[AnnotatedObject] | None = None,
) -> list[tuple[AnnotatedObject, str]]:
    """Up to `count` objects (of `among`, by default the boxed ones) in random order, each with a phrase for it alone."""
    found: list[tuple[AnnotatedObject, str]] = []
    for one in pick(boxed(item) if among is None else list(among), stream):
        if len(found) == count:
            break
        if not one.crowd and (names := expressions(item, one, hide=hide)):
            found.append((one, stream.choice(names)))
    return found


def values(objects: Iterable[AnnotatedObject], kind: str) -> list[str]:
    """The different labels (`kind` is `label`) or attribute values of some objects, sorted."""
    if kind == "label":
        return sorted({one.label for one in objects})
    return sorted({one.attributes[kind] for one in objects if kind in one.attributes})


def foil(
    one: AnnotatedObject,
    stream: Stream,
    *,
    said: Collection[str],
    among: Sequence[AnnotatedObject],
    vocabulary: Mapping[str, tuple[str, ...]] = NOTHING,
) -> str | None:
    """The phrase for `one` by its label and the attributes `said`, with one word exchanged so that none of `among` fits.

    The new word is of the item's `vocabulary`.
    """
    wanted = {kind: one.attributes[kind] for kind in KINDS if kind in said and kind in one.attributes}
    for kind in pick(["label", *sorted(wanted)], stream):
        old = one.label if kind == "label" else wanted[kind]
        for new in pick(rivals(kind, old, vocabulary=vocabulary), stream):
            label = new if kind == "label" else one.label
            changed = wanted if kind == "label" else {**wanted, kind: new}
            if not any(fits(other, label, changed) for other in among):
                return say(label, changed)
    return None


def varies(item: AnnotatedItem, kind: str) -> bool:
    """Whether the item's source could have said more than one word of a kind: else to name it takes no look."""
    return len(item.vocabulary.get(kind, ())) != 1


def cell_of(one: AnnotatedObject) -> str | None:
    """Where an object is, as one of nine positions; None if it is too large or too near a border between two."""
    if "position" in one.attributes:
        return one.attributes["position"]
    if (box := one.region) is None or box.x2 - box.x1 > 0.5 or box.y2 - box.y1 > 0.5:
        return None
    across = _third((box.x1 + box.x2) / 2, ("left", "centre", "right"))
    down = _third((box.y1 + box.y2) / 2, ("top", "middle", "bottom"))
    return None if across is None or down is None else f"{down} {across}"


def _third(place: float, names: tuple[str, str, str]) -> str | None:
    cell = min(2, int(place * 3))
    return names[cell] if abs(place * 3 - cell - 0.5) < 0.4 else None


def pick(items: Sequence[T], stream: Stream, *, count: int | None = None) -> list[T]:
    """Up to `count` of the items (all by default), in random order."""
    return stream.sample(items, len(items) if count is None else min(count, len(items)))


def holding(relations: Iterable[Relation]) -> dict[tuple[int, int], set[str]]:
    """What holds between each subject and object, also where only the inverse was written down."""
    found: dict[tuple[int, int], set[str]] = {}
    for relation in relations:
        found.setdefault((relation.subject, relation.object), set()).add(relation.predicate)
        if turned := inverse(relation.predicate):
            found.setdefault((relation.object, relation.subject), set()).add(turned)
    return found


def mentions(text: str, words: str) -> bool:
    """Whether `text` has `words` in it, as whole words, whatever the case and punctuation."""
    return f" {_plain(words)} " in f" {_plain(text)} "


def _plain(text: str) -> str:
    return " ".join(text.lower().translate(PUNCTUATION).split())


def is_fair(question: Question) -> bool:
    """Whether a question asks something, has answers in words, and tells none of them."""
    written = question.text.strip() and question.answers and all(answer.strip() for answer in question.answers)
    return bool(written) and not any(mentions(question.text, answer) for answer in question.answers)


def various(questions: Iterable[Question], stream: Stream, *, count: int) -> list[Question]:
    """Up to `count` questions of different kinds that do not contain their answer, no answer of a kind favoured."""
    kinds: dict[str, dict[str, list[Question]]] = {}
    for question in questions:
        if is_fair(question):
            kinds.setdefault(question.kind, {}).setdefault(question.answers[0], []).append(question)
    chosen = (kinds[kind] for kind in pick(sorted(kinds), stream, count=count))
    return [stream.choice(by_answer[stream.choice(sorted(by_answer))]) for by_answer in chosen]
