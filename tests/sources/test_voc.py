import os
from pathlib import Path

import pytest
import region_files as files

from sayso.errors import DataError
from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources, verify_image

DATA = Path(os.environ.get("SAYSO_DATA", "missing"), "bccd_blood_cells")
needs_data = pytest.mark.skipif(not DATA.exists(), reason="SAYSO_DATA names no folder with bccd_blood_cells")

BOMB = """<!DOCTYPE annotation [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>
<annotation><filename>&c;</filename></annotation>"""
STOLEN = """<!DOCTYPE annotation [<!ENTITY secret SYSTEM "file://{}">]><annotation><filename>&secret;</filename></annotation>"""


def read(folder: Path, xml: str, **options: str) -> tuple[list[AnnotatedItem], list[BadRow]]:
    files.draw(folder / "JPEGImages" / "a.png")
    files.write(folder / "Annotations" / "a.xml", xml)
    rows = list(sources.build("voc", {"folder": str(folder), **options}).items())
    return [row for row in rows if isinstance(row, AnnotatedItem)], [row for row in rows if isinstance(row, BadRow)]


def test_boxes_names_poses_and_flags_are_read(tmp_path: Path) -> None:
    more = "<pose>Frontal</pose><truncated>1</truncated><difficult>0</difficult>"
    part = "<part><name>head</name><bndbox><xmin>1</xmin></bndbox></part>"
    (item,), bad = read(tmp_path, files.voc_xml(files.voc_object("cat", (6, 10, 30, 40), more + part)))
    (cat,) = item.objects
    assert bad == []
    assert (cat.label, cat.attributes) == ("cat", {"truncated": "yes", "pose": "frontal"})
    assert (cat.region.x1, cat.region.y1, cat.region.x2, cat.region.y2) == (0.1, 0.25, 0.5, 1.0)
    assert (item.id, item.group) == ("voc-a", "a")


@pytest.mark.parametrize(
    ("box", "reason"),
    [
        ((9, 9, 9, 20), "no area"),
        ((9, 9, 90, 20), "outside the image of 60 x 40"),
        (("x", 9, 90, 20), "not four numbers"),
        (("nan", 9, 9, 20), "no area"),
    ],
)
def test_a_bad_box_is_bad_alone_and_its_picture_stays(tmp_path: Path, box: tuple[object, ...], reason: str) -> None:
    xml = files.voc_xml(files.voc_object("cat", (1, 1, 9, 9)), files.voc_object("dog", box))
    (item,), (bad,) = read(tmp_path, xml)
    assert [thing.label for thing in item.objects] == ["cat"]
    assert bad.place.endswith("a.xml: object 1")
    assert reason in bad.reason


def test_the_vocabulary_has_the_names_of_all_files_of_the_split(tmp_path: Path) -> None:
    files.draw(tmp_path / "JPEGImages" / "b.png")
    for name, label in (("b", "dog"), ("c", "bird")):
        files.write(tmp_path / "Annotations" / f"{name}.xml", files.voc_xml(files.voc_object(label, (1, 1, 9, 9))))
    files.write(tmp_path / "ImageSets" / "Main" / "val.txt", "\ufeffb\r\na -1\r\nb\r\n")
    items, bad = read(tmp_path, files.voc_xml(files.voc_object("cat", (1, 1, 9, 9))), split="val")
    assert ([item.id for item in items], bad) == (["voc-b", "voc-a"], [])
    assert {item.vocabulary["label"] for item in items} == {("cat", "dog")}


def test_a_picture_is_found_by_the_name_of_its_file_where_the_annotation_names_none(tmp_path: Path) -> None:
    (item,), _ = read(tmp_path, files.voc_xml(name="gone.bmp"))
    assert item.media[0].path == str((tmp_path / "JPEGImages" / "a.png").resolve())


def test_boxes_drawn_on_another_size_are_refused(tmp_path: Path) -> None:
    """Defect 33 of the release: pixel coordinates without the size of the picture that they belong to."""
    _, (bad,) = read(tmp_path, files.voc_xml(files.voc_object("cat", (1, 1, 9, 9)), size=(120, 80)))
    assert "is 60 x 40 pixels, the annotations say 120 x 80" in bad.reason
    (item,), bad_rows = read(tmp_path, files.voc_xml(files.voc_object("cat", (1, 1, 9, 9)), size=(0, 0)))
    assert (len(item.objects), bad_rows) == (1, [])


def test_entities_are_refused_before_they_expand_or_open_a_file(tmp_path: Path) -> None:
    files.write(tmp_path / "secret.txt", "a.png")
    for xml in (BOMB, STOLEN.format(tmp_path / "secret.txt")):
        items, (bad,) = read(tmp_path, xml)
        assert items == []
        assert "declares the document type 'annotation'" in bad.reason


def test_a_folder_without_annotations_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no XML files in .*Annotations; name the folder"):
        list(sources.build("voc", {"folder": str(tmp_path)}).items())


@needs_data
@pytest.mark.parametrize(
    ("split", "images", "objects", "bad"), [("", 292, 3941, 2), ("train", 205, None, 1), ("val", 87, None, 1)]
)
def test_the_real_blood_cells_come_whole_but_for_their_two_points(
    split: str, images: int, objects: int | None, bad: int
) -> None:
    rows = list(sources.build("voc", {"folder": str(DATA), "split": split}).items())
    items = [row for row in rows if isinstance(row, AnnotatedItem)]
    reasons = [row.reason for row in rows if isinstance(row, BadRow)]
    assert (len(items), len(reasons)) == (images, bad)
    assert objects is None or sum(len(item.objects) for item in items) == objects
    assert all("has no area" in reason for reason in reasons)
    assert {item.vocabulary["label"] for item in items} == {("Platelets", "RBC", "WBC")}
    verify_image(items[0].media[0])
