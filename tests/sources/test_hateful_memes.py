from pathlib import Path

import region_files as files

from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources
from sayso.tasks import provides

ROW = {"id": 42953, "img": "img/42953.png", "label": 1, "text": "look at\n this"}


def read(folder: Path, *rows: object, images: str = "") -> tuple[list[AnnotatedItem], list[BadRow]]:
    files.draw(folder / "img" / "42953.png")
    options = {"annotations": files.lines(folder / "x.jsonl", rows), "images": str(folder / images)}
    found = list(sources.build("hateful_memes", options).items())
    return [row for row in found if isinstance(row, AnnotatedItem)], [row for row in found if isinstance(row, BadRow)]


def test_the_text_is_on_the_picture_without_a_box(tmp_path: Path) -> None:
    (item,), bad = read(tmp_path, ROW)
    (text,) = item.objects
    assert bad == []
    assert (text.label, text.text, text.region) == ("text", "look at this", None)
    assert (item.labels, item.vocabulary) == ({"hateful": "yes"}, {"hateful": ("no", "yes")})
    assert {"image", "text_in_image"} <= provides(item)


def test_a_test_part_without_labels_is_read_and_img_may_be_the_folder_itself(tmp_path: Path) -> None:
    unlabelled = {key: value for key, value in ROW.items() if key != "label"}
    (item,), bad = read(tmp_path, unlabelled, images="img")
    assert (item.labels, bad) == ({}, [])


def test_bad_lines_are_told(tmp_path: Path) -> None:
    rows = [
        {**ROW, "label": 2},
        {**ROW, "text": "  "},
        {**ROW, "img": "img/1.png"},
        {**ROW, "img": "/etc/passwd"},
        ROW,
        ROW,
    ]
    items, bad = read(tmp_path, *rows)
    assert len(items) == 1
    expected = ["label 2 is neither", "has no words", "does not exist", "", "was read before"]
    assert [part in row.reason for part, row in zip(expected, bad, strict=True)] == [True] * 5
