from pathlib import Path

import region_files as files

from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources


def read(folder: Path, *parts: list[object]) -> tuple[list[AnnotatedItem], list[BadRow]]:
    files.draw(folder / "VG_100K" / "7.jpg")
    files.draw(folder / "VG_100K_2" / "8.jpg")
    annotations = [files.write(folder / f"part{n}.json", part) for n, part in enumerate(parts)]
    images = [str(folder / "VG_100K"), str(folder / "VG_100K_2")]
    rows = list(sources.build("vaw", {"annotations": annotations, "images": images}).items())
    return [row for row in rows if isinstance(row, AnnotatedItem)], [row for row in rows if isinstance(row, BadRow)]


def test_objects_of_a_picture_are_one_item_with_what_they_have_and_lack(tmp_path: Path) -> None:
    other = files.vaw_row(instance_id=2, object_name="bowl", positive_attributes=["blue"], negative_attributes=[])
    items, bad = read(tmp_path, [files.vaw_row(), files.vaw_row(image_id="8", instance_id="3")], [other])
    assert (bad, [item.group for item in items]) == ([], ["7", "8"])
    cup, bowl = items[0].objects
    assert (cup.label, cup.tags, cup.lacks) == ("cup", ("red",), ("wooden", "tall"))
    assert (bowl.tags, bowl.lacks) == (("blue",), ())
    assert (cup.region.x1, cup.region.y1, cup.region.x2, cup.region.y2) == (5 / 60, 5 / 40, 25 / 60, 15 / 40)


def test_the_vocabulary_has_what_is_said_and_what_is_denied(tmp_path: Path) -> None:
    (item,), _ = read(tmp_path, [files.vaw_row()])
    assert item.vocabulary == {"label": ("cup",), "attribute": ("red", "tall", "wooden")}


def test_bad_objects_are_told_and_the_others_stay(tmp_path: Path) -> None:
    wrong = [
        files.vaw_row(instance_id=1, negative_attributes=["red", "tall"]),
        files.vaw_row(instance_id=2, instance_bbox=[5, 5, 0, 9]),
        files.vaw_row(instance_id=3, instance_bbox=[50, 5, 50, 9]),
        files.vaw_row(instance_id=4, object_name=" "),
        files.vaw_row(instance_id=5, image_id="9"),
        {"image_id": 7, "instance_id": 6},
    ]
    (item,), bad = read(tmp_path, [*wrong, files.vaw_row(image_id=7), files.vaw_row()])
    assert len(item.objects) == 1
    assert len(bad) == 7
    reasons = {row.place.rpartition(" ")[2]: row.reason for row in bad}
    expected = [
        "have and to lack ['red']",
        "no area",
        "outside",
        "has no words",
        "9.jpg does not exist",
        "instance_bbox",
    ]
    assert "instance 71 was read before, at" in reasons["7"]
    assert [part in reasons[str(number)] for number, part in enumerate(expected)] == [True] * 6
