import json
import os
import re
from pathlib import Path

import pytest
from PIL import Image

from sayso.errors import ConfigError, DataError
from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources, verify_image

DATA = Path(os.environ.get("SAYSO_DATA", "missing"), "coco_photos")
needs_data = pytest.mark.skipif(not DATA.exists(), reason="SAYSO_DATA names no folder with coco_photos")

IMAGES = [
    {"id": 1, "file_name": "a.png", "width": 100, "height": 50, "license": 4},
    {"id": 2, "file_name": "b.png", "width": 100, "height": 50},
]
CATEGORIES = [{"id": 7, "name": "cat", "supercategory": "animal"}, {"id": 9, "name": "dog"}]
LICENSES = [{"id": 4, "name": "Attribution License", "url": "http://example.org"}]


def box(number: int, corner: list[float], *, image: int = 1, category: int = 7, crowd: int = 0) -> dict[str, object]:
    return {"id": number, "image_id": image, "category_id": category, "bbox": corner, "iscrowd": crowd, "area": 1.0}


def read(folder: Path, annotations: list[object], **changes: object) -> tuple[list[AnnotatedItem], list[BadRow]]:
    for name in ("a.png", "b.png"):
        if not (folder / name).exists():
            Image.new("RGB", (100, 50), "red").save(folder / name)
    file = {"images": IMAGES, "annotations": annotations, "categories": CATEGORIES, "licenses": LICENSES, "info": {}}
    (folder / "instances.json").write_text(json.dumps({**file, **changes}))
    options = {"instances": str(folder / "instances.json"), "images": str(folder)}
    if (folder / "captions.json").exists():
        options["captions"] = str(folder / "captions.json")
    rows = list(sources.build("coco", options).items())
    return [r for r in rows if isinstance(r, AnnotatedItem)], [r for r in rows if isinstance(r, BadRow)]


def test_boxes_labels_crowds_and_licences_are_read(tmp_path: Path) -> None:
    (first, second), bad = read(tmp_path, [box(1, [10, 20, 30, 25]), box(2, [0, 0, 100, 50], category=9, crowd=1)])
    assert bad == []
    cat, dogs = first.objects
    assert (cat.label, cat.crowd, dogs.label, dogs.crowd) == ("cat", False, "dog", True)
    region = cat.region
    assert (region.x1, region.y1, region.x2, region.y2) == pytest.approx((0.1, 0.4, 0.4, 0.9))
    assert (first.id, first.group, first.license) == ("coco-1", "1", "Attribution License")
    assert (second.objects, second.license) == ((), "")


def test_captions_join_their_picture_on_one_line(tmp_path: Path) -> None:
    rows = [{"id": 1, "image_id": 2, "caption": " A cat\n sits. "}, {"id": 2, "image_id": 2, "caption": "A cat."}]
    lost = {"id": 3, "image_id": 33, "caption": "Nothing."}
    (tmp_path / "captions.json").write_text(json.dumps({"annotations": [*rows, lost, {"id": 4}]}))
    (first, second), bad = read(tmp_path, [])
    assert (first.captions, second.captions) == ((), ("A cat sits.", "A cat."))
    assert ["annotation 3" in bad[0].place, "annotations 3" in bad[1].place] == [True, True]


def test_categories_of_the_file_are_what_a_picture_could_show(tmp_path: Path) -> None:
    (first, second), _ = read(tmp_path, [box(1, [0, 0, 50, 50])])
    assert first.vocabulary == second.vocabulary == {"label": ("cat", "dog")}


def test_captions_of_pictures_that_show_something_else_are_elsewhere(tmp_path: Path) -> None:
    rows = [{"id": n, "image_id": n, "caption": text} for n, text in ((1, "A cat."), (2, "A cat and a dog."))]
    (tmp_path / "captions.json").write_text(json.dumps({"annotations": rows}))
    boxes = [box(1, [0, 0, 50, 50]), box(2, [0, 0, 50, 50], image=2), box(3, [50, 0, 50, 50], image=2, category=9)]
    (first, second), _ = read(tmp_path, boxes)
    assert first.elsewhere == {"captions": ("A cat and a dog.",)}
    assert second.elsewhere == {}  # all that the first shows is on the second too, so its caption may fit


