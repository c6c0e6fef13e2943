import json
import os
from pathlib import Path

import pytest
import region_files as files

from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources

DATA = Path(os.environ.get("SAYSO_DATA", "missing"), "benchmark_annotations", "nlvr2")
needs_data = pytest.mark.skipif(not DATA.exists(), reason="SAYSO_DATA names no folder with nlvr2")


def read(annotations: str, images: Path) -> tuple[list[AnnotatedItem], list[BadRow]]:
    rows = list(sources.build("nlvr2", {"annotations": annotations, "images": str(images)}).items())
    return [row for row in rows if isinstance(row, AnnotatedItem)], [row for row in rows if isinstance(row, BadRow)]


def test_the_two_pictures_come_in_order_from_a_flat_or_a_numbered_folder(tmp_path: Path) -> None:
    for name, width in (
        ("dev-8-0-img0", 20),
        ("dev-8-0-img1", 30),
        ("56/train-1-2-img0", 40),
        ("56/train-1-2-img1", 50),
    ):
        files.draw(tmp_path / f"{name}.png", (width, 10))
    rows = [files.nlvr2_row("dev-8-0-0"), files.nlvr2_row("train-1-2-0", directory=56, label="False")]
    items, bad = read(files.lines(tmp_path / "x.json", rows), tmp_path)
    assert bad == []
    assert [[medium.width for medium in item.media] for item in items] == [[20, 30], [40, 50]]
    assert [item.statements[0].label for item in items] == ["true", "false"]


def test_sentences_of_a_pair_are_one_group(tmp_path: Path) -> None:
    for side in (0, 1):
        files.draw(tmp_path / f"dev-8-0-img{side}.png")
    rows = [files.nlvr2_row("dev-8-0-0"), files.nlvr2_row("dev-8-0-1", sentence="No cats.", label=False)]
    items, _ = read(files.lines(tmp_path / "x.json", rows), tmp_path)
    assert [(item.id, item.group) for item in items] == [
        ("nlvr2-dev-8-0-0", "nlvr2-dev-8-0"),
        ("nlvr2-dev-8-0-1", "nlvr2-dev-8-0"),
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"label": "maybe"}, "'maybe' is neither"),
        ({"identifier": "dev"}, "is not like dev-850-0-1"),
        ({"identifier": "../dev-8-0-0"}, "leaves its folder"),
        ({"sentence": ""}, "has no words"),
        ({"identifier": "dev-8-1-0"}, "dev-8-1-img1.png does not exist"),
    ],
)
def test_a_bad_line_is_told_and_the_next_is_read(tmp_path: Path, changes: dict[str, str], reason: str) -> None:
    for name in ("dev-8-0-img0", "dev-8-0-img1", "dev-8-1-img0"):
        files.draw(tmp_path / f"{name}.png")
    rows = [{**files.nlvr2_row("dev-8-0-3"), **changes}, files.nlvr2_row("dev-8-0-1")]
    items, (bad,) = read(files.lines(tmp_path / "x.json", rows), tmp_path)
    assert [item.id for item in items] == ["nlvr2-dev-8-0-1"]
    assert reason in bad.reason


@needs_data
def test_the_real_lines_are_read_where_there_are_pictures(tmp_path: Path) -> None:
    """The pictures are not published with the sentences: two of ours stand in for the first pair, the others are told."""
    file = DATA / "dev_first1500.json"
    first = json.loads(file.read_text().splitlines()[0])["identifier"]
    for side in (0, 1):
        files.draw(tmp_path / f"{first.rpartition('-')[0]}-img{side}.png")
    items, bad = read(str(file), tmp_path)
    assert items[0].id == f"nlvr2-{first}"
    assert len(items) + len(bad) == 1500
    assert all("does not exist" in row.reason for row in bad)
