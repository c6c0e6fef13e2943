"""What warms a small model up before any instruction; not part of MultiInstruct.

From raw pixels question answering stays at chance for a long time; naming everything in the picture first makes a tiny
vision-language model see, and answering from what is written teaches it to read. The others are plain texts beside a picture, as a crawl
would have them: captions, what is in a region and where a thing is, sundry facts, what is written. None asks for anything: each has one fixed heading.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from sayso.records import AnnotatedItem, AnnotatedObject
from sayso.seeds import Stream
from sayso.tasks._drafts import answer, sentence
from sayso.tasks._objects import boxed, is_writing, pick, things, various
from sayso.tasks._phrases import captions, described, of_one_place
from sayso.tasks._protocol import Draft, task

__all__ = [
    "dense_description",
    "description_question_answering",
    "plain_caption",
    "plain_facts",
    "plain_places",
    "plain_regions",
    "plain_things",
    "plain_writing",
]

FACTS_OF_A_KIND = 2
COUNTED = ("label", "color")
NAMED = 4
WORDED = ("size", "color", "texture", "label")
"""Kinds of words in the order they are said."""


@task(needs=("image", "description"), metrics=("rouge_l", "exact_match"))
def dense_description(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Describe every object of the picture, place by place."""
    yield answer(item.labels["description"])


@task(needs=("description", "questions"), slots={"passage": "text", "question": "text"})
def description_question_answering(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Answer a question from a written description alone, without any picture."""
    # Ours, not MultiInstruct's: the text-only task, for items with or without media. The passage is the evidence.
    passage = item.labels["description"]
    # Items without media may tell the passage in every question; here it stands once, in its own slot.
    asked = [replace(question, text=question.text.removeprefix(f"{passage}. ")) for question in item.questions]
    for question in various(asked, stream, count=1):
        fields = {"passage": sentence(passage), "question": question.text}
        yield Draft(fields=fields, references=question.answers, media=())


@task(needs=("image", "captions"), metrics=("rouge_l",), by_name=True)
def plain_caption(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """One of the captions, as it is."""
    for caption in pick(item.captions, stream, count=1):
        yield answer(caption)


@task(needs=("image", "region_phrases"), slots={"region": "region"}, metrics=("rouge_l",), by_name=True)
def plain_regions(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """What is in a region, in the words of one of its phrases."""
    for one in pick(captions(item), stream, count=1):
        yield answer(one.text, region=one.region)


@task(needs=("image", "region_phrases"), slots={"text": "text"}, output="region", by_name=True)
def plain_places(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Where what a phrase is about lies."""
    for one in pick(of_one_place(described(item)), stream, count=1):
        yield answer(one.region, text=one.text)


@task(needs=("image", "objects"), metrics=("rouge_l",), by_name=True)
def plain_facts(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Some facts of the picture: how many there are of a kind, how two things lie, what a thing looks like."""
    kinds = (_counts(item, stream), _relations(item), _looks(item))
    facts = [fact for known in kinds for fact in pick(known, stream, count=FACTS_OF_A_KIND)]
    if facts:
        yield answer("; ".join(stream.sample(facts, len(facts))))


@task(needs=("image", "objects"), metrics=("rouge_l",), by_name=True)
def plain_things(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Words drawn at random, each with where it fits: `star: top left, middle right; green: none; large ring: bottom left`."""
    shown = [one for one in things(item) if "position" in one.attributes]
    asked = [_some_words(item, shown, stream) for _ in range(NAMED)] if shown else []
    if asked:
        yield answer("; ".join([f"{' '.join(words)}: {_where(words, shown)}" for words in asked]))


def _some_words(item: AnnotatedItem, shown: Sequence[AnnotatedObject], stream: Stream) -> tuple[str, ...]:
    """One or two words that can go together, of a thing that is there or of any."""
    kinds = [kind for kind in WORDED if item.vocabulary.get(kind)]
    one = stream.choice(shown)
    drawn = {kind: stream.choice(item.vocabulary[kind]) for kind in kinds}
    known = {kind: one.label if kind == "label" else one.attributes.get(kind, "") for kind in kinds}
    words = known if stream.below(2) else drawn | {"label": known["label"]} if stream.below(2) else drawn
    chosen = sorted(stream.sample(kinds, 1 + stream.below(2)), key=WORDED.index)
    return tuple(words[kind] for kind in chosen if words[kind])


def _where(words: Sequence[str], shown: Sequence[AnnotatedObject]) -> str:
    fitting = [one for one in shown if set(words) <= {one.label, *one.attributes.values()}]
    return ", ".join([one.attributes["position"] for one in fitting]) or "none"


@task(needs=("image", "objects"), metrics=("exact_match",), by_name=True)
def plain_writing(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """All words that are written in the picture, in reading order."""
    written = [one for one in item.objects if is_writing(one)]
    if written:
        yield answer("; ".join([_place(one) + (one.text or "unreadable") for one in written]))


def _place(one: AnnotatedObject) -> str:
    return f"{place}: " if (place := one.attributes.get("position")) else ""


def _counts(item: AnnotatedItem, stream: Stream) -> list[str]:
    """`3 red`, `0 star`: of as many words as there are things, present or not."""
    shown = things(item)
    found = Counter([one.label for one in shown] + [value for one in shown for value in one.attributes.values()])
    words = [word for kind in COUNTED for word in item.vocabulary.get(kind, ())]
    drawn = stream.sample(words, min(len(shown), len(words)))
    return [f"{len(shown)} things", *(f"{found[word]} {word}" for word in drawn)]


def _names(item: AnnotatedItem) -> dict[int, str]:
    """The first phrase that fits an object alone, by the object's position."""
    by_region = {phrase.region: phrase.text for phrase in reversed(item.phrases) if phrase.unique}
    return {i: by_region[one.region] for i, one in enumerate(item.objects) if one.region in by_region}


def _relations(item: AnnotatedItem) -> list[str]:
    names = _names(item)
    return [
        f"{names[one.subject]} is {one.predicate} {names[one.object]}"
        for one in item.relations
        if one.subject in names and one.object in names
    ]


def _looks(item: AnnotatedItem) -> list[str]:
    names = _names(item)
    boxes = boxed(item)
    return [
        f"{names[i]}: {', '.join([*one.attributes.values(), one.label])}"
        for i, one in enumerate(item.objects)
        if i in names and one in boxes
    ]
