"""Facts, words and pixels of a scene are checked against one another, by means of their own."""

import hashlib
import subprocess
import sys
from collections import Counter, defaultdict

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from sayso.errors import ConfigError, DataError
from sayso.records import AnnotatedItem, AnnotatedObject
from sayso.sources import load_image, sources, verify_image
from sayso.sources.shapes.draw import BACKGROUND, INK, PALETTE, PAPER
from sayso.sources.shapes.view import DIRECTIONS

GOLDEN_FACTS = "f54ea9d23ffd21aef6513e95b5d59197d0eefc426643ab649739b7017bfa1329"
LAYOUTS = (
    {},
    {"text": True},
    {"image_size": 224, "grid": 4, "max_objects": 9, "text": True},
    {"image_size": 50, "grid": 2, "min_objects": 2, "max_objects": 3},
    {"image_size": 100, "grid": 5, "max_objects": 25, "min_objects": 20},
)
HARD = ("commonsense", "compositional", "knowledge")
scenes = st.builds(
    lambda seed, index, layout: make(seed=seed, start=index, **layout),
    st.integers(0, 1 << 40),
    st.integers(0, 1 << 40),
    st.sampled_from(LAYOUTS),
)


def make(**options: object) -> AnnotatedItem:
    return next(iter(sources.build("shapes", {**options, "count": 1}).items()))


def many(count: int = 3000, **options: object) -> list[AnnotatedItem]:
    return list(sources.build("shapes", {**options, "count": count}).items())


def corners(thing: AnnotatedObject, size: int) -> tuple[int, int, int, int]:
    region = thing.region
    exact = [edge * size for edge in (region.x1, region.y1, region.x2, region.y2)]
    assert exact == pytest.approx([round(edge) for edge in exact], abs=1e-9)
    return tuple(round(edge) for edge in exact)


def ink(picture: Image.Image) -> Image.Image:
    """White where a pixel differs from the background."""
    difference = ImageChops.difference(picture, Image.new("RGB", picture.size, BACKGROUND)).split()
    return ImageChops.lighter(ImageChops.lighter(*difference[:2]), difference[2]).point(lambda v: 255 if v else 0)


@given(scenes)
def test_boxes_are_the_exact_extents_of_what_is_drawn(item: AnnotatedItem) -> None:
    size = item.media[0].width
    drawn = ink(load_image(item.media[0]))
    for thing in item.objects:
        x1, y1, x2, y2 = corners(thing, size)
        assert drawn.crop((x1, y1, x2, y2)).getbbox() == (0, 0, x2 - x1, y2 - y1), thing

    for thing in item.objects:
        drawn.paste(0, corners(thing, size))
    assert drawn.getbbox() is None


