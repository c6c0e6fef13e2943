import pytest

from sayso.errors import DataError
from sayso.evaluate.suites import Files, suites
from sayso.records import Media, Region
from sayso.sources import boxed, load_image
from tests.helpers.published_files import ask, coco, lines, paint, read, text_of, write

BOX = {"image_id": 3, "category_id": 1, "bbox": [10, 6, 20, 15]}
REGION = Region(x1=0.25, y1=0.2, x2=0.75, y2=0.7)


def refs(folder):
    said = [{"raw": "The left dog", "sent": "the left dog"}, {"raw": "dog on left", "sent": "dog on left"}]
    rows = [
        {"ann_id": 11, "split": "val", "sentences": said},
        {"ann_id": 12, "split": "testA", "sentences": said[:1]},
        {"ann_id": 99, "split": "val", "sentences": said[:1]},
    ]
    write(folder / "refs.json", rows)
    write(folder / "instances.json", coco([3], annotations=[{"id": 11, **BOX}, {"id": 12, **BOX}]))
    return Files(data=folder)


def test_a_region_is_one_example_with_all_that_was_said_of_it(tmp_path):
    (example,), (bad,) = read("refcoco", refs(tmp_path))
    assert (example.id, example.references) == ("refcoco-11", ("The left dog", "dog on left"))
    assert example.media[0].path == "boxed:0.25000,0.20000,0.75000,0.70000:000000000003.jpg"
    assert "annotation 99 is not in" in bad.reason
    assert [one.id for one in read("refcoco", refs(tmp_path), split="testA")[0]] == ["refcoco-12"]


def test_the_frame_is_drawn_on_the_photograph(tmp_path):
    files = Files(data=refs(tmp_path).data, images=(paint(tmp_path / "pictures", "000000000003.jpg"),))
    (example,), _ = read("refcoco", files)
    image = load_image(example.media[0])
    assert image.size == (example.media[0].width, example.media[0].height)
    red = [image.getpixel(place) for place in ((10, 15), (30, 15), (20, 6), (20, 21))]
    assert all(r > 200 and g < 60 for r, g, _ in red)
    r, g, _ = image.getpixel((20, 14))
    assert (r < 60, g > 90) == (True, True)


def test_only_a_picture_with_a_path_can_be_framed():
    with pytest.raises(DataError, match="has no path"):
        boxed(Media(data=b"x", width=1, height=1), REGION)
    with pytest.raises(DataError, match="is no picture with a frame"):
        load_image(Media(path="boxed:1,2:x.jpg", width=1, height=1))


def test_an_expression_is_one_example_whose_answer_is_the_region(tmp_path):
    examples, bad = read("refcoco_rec", refs(tmp_path))
    assert [one.id for one in examples] == ["refcoco_rec-11-0", "refcoco_rec-11-1"]
    assert examples[0].references == (REGION,)
    assert len(bad) == 1
    sample = ask(suites.build("refcoco_rec", {}), examples[0])
    assert text_of(sample).endswith("the region this sentence describes: The left dog")
    assert sample.references == ("[0.250, 0.200, 0.750, 0.700]",)


def test_a_photograph_without_a_size_is_told(tmp_path):
    files = refs(tmp_path)
    made = coco([3], annotations=[{"id": 11, **BOX}]) | {"images": [{"id": 3, "file_name": "3.jpg"}]}
    write(tmp_path / "instances.json", made)
    examples, bad = read("refcoco", files)
    assert not examples
    assert any("image 3 of" in row.reason for row in bad)


def test_the_lines_of_google_are_read_without_boxes_and_joined_with_them(tmp_path):
    rows = [{"image_id": 3, "annotation_id": 11, "refexp": text} for text in ("the dog", "a dog")]
    path = write(tmp_path / "refexp_human_val.jsonl", lines(rows))
    alone, _ = read("google_refexp", Files(data=path))
    assert [one.fields["expression"] for one in alone] == ["the dog", "a dog"]
    assert {one.references for one in alone} == {()}
    write(tmp_path / "instances_train2014.json", coco([3], annotations=[{"id": 11, **BOX}]))
    joined, _ = read("google_refexp", Files(data=tmp_path))
    assert {one.references for one in joined} == {(REGION,)}
