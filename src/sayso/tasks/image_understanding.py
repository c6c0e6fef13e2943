"""What is in the picture: colours, presence, classes, numbers, places, and what a picture as a whole is about.

A task asks the questions of its kind that the source brings; where there are none, it makes one from the objects (`what
color is the large circle?`). Scene, sport, sentiment and use cannot be made from objects: these ask what was asked.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from sayso.records import AnnotatedItem, Options
from sayso.seeds import Stream
from sayso.tasks._drafts import NO_YES, choose
from sayso.tasks._objects import cell_of, foil, pick, referable, say, things, values
from sayso.tasks._options import word_options
from sayso.tasks._protocol import Draft, task
from sayso.tasks._questions import MOST_OPTIONS, answer_options, of_kind
from sayso.tasks._vocabulary import be, generic, plural, rivals, with_article

__all__ = [
    "color_recognition",
    "counting",
    "image_quality",
    "object_detection",
    "object_recognition",
    "position_reasoning",
    "scene_recognition",
    "sentiment_understanding",
    "sport_understanding",
    "utility_affordance",
]

SAID = ("color", "size", "texture")
MOST_NUMBERS = 5
PER_ITEM = 2
NUM_FLAWS = 8  # as many as VizWiz tells apart


def _choose_among(item: AnnotatedItem, kinds: tuple[str, ...], stream: Stream) -> list[Draft]:
    """Questions of one of the `kinds` that the source brings, each with the choices of its answer."""
    drafts = []
    for question in of_kind(item, kinds, stream, count=PER_ITEM):
        if options := answer_options(question, stream, vocabulary=item.vocabulary):
            drafts.append(choose(question.answers[0], options, question=question.text))
    return drafts


@task(needs=("image", "color_question"), slots={"question": "text"}, output="option", aliases=("VQA_color",))
def color_recognition(item: AnnotatedItem, stream: Stream) -> Iterable[Draft]:
    """Choose the colour that is asked for."""
    return _choose_among(item, ("color",), stream) or _colors(item, stream)


def _colors(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    colored = [one for one in item.objects if "color" in one.attributes]
    for one, name in referable(item, stream, count=2, hide=("color",), among=colored):
        gold = one.attributes["color"]
        pool = rivals("color", gold, near=values(colored, "color"), vocabulary=item.vocabulary)
        if options := word_options(gold, stream, pool=pool, count=MOST_OPTIONS):
            yield choose(gold, options, question=f"what color {be(name)} the {name}?")


@task(
    needs=("image", "presence_question"), slots={"question": "text"}, output="option", aliases=("VQA_object_presence",)
)
def object_detection(item: AnnotatedItem, stream: Stream) -> Iterable[Draft]:
    """Tell whether what is asked for is in the picture."""
    return _choose_among(item, ("presence",), stream) or _presence(item, stream)


def _presence(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    asked: set[str] = set()
    for one in pick(things(item), stream):
        if len(asked) == PER_ITEM:
            return
        said = [kind for kind in SAID if kind in one.attributes and stream.below(2)]
        wrong = foil(one, stream, said=said, among=item.objects, vocabulary=item.vocabulary)
        truth = stream.below(2) == 1
        if wrong:
            right = say(one.label, {kind: one.attributes[kind] for kind in said})
            shown = right if truth else wrong
            if shown not in asked:  # two alike things, and two things that lack the same, would ask the same twice
                asked.add(shown)
                yield choose("yes" if truth else "no", NO_YES, question=f"{be(shown)} there {with_article(shown)}?")


@task(
    needs=("image", "object_question"), slots={"question": "text"}, output="option", aliases=("VQA_object_recognition",)
)
def object_recognition(item: AnnotatedItem, stream: Stream) -> Iterable[Draft]:
    """Choose the kind of object that is asked for."""
    return _choose_among(item, ("object", "shape"), stream) or _objects(item, stream)


def _objects(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Which of several classes is there: one alone, and the classes near to it in meaning are not."""
    present = values(item.objects, "label")
    for gold in pick(values(things(item), "label"), stream, count=1):
        absent = [label for label in rivals("label", gold, vocabulary=item.vocabulary) if label not in present]
        if options := word_options(gold, stream, pool=absent):
            yield choose(gold, options, question=f"which {generic(present)} is in the picture?")


@task(needs=("image", "count_question"), slots={"question": "text"}, output="option", aliases=("VQA_counting",))
def counting(item: AnnotatedItem, stream: Stream) -> Iterable[Draft]:
    """Choose how many objects there are of the kind that is asked for."""
    return _choose_among(item, ("count",), stream) or _numbers(item, stream)


