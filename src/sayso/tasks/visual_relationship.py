"""Relations and attributes of objects given by their boxes.

Where a relation holds between one thing and several, there is no single answer and no example. Of directions, boxes alone
tell the one between them: `visual_object_relationship` takes a relation of another sort where there is one. Size, which a
box tells too, is no attribute to ask for.
"""

from collections.abc import Iterable, Iterator

from sayso.records import AnnotatedItem, AnnotatedObject, Options, Region, Relation
from sayso.seeds import Stream
from sayso.tasks._drafts import answer, choose
from sayso.tasks._objects import KINDS, SEEN_IN_BOX, boxed, holding, pick, values, varies
from sayso.tasks._options import word_options
from sayso.tasks._protocol import Draft, task
from sayso.tasks._vocabulary import inverse, rivals

__all__ = [
    "grounded_object_attribute_identification",
    "visual_object_identification",
    "visual_object_localization",
    "visual_object_relationship",
    "visual_subject_identification",
    "visual_subject_localization",
]

NEEDS = ("image", "boxes", "relations")


@task(
    needs=NEEDS,
    slots={"subject_region": "region", "object_region": "region"},
    aliases=("object_relationship",),
    analogue="Directions between shapes stand in for what people and things on photographs do and are to one another.",
)
def visual_object_relationship(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Say how the object in one region relates to the object in another."""
    # Two things with two relations are left out: either would be right and only one be accepted.
    known = holding(item.relations)
    alone = [relation for relation in item.relations if len(known[relation.subject, relation.object]) == 1]
    beyond = [relation for relation in alone if not inverse(relation.predicate)]
    for relation in _varied(beyond or alone, stream, count=2):
        if regions := _regions(item, relation):
            yield answer(relation.predicate, subject_region=regions[0], object_region=regions[1])


@task(
    needs=NEEDS,
    slots={"subject_region": "region", "relation": "text"},
    metrics=("exact_match", "rouge_l"),
)
def visual_object_identification(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Name what the object in a region is related to."""
    for relation, subject, _ in _single(item, stream, fixed="subject") if varies(item, "label") else ():
        yield answer(item.objects[relation.object].label, subject_region=subject, relation=relation.predicate)


@task(needs=NEEDS, slots={"object_region": "region", "relation": "text"})
def visual_subject_identification(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Name what is related to the object in a region."""
    for relation, _, region in _single(item, stream, fixed="object") if varies(item, "label") else ():
        yield answer(item.objects[relation.subject].label, object_region=region, relation=relation.predicate)


@task(
    needs=NEEDS,
    slots={"subject_region": "region", "relation": "text"},
    output="region",
    aliases=("visual_object_region",),
)
def visual_object_localization(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Find the region of what the object in a region is related to."""
    for relation, subject, region in _single(item, stream, fixed="subject"):
        yield answer(region, subject_region=subject, relation=relation.predicate)


@task(
    needs=NEEDS,
    slots={"object_region": "region", "relation": "text"},
    output="region",
    aliases=("visual_subject_region",),
)
def visual_subject_localization(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Find the region of what is related to the object in a region."""
    # The box that is given is the object's: the subject's is the answer.
    for relation, subject, region in _single(item, stream, fixed="object"):
        yield answer(subject, object_region=region, relation=relation.predicate)


@task(needs=("image", "region_attributes"), slots={"region": "region"}, output="option", aliases=("visual_attribute",))
def grounded_object_attribute_identification(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the attribute that the object in a region has."""
    objects = boxed(item)
    tagged = [one for one in objects if one.tags and one.lacks]
    for one in pick(tagged or objects, stream, count=2):
        found = _tag(one, stream) if tagged else _attribute(item, one, stream)
        if found and one.region:
            yield choose(found[0], found[1], region=one.region)


def _tag(one: AnnotatedObject, stream: Stream) -> tuple[str, Options] | None:
    """Something that the object is said to be, among what it is said not to be."""
    gold = stream.choice(one.tags)
    options = word_options(gold, stream, pool=[word for word in one.lacks if word not in one.tags])
    return (gold, options) if options else None


def _attribute(item: AnnotatedItem, one: AnnotatedObject, stream: Stream) -> tuple[str, Options] | None:
    """An attribute of the object among others of its kind, where these are known."""
    pools = {
        kind: rivals(kind, one.attributes[kind], vocabulary=item.vocabulary)
        for kind in KINDS
        if kind in one.attributes and kind not in SEEN_IN_BOX
    }
    kinds = [kind for kind, pool in pools.items() if pool]
    if not kinds:
        return None
    kind = stream.choice(kinds)
    options = word_options(one.attributes[kind], stream, near=values(boxed(item), kind), pool=pools[kind])
    return (one.attributes[kind], options) if options else None


def _varied(relations: Iterable[Relation], stream: Stream, *, count: int) -> list[Relation]:
    """Relations with different predicates, no predicate favoured by how often it holds."""
    by_predicate: dict[str, list[Relation]] = {}
    for relation in relations:
        by_predicate.setdefault(relation.predicate, []).append(relation)
    return [stream.choice(by_predicate[name]) for name in pick(sorted(by_predicate), stream, count=count)]


def _single(item: AnnotatedItem, stream: Stream, *, fixed: str) -> Iterator[tuple[Relation, Region, Region]]:
    """Up to two relations, with both boxes, whose other end is the only one for the `fixed` end and the predicate."""
    groups: dict[tuple[int, str], list[Relation]] = {}
    for relation in item.relations:
        end = relation.subject if fixed == "subject" else relation.object
        groups.setdefault((end, relation.predicate), []).append(relation)
    alone = [found[0] for _, found in sorted(groups.items()) if len(found) == 1]
    for relation in pick(alone, stream, count=2):
        if regions := _regions(item, relation):
            yield relation, *regions


def _regions(item: AnnotatedItem, relation: Relation) -> tuple[Region, Region] | None:
    subject, other = _region(item.objects[relation.subject]), _region(item.objects[relation.object])
    return None if subject is None or other is None else (subject, other)


def _region(one: AnnotatedObject) -> Region | None:
    return None if one.crowd or one.text else one.region
