"""Matching regions with words, or with one another: yes or no, or one of several.

Yes and no are equally likely by construction, whatever the words are: where a picture shows two things, the words of one are
said as often of itself as of the other. Only a thing that is alone is told from what is nowhere in the picture. What a box
tells by its own numbers, size above all, is not said.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from sayso.records import AnnotatedItem, AnnotatedObject, Options, Phrase, Region, Regions
from sayso.seeds import Stream
from sayso.tasks._drafts import choose, judge
from sayso.tasks._objects import SEEN_IN_BOX, boxed, fits, foil, has_look, phrase, pick, referable, values
from sayso.tasks._options import FAR, elsewhere, overlap, phrase_options, region_options, word_options
from sayso.tasks._phrases import alike, captions, described, of_one_place, seen_only, unique
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
    "region_text_matching",
    "visual_grounding_selection",
]

PER_ITEM = 2
NONE = "None"
MISSING = ((0, 2), (1, 1), (1, 1), (2, 0))  # how many of two objects are missing and shown; each answer is as likely


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
    needs=("image", "boxes", "text_in_image"),
    slots={"region": "region", "text": "text"},
    output="option",
    aliases=("region_text_match",),
    analogue="Drawn words stand in for the writing on photographs.",
)
def region_text_matching(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell whether a text is written in a region."""
    written = {one.text: one.region for one in item.objects if one.text and one.region and not one.crowd}
    first, *more = pick(sorted(written), stream, count=PER_ITEM) or [""]
    others = more or pick(item.vocabulary.get("text", ()), stream)
    wrong = next((text for text in others if text not in written or text in more), None)
    truth = stream.below(2) == 1
    if first and wrong:
        yield judge(truth, region=written[first], text=first if truth else wrong)
    elif first and (places := elsewhere(written[first], stream)):  # no other text is known: another place
        yield judge(truth, region=written[first] if truth else places[0], text=first)


