"""Second steps: answers are recomputed from the objects, texts of other scenes fit nothing here, and words alone win nothing."""

from collections import Counter, defaultdict
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.records import AnnotatedItem, AnnotatedObject, Question
from sayso.sources import sources
from sayso.sources.shapes.reasoning import CORNERS, FACTS
from sayso.sources.shapes.scene import COLORS, SHAPES
from sayso.sources.shapes.view import DIRECTIONS, OPPOSITE

WORLD = {start: (kind, answers) for kind, start, answers in FACTS}
SEEN = {"color": COLORS, "shape": SHAPES}
MOVES = {"left": "left of", "right": "right of", "up": "above", "down": "below"}


def many(count: int, **options: object) -> list[AnnotatedItem]:
    return list(sources.build("shapes", {"count": count, "max_objects": 5, **options}).items())


items = st.builds(lambda index: many(1, start=index)[0], st.integers(0, 1 << 40))


def told(thing: AnnotatedObject) -> set[str]:
    return {thing.label, *thing.attributes.values()}


def find(objects: tuple[AnnotatedObject, ...], phrase: str) -> list[AnnotatedObject]:
    """Things that fit a phrase, with or without a relation to another: `the red star left of the square`."""
    phrase = phrase.removeprefix("the ")
    for words in sorted(DIRECTIONS, key=len, reverse=True):
        head, found, anchor = phrase.partition(f" {words} the ")
        if found:
            (other,) = find(objects, anchor)
            return [one for one in find(objects, head) if one is not other and lies(one, other, words)]
    phrase, _, place = phrase.partition(" at ")
    words = {word for word in phrase.split() if word not in ("shape", "one", "thing")}
    return [one for one in objects if words <= told(one) and place in ("", one.attributes["position"])]


def lies(one: AnnotatedObject, other: AnnotatedObject, words: str) -> bool:
    a, b = one.region, other.region
    facts = {"left of": a.x2 <= b.x1, "right of": b.x2 <= a.x1, "above": a.y2 <= b.y1, "below": b.y2 <= a.y1}
    return all(facts[part] for part in words.split(" and "))


def seen(thing: AnnotatedObject, kind: str) -> str:
    return thing.label if kind == "shape" else thing.attributes[kind]


def hop(objects: tuple[AnnotatedObject, ...], text: str) -> str:
    start, phrase = text.removesuffix("?").split(" the ", 1)
    kind = "shape"
    if start == "what is":
        phrase = phrase.removeprefix("shape of the ")
    else:
        kind = start.split()[1]
    (thing,) = find(objects, phrase)
    return seen(thing, kind)


def fact(objects: tuple[AnnotatedObject, ...], text: str) -> str:
    start = next((start for start in WORLD if text.startswith(f"{start} ")), "how many corners has")
    (thing,) = find(objects, text.removeprefix(f"{start} ").removesuffix("?"))
    if start not in WORLD:
        return str(CORNERS[thing.label])
    kind, answers = WORLD[start]
    return answers[SEEN[kind].index(seen(thing, kind))]


def happens(objects: tuple[AnnotatedObject, ...], text: str) -> str:
    words = text.replace(".", " ").split()
    (thing,) = [one for one in objects if one.name == f"thing {words[words.index('thing') + 1]}"]
    others = [one for one in objects if one is not thing]
    if "slides" in words:
        way = words[words.index("straight") + 1]
        box = thing.region
        level = way in ("left", "right")
        hit = [o for o in others if lies(o, thing, MOVES[way]) and overlaps(box, o.region, level=level)]
        gold = min(hit, key=lambda o: abs(o.region.x1 - box.x1) + abs(o.region.y1 - box.y1))
    else:
        kind = "color" if "color" in words else "shape"
        (gold,) = [one for one in others if seen(one, kind) == seen(thing, kind)]
    return f"the {gold.attributes['color']} {gold.label}"


def overlaps(a: object, b: object, *, level: bool) -> bool:
    return a.y1 < b.y2 and b.y1 < a.y2 if level else a.x1 < b.x2 and b.x1 < a.x2


RULES = {"compositional": hop, "knowledge": fact, "commonsense": happens}


@given(items)
def test_answers_of_second_steps_are_true_of_the_objects(item: AnnotatedItem) -> None:
    for question in item.questions:
        if rule := RULES.get(question.kind):
            assert question.answers == (rule(item.objects, question.text),), question
            assert question.answers[0] in question.options
            assert len(set(question.options)) == len(question.options)


@given(items)
def test_what_is_pointed_at_is_the_only_one_that_fits(item: AnnotatedItem) -> None:
    for question in item.questions:
        if question.boxes:
            word = question.text.removesuffix("?").split()[-1]
            (thing,) = [one for one in item.objects if word in told(one)]
            assert question.answer_box == thing.region
            assert question.boxes == tuple(one.region for one in item.objects)
            assert word not in ("large", "small")  # boxes would show it