def _numbers(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Numbers of this picture, one of which is asked for: any other choice of numbers would show which are usual."""
    for counts in _counts(item, stream):
        by_number: dict[int, list[str]] = {}
        for words, count in sorted(counts.items()):
            by_number.setdefault(count, []).append(words)
        if len(by_number) > 1:
            numbers = sorted(pick(sorted(by_number), stream, count=MOST_NUMBERS))
            gold = stream.choice(numbers)
            options = Options(items=tuple(map(str, numbers)))
            yield choose(str(gold), options, question=f"how many {stream.choice(by_number[gold])} are there?")


def _counts(item: AnnotatedItem, stream: Stream) -> Iterator[dict[str, int]]:
    """What can be counted and how often it occurs: by class and, where all is annotated, by colour."""
    objects = things(item)
    if not objects:
        return
    labels, colors = Counter(one.label for one in objects), Counter(one.attributes.get("color", "") for one in objects)
    crowds = {one.label for one in item.objects if one.crowd}
    others = rivals("label", stream.choice(objects).label, vocabulary=item.vocabulary)
    absent = [label for label in others if label not in labels]
    alike = Counter(plural(label) for label in labels)
    named = [
        label for label in (*labels, *pick(absent, stream, count=1)) if label not in crowds and alike[plural(label)] < 2
    ]
    yield {plural(label): labels[label] for label in named}
    if crowds or "" in colors:  # how many red ones there are is not known
        return
    whole = plural(generic(labels))
    others = rivals("color", stream.choice(objects).attributes["color"], vocabulary=item.vocabulary)
    absent = [color for color in others if color not in colors]
    yield {f"{color} {whole}": colors[color] for color in (*colors, *pick(absent, stream, count=1))}


@task(
    needs=("image", "position_question"),
    slots={"question": "text"},
    output="option",
    aliases=("VQA_positional_reasoning",),
)
def position_reasoning(item: AnnotatedItem, stream: Stream) -> Iterable[Draft]:
    """Choose the place that is asked for."""
    return _choose_among(item, ("position",), stream) or _places(item, stream)


def _places(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    for one, name in referable(item, stream, count=2):
        gold = cell_of(one)
        # The source's own words for places count only where the object's place is one of them.
        pool = (
            rivals("position", gold, vocabulary=item.vocabulary if "position" in one.attributes else {}) if gold else []
        )
        if gold and (options := word_options(gold, stream, pool=pool, count=MOST_OPTIONS)):
            yield choose(gold, options, question=f"where {be(name)} the {name}?")


@task(
    needs=("image", "scene_question"),
    slots={"question": "text"},
    output="option",
    aliases=("VQA_scene_recognition",),
    analogue="Drawn settings such as a beach, a farm or a city at night stand in for photographs of places.",
)
def scene_recognition(item: AnnotatedItem, stream: Stream) -> Iterable[Draft]:
    """Choose the kind of place that the picture shows."""
    return _choose_among(item, ("scene",), stream)


@task(
    needs=("image", "sentiment_question"),
    slots={"question": "text"},
    output="option",
    aliases=("VQA_sentiment_understanding",),
    analogue="Drawn faces in several moods stand in for the feelings of people on photographs.",
)
def sentiment_understanding(item: AnnotatedItem, stream: Stream) -> Iterable[Draft]:
    """Choose the feeling that somebody in the picture seems to have."""
    return _choose_among(item, ("sentiment",), stream)


@task(
    needs=("image", "utility_question"),
    slots={"question": "text"},
    output="option",
    aliases=("VQA_utility_affordance",),
    analogue="Pictograms of a few tools stand in for the things of daily life on photographs.",
)
def utility_affordance(item: AnnotatedItem, stream: Stream) -> Iterable[Draft]:
    """Choose what serves the use that is asked about."""
    return _choose_among(item, ("utility",), stream)


@task(
    needs=("image", "sport_question"),
    slots={"question": "text"},
    output="option",
    aliases=("VQA_sport_recognition",),
    analogue="Pictograms of a person at a sport stand in for photographs of games.",
)
def sport_understanding(item: AnnotatedItem, stream: Stream) -> Iterable[Draft]:
    """Choose the sport that the picture shows or that belongs to it."""
    return _choose_among(item, ("sport",), stream)


@task(
    needs=("image", "flaw"),
    output="option",
    analogue="Flaws that are drawn into a scene on purpose stand in for those of photographs taken without looking.",
)
def image_quality(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose what is wrong with the quality of the picture."""
    gold = item.labels["flaw"]
    if options := word_options(gold, stream, pool=item.vocabulary.get("flaw", ()), count=NUM_FLAWS):
        yield choose(gold, options)
