"""VQAv2: answers in order of frequency, pictures by their names in COCO, two files that belong together."""

import pytest
import question_sets

from sayso.errors import ConfigError
from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources


def read(name, options):
    rows = list(sources.build(name, {"per": "picture", **options}).items())
    return [row for row in rows if isinstance(row, AnnotatedItem)], [row for row in rows if isinstance(row, BadRow)]


def ask(folder, *answers, **options):
    """The accepted answers of one question that got these votes."""
    question = {"question_id": 1, "image_id": 1, "question": "what?"}
    row = {"question_id": 1, "image_id": 1, "answers": question_sets.votes(*answers)}
    (item,), bad = read("vqa_v2", {**question_sets.vqa(folder, [question], [row]), **options})
    assert not bad
    return item.questions[0].answers


def test_answers_come_in_order_of_frequency(tmp_path):
    assert ask(tmp_path, "red", "blue", "blue", " green", "green ", "green") == ("green", "blue", "red")


def test_ties_go_to_the_surer_answer_and_then_to_the_earlier_one_defect_32(tmp_path):
    assert ask(tmp_path, "a!", "b", "c?", "d") == ("b", "d", "c", "a")
    assert ask(tmp_path, "d", "b", "a!", "c?") == ("d", "b", "c", "a")


def test_rare_answers_may_be_left_out_but_the_first_stays(tmp_path):
    assert ask(tmp_path, "a", "b", "b", "c", min_votes=2) == ("b",)
    assert ask(tmp_path, "a", "b", min_votes=2) == ("a",)


def test_an_item_is_a_picture_with_all_its_questions(tmp_path):
    items, bad = read("vqa_v2", question_sets.vqa(tmp_path))
    assert [(item.id, item.group, len(item.questions), item.license) for item in items] == [
        ("vqa_v2-train-1", "1", 2, "CC BY 4.0"),
        ("vqa_v2-train-2", "2", 1, "CC BY 4.0"),
    ]
    assert {question.kind for item in items for question in item.questions} == {""}
    assert ["(1 questions about it are left out)" in row.reason for row in bad] == [True]


def test_rows_without_a_partner_in_the_other_file_are_told(tmp_path):
    questions = [{"question_id": n, "image_id": 1, "question": f"what {n}?"} for n in (1, 2, 2, 3)]
    rows = [
        {"question_id": n, "image_id": at, "answers": question_sets.votes("x")}
        for n, at in [(2, 1), (2, 1), (3, 2), (4, 1)]
    ]
    (item,), bad = read("vqa_v2", question_sets.vqa(tmp_path, questions, rows))
    assert [question.text for question in item.questions] == ["what 2?"]
    told = " | ".join(f"{row.place[-12:]} {row.reason}" for row in bad)
    assert len(bad) == 5
    for words in (
        "question 2) the question was answered before",
        "question 1) the question has no answers",
        "question 2) the question was asked before",
        "question 3) the question is of image 1, its answers of 2",
        "question 4) the question is not in",
    ):
        assert words in told


@pytest.mark.parametrize(
    "name", ["train2014/COCO_train2014_000000000001.jpg", "000000000001.jpg", "val2017/000000000001.jpg"]
)
def test_pictures_are_found_by_the_names_of_either_year(tmp_path, name):
    options = question_sets.vqa(tmp_path / "files") if (tmp_path / "files").mkdir() is None else {}
    question_sets.draw(tmp_path / "pictures", name)
    items, _ = read("vqa_v2", {**options, "images": str(tmp_path / "pictures")})
    assert [item.media[0].path for item in items] == [str(tmp_path / "pictures" / name)]


def test_a_name_of_ones_own_may_be_given(tmp_path):
    question_sets.draw(tmp_path, "p1.png")
    items, _ = read("vqa_v2", {**question_sets.vqa(tmp_path), "file_name": "p{image_id}.png"})
    assert [item.media[0].path for item in items] == [str(tmp_path / "p1.png")]


@pytest.mark.parametrize("name", ["p.png", "{number}.png", "{image_id.png", "{0}.png"])
def test_a_name_without_the_number_of_the_picture_is_refused(tmp_path, name):
    with pytest.raises(ConfigError, match="names no picture; write for example"):
        sources.build("vqa_v2", {**question_sets.vqa(tmp_path), "file_name": name})
