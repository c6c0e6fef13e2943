"""What is in the picture: colours, presence, classes, numbers, places."""

from collections import Counter
from collections.abc import Iterator, Mapping

from sayso.records import AnnotatedItem, Options
from sayso.seeds import Stream
from sayso.tasks._drafts import choose, judge
from sayso.tasks._objects import cell_of, foil, pick, referable, say, things, values
from sayso.tasks._options import word_options
from sayso.tasks._protocol import Draft, task
from sayso.tasks._vocabulary import family, generic, number_options, plural, rivals, with_article

__all__ = ["color_recognition", "counting", "object_detection", "object_recognition", "position_reasoning"]

MAX_COUNT = 24
SAID = ("color", "size", "texture")
COUNT_WEIGHTS = (0.04, 0.07, 0.2, 1.0, 5.0)  # for 0, 1, ... 4 and more: high counts are rare in pictures
SKIP_WEIGHT = 0.5  # not to ask at all; without it pictures of single things would make 0 and 1 the usual answers


@task(needs=("image", "color"), slots={"object": "text"}, output="option", aliases=("VQA_color",))
def color_recognition(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the colour of an object that is named without it."""
    colored = [one for one in item.objects if "color" in one.attributes]
    for one, name in referable(item, stream, count=2, hide=("color",), among=colored):
        gold = one.attributes["color"]
        options = word_options(gold, stream, near=values(colored, "color"), pool=family("color", gold))
        if options is not None:
            yield choose(gold, options, object=name)


@task(needs=("image", "objects"), slots={"object": "text"}, output="option", aliases=("VQA_object_presence",))
def object_detection(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell whether an object is in the picture."""
    named = things(item)
    for one in pick(named, stream, count=2):
        said = [kind for kind in SAID if kind in one.attributes and stream.below(2)]
        wrong = foil(one, stream, said=said, among=item.objects)
        truth = stream.below(2) == 1
        if wrong:
            right = say(one.label, {kind: one.attributes[kind] for kind in said})
            yield judge(truth, object=with_article(right if truth else wrong))


@task(needs=("image", "objects"), output="option", aliases=("VQA_object_recognition",))
def object_recognition(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the class of object that the picture shows."""
    labels = values(things(item), "label")
    present = values(item.objects, "label")
    for gold in pick(labels, stream, count=1):
        absent = [label for label in rivals("label", gold) if label not in present]
        if options := word_options(gold, stream, pool=absent):
            yield choose(gold, options)


@task(needs=("image", "objects"), slots={"objects": "text"}, output="option", aliases=("VQA_counting",))
def counting(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose how many objects of a kind there are."""
    for counts in _counts(item, stream):
        words = _draw_count(counts, stream)
        if words is not None:
            yield choose(str(counts[words]), Options(items=number_options(counts[words])), objects=words)


def _draw_count(counts: Mapping[str, int], stream: Stream) -> str | None:
    """One of the names, or none, so that over many pictures each number is about as often the answer."""
    by_count: dict[int, list[str]] = {}
    for words, count in sorted(counts.items()):
        if count <= MAX_COUNT:
            by_count.setdefault(count, []).append(words)
    if len(counts) == 1 and by_count:  # nothing to choose from: pictures have their totals as they have them
        return next(iter(counts))
    drawn = stream.weighted(
        [*by_count, None], [*(COUNT_WEIGHTS[min(count, len(COUNT_WEIGHTS) - 1)] for count in by_count), SKIP_WEIGHT]
    )
    return None if drawn is None else stream.choice(by_count[drawn])


def _counts(item: AnnotatedItem, stream: Stream) -> Iterator[dict[str, int]]:
    """What can be counted and how often it occurs: by class and, where all is annotated, by colour and altogether."""
    objects = things(item)
    if not objects:
        return
    labels, colors = Counter(one.label for one in objects), Counter(one.attributes.get("color", "") for one in objects)
    crowds = {one.label for one in item.objects if one.crowd}
    absent = [label for label in rivals("label", stream.choice(objects).label) if label not in labels]
    alike = Counter(plural(label) for label in labels)
    named = [label for label in (*labels, *absent[:2]) if label not in crowds and alike[plural(label)] < 2]
    yield {plural(label): labels[label] for label in named}
    if crowds or "" in colors:  # how many red ones there are, or how many in all, is not known
        return
    whole = plural(generic(labels))
    absent = [color for color in rivals("color", stream.choice(objects).attributes["color"]) if color not in colors]
    yield {f"{color} {whole}": colors[color] for color in (*colors, *absent[:2])}
    if stream.below(2):
        yield {whole: len(objects)}


@task(needs=("image", "objects"), slots={"object": "text"}, output="option", aliases=("VQA_positional_reasoning",))
def position_reasoning(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the part of the picture where an object is."""
    for one, name in referable(item, stream, count=2):
        gold = cell_of(one)
        if gold and (options := word_options(gold, stream, pool=family("position", gold))):
            yield choose(gold, options, object=name)
