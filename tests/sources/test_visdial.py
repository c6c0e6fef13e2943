"""VisDial: dialogues as numbers into the texts of the file."""

import pytest
import question_sets

from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources


def read(name, options):
    rows = list(sources.build(name, options).items())
    return [row for row in rows if isinstance(row, AnnotatedItem)], [row for row in rows if isinstance(row, BadRow)]


def test_a_dialogue_takes_turns_and_keeps_its_caption(tmp_path):
    items, bad = read("visdial", question_sets.visdial(tmp_path))
    assert items[0].dialogue == (
        ("questioner", "is it big"),
        ("answerer", "yes"),
        ("questioner", "is it brown"),
        ("answerer", "no"),
    )
    assert [(item.group, item.captions) for item in items] == [("5", ("a dog on a mat",)), ("6", ("a cat",))]
    assert ["does not exist" in bad[0].reason, "has no answer" in bad[1].reason] == [True, True]


def test_questions_of_the_file_that_a_dialogue_has_not_are_elsewhere(tmp_path):
    items, _ = read("visdial", question_sets.visdial(tmp_path))
    assert [item.elsewhere for item in items] == [{"questions": ("what is it",)}, {"questions": ("is it brown",)}]


@pytest.mark.parametrize("name", ["COCO_train2014_000000000005.jpg", "val2014/COCO_val2014_000000000005.jpg"])
def test_pictures_of_train_are_of_either_part_of_coco(tmp_path, name):
    (tmp_path / "files").mkdir()
    options = question_sets.visdial(tmp_path / "files", split="train")
    question_sets.draw(tmp_path / "pictures", name)
    items, _ = read("visdial", {**options, "images": str(tmp_path / "pictures")})
    assert [item.media[0].path for item in items] == [str(tmp_path / "pictures" / name)]


@pytest.mark.parametrize(
    ("dialog", "reason"),
    [
        ([], "a dialogue of 0 rounds"),
        ([{"question": 3, "answer": 0}], "question 3 and answer 0, which are not in the file"),
        ([{"question": 0, "answer": -1}], "question 0 and answer -1, which are not in the file"),
    ],
)
def test_rounds_that_cannot_be_are_told(tmp_path, dialog, reason):
    good = {"image_id": 6, "caption": "", "dialog": [{"question": 0, "answer": 0}]}
    (item,), (bad,) = read("visdial", question_sets.visdial(tmp_path, [{"image_id": 5, "dialog": dialog}, good]))
    assert reason in bad.reason
    assert item.captions == ()