@task(
    needs=("image", "region_phrases"),
    slots={"region": "region", "caption": "text"},
    output="option",
    aliases=("region_caption_match",),
)
def region_caption_matching(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell whether a description fits what is in a region."""
    known = seen_only(captions(item), item)
    for region, right, wrong in _of_phrases(known, item, stream) if known else _of_looks(item, stream):
        truth = stream.below(2) == 1
        yield judge(truth, region=region, caption=right if truth else wrong)


def _of_phrases(known: Sequence[Phrase], item: AnnotatedItem, stream: Stream) -> Iterator[tuple[Region, str, str]]:
    """A region, what was said of it and what was said of another region, either way round."""
    found = pick(of_one_place(known), stream)
    first = found[0] if found else None
    other = next((one for one in found[1:] if first and not _confused(one, first, item)), None)
    if first and other:
        for one, wrong in ((first, other), (other, first)):
            yield one.region, one.text.strip(), wrong.text.strip()


def _confused(one: Phrase, other: Phrase, item: AnnotatedItem) -> bool:
    """Whether the words of one phrase were used for the region of the other too, or the regions overlap."""
    if overlap(one.region, other.region) >= FAR:
        return True
    return _is_said(one.text, other.region, item) or _is_said(other.text, one.region, item)


def _is_said(text: str, region: Region, item: AnnotatedItem) -> bool:
    """Whether the source says `text` of a region or of one that overlaps it."""
    return any(text.strip().casefold() == one.text.strip().casefold() for one in alike(item.phrases, region))


def _of_looks(item: AnnotatedItem, stream: Stream) -> Iterator[tuple[Region, str, str]]:
    """The same from what is known of two objects, or of one object alone and a look that it has not."""
    by_look: dict[str, list[AnnotatedObject]] = {}
    for one in boxed(item):
        if has_look(one):
            by_look.setdefault(phrase(one, hide=SEEN_IN_BOX), []).append(one)
    looks = pick(sorted(by_look), stream)
    pairs = [(looks[0], other) for other in looks[1:]] if looks else []
    clear = next(((a, b) for a, b in pairs if not _fit(by_look[a], by_look[b])), None)
    if clear:
        for right, wrong in (clear, clear[::-1]):
            yield from _with_region(stream.choice(by_look[right]), right, wrong)
    elif looks:
        one = stream.choice(by_look[looks[0]])
        said = one.attributes.keys() - set(SEEN_IN_BOX)
        yield from _with_region(one, looks[0], foil(one, stream, said=said, among=[one], vocabulary=item.vocabulary))


def _with_region(one: AnnotatedObject, right: str, wrong: str | None) -> Iterator[tuple[Region, str, str]]:
    if one.region and wrong:
        yield one.region, right, wrong


def _fit(some: Iterable[AnnotatedObject], others: Sequence[AnnotatedObject]) -> bool:
    """Whether what is known of one object could be true of one of the others."""
    return any(
        one.label == other.label and fits(one, other.label, _unsized(other)) and fits(other, one.label, _unsized(one))
        for one in some
        for other in others
    )


def _unsized(one: AnnotatedObject) -> dict[str, str]:
    return {kind: value for kind, value in one.attributes.items() if kind not in SEEN_IN_BOX}


@task(
    needs=("image", "boxes"),
    slots={"region": "region", "object": "text"},
    output="option",
    aliases=("object_region_match",),
)
def object_region_matching(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell whether a region shows an object of a class."""
    objects = boxed(item)
    labels = pick(values(objects, "label"), stream, count=2)
    if len(labels) == 1:  # nothing else in the picture: a class that it does not show
        labels += pick(rivals("label", labels[0], vocabulary=item.vocabulary), stream, count=1)
    for right, wrong in (labels, labels[::-1]) if len(labels) == 2 else ():
        shown = [one.region for one in objects if one.label == right and one.region]
        truth = stream.below(2) == 1
        if shown:
            yield judge(truth, region=stream.choice(shown), object=right if truth else wrong)


@task(needs=("image", "boxes"), slots={"object": "text"}, output="region_option")
def object_region_selection(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the region that shows an object of a class."""
    labels = [one.label for one in item.objects]
    for one in pick([one for one in boxed(item) if labels.count(one.label) == 1], stream, count=PER_ITEM):
        yield from _select_object(item, one, "object", one.label, stream)


@task(
    needs=("image", "expressions"),
    slots={"expression": "text"},
    output="region_option",
    aliases=("descriptive_object_region_select",),
)
def referring_expression_selection(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the region of the one object that a short expression fits."""
    known = seen_only(unique(item), item)
    for one in pick(known, stream, count=PER_ITEM):
        yield from _select(item, one, "expression", stream)
    for thing, name in [] if known else referable(item, stream, count=PER_ITEM, hide=SEEN_IN_BOX):
        yield from _select_object(item, thing, "expression", name, stream)


@task(needs=("image", "region_phrases"), slots={"text": "text"}, output="region_option", aliases=("VG_selection",))
def visual_grounding_selection(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the region that a description is about."""
    known = seen_only(captions(item), item)
    for one in pick(of_one_place(known), stream, count=PER_ITEM):
        yield from _select(item, one, "text", stream)
    names = [phrase(one, hide=SEEN_IN_BOX) for one in item.objects]
    looks = [one for one in boxed(item) if has_look(one) and names.count(phrase(one, hide=SEEN_IN_BOX)) == 1]
    for thing in [] if known else pick(looks, stream, count=PER_ITEM):
        yield from _select_object(item, thing, "text", phrase(thing, hide=SEEN_IN_BOX), stream)


def _select_object(item: AnnotatedItem, one: AnnotatedObject, slot: str, words: str, stream: Stream) -> Iterator[Draft]:
    if one.region:
        yield from _select(item, Phrase(text=words, region=one.region), slot, stream)


def _select(item: AnnotatedItem, one: Phrase, slot: str, stream: Stream) -> Iterator[Draft]:
    """The region of a phrase among those of other objects and phrases."""
    regions = [*(other.region for other in boxed(item)), *(other.region for other in described(item))]
    others = dict.fromkeys(region for region in regions if region and region != one.region)
    if options := region_options(one.region, others, stream):
        yield choose(one.region, options, **{slot: one.text.strip()})


@task(needs=("image", "boxes"), slots={"regions": "regions"}, output="option")
def missing_object_selection(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose which of two objects, one, both or none of them, several regions do not show."""
    shown = _first_of_classes(item, stream)
    absent = _absent(item, shown, stream)
    if len(shown) < 2 or len(absent) < 2:
        return
    # Each object is missing or shown as often, and so is each answer, whatever the classes are.
    missing, there = stream.choice(MISSING)
    candidates = sorted([*absent[:missing], *[one.label for one in shown[:there]]])
    gold = ", ".join(sorted(absent[:missing])) or NONE
    options = Options(items=tuple(sorted({*candidates, ", ".join(candidates), NONE})))
    regions = [one.region for one in shown if one.region]
    yield choose(gold, options, regions=Regions(items=tuple(sorted(regions, key=lambda r: (r.x1, r.y1)))))


def _first_of_classes(item: AnnotatedItem, stream: Stream) -> list[AnnotatedObject]:
    """An object of each of two classes, in random order."""
    objects = boxed(item)
    labels = pick(values(objects, "label"), stream, count=2)
    return [stream.choice([one for one in objects if one.label == label]) for label in labels]


def _absent(item: AnnotatedItem, shown: Sequence[AnnotatedObject], stream: Stream) -> list[str]:
    """Two classes or more that the regions do not show: those elsewhere in the picture, then any other."""
    if not shown:
        return []
    regions = [one.region for one in shown if one.region]
    told = {one.label for one in shown}
    covered = {
        one.label
        for one in item.objects
        if one.region is None or one.crowd or any(overlap(one.region, region) > 0 for region in regions)
    }
    present = values(item.objects, "label")
    near = [label for label in values(boxed(item), "label") if label not in told | covered]
    far = [label for label in rivals("label", shown[0].label, vocabulary=item.vocabulary) if label not in present]
    return [*pick(near, stream), *pick(far, stream)]


@task(needs=("image", "region_phrases"), slots={"region": "region"}, output="option", aliases=("GC_selection",))
def grounded_caption_selection(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the description that fits what is in a region."""
    known = seen_only(captions(item), item)
    for one in pick(of_one_place(known), stream, count=PER_ITEM):
        here = {other.text.strip().casefold() for other in alike(described(item), one.region)}
        apart = [other.text.strip() for other in known if other not in alike(known, one.region)]
        wrong = {text.casefold(): text for text in apart if text.casefold() not in here}
        if options := word_options(one.text.strip(), stream, pool=list(wrong.values())):
            yield choose(one.text.strip(), options, region=one.region)
    for thing in [] if known else pick([one for one in boxed(item) if has_look(one)], stream, count=PER_ITEM):
        options = phrase_options(thing, stream, hide=SEEN_IN_BOX, vocabulary=item.vocabulary)
        if thing.region and options:
            yield choose(phrase(thing, hide=SEEN_IN_BOX), options, region=thing.region)