@pytest.mark.parametrize(
    ("bad_box", "reason"),
    [
        (box(5, [10, 10, 0, 10]), "has no area"),
        (box(5, [10, 10, 10, -3]), "has no area"),
        (box(5, [90, 10, 12, 10]), "reaches outside the image of 100 x 50 pixels"),
        (box(5, [-1.5, 10, 12, 10]), "reaches outside"),
        (box(5, [100, 10, 0.5, 10]), "reaches outside"),
        (box(5, [10, 10, 10, 10], image=3), "image 3 is not among"),
        (box(5, [10, 10, 10, 10], category=8), "category 8 is not among"),
    ],
)
def test_a_bad_annotation_is_bad_alone(tmp_path: Path, bad_box: dict[str, object], reason: str) -> None:
    items, (bad,) = read(tmp_path, [bad_box, box(6, [1, 1, 5, 5])])
    assert [len(item.objects) for item in items] == [1, 0]
    assert bad.place == f"{tmp_path / 'instances.json'}: annotation 5"
    assert reason in bad.reason


def test_an_annotation_of_the_wrong_shape_is_bad_alone(tmp_path: Path) -> None:
    items, (bad,) = read(
        tmp_path, [{"id": 5, "image_id": 1, "category_id": 7, "bbox": [1, 2, 3]}, box(6, [1, 1, 5, 5])]
    )
    assert len(items[0].objects) == 1
    assert bad.place.endswith("annotations 0")
    assert "$.bbox" in bad.reason


def test_up_to_a_pixel_over_the_edge_is_cut_off(tmp_path: Path) -> None:
    (first, _), bad = read(tmp_path, [box(1, [-1, -0.5, 101.9, 51.4])])
    region = first.objects[0].region
    assert bad == []
    assert (region.x1, region.y1, region.x2, region.y2) == (0, 0, 1, 1)


def test_a_picture_that_cannot_be_used_is_a_bad_row(tmp_path: Path) -> None:
    Image.effect_noise((100, 50), 90).save(tmp_path / "a.png")
    (tmp_path / "a.png").write_bytes((tmp_path / "a.png").read_bytes()[:900])
    gone = {"id": 3, "file_name": "gone.png"}
    outside = {"id": 4, "file_name": "../a.png"}
    other_size = {"id": 5, "file_name": "b.png", "width": 640, "height": 480}
    items, bad = read(tmp_path, [box(1, [0, 0, 9, 9])], images=[*IMAGES, gone, outside, other_size])
    assert [item.id for item in items] == ["coco-2"]
    for row, (number, reason) in zip(
        bad, [(1, "truncated"), (3, "not exist"), (4, "leaves"), (5, "640 x 480")], strict=True
    ):
        assert row.place.endswith(f"image {number}")
        assert reason in row.reason


@pytest.mark.parametrize("text", ["", "[1]", '{"images": []}', '{"images": ['])
def test_a_file_that_is_not_coco_is_refused_whole(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    source = sources.build("coco", {"instances": str(tmp_path / "x.json"), "images": str(tmp_path)})
    with pytest.raises(DataError, match=r"x\.json is not the file it should be"):
        list(source.items())


def test_an_option_of_the_wrong_type_is_refused() -> None:
    with pytest.raises(ConfigError, match="images"):
        sources.build("coco", {"instances": "x.json", "images": 3})


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ({"id": 1, "file_name": "b.png"}, "coco-1 was read before, at .*images 0"),
        ({"id": 3}, "missing required field `file_name`"),
        ("b.png", "Expected `object`"),
    ],
)
def test_a_picture_of_the_wrong_shape_or_read_before_is_bad_alone(tmp_path: Path, image: object, reason: str) -> None:
    items, (bad,) = read(tmp_path, [], images=[IMAGES[0], image, IMAGES[1]])
    assert [item.id for item in items] == ["coco-1", "coco-2"]
    assert bad.place.endswith("images 1")
    assert re.search(reason, bad.reason)


@needs_data
@pytest.mark.parametrize(("split", "counts"), [("train2017", (39, 407, 195)), ("val2017", (25, 213, 125))])
def test_the_real_photographs_come_whole_with_boxes_within_a_pixel(split: str, counts: tuple[int, int, int]) -> None:
    instances = DATA / "annotations" / f"instances_{split}.json"
    options = {"instances": str(instances), "images": str(DATA / split), "split": split}
    source = sources.build("coco", {**options, "captions": str(DATA / "annotations" / f"captions_{split}.json")})
    items = [item for item in source.items() if isinstance(item, AnnotatedItem)]
    assert (len(items), sum(len(i.objects) for i in items), sum(len(i.captions) for i in items)) == counts
    boxes = {}
    for row in json.loads(instances.read_text())["annotations"]:
        boxes.setdefault(str(row["image_id"]), []).append(row["bbox"])
    for item in items:
        verify_image(item.media[0])
        width, height = item.media[0].width, item.media[0].height
        for thing, (x, y, w, h) in zip(item.objects, boxes.get(item.group, []), strict=True):
            region = thing.region
            back = (region.x1 * width, region.y1 * height, region.x2 * width, region.y2 * height)
            assert back == pytest.approx((x, y, x + w, y + h), abs=1)
