"""Matching regions with words, or with one another: yes or no, or one of several.

Yes and no are equally likely by construction, and a wrong phrase is a right one with a word exchanged.
"""

from collections.abc import Iterator
from itertools import combinations

from sayso.records import AnnotatedItem, AnnotatedObject, Regions
from sayso.seeds import Stream
from sayso.tasks._drafts import choose, judge
from sayso.tasks._objects import boxed, foil, has_look, phrase, pick, referable, values
from sayso.tasks._options import phrase_options, region_options, word_options
from sayso.tasks._protocol import Draft, task
from sayso.tasks._vocabulary import rivals

__all__ = [
    "grounded_caption_selection",
    "missing_object_selection",
    "object_matching",
    "object_region_matching",
    "object_region_selection",
    "referring_expression_selection",
    "region_caption_matching",
]


@task(
    needs=("image", "boxes"),
    slots={"region": "region", "other_region": "region"},
    output="option",
    aliases=("object_match",),
)
def object_matching(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell whether two regions show objects of the same class."""
    pairs = list(combinations(boxed(item)[:12], 2))
    same = [pair for pair in pairs if pair[0].label == pair[1].label]
    different = [pair for pair in pairs if pair[0].label != pair[1].label]
    if not same or not different:  # one of each, or the answer could be guessed from how often it can be asked
        return
    for kind in pick([same, different], stream):
        one, other = pick(stream.choice(kind), stream)
        if one.region and other.region:
            yield judge(kind is same, region=one.region, other_region=other.region)


@task(
    needs=("image", "boxes", "attributes"),
    slots={"region": "region", "caption": "text"},
    output="option",
    aliases=("region_caption_match",),
)
def region_caption_matching(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell whether a description fits the object in a region."""
    for one in pick([one for one in boxed(item) if has_look(one)], stream, count=2):
        wrong = foil(one, stream, said=one.attributes.keys(), among=[one])
        truth = stream.below(2) == 1
        if one.region and wrong:
            yield judge(truth, region=one.region, caption=phrase(one) if truth else wrong)


@task(
    needs=("image", "boxes"),
    slots={"region": "region", "object": "text"},
    output="option",
    aliases=("object_region_match",),
)
def object_region_matching(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell whether a region shows an object of a class."""
    objects = boxed(item)
    for one in pick(objects, stream, count=2):
        wrong = pick(rivals("label", one.label, near=values(objects, "label")), stream, count=1)
        truth = stream.below(2) == 1
        if one.region and wrong:
            yield judge(truth, region=one.region, object=one.label if truth else wrong[0])


@task(needs=("image", "boxes"), slots={"object": "text"}, output="region_option")
def object_region_selection(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the region that shows an object of a class."""
    labels = [one.label for one in item.objects]
    for one in pick([one for one in boxed(item) if labels.count(one.label) == 1], stream, count=2):
        yield from _select_region(item, one, "object", one.label, stream)


@task(
    needs=("image", "boxes"),
    slots={"expression": "text"},
    output="region_option",
    aliases=("descriptive_object_region_select",),
)
def referring_expression_selection(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the region of the one object that a short expression fits."""
    for one, name in referable(item, stream, count=2):
        yield from _select_region(item, one, "expression", name, stream)


def _select_region(item: AnnotatedItem, one: AnnotatedObject, slot: str, words: str, stream: Stream) -> Iterator[Draft]:
    others = [other.region for other in boxed(item) if other is not one and other.region]
    if one.region and (options := region_options(one.region, others, stream)):
        yield choose(one.region, options, **{slot: words})


@task(needs=("image", "boxes"), slots={"regions": "regions"}, output="option")
def missing_object_selection(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the object that none of several regions shows."""
    first: dict[str, AnnotatedObject] = {}
    for one in boxed(item):
        first.setdefault(one.label, one)
    if len(first) < 2:
        return
    shown = pick(sorted(first), stream, count=3)
    absent = [label for label in rivals("label", shown[0]) if label not in values(item.objects, "label")]
    regions = [region for label in shown if (region := first[label].region)]
    if absent and (options := word_options(gold := stream.choice(absent), stream, pool=shown)):
        yield choose(gold, options, regions=Regions(items=tuple(regions)))


@task(needs=("image", "boxes", "attributes"), slots={"region": "region"}, output="option", aliases=("GC_selection",))
def grounded_caption_selection(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the description that fits the object in a region."""
    for one in pick([one for one in boxed(item) if has_look(one)], stream, count=2):
        if one.region and (options := phrase_options(one, stream)):
            yield choose(phrase(one), options, region=one.region)
