from pathlib import Path

import pytest
import region_files as files

from sayso.errors import DataError
from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources


def read(folder: Path, file: object, **options: object) -> tuple[list[AnnotatedItem], list[BadRow]]:
    files.draw(folder / "a.png")
    given = {"annotations": files.write(folder / "x.json", file), "images": str(folder), **options}
    rows = list(sources.build("coco_text", given).items())
    return [row for row in rows if isinstance(row, AnnotatedItem)], [row for row in rows if isinstance(row, BadRow)]


def test_texts_have_their_box_their_type_and_whether_they_can_be_read(tmp_path: Path) -> None:
    scribble = files.text_row(legibility="illegible", utf8_string="", **{"class": "handwritten"})
    odd = files.text_row(**{"class": "others"})
    (item,), bad = read(tmp_path, files.coco_text_file(files.text_row(), scribble, odd))
    assert bad == []
    stop, blurred, other = item.objects
    assert (stop.text, stop.attributes) == ("STOP", {"legibility": "legible", "text_type": "printed"})
    assert (blurred.text, blurred.attributes) == (None, {"legibility": "illegible", "text_type": "handwritten"})
    assert other.attributes["text_type"] == "other"
    assert (stop.region.x1, stop.region.y2) == (5 / 60, 15 / 40)


def test_every_attribute_is_in_the_vocabulary_of_its_kind(tmp_path: Path) -> None:
    (item,), _ = read(tmp_path, files.coco_text_file(files.text_row()))
    assert all(value in item.vocabulary[kind] for kind, value in item.objects[0].attributes.items())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"bbox": [50, 5, 20, 10]}, "outside the image"),
        ({"bbox": [5, 5, -1, 10]}, "no area"),
        ({"legibility": "dim"}, "legibility 'dim'"),
        ({"class": "carved"}, "class 'carved'"),
        ({"bbox": [5, 5]}, "$.bbox"),
        ({"image_id": 99}, "image 99 is not among"),
    ],
)
def test_a_bad_text_is_bad_alone_and_its_picture_stays(tmp_path: Path, changes: dict[str, object], reason: str) -> None:
    (item,), (bad,) = read(tmp_path, files.coco_text_file(files.text_row(), files.text_row(**changes)))
    assert len(item.objects) == 1
    assert bad.place.endswith("anns.1")
    assert reason in bad.reason


def test_texts_of_the_whole_file_are_what_could_be_written(tmp_path: Path) -> None:
    file = files.coco_text_file(
        files.text_row(), files.text_row(image_id=8, utf8_string=" GO "), pictures=("a.png", "gone.png")
    )
    (item,), _ = read(tmp_path, file)
    assert item.vocabulary["text"] == ("GO", "STOP")


def test_a_split_reads_its_pictures_only(tmp_path: Path) -> None:
    file = files.coco_text_file(files.text_row(), files.text_row(image_id=8), pictures=("a.png", "gone.png"))
    file["imgs"]["8"]["set"] = "val"
    (item,), bad = read(tmp_path, file, split="train")
    assert (item.id, item.split, bad) == ("coco_text-7", "train", [])
    _, bad = read(tmp_path, file, split="val")
    assert "gone.png does not exist" in bad[0].reason


def test_boxes_drawn_on_another_size_are_refused(tmp_path: Path) -> None:
    """Defect 33 of the release: pixel coordinates without the size of the picture that they belong to."""
    file = files.coco_text_file(files.text_row())
    file["imgs"]["7"]["width"] = 640
    _, (bad,) = read(tmp_path, file)
    assert "is 60 x 40 pixels, the annotations say 640 x 40" in bad.reason


def test_the_photographs_may_lie_in_several_folders(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (item,), _ = read(tmp_path, files.coco_text_file(files.text_row()), images=[str(tmp_path / "other"), str(tmp_path)])
    assert item.media[0].path.endswith("a.png")


def test_another_file_is_refused_with_its_keys(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"x\.json has no 'anns' \(its keys: images\)"):
        read(tmp_path, {"images": []})
