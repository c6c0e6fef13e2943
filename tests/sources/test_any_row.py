"""Whatever stands in a line, a box or a path: an item or a reason, never an exception."""

import json
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sayso.errors import DataError
from sayso.records import AnnotatedItem
from sayso.sources import BadRow, probe_image, sources
from sayso.sources._boxes import TOLERANCE, to_region
from sayso.sources._media import probe_bytes
from sayso.sources._rows import ItemRow

KEYS = ItemRow.__struct_fields__
sides = st.integers(1, 2000)
numbers = st.floats(-3000, 3000) | st.sampled_from([float("nan"), float("inf"), -float("inf"), 0.0])
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("any")
    Image.new("RGB", (64, 48)).save(path / "a.png")
    return path


def read(folder, *lines):
    (folder / "rows.jsonl").write_bytes(b"\n".join(lines))
    return list(sources.build("jsonl", {"path": str(folder / "rows.jsonl")}).items())


@given(st.lists(st.binary(max_size=60).filter(lambda line: b"\n" not in line), max_size=5))
def test_any_bytes_are_rows_or_reasons_and_none_is_lost(folder, lines):
    found = read(folder, b"", *lines)  # a file that begins as packed ones do is refused whole
    assert len(found) == sum(bool(line.strip()) for line in lines)
    assert all(isinstance(row, BadRow | AnnotatedItem) for row in found)
    assert all(row.place.startswith(str(folder)) and row.reason for row in found if isinstance(row, BadRow))


@given(st.dictionaries(st.sampled_from(KEYS), plain, max_size=5))
def test_any_values_under_our_keys_are_an_item_or_a_reason(folder, row):
    (found,) = read(folder, json.dumps(row).encode())
    assert isinstance(found, AnnotatedItem) or (found.place.endswith(":1") and found.reason)


@given(st.dictionaries(st.sampled_from(KEYS), plain, max_size=3))
def test_a_bad_row_does_not_spoil_its_neighbours(folder, row):
    good = {"images": "a.png", "captions": "a picture"}
    first, _, last = read(folder, *(json.dumps(one).encode() for one in (good, row, good)))
    assert first.captions == last.captions == ("a picture",)


@given(
    count=st.integers(1, 3),
    boxes=st.lists(
        st.tuples(st.integers(0, 62), st.integers(0, 46), st.integers(1, 64), st.integers(1, 48)), max_size=4
    ),
    texts=st.lists(st.text(min_size=1, max_size=12).filter(str.strip), max_size=3),
)
def test_what_is_written_is_what_is_read(folder, count, boxes, texts):
    """Boxes to within a thousandth of a pixel, texts to the letter."""
    corners = [[x, y, min(64, x + w), min(48, y + h)] for x, y, w, h in boxes]
    objects = [{"label": "thing", "box": box, "image": number % count} for number, box in enumerate(corners)]
    row = {"id": 7, "images": ["a.png"] * count, "objects": objects, "captions": texts}
    (item,) = read(folder, json.dumps(row).encode())
    assert (item.id, item.captions, len(item.media)) == ("7", tuple(texts), count)
    for number, (box, thing) in enumerate(zip(corners, item.objects, strict=True)):
        region = thing.region
        assert region.medium == number % count
        back = (region.x1 * 64, region.y1 * 48, region.x2 * 64, region.y2 * 48)
        assert back == pytest.approx(box, abs=1e-3)


@given(corners=st.tuples(numbers, numbers, numbers, numbers), width=sides, height=sides)
def test_a_region_lies_in_its_picture_or_there_is_none(corners, width, height):
    try:
        region = to_region(corners, size=(width, height))
    except DataError as error:
        told = str(error)
        assert "no area" in told or "outside" in told
        return
    assert 0 <= region.x1 < region.x2 <= 1
    assert 0 <= region.y1 < region.y2 <= 1
    moved = (region.x1 * width, region.y1 * height, region.x2 * width, region.y2 * height)
    assert max(abs(a - b) for a, b in zip(moved, corners, strict=True)) <= TOLERANCE + 1e-6


