import os
from pathlib import Path

import pytest
import region_files as files

from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources

DATA = Path(os.environ.get("SAYSO_DATA", "missing"))
needs_data = pytest.mark.skipif(not DATA.exists(), reason="SAYSO_DATA names no folder with vsr and coco_photos")


def read(annotations: str, images: Path) -> tuple[list[AnnotatedItem], list[BadRow]]:
    rows = list(sources.build("vsr", {"annotations": annotations, "images": str(images)}).items())
    return [row for row in rows if isinstance(row, AnnotatedItem)], [row for row in rows if isinstance(row, BadRow)]


def made(folder: Path, *rows: object) -> tuple[list[AnnotatedItem], list[BadRow]]:
    files.draw(folder / "a.png")
    files.draw(folder / "b.png")
    return read(files.lines(folder / "x.jsonl", rows), folder)


def test_sentences_of_a_picture_share_a_group_and_say_what_is_true(tmp_path: Path) -> None:
    false = files.vsr_row(caption="The cat is  under the mat.", label=0, relation="under")
    (one, two), bad = made(tmp_path, files.vsr_row(), false)
    assert bad == []
    told = [(item.statements[0].text, item.statements[0].label, item.statements[0].kind) for item in (one, two)]
    assert told == [("The cat is on the mat.", "true", "spatial"), ("The cat is under the mat.", "false", "spatial")]
    assert one.group == two.group == "a.png"
    assert one.vocabulary == two.vocabulary == {"relation": ("on", "under")}


def test_a_sentence_may_stand_for_several_pictures_but_once_for_each(tmp_path: Path) -> None:
    """Upstream repeats 2,147 of 3,489 captions, each for another photograph: none of them is a repeated record."""
    items, (bad,) = made(tmp_path, files.vsr_row(), files.vsr_row(image="b.png"), files.vsr_row(label=0))
    assert len({item.id for item in items}) == 2
    assert "was read before, at" in bad.reason
    assert bad.place.endswith("x.jsonl:3")


def test_ids_do_not_change_when_lines_move(tmp_path: Path) -> None:
    forward, _ = made(tmp_path, files.vsr_row(), files.vsr_row(image="b.png"))
    backward, _ = made(tmp_path, files.vsr_row(image="b.png"), files.vsr_row())
    assert {item.id: item.statements for item in forward} == {item.id: item.statements for item in backward}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"label": 2}, "label 2 is neither 0 nor 1"),
        ({"label": "yes"}, "$.label"),
        ({"caption": " \n"}, "has no words"),
        ({"image": "gone.png"}, "does not exist"),
        ({"image": "../a.png"}, "leaves its folder"),
    ],
)
def test_a_bad_line_is_told_and_the_next_is_read(tmp_path: Path, changes: dict[str, object], reason: str) -> None:
    files.draw(tmp_path / "a.png")
    items, (bad,) = made(tmp_path / "photos", files.vsr_row(**changes), files.vsr_row(image="b.png"))
    assert len(items) == 1
    assert reason in bad.reason


@needs_data
def test_the_real_statements_about_our_photographs_are_read() -> None:
    items, bad = read(str(DATA / "coco_photos" / "linked" / "vsr.jsonl"), DATA / "coco_photos")
    assert [item.statements[0].label for item in items] == ["false", "true", "true", "true"]
    assert (bad, len({item.group for item in items})) == ([], 2)


@needs_data
@pytest.mark.parametrize(("name", "known", "missing"), [("train", 2, 3487), ("dev", 0, 340)])
def test_every_real_line_whose_photograph_is_not_here_is_told(name: str, known: int, missing: int) -> None:
    file = DATA / "benchmark_annotations" / "vsr" / "zeroshot" / f"{name}.jsonl"
    items, bad = read(str(file), DATA / "coco_photos")
    assert (len(items), len(bad)) == (known, missing)
    assert all("does not exist" in row.reason for row in bad)
