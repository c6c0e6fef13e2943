"""The published files, read whole: as many rows as they have, none of them bad."""

import os
from collections import Counter
from pathlib import Path

import pytest

from sayso.evaluate.suites import Files, LeftOut, suites
from sayso.records import Example
from sayso.sources import BadRow

DATA = Path(os.environ.get("SAYSO_DATA", "no-such-folder")) / "benchmark_annotations"
PHOTOS = DATA.parent / "coco_photos"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="SAYSO_DATA is not set: published files are not there")


@pytest.mark.parametrize(
    ("name", "options", "path", "count"),
    [
        ("pope", {}, "pope/coco/coco_pope_random.json", 3000),
        ("pope", {}, "pope/coco/coco_pope_popular.json", 3000),
        ("pope", {}, "pope/seem/aokvqa/aokvqa_pope_seem_popular.json", 3000),
        ("pope", {}, "pope/coco", 6000),
        ("vsr", {}, "vsr/zeroshot/train.jsonl", 3489),
        ("vsr", {}, "vsr/zeroshot/dev.jsonl", 340),
        ("nlvr2", {}, "nlvr2/dev_first1500.json", 1500),
        ("sugarcrepe", {}, "sugarcrepe", 5055),
        ("valse", {}, "valse", 2289),
        ("amber", {"kind": "discriminative"}, "amber", 2825),
        ("amber", {"kind": "generative"}, "amber", 200),
        ("scienceqa", {}, "scienceqa/problems.json", 250),
    ],
)
def test_every_row_is_read(name, options, path, count):
    rows = list(suites.build(name, options).read(Files(data=DATA / path)))
    assert len(rows) == count
    assert [row for row in rows if isinstance(row, BadRow) and not isinstance(row, LeftOut)] == []
    assert len({row.id for row in rows if isinstance(row, Example)}) == sum(isinstance(row, Example) for row in rows)


def test_released_rows_of_multi_instruct_and_a_task_on_its_source_are_read_whole():
    released = DATA.parent / "instruction_templates" / "multiinstruct"
    for file, count in (("test.jsonl", 11), ("train.jsonl", 59)):
        rows = list(suites.build("multi_instruct", {}).read(Files(data=released / file)))
        assert (len(rows), all(isinstance(row, Example) for row in rows)) == (count, True)
    dev = DATA.parent / "nlvr_v1" / "dev"
    rows = list(suites.build("task", {}).read(Files(data=dev / "dev.json", images=(dev / "images",))))
    assert len(rows) == 989
    assert Counter(row.references[0] for row in rows) == {"yes": 547, "no": 442}


def test_half_of_the_questions_of_pope_are_answered_by_yes():
    for path in ("coco/coco_pope_random.json", "seem/aokvqa/aokvqa_pope_seem_popular.json"):
        rows = suites.build("pope", {}).read(Files(data=DATA / "pope" / path))
        assert Counter(row.references for row in rows) == {("yes",): 1500, ("no",): 1500}


def test_items_of_valse_are_those_that_people_agreed_on():
    rows = list(suites.build("valse", {}).read(Files(data=DATA / "valse")))
    assert Counter(type(row) for row in rows) == {Example: 2044, LeftOut: 245}


@pytest.mark.parametrize(
    ("name", "file", "count", "left_out"),
    [
        ("pope", "pope.jsonl", 12, 0),
        ("vsr", "vsr.jsonl", 4, 0),
        ("sugarcrepe", "sugarcrepe.json", 26, 0),
        ("valse", "valse.json", 5, 1),
    ],
)
def test_linked_rows_find_their_photographs(name, file, count, left_out):
    folders = (PHOTOS / "train2017", PHOTOS / "val2017")
    rows = list(suites.build(name, {}).read(Files(data=PHOTOS / "linked" / file, images=folders)))
    examples = [row for row in rows if isinstance(row, Example)]
    assert (len(examples), len(rows) - len(examples)) == (count, left_out)
    assert all(one.width > 100 and Path(one.path).is_file() for row in examples for one in row.media)
