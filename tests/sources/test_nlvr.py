import json
import os
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from sayso.errors import ConfigError
from sayso.records import AnnotatedItem
from sayso.sources import BadRow, load_image, sources

DATA = Path(os.environ.get("SAYSO_DATA", "missing"), "nlvr_v1")
needs_data = pytest.mark.skipif(not DATA.exists(), reason="SAYSO_DATA names no folder with nlvr_v1")
RGB = {"blue": (0, 153, 255), "yellow": (255, 255, 0), "black": (0, 0, 0)}


def shape(x: int, y: int, kind: str = "square", color: str = "Yellow", size: int = 10) -> dict[str, object]:
    return {"x_loc": x, "y_loc": y, "type": kind, "color": color, "size": size}


BOXES = [
    [shape(60, 70, color="#0099ff", size=20), shape(5, 5)],
    [shape(40, 40, "circle", "Black", 30)],
    [],
]


def read(folder: Path, *lines: object, **options: object) -> list[AnnotatedItem | BadRow]:
    (folder / "8").mkdir(exist_ok=True)
    for number in range(6):
        Image.new("RGBA", (400, 100)).save(folder / "8" / f"dev-12-0-{number}.png")
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    (folder / "dev.json").write_text(text)
    options = {"annotations": str(folder / "dev.json"), "images": str(folder), **options}
    return list(sources.build("nlvr", options).items())


def line(**changes: object) -> dict[str, object]:
    row = {
        "sentence": "A box is empty.",
        "label": "true",
        "identifier": "12-0",
        "directory": "8",
        "evals": {"r0": "true"},
    }
    return {**row, "structured_rep": BOXES, **changes}


def test_a_line_gives_its_statement_objects_and_counts(tmp_path: Path) -> None:
    (item,) = read(tmp_path, line())
    assert (item.id, item.group, item.split) == ("nlvr-dev-12-0-0", "nlvr-12", "dev")
    assert [(s.text, s.label) for s in item.statements] == [("A box is empty.", "true")]
    looks = [(o.label, *o.attributes.values()) for o in item.objects]
    assert looks == [
        ("square", "yellow", "small", "left"),
        ("square", "blue", "medium", "left"),
        ("circle", "black", "large", "middle"),
    ]
    region = item.objects[2].region
    assert (region.x1, region.y1, region.x2, region.y2) == pytest.approx((190 / 400, 0.4, 220 / 400, 0.7))
    assert item.labels == {
        "directory": "8",
        "count": "3",
        "count left": "2",
        "count middle": "1",
        "count right": "0",
        "description": "left: small yellow square, medium blue square; middle: large black circle; right: nothing",
    }


def test_a_permutation_moves_the_boxes_and_keeps_the_group(tmp_path: Path) -> None:
    items = read(tmp_path, line(), permutations=[3, 4])
    assert [item.id[-1] for item in items] == ["3", "4"]
    assert {item.group for item in items} == {"nlvr-12"}
    # 3 shows boxes 1, 2, 0 and 4 shows 2, 0, 1, from left to right
    assert [[o.attributes["position"] for o in item.objects] for item in items] == [
        ["left", "right", "right"],
        ["middle", "middle", "right"],
    ]
    (one,) = read(tmp_path, line(), permutations=5)
    assert one.media[0].path.endswith("dev-12-0-5.png")


def test_relations_hold_along_the_wider_gap(tmp_path: Path) -> None:
    (item,) = read(tmp_path, line(structured_rep=[[shape(5, 5), shape(10, 60), shape(12, 62)], [shape(0, 0)], []]))
    relations = {(r.subject, r.predicate, r.object) for r in item.relations}
    assert {(0, "above", 1), (1, "below", 0), (0, "left of", 3), (3, "right of", 0)} <= relations
    assert not {(1, 2), (2, 1)} & {(r.subject, r.object) for r in item.relations}  # these two overlap


def test_a_row_without_boxes_still_brings_its_sentence(tmp_path: Path) -> None:
    row = {"identifier": "12-0", "directory": "8", "permutation": 4, "sentence": "No.", "label": "false", "image": "x"}
    (item,) = read(tmp_path, row)
    assert (item.objects, item.statements[0].label, item.labels) == ((), "false", {"directory": "8"})
    assert item.media[0].path.endswith("dev-12-0-4.png")


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("{", "not one JSON object"),
        ({"sentence": "x"}, "missing required field"),
        (line(label="maybe"), "'maybe' is neither"),
        (line(identifier="13-0"), "does not exist"),
        (line(directory="../.."), "leaves its folder"),
        (line(structured_rep=[[], []]), "has 2 boxes"),
        (line(structured_rep=[[shape(1, 1, color="Red")], [], []]), "color 'Red'"),
        (line(structured_rep=[[shape(1, 1, size=11)], [], []]), "size 11"),
        (line(structured_rep=[[shape(1, 95)], [], []]), "reaches outside"),
        (line(permutation=6), "permutation 6 is not 0 to 5"),
    ],
)
def test_a_bad_line_is_bad_alone_and_named(tmp_path: Path, wrong: object, reason: str) -> None:
    bad, good = read(tmp_path, wrong, line())
    assert bad.place == f"{tmp_path / 'dev.json'}:1"
    assert reason in bad.reason
    assert isinstance(good, AnnotatedItem)


@pytest.mark.parametrize("permutations", [6, [], [0, 7], -1])
def test_permutations_are_0_to_5(tmp_path: Path, permutations: object) -> None:
    with pytest.raises(ConfigError, match="name some of 0, 1, 2, 3, 4, 5"):
        read(tmp_path, line(), permutations=permutations)


def real(split: str, permutations: list[int], file: str = "") -> list[AnnotatedItem]:
    paths = {"annotations": str(DATA / split / (file or f"{split}.json")), "images": str(DATA / split / "images")}
    return list(sources.build("nlvr", {**paths, "split": split, "permutations": permutations}).items())


@needs_data
def test_the_real_splits_come_whole_and_share_no_group() -> None:
    dev, test = real("dev", [0]), real("test", [0, 3])
    assert (len(dev), len(test)) == (989, 1980)
    assert Counter(i.statements[0].label for i in dev) == {"true": 547, "false": 442}
    assert not {item.group for item in dev} & {item.group for item in test}
    train = real("train", [0], "examples.jsonl")
    assert (len(train), sum(len(item.objects) for item in train)) == (1000, 0)


@needs_data
def test_in_the_real_pictures_every_box_holds_its_colour() -> None:
    for item in real("dev", list(range(6)))[::97]:
        picture = load_image(item.media[0])
        for thing in item.objects:
            region = thing.region
            center = (round((region.x1 + region.x2) / 2 * 400), round((region.y1 + region.y2) / 2 * 100))
            assert picture.getpixel(center) == RGB[thing.attributes["color"]], item.id


def test_an_item_says_what_nlvr_could_have_drawn_and_of_towers_that_all_are_medium_squares(tmp_path: Path) -> None:
    (mixed,) = read(tmp_path, line())
    assert isinstance(mixed, AnnotatedItem)
    assert mixed.vocabulary["label"] == ("circle", "square", "triangle")
    for kind in ("color", "size", "position"):
        assert {thing.attributes[kind] for thing in mixed.objects} <= set(mixed.vocabulary[kind])
    (tower,) = read(tmp_path, line(structured_rep=[[shape(10, 10, size=20)], [], []]))
    assert isinstance(tower, AnnotatedItem)
    assert (tower.vocabulary["label"], tower.vocabulary["size"]) == (("square",), ("medium",))