@pytest.mark.parametrize("over", [0.0, 0.5, 1.0])
def test_a_box_may_reach_a_pixel_over_every_edge(over):
    region = to_region((-over, -over, 64 + over, 48 + over), size=(64, 48))
    assert (region.x1, region.y1, region.x2, region.y2) == (0, 0, 1, 1)


@pytest.mark.parametrize("corners", [(-1.1, 0, 9, 9), (0, -1.1, 9, 9), (0, 0, 65.1, 9), (0, 0, 9, 49.1)])
def test_a_box_that_reaches_further_is_refused_with_its_numbers(corners):
    with pytest.raises(DataError, match=r"reaches outside the image of 64 x 48 pixels; correct or remove it"):
        to_region(corners, size=(64, 48))


@pytest.mark.parametrize("name", ["a\x00b.png", "x" * 5000, "", ".", "..", "a.png/b.png", "~/a.png", "file:///a.png"])
def test_names_that_are_no_pictures_are_reasons(folder, name):
    with pytest.raises(DataError):
        probe_image(Path(name), root=folder)
    (found,) = read(folder, json.dumps({"images": name, "captions": "x"}).encode())
    assert isinstance(found, BadRow)


def test_links_in_a_circle_are_a_reason(tmp_path):
    (tmp_path / "a.png").symlink_to(tmp_path / "b.png")
    (tmp_path / "b.png").symlink_to(tmp_path / "a.png")
    with pytest.raises(DataError, match=r"a\.png"):
        probe_image(Path("a.png"), root=tmp_path)


def test_a_picture_without_pixels_is_refused():
    """A GIF whose screen is 0 x 0; a box on it would divide by nothing."""
    empty = b"GIF89a" + bytes(7) + b"\x2c" + bytes(9) + b"\x02\x02\x44\x01\x00\x3b"
    with pytest.raises(DataError):
        probe_bytes(empty)


def test_a_large_picture_is_refused_by_us_and_without_a_warning_of_pillow(tmp_path):
    Image.new("1", (12_000, 9_000)).save(tmp_path / "large.png")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DataError, match=r"large\.png has more than 50,000,000 pixels and is not decoded"):
            probe_image(Path("large.png"), root=tmp_path)


def coco(folder, *, annotations, sentences):
    images = [{"id": 1, "file_name": "a.png"}]
    instances = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "cat"}]}
    (folder / "instances.json").write_text(json.dumps(instances))
    (folder / "captions.json").write_text(json.dumps({"annotations": sentences}))
    options = {"instances": "instances.json", "captions": "captions.json"}
    paths = {key: str(folder / value) for key, value in options.items()}
    return list(sources.build("coco", {**paths, "images": str(folder)}).items())


@given(st.lists(st.dictionaries(st.sampled_from(["id", "image_id", "category_id", "bbox"]), plain), max_size=4))
def test_any_annotation_of_coco_is_used_or_a_reason(folder, annotations):
    found = coco(folder, annotations=annotations, sentences=[])
    items = [row for row in found if isinstance(row, AnnotatedItem)]
    assert len(items) == 1
    assert len(found) - 1 + len(items[0].objects) == len(annotations)


def test_a_blank_caption_of_coco_is_a_reason_and_the_others_stay(folder):
    sentences = [
        {"id": n, "image_id": 1, "caption": text} for n, text in enumerate(["a cat", " \n", "  a  black cat "])
    ]
    bad, item = coco(folder, annotations=[], sentences=sentences)
    assert bad.place.endswith("captions.json: annotation 1")
    assert "has no words" in bad.reason
    assert item.captions == ("a cat", "a black cat")


@pytest.mark.parametrize("column", ["a.png", ["a.png"], ["a.png", "a.png"]])
def test_a_column_of_pictures_may_be_one_name_or_several(folder, column):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"pictures": [column], "said": ["a cat"]}), folder / "rows.parquet")
    options = {"path": str(folder / "rows.parquet"), "columns": {"images": "pictures", "caption": "said"}}
    (item,) = sources.build("hf", options).items()
    assert len(item.media) == (1 if isinstance(column, str) else len(column))