@given(items)
def test_a_unique_phrase_fits_the_thing_in_its_region_alone(item: AnnotatedItem) -> None:
    for phrase in item.phrases:
        (thing,) = [one for one in item.objects if one.region == phrase.region]
        if phrase.unique:
            assert find(item.objects, phrase.text) == [thing], phrase.text
        else:
            assert set(phrase.text.split()) <= told(thing)


@given(items)
def test_captions_and_questions_from_elsewhere_take_for_granted_what_is_not_here(item: AnnotatedItem) -> None:
    here = {f"{one.attributes['color']} {one.label}" for one in item.objects}
    pairs = [f"{color} {shape}" for color, shape in product(COLORS, SHAPES)]
    assert len(item.elsewhere["captions"]) == 4
    for caption in item.elsewhere["captions"]:
        bare = caption.replace(" striped", "").replace(" dotted", "")
        assert any(pair not in here for pair in pairs if pair in bare), caption
    for question in item.elsewhere["questions"]:
        phrase = question.removesuffix("?").replace("what is the shape of ", "").split("the ", 1)[1]
        assert find(item.objects, phrase) == [], question


def form(question: str) -> str:
    """A question without its colours, shapes and places."""
    words = question.removesuffix("?").partition(" at ")[0].split()
    return " ".join("COLOR" if w in COLORS else "SHAPE" if w in SHAPES else w for w in words)


def test_questions_that_do_not_fit_look_like_those_that_do() -> None:
    fit, misfit, words_fit, words_misfit = Counter(), Counter(), Counter(), Counter()
    for item in many(3000):
        asked = [
            q.text
            for q in item.questions
            if q.kind in ("color", "shape", "size", "texture", "position") and not q.boxes
        ]
        fit.update(map(form, asked))
        misfit.update(map(form, item.elsewhere["questions"]))
        words_fit.update(word for text in asked for word in text.split())
        words_misfit.update(word for text in item.elsewhere["questions"] for word in text.split())
    for one, other in ((fit, misfit), (words_fit, words_misfit)):
        assert set(one) == set(other)
        for word in one:
            assert one[word] / one.total() == pytest.approx(other[word] / other.total(), abs=0.02), word


def options_of(question: Question) -> tuple[str, ...]:
    return tuple(map(str, range(4))) if question.kind == "commonsense" else question.options


def test_each_answer_of_a_second_step_is_equally_likely() -> None:
    counts: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    overall: dict[str, Counter[str]] = defaultdict(Counter)
    for item in many(4000):
        for question in item.questions:
            if question.kind in RULES:
                place = str(question.options.index(question.answers[0]))
                counts[(question.kind, *options_of(question))].update(
                    [place if question.kind == "commonsense" else question.answers[0]]
                )
                overall[question.kind].update(question.answers)
    assert {kind for kind, *_ in counts} == set(RULES)
    for options, seen_answers in counts.items():
        share = max(seen_answers.values()) / seen_answers.total()
        assert share < 1 / (len(options) - 1) + 2.5 / seen_answers.total() ** 0.5, (options, seen_answers)
    assert all(max(found.values()) / found.total() < 0.15 for found in overall.values())


def test_the_four_options_of_commonsense_are_two_colours_times_two_shapes() -> None:
    for item in many(300):
        for question in item.questions:
            if question.kind == "commonsense":
                looks = [option.removeprefix("the ").split() for option in question.options]
                assert len({color for color, _ in looks}) == len({shape for _, shape in looks}) == 2
                assert len(looks) == 4


@given(items)
def test_spatial_statements_are_a_true_one_and_its_opposite(item: AnnotatedItem) -> None:
    spatial = {s.label: s.text.removesuffix(".") for s in item.statements if s.kind == "spatial"}
    if spatial:
        assert set(spatial) == {"true", "false"}
        words = max((w for w in DIRECTIONS if f" is {w} the " in spatial["true"]), key=len)
        one, other = spatial["true"].split(f" is {words} ")
        assert lies(*find(item.objects, one), *find(item.objects, other), words)
        assert spatial["false"] == f"{one} is {OPPOSITE[words]} {other}"


def test_the_vocabulary_holds_every_word_an_item_uses() -> None:
    for item in many(200, text=True, max_objects=4):
        for thing in item.objects:
            assert thing.label in (*item.vocabulary["label"], "word")
            for kind, value in thing.attributes.items():
                assert value in item.vocabulary[kind]
        assert {relation.predicate for relation in item.relations} <= set(item.vocabulary["relation"])
        assert item.labels["count"] in item.vocabulary["count"]
