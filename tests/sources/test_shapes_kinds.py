"""Every kind of scene says of its pictures what they show, in equal shares, and never in the words."""

import hashlib
import subprocess
import sys
from collections import Counter, defaultdict
from itertools import pairwise

import msgspec
import pytest
from PIL import Image, ImageChops

from sayso.records import AnnotatedItem
from sayso.sources import load_image, sources, verify_image
from sayso.sources.shapes import CYCLE
from sayso.sources.shapes.covered import CARD
from sayso.sources.shapes.draw import BACKGROUND, PALETTE
from sayso.sources.shapes.faces import MOODS, face_sprite
from sayso.sources.shapes.flaws import FLAWS
from sayso.sources.shapes.hazards import DISASTERS
from sayso.sources.shapes.scene import SHAPES
from sayso.sources.shapes.settings import ACTIVITIES, PLACES
from sayso.sources.shapes.sports import SPORTS
from sayso.sources.shapes.tools import USES, tool_sprite

WHOLE = {
    "flaws": {"flaw": FLAWS},
    "hazards": {"disaster": DISASTERS},
    "settings": {"scene": tuple(PLACES), "activity": ACTIVITIES},
    "sports": {"sport": SPORTS},
}
every_kind = pytest.mark.parametrize("kind", CYCLE)


def many(kind: str, count: int, **options: object) -> list[AnnotatedItem]:
    return list(sources.build("shapes", {"kind": kind, "count": count, **options}).items())


def grid_cell(picture: Image.Image, cell: int) -> Image.Image:
    pitch = picture.width // 3
    x, y = cell % 3 * pitch, cell // 3 * pitch
    return picture.crop((x, y, x + pitch, y + pitch))


def colors_in(picture: Image.Image) -> set[tuple[int, int, int]]:
    return {color for _, color in picture.getcolors(1 << 16)}


def named_colors(picture: Image.Image) -> set[str]:
    return {name for name, value in PALETTE.items() if value in colors_in(picture)}


@every_kind
@pytest.mark.parametrize("size", [48, 96])
def test_a_reference_says_the_kind_and_is_drawn_in_the_size_it_states(kind: str, size: int) -> None:
    for item in many(kind, 8, image_size=size):
        assert msgspec.json.decode(msgspec.json.encode(item), type=AnnotatedItem) == item
        assert item.media
        for medium in item.media:
            assert f"?kind={kind}&" in medium.path
            verify_image(medium)
            assert load_image(medium).tobytes() == load_image(medium).tobytes()


def digest(items: list[AnnotatedItem]) -> str:
    made = hashlib.sha256(msgspec.json.encode(items))
    for item in items:
        for medium in item.media:
            made.update(load_image(medium).tobytes())
    return made.hexdigest()