@given(scenes)
def test_the_colour_in_a_box_is_the_colour_said(item: AnnotatedItem) -> None:
    picture = load_image(item.media[0])
    for thing in item.objects:
        box = corners(thing, picture.width)
        seen = {color for _, color in picture.crop(box).getcolors(1 << 16)}
        if thing.label == "word":
            assert not thing.text or seen == {INK, PAPER}
        else:
            assert PALETTE[thing.attributes["color"]] in seen
            others = {value for name, value in PALETTE.items() if name != thing.attributes["color"]}
            assert not seen & others
        if thing.attributes.get("texture") == "plain":
            center = ((box[0] + box[2]) // 2, (box[1] + box[3]) // 2)
            hole = thing.label == "ring"
            assert picture.getpixel(center) == (BACKGROUND if hole else PALETTE[thing.attributes["color"]])


def test_every_look_is_drawn_differently() -> None:
    pictures = defaultdict(set)
    for item in many(6000, max_objects=1):
        (thing,) = item.objects
        x1, y1, x2, y2 = corners(thing, 48)
        look = (thing.label, *(thing.attributes[key] for key in ("color", "size", "texture")))
        pictures[look].add(load_image(item.media[0]).crop((x1, y1, x2, y2)).tobytes())
    assert len(pictures) == 8 * 6 * 2 * 3
    assert all(len(drawn) == 1 for drawn in pictures.values())
    assert len(set().union(*pictures.values())) == len(pictures)


@given(scenes)
def test_each_ordered_pair_has_the_one_relation_that_the_boxes_show(item: AnnotatedItem) -> None:
    size = item.media[0].width
    cell = size // (5 if size == 100 else {48: 3, 224: 4, 50: 2}[size])
    things = [o for o in item.objects if o.label != "word"]
    middles = [((b[0] + b[2]) / 2 // cell, (b[1] + b[3]) / 2 // cell) for b in (corners(o, size) for o in things)]
    expected = set()
    for i, (x, y) in enumerate(middles):
        for j, (other_x, other_y) in enumerate(middles):
            over = ["above"] if y < other_y else ["below"] if y > other_y else []
            beside = ["left of"] if x < other_x else ["right of"] if x > other_x else []
            expected |= {(i, " and ".join(over + beside), j)} if i != j else set()
    assert {(r.subject, r.predicate, r.object) for r in item.relations} == expected
    assert len(item.relations) == len(expected)
    for relation in item.relations:
        assert lies(*(item.objects[k] for k in (relation.subject, relation.object)), relation.predicate)


def test_each_of_eight_directions_is_equally_common() -> None:
    seen = Counter(relation.predicate for item in many(1500) for relation in item.relations)
    assert set(seen) == set(DIRECTIONS)
    assert max(seen.values()) / sum(seen.values()) < 0.14


def test_no_class_makes_more_than_an_eighth() -> None:
    seen = Counter(thing.label for item in many(3000) for thing in item.objects)
    assert len(seen) == 8
    assert max(seen.values()) / sum(seen.values()) < 0.14


def find(objects: list[AnnotatedObject], phrase: str) -> AnnotatedObject:
    """The one thing that a phrase means."""
    phrase, _, place = phrase.removeprefix("the ").partition(" at ")
    words = [word for word in phrase.split() if word not in ("shape", "one", "thing")]
    told = lambda o: {o.label, *o.attributes.values()}  # noqa: E731
    fits = [o for o in objects if set(words) <= told(o) and place in ("", o.attributes["position"])]
    assert len(fits) == 1, phrase
    return fits[0]


def lies(one: AnnotatedObject, other: AnnotatedObject, predicate: str) -> bool:
    a, b = one.region, other.region
    facts = {"left of": a.x2 <= b.x1, "right of": b.x2 <= a.x1, "above": a.y2 <= b.y1, "below": b.y2 <= a.y1}
    return all(facts[part] for part in predicate.split(" and "))


def holds(objects: list[AnnotatedObject], claim: str) -> bool:
    """Whether `there is a red star`, `there are 3 shapes`, `X is at top left` or `X is left of Y` is true."""
    if claim.startswith("there is a "):
        color, shape = claim.removeprefix("there is a ").split()
        return any((o.attributes["color"], o.label) == (color, shape) for o in objects)
    if claim.startswith("there "):
        return len(objects) == int(claim.split()[2])
    if " is at " in claim:
        phrase, place = claim.split(" is at ")
        return find(objects, phrase).attributes["position"] == place
    for predicate in DIRECTIONS:
        if f" is {predicate} the" in claim:
            one, other = claim.split(f" is {predicate} ")
            return lies(find(objects, one), find(objects, other), predicate)
    raise AssertionError(claim)


def answer(objects: list[AnnotatedObject], words: list[AnnotatedObject], kind: str, text: str) -> str:
    """The answer, found in the objects alone."""
    text = text.removesuffix("?")
    if kind in ("color", "size", "texture"):
        return find(objects, text.removeprefix(f"what {kind} is ")).attributes[kind]
    if kind == "shape":
        return find(objects, text.removeprefix("what is the shape of ")).label
    if kind == "count":
        what = text.removeprefix("how many ").removesuffix(" are there")
        stem = {"crosses": "cross"}.get(what, what.removesuffix(" shapes").removesuffix("s"))
        return str(sum(stem in ("shape", o.label, o.attributes["color"]) for o in objects))
    if kind == "position":
        return find(objects, text.removeprefix("where is ")).attributes["position"]
    if kind == "text":
        _, _, place = text.partition(" at ")
        return next(o.text for o in words if o.text and place in ("", o.attributes["position"]))
    claim = text.replace("is there ", "there is ") if kind == "presence" else None
    if claim is None:
        _, rest = text.split("is ", 1)
        predicate = next(p for p in DIRECTIONS if f" {p} the " in rest)
        claim = rest.replace(f" {predicate} ", f" is {predicate} ", 1)
    return "yes" if holds(objects, claim) else "no"


@given(scenes)
def test_answers_are_true_of_the_objects(item: AnnotatedItem) -> None:
    objects = [o for o in item.objects if o.label != "word"]
    words = [o for o in item.objects if o.label == "word"]
    for question in item.questions:
        if question.boxes or question.kind in HARD:
            continue
        assert question.answers == (answer(objects, words, question.kind, question.text),), question
        assert set(question.answers) <= set(question.options)


@given(scenes)
def test_statements_are_true_or_false_as_labelled(item: AnnotatedItem) -> None:
    objects = [o for o in item.objects if o.label != "word"]
    spatial = [s.label for s in item.statements if s.kind == "spatial"]
    assert sorted(s.label for s in item.statements if not s.kind) == ["false", "true"]
    assert sorted(spatial) in ([], ["false", "true"])
    for statement in item.statements:
        assert holds(objects, statement.text.removesuffix(".")) == (statement.label == "true"), statement


@given(scenes)
def test_the_description_tells_everything_there_is(item: AnnotatedItem) -> None:
    told = dict(part.split(": ") for part in item.labels["description"].split("; "))
    for thing in item.objects:
        said = told.pop(thing.attributes["position"])
        if thing.label == "word":
            assert said == (f"word {thing.text}" if thing.text else "unreadable word")
        else:
            look = [thing.attributes[key] for key in ("size", "color", "texture")]
            assert said == " ".join([*look, thing.label])
    assert set(told.values()) <= {"nothing"}


@given(scenes)
def test_captions_name_every_thing(item: AnnotatedItem) -> None:
    for caption in item.captions:
        for thing in item.objects:
            if thing.label != "word":
                assert thing.label in caption
                assert thing.attributes["color"] in caption
    assert len(set(item.captions)) == 3


@pytest.mark.parametrize("options", [{}, {"text": True}, {"num_images": 2}, {"min_objects": 2}], ids=str)
def test_answers_are_balanced_within_a_kind(options: dict[str, object]) -> None:
    answers, possible = defaultdict(Counter), {}
    for item in many(2500, **options):
        for question in item.questions:
            of_all = question.text.startswith("how many shapes ")
            kind = f"{question.kind} of all" if of_all else question.kind
            if question.boxes or kind in HARD:
                continue
            answers[kind].update(question.answers)
            possible[kind] = len(question.options) - (options.get("min_objects", 1) - 1) * of_all
    for kind, counts in answers.items():
        share = max(counts.values()) / sum(counts.values())
        assert len(counts) == possible[kind], (kind, counts)
        assert share < 1 / len(counts) + 2.5 / sum(counts.values()) ** 0.5, (kind, counts)


def test_words_alone_do_not_betray_the_label_of_a_statement() -> None:
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    items = many(6000)
    for item in items[:5000]:
        for statement in item.statements:
            votes[statement.text].update([statement.label])
    guesses = [
        s.label == votes[s.text].most_common(1)[0][0] for i in items[5000:] for s in i.statements if votes[s.text]
    ]
    assert len(guesses) > 1000
    assert abs(sum(guesses) / len(guesses) - 0.5) < 0.06
    first = Counter(item.statements[0].label for item in items)
    assert abs(first["true"] / 6000 - 0.5) < 0.03


def test_an_item_depends_on_seed_and_index_alone() -> None:
    from_start = many(20, seed=3)
    assert many(5, seed=3, start=15) == from_start[15:]
    assert not {item.labels["description"] for item in many(5, seed=4)} & {i.labels["description"] for i in from_start}
    assert len({item.id for item in from_start + many(20, seed=3, start=20)}) == 40


def digest(item: AnnotatedItem) -> str:
    return hashlib.sha256(msgspec.json.encode(item) + load_image(item.media[0]).tobytes()).hexdigest()


@pytest.mark.parametrize("options", LAYOUTS[:3], ids=str)
def test_another_process_draws_and_says_the_same(options: dict[str, object]) -> None:
    script = (
        "import sys, json, hashlib, msgspec\n"
        "from sayso.sources import sources, load_image\n"
        "item = list(sources.build('shapes', json.loads(sys.argv[1])).items())[-1]\n"
        "print(hashlib.sha256(msgspec.json.encode(item) + load_image(item.media[0]).tobytes()).hexdigest())"
    )
    argument = msgspec.json.encode({**options, "count": 3, "seed": 5}).decode()
    told = subprocess.run([sys.executable, "-c", script, argument], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == digest(many(3, seed=5, **options)[-1])


def test_the_facts_of_version_two_never_change() -> None:
    facts = [[(o.label, o.attributes, corners(o, 48), o.text) for o in item.objects] for item in many(50, text=True)]
    assert hashlib.sha256(msgspec.json.encode(facts)).hexdigest() == GOLDEN_FACTS


def test_two_images_have_objects_questions_and_words_of_their_own() -> None:
    for item in many(50, num_images=2, text=True):
        assert len(item.media) == len({medium.path for medium in item.media}) == 2
        assert {o.region.medium for o in item.objects} == {0, 1}
        for medium in (0, 1):
            placed = [o for o in item.objects if o.region.medium == medium]
            drawn = ink(load_image(item.media[medium]))
            for thing in placed:
                drawn.paste(0, corners(thing, 48))
            assert drawn.getbbox() is None
        assert all(
            item.objects[r.subject].region.medium == item.objects[r.object].region.medium for r in item.relations
        )
        assert {question.kind for question in item.questions} & {*HARD} == set()
        for question in item.questions:
            ordinal = "first" if " first " in question.text else "second"
            objects = [o for o in item.objects if o.region.medium == (ordinal == "second") and o.label != "word"]
            words = [o for o in item.objects if o.region.medium == (ordinal == "second") and o.label == "word"]
            plain = question.text.replace(f" in the {ordinal} image", "")
            if question.kind == "compare":
                sizes = Counter(o.region.medium for o in item.objects if o.label != "word")
                assert question.answers == (("first", "second")[sizes[1] > sizes[0]],)
            else:
                assert question.answers == (answer(objects, words, question.kind, plain),)


def test_no_image_puts_the_scene_into_the_words() -> None:
    plain, told = many(50), many(50, num_images=0)
    for picture, text in zip(plain, told, strict=True):
        assert text.media == ()
        assert all(thing.region is None for thing in text.objects)
        assert text.labels == picture.labels
        assert not {question.kind for question in text.questions} & set(HARD)
        for question, original in zip(text.questions, picture.questions, strict=False):
            assert question.text == f"{picture.labels['description']}. {original.text}"
            assert question.answers == original.answers


def test_every_picture_verifies_and_nothing_is_on_disk() -> None:
    for item in many(20, text=True):
        verify_image(item.media[0])
        assert item.media[0].path.startswith("shapes:v2?kind=things&")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"image_size": 30}, "image_size 30 with grid 3 .* at least 42"),
        ({"grid": 0}, "grid 0"),
        ({"max_objects": 10}, "max_objects 10 do not fit; .* <= 9"),
        ({"max_objects": 9, "text": True}, "max_objects 9 do not fit; .* <= 8"),
        ({"min_objects": 0}, "min_objects 0"),
        ({"num_images": 3}, "num_images is 3; use 0"),
        ({"start": -1}, "start -1"),
        ({"kind": "covered", "grid": 1, "max_objects": 1}, "grid 1 is too small for kind 'covered'"),
        ({"kind": "steps", "image_size": 30, "grid": 2}, "image_size 30 .* is too small for kind 'steps'"),
        ({"kind": "dreams"}, "kind is 'dreams'; use one of things, writing, .*everything"),
        ({"kind": "faces", "num_images": 2}, "kind 'faces' has pictures of its own"),
        ({"colour": 1}, "no option 'colour'"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        sources.build("shapes", options)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("v2", "v1"),
        ("kind=things", "kind=dreams"),
        ("kind=things&", ""),
        ("seed=0", "seed=x"),
        ("grid=3", "grid=9"),
        ("&text=0", ""),
        ("objects=1-4", "objects=4"),
    ],
)
def test_a_damaged_reference_is_refused(old: str, new: str) -> None:
    medium = make().media[0]
    damaged = msgspec.structs.replace(medium, path=medium.path.replace(old, new))
    with pytest.raises(DataError, match="shapes:"):
        load_image(damaged)
