"""What is in the picture: colours, presence, classes, numbers, places."""

from collections import Counter
from collections.abc import Iterator

from sayso.records import AnnotatedItem, AnnotatedObject, Options
from sayso.seeds import Stream
from sayso.tasks._drafts import choose, judge
from sayso.tasks._objects import cell_of, foil, pick, referable, say, things, values
from sayso.tasks._options import word_options
from sayso.tasks._protocol import Draft, task
from sayso.tasks._vocabulary import family, generic, number_options, plural, rivals, with_article

__all__ = ["color_recognition", "counting", "object_detection", "object_recognition", "position_reasoning"]

MAX_COUNT = 24
SAID = ("color", "size", "texture")
COUNT_WEIGHTS = (
    0.5,
    0.45,
    1.0,
    2.0,
    4.0,
)  # how often to ask for a count of 0, 1, ...; high counts are rare in pictures


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
    if not things(item):
        return
    phrases: dict[int, list[str]] = {}
    for words, count in sorted(_counts(item, stream).items()):
        if count <= MAX_COUNT:
            phrases.setdefault(count, []).append(words)
    counts = sorted(phrases)
    weights = [COUNT_WEIGHTS[min(count, len(COUNT_WEIGHTS) - 1)] for count in counts]
    for count in dict.fromkeys(stream.weighted(counts, weights) for _ in range(2)):
        yield choose(str(count), Options(items=number_options(count)), objects=stream.choice(phrases[count]))


def _counts(item: AnnotatedItem, stream: Stream) -> dict[str, int]:
    """How often what can be counted occurs: classes and, where the picture is annotated in full, looks and everything."""
    objects = things(item)
    full = all("color" in one.attributes for one in objects)
    whole = plural(generic([one.label for one in objects]))
    counts = Counter(words for one in objects for words in _names(one, whole if full else ""))
    for one in item.objects:
        if one.crowd:
            counts.pop(plural(one.label), None)
    counts.update(dict.fromkeys(_absent(item, whole if full else "", stream), 0))
    return dict(counts)


def _names(one: AnnotatedObject, whole: str) -> Iterator[str]:
    yield plural(one.label)
    if whole:
        color = one.attributes["color"]
        yield from (f"{color} {plural(one.label)}", f"{color} {whole}", whole)


def _absent(item: AnnotatedItem, whole: str, stream: Stream) -> Iterator[str]:
    """A few names of the same forms that nothing in the picture has."""
    one = stream.choice(things(item))
    for said in ((), ("color",)) if whole else ((),):
        if words := foil(one, stream, said=said, among=item.objects):
            yield plural(words)
    if whole:
        present = values(item.objects, "color")
        yield from (f"{word} {whole}" for word in rivals("color", one.attributes["color"])[:2] if word not in present)


@task(needs=("image", "objects"), slots={"object": "text"}, output="option", aliases=("VQA_positional_reasoning",))
def position_reasoning(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the part of the picture where an object is."""
    for one, name in referable(item, stream, count=2):
        gold = cell_of(one)
        if gold and (options := word_options(gold, stream, pool=family("position", gold))):
            yield choose(gold, options, object=name)
