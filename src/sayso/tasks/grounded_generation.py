"""From words to a region, and from a region to words.

Words are used only where they fit one object of the item: a picture with two plain dogs asks for no dog.
"""

from collections.abc import Iterator

from sayso.records import AnnotatedItem, AnnotatedObject, Answer, Region, Regions
from sayso.seeds import Stream
from sayso.tasks._drafts import answer, choose
from sayso.tasks._objects import boxed, expressions, has_look, phrase, pick, referable
from sayso.tasks._options import region_options
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


@task(
    needs=("image", "boxes", "attributes"),
    slots={"region": "region"},
    metrics=("rouge_l", "exact_match"),
    aliases=("GC",),
)
def grounded_captioning(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Describe the object in a region with its attributes."""
    for one in pick([one for one in boxed(item) if has_look(one)], stream, count=2):
        if one.region:
            yield answer(phrase(one), region=one.region)


@task(needs=("image", "boxes", "attributes"), slots={"text": "text"}, output="region", aliases=("VG",))
def visual_grounding(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Find the region that a full description is about."""
    names = [phrase(one) for one in item.objects]
    clear = [one for one in boxed(item) if has_look(one) and names.count(phrase(one)) == 1]
    for one in pick(clear, stream, count=2):
        if one.region:
            yield answer(one.region, text=phrase(one))


# The repository calls the next task `region_generation` and the one after it `object_grounding`, which is the next
# task's name in the paper: the paper's names win, and the second has no alias.
@task(needs=("image", "boxes"), slots={"object": "text"}, output="region", aliases=("region_generation",))
def object_grounding(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Find every region that shows an object of a class."""
    by_label: dict[str, list[AnnotatedObject]] = {}
    for one in item.objects:
        by_label.setdefault(one.label, []).append(one)
    for label in pick(sorted(by_label), stream):
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
    for one in pick(boxed(item), stream, count=2):
        if one.region:
            yield answer(one.label, region=one.region)


@task(needs=("image", "boxes", "text_in_image"), slots={"text": "text"}, output="region_option")
def text_localization(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the region where a text is written."""
    written = [one for one in item.objects if one.text and one.region]
    texts = [one.text for one in written]
    for one in pick([one for one in written if texts.count(one.text) == 1], stream, count=1):
        regions = [other.region for other in (*boxed(item), *written) if other is not one and other.region]
        if one.region and one.text and (options := region_options(one.region, regions, stream)):
            yield choose(one.region, options, text=one.text)


@task(
    needs=("image", "boxes"),
    slots={"expression": "text"},
    output="region",
    aliases=("descriptive_object_region_generate",),
)
def referring_expression_grounding(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Find the region of the one object that a short expression fits."""
    for one, name in referable(item, stream, count=2):
        if one.region:
            yield answer(one.region, expression=name)


@task(
    needs=("image", "boxes"),
    slots={"region": "region"},
    metrics=("rouge_l", "exact_match"),
    aliases=("object_description_generate",),
)
def referring_expression_generation(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Write a short expression that fits only the object in a region."""
    for one, _ in referable(item, stream, count=2):
        if one.region:
            yield answer(*expressions(item, one), region=one.region)
