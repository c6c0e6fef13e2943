"""From words to a region, and from a region to words.

Words are those that the source has for its regions or, where it has none, what is known of the objects. They are used only
where they fit one object of the item: a picture with two plain dogs asks for no dog.
"""

from collections.abc import Iterable, Iterator

from sayso.records import AnnotatedItem, AnnotatedObject, Answer, Phrase, Region, Regions
from sayso.seeds import Stream
from sayso.tasks._drafts import answer, choose
from sayso.tasks._objects import boxed, expressions, has_look, is_mere_writing, phrase, pick, referable, varies
from sayso.tasks._options import region_options
from sayso.tasks._phrases import captions, described, of_one_place, unique
from sayso.tasks._protocol import Draft, task

__all__ = [
    "grounded_captioning",
    "grounded_object_identification",
    "object_grounding",
    "referring_expression_generation",
    "referring_expression_grounding",
    "text_localization",
    "visual_grounding",
]

MAX_INSTANCES = 3  # more boxes of one class than this are a list to write, not a thing to find
PER_ITEM = 2


@task(
    needs=("image", "region_phrases"),
    slots={"region": "region"},
    metrics=("rouge_l", "exact_match"),
    aliases=("GC",),
)
def grounded_captioning(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Describe what is in a region."""
    phrases = captions(item)
    for region in pick(list(dict.fromkeys(one.region for one in phrases)), stream, count=PER_ITEM):
        yield answer(*_said_of(region, phrases), region=region)
    if phrases:
        return
    for one in pick([one for one in boxed(item) if has_look(one)], stream, count=PER_ITEM):
        if one.region:
            yield answer(phrase(one), region=one.region)


def _said_of(region: Region, phrases: Iterable[Phrase]) -> list[str]:
    """All that was said of a region, each once."""
    return list(dict.fromkeys(one.text.strip() for one in phrases if one.region == region))


@task(needs=("image", "region_phrases"), slots={"text": "text"}, output="region", aliases=("VG",))
def visual_grounding(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Find the region that a description is about."""
    for one in pick(of_one_place(described(item)) or _full_looks(item), stream, count=PER_ITEM):
        yield answer(one.region, text=one.text.strip())


def _full_looks(item: AnnotatedItem) -> list[Phrase]:
    """All that is known of each object, where it is true of no other; only where the source has no phrases."""
    names = [phrase(one) for one in item.objects]
    clear = [one for one in boxed(item) if has_look(one) and names.count(phrase(one)) == 1]
    return [] if described(item) else [Phrase(text=phrase(one), region=one.region) for one in clear if one.region]


# The repository calls the next task `region_generation` and the one after it `object_grounding`, which is the next
# task's name in the paper: the paper's names win, and the second has no alias.
@task(needs=("image", "boxes"), slots={"object": "text"}, output="region", aliases=("region_generation",))
def object_grounding(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Find every region that shows an object of a class."""
    by_label: dict[str, list[AnnotatedObject]] = {}
    for one in item.objects:
        by_label.setdefault(one.label, []).append(one)
    for label in pick(sorted(set(by_label) - {one.label for one in item.objects if is_mere_writing(one)}), stream):
        regions = [one.region for one in by_label[label] if one.region and not one.crowd]
        if len(regions) == len(by_label[label]) <= MAX_INSTANCES:
            yield answer(_answer(regions), object=label)
            return


def _answer(regions: list[Region]) -> Answer:
    if len(regions) == 1:
        return regions[0]
    return Regions(items=tuple(sorted(regions, key=lambda r: (r.medium, r.x1, r.y1))))


@task(needs=("image", "boxes"), slots={"region": "region"})
def grounded_object_identification(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Name the class of the object in a region."""
    for one in pick(boxed(item), stream, count=PER_ITEM) if varies(item, "label") else ():
        if one.region:
            yield answer(one.label, region=one.region)


@task(
    needs=("image", "boxes", "text_in_image"),
    slots={"text": "text"},
    output="region_option",
    analogue="Drawn words stand in for the writing on photographs.",
)
def text_localization(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the region where a text is written."""
    written = [one for one in item.objects if one.text and one.region]
    texts = [one.text for one in written]
    for one in pick([one for one in written if texts.count(one.text) == 1], stream, count=1):
        others = [other.region for other in written if other is not one and other.region]
        if one.region and one.text and (options := region_options(one.region, others, stream)):
            yield choose(one.region, options, text=one.text)


@task(
    needs=("image", "expressions"),
    slots={"expression": "text"},
    output="region",
    aliases=("descriptive_object_region_generate",),
)
def referring_expression_grounding(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Find the region of the one object that a short expression fits."""
    for one in pick(known := unique(item), stream, count=PER_ITEM):
        yield answer(one.region, expression=one.text.strip())
    for thing, name in [] if known else referable(item, stream, count=PER_ITEM):
        if thing.region:
            yield answer(thing.region, expression=name)


@task(
    needs=("image", "expressions"),
    slots={"region": "region"},
    metrics=("rouge_l", "exact_match"),
    aliases=("object_description_generate",),
)
def referring_expression_generation(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Write a short expression that fits only the object in a region."""
    known = unique(item)
    for region in pick(list(dict.fromkeys(one.region for one in known)), stream, count=PER_ITEM):
        yield answer(*_said_of(region, known), region=region)
    for thing, _ in [] if known else referable(item, stream, count=PER_ITEM):
        if thing.region:
            yield answer(*expressions(item, thing), region=thing.region)
