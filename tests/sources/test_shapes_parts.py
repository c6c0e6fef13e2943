"""Parts of the scenes: what is new in each, what never is, and that they are drawn from their reference like any other."""

import pytest

from sayso.errors import ConfigError
from sayso.sources import load_image
from sayso.sources.shapes import Shapes
from sayso.sources.shapes.parts import NEW_COLOR, NEW_FONT, NEW_PAIRS, PARTS, is_in_part
from sayso.sources.shapes.scene import Spec, contents_of, make_scene, parse_reference

NEW = [part for part in PARTS if part.startswith("new_")]


def spec(part: str, **changes) -> Spec:
    given = {"kind": "writing", "seed": 4, "min_objects": 2, "max_objects": 6, "text": True, "part": part}
    return Spec(**{**given, **changes})


def scenes(part: str, *, count: int = 60):
    return [make_scene(spec(part), index, 0) for index in range(count)]


def test_seen_scenes_have_nothing_new():
    for scene in scenes("seen", count=300):
        assert NEW_COLOR not in {thing.color for thing in scene.things}
        assert not NEW_PAIRS & {(thing.color, thing.shape) for thing in scene.things}
        assert NEW_FONT not in {word.style for word in scene.words}


@pytest.mark.parametrize("part", NEW)
def test_each_part_is_new_in_one_way_and_in_no_other(part: str):
    for scene in scenes(part):
        assert [other for other in (*NEW, "seen") if is_in_part(contents_of(scene), other)] == [part]


def test_a_part_does_not_change_how_many_things_there_are():
    counts = {part: [len(scene.things) for scene in scenes(part)] for part in ("all", "seen", "new_pair")}

    assert counts["all"] == counts["seen"] == counts["new_pair"]


def test_all_is_what_it_was_before_there_were_parts():
    item = Shapes(seed=1, count=4).item(3)

    assert "part" not in item.media[0].path
    assert item.labels["description"] == Shapes(seed=1, count=9, part="all").item(3).labels["description"]


@pytest.mark.parametrize("part", PARTS)
def test_a_picture_is_drawn_from_its_reference(part: str):
    item = Shapes(kind="writing", seed=2, count=3, min_objects=2, part=part).item(1)

    found, index, _ = parse_reference(item.media[0].path)

    assert (found.part, index) == (part, 1)
    assert load_image(item.media[0]).size == (48, 48)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"part": "old"}, "use one of all, seen"),
        ({"part": "new_font"}, "needs words in the pictures"),
        ({"part": "new_layout", "min_objects": 1}, "min_objects: 2"),
        ({"part": "seen", "kind": "tools"}, "not of 'tools'"),
    ],
)
def test_what_has_no_such_part_is_refused(changes: dict, says: str):
    with pytest.raises(ConfigError, match=says):
        Shapes(**changes)