def test_another_process_draws_and_says_the_same_of_every_kind() -> None:
    script = (
        "import hashlib, msgspec\n"
        "from sayso.sources import sources, load_image\n"
        "items = list(sources.build('shapes', {'kind': 'everything', 'count': 40}).items())\n"
        "made = hashlib.sha256(msgspec.json.encode(items))\n"
        "for item in items:\n"
        "    for medium in item.media:\n"
        "        made.update(load_image(medium).tobytes())\n"
        "print(made.hexdigest())"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == digest(many("everything", 40))


def test_everything_takes_the_kinds_in_turns_and_has_what_any_task_asks_for() -> None:
    items = many("everything", 40 * len(CYCLE), start=3)
    kinds = [item.media[0].path.split("kind=")[1].split("&")[0] for item in items]
    assert kinds[: len(CYCLE)] == [*CYCLE[3:], *CYCLE[:3]]
    assert set(Counter(kinds).values()) == {40}
    asked = {question.kind for item in items for question in item.questions}
    assert asked >= {"activity", "commonsense", "compositional", "knowledge", "scene", "sentiment", "sport", "utility"}
    assert {s.kind for item in items for s in item.statements} == {"", "spatial", "entailment", "claim"}
    assert {label for item in items for label in item.labels} >= {"disaster", "flaw", "goal", "method", "description"}
    assert {key for item in items for key in item.elsewhere} == {"captions", "questions", "steps"}
    assert len({item.id for item in items}) == len(items)


@pytest.mark.parametrize("kind", WHOLE)
def test_each_value_of_a_whole_is_equally_common_and_looks_its_own_way(kind: str) -> None:
    items = many(kind, 1200)
    for name, values in WHOLE[kind].items():
        counts = Counter(item.labels[name] for item in items)
        assert set(counts) == set(values) == set(items[0].vocabulary[name])
        assert max(counts.values()) / 1200 < 1 / len(values) + 2.5 / 1200**0.5
    one_of_each = {tuple(item.labels.values()): load_image(item.media[0]).tobytes() for item in items}
    assert len(set(one_of_each.values())) == len(one_of_each)


@pytest.mark.parametrize("kind", ["settings", "sports"])
def test_a_question_about_the_whole_is_answered_by_its_label(kind: str) -> None:
    for item in many(kind, 60):
        assert {question.kind for question in item.questions} == set(WHOLE[kind])
        for question in item.questions:
            assert question.answers == (item.labels[question.kind],)
            assert question.options == WHOLE[kind][question.kind]
            assert not any(option in question.text for option in question.options)


@pytest.mark.parametrize("kind", ["faces", "tools", "settings", "sports", "hazards"])
def test_captions_from_elsewhere_say_something_else(kind: str) -> None:
    for item in many(kind, 200):
        assert len(item.elsewhere["captions"]) == 4
        assert not set(item.elsewhere["captions"]) & set(item.captions)


@pytest.mark.parametrize("kind", ["faces", "tools"])
def test_boxes_of_pictograms_are_exact_and_tell_nothing(kind: str) -> None:
    sides: dict[str, list[int]] = defaultdict(list)
    for item in many(kind, 400):
        picture = load_image(item.media[0])
        blank = Image.new("RGB", picture.size, BACKGROUND)
        drawn = ImageChops.difference(picture, blank).convert("L").point(lambda v: 255 if v else 0)
        for thing in item.objects:
            region = thing.region
            box = tuple(round(edge * 48) for edge in (region.x1, region.y1, region.x2, region.y2))
            side = box[2] - box[0]
            sides[thing.attributes.get("mood", thing.label)].append(side)
            assert ImageChops.difference(picture.crop(box), blank.crop(box)).getbbox() == (0, 0, side, side)
            assert thing.attributes["color"] in named_colors(picture.crop(box))
            drawn.paste(0, box)
        assert drawn.getbbox() is None
    means = [sum(found) / len(found) for found in sides.values()]
    assert set().union(*sides.values()) == {16, 17, 18, 19, 20}
    assert max(means) - min(means) < 0.5


def test_each_mood_and_each_tool_is_drawn_in_its_own_way() -> None:
    for sprite, values in ((face_sprite, MOODS), (tool_sprite, tuple(USES))):
        assert len({sprite(value, "green", 20).tobytes() for value in values}) == len(values)


@pytest.mark.parametrize(("kind", "asked"), [("faces", "sentiment"), ("tools", "utility")])
def test_questions_about_pictograms_are_answered_by_their_objects_in_equal_shares(kind: str, asked: str) -> None:
    answers: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for item in many(kind, 1500):
        for question in item.questions:
            assert question.kind == asked
            words = question.text.removesuffix("?")
            if question.boxes:
                (thing,) = [o for o in item.objects if words.endswith(USES.get(o.label, o.attributes.get("mood", "-")))]
                assert question.answer_box == thing.region
                continue
            (thing,) = [
                o for o in item.objects if o.attributes["color"] in words.split() or o.attributes["position"] in words
                or USES.get(o.label, "-") in words
            ]  # fmt: skip
            told = {*thing.attributes.values(), USES.get(thing.label)}
            assert question.answers[0] in told
            assert question.answers[0] not in words
            answers[question.options].update(question.answers)
        for text in item.elsewhere["questions"]:
            seen = {
                w
                for o in item.objects
                for w in (o.attributes["color"], o.attributes["position"], USES.get(o.label, "-"))
            }
            assert not any(word in text for word in seen), text
    for options, counts in answers.items():
        assert set(counts) == set(options)
        assert max(counts.values()) / counts.total() < 1 / len(options) + 2.5 / counts.total() ** 0.5


def test_each_picture_of_a_procedure_adds_its_step_and_shows_the_next_one_on_the_tray() -> None:
    for item in many("steps", 60):
        pictures = [load_image(medium) for medium in item.media]
        assert [step.medium for step in item.steps] == list(range(len(pictures)))
        assert 4 <= len(pictures) <= 6
        looks = [step.text.removeprefix("add a ").removesuffix(".").split() for step in item.steps]
        before = Image.new("RGB", pictures[0].size, BACKGROUND)
        for picture, (color, _) in zip(pictures, looks, strict=True):
            changed = [
                cell for cell in range(6) if grid_cell(picture, cell).tobytes() != grid_cell(before, cell).tobytes()
            ]
            assert len(changed) == 1
            assert named_colors(grid_cell(picture, changed[0])) == {color}
            before = picture
        for picture, (color, _) in zip(pictures, looks[1:], strict=False):
            assert named_colors(grid_cell(picture, 7)) == {color}
        assert named_colors(grid_cell(pictures[-1], 7)) == set()


def test_the_words_of_a_procedure_do_not_tell_its_order() -> None:
    first, later, after = Counter(), Counter(), Counter()
    for item in many("steps", 2000):
        texts = [step.text for step in item.steps]
        assert len(set(texts)) == len(texts)
        assert not set(texts) & set(item.elsewhere["steps"])
        assert not {*PALETTE, *SHAPES} & set(f"{item.labels['goal']} {item.labels['method']}".split())
        first.update(texts[0].removesuffix(".").split()[2:])
        later.update(texts[-1].removesuffix(".").split()[2:])
        after.update(one < other for one, other in pairwise(texts))
    for word in first:
        assert first[word] == pytest.approx(later[word], abs=100)
    assert after[True] / after.total() == pytest.approx(0.5, abs=0.03)


def test_what_lies_under_a_card_is_unknown_and_all_else_is_true_or_false_as_seen() -> None:
    for item in many("covered", 200):
        picture = load_image(item.media[0])
        positions = item.vocabulary["position"]
        for kind in ("entailment", "claim"):
            assert sorted(s.label for s in item.statements if s.kind == kind) == ["false", "true", "unknown"]
        for statement in item.statements:
            told = statement.context or statement.text
            (place,) = [place for place in positions if f" at {place}" in told]
            cell = grid_cell(picture, positions.index(place))
            assert (CARD in colors_in(cell)) == (statement.label == "unknown")
            value = statement.text.removesuffix(".").split()[-1]
            if value in PALETTE and statement.label != "unknown":
                assert (named_colors(cell) == {value}) == (statement.label == "true")


@pytest.mark.parametrize("kind", ["entailment", "claim"])
def test_words_do_not_tell_what_is_unknown(kind: str) -> None:
    words: dict[str, Counter[str]] = defaultdict(Counter)
    for item in many("covered", 3000):
        for statement in item.statements:
            if statement.kind == kind:
                words[statement.label].update({*statement.text.split(), *statement.context.split()})
    assert set(words) == {"true", "false", "unknown"}
    for word, count in words["unknown"].items():
        for label in ("true", "false"):
            assert count == pytest.approx(words[label][word], abs=30 + 3.2 * count**0.5), (word, label)


def test_writing_is_of_each_type_and_legible_half_of_the_time_and_its_box_tells_neither() -> None:
    words, types, readable, boxes = Counter(), Counter(), Counter(), set()
    for item in many("writing", 2500):
        for thing in item.objects:
            if thing.label == "word":
                words.update([thing.text] if thing.text else [])
                types.update([thing.attributes["text_type"]])
                readable.update([thing.attributes["legibility"]])
                assert (thing.attributes["legibility"] == "legible") == bool(thing.text)
                region = thing.region
                boxes.add((round((region.x2 - region.x1) * 48), round((region.y2 - region.y1) * 48)))
    assert len(boxes) == 1
    assert len(words) == 16
    assert max(words.values()) / words.total() < 0.1
    assert max(types.values()) / types.total() < 1 / 3 + 0.03
    assert max(readable.values()) / readable.total() < 0.53
