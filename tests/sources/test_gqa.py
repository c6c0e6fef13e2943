"""GQA: one object from ids to rows, or a folder of such files."""

import pytest
import question_sets

from sayso.errors import DataError
from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources


def read(name, options):
    rows = list(sources.build(name, {"per": "picture", **options}).items())
    return [row for row in rows if isinstance(row, AnnotatedItem)], [row for row in rows if isinstance(row, BadRow)]


def test_questions_are_gathered_by_picture(tmp_path):
    items, bad = read("gqa", question_sets.gqa(tmp_path))
    assert [(item.id, [question.answers for question in item.questions]) for item in items] == [
        ("gqa-train-11", [("yes",), ("cup",)]),
        ("gqa-train-12", [("dog",)]),
    ]
    assert {question.kind for item in items for question in item.questions} == {"compositional"}
    assert [row.place.rpartition(": ")[2] for row in bad] == ["11", "image 13"]
    assert "has no answer" in bad[0].reason


def test_the_answer_as_a_sentence_may_be_accepted_too(tmp_path):
    items, _ = read("gqa", {**question_sets.gqa(tmp_path), "full_answers": True})
    assert items[0].questions[1].answers == ("cup", "It is a cup.")


def test_a_folder_of_files_is_read_in_the_order_of_names(tmp_path):
    options = question_sets.gqa(tmp_path)
    row = {"imageId": "12", "question": "Is it day?", "answer": "no"}
    (tmp_path / "many").mkdir()
    question_sets.write(tmp_path, "many/b.json", {"1": row})
    question_sets.write(tmp_path, "many/a.json", {"2": {**row, "question": "Is it night?"}})
    (item,), bad = read("gqa", {**options, "questions": str(tmp_path / "many")})
    assert [question.text for question in item.questions] == ["Is it night?", "Is it day?"]
    assert not bad


def test_a_folder_without_files_is_no_data_set(tmp_path):
    with pytest.raises(DataError, match=r"has no \.json file"):
        list(sources.build("gqa", {"questions": str(tmp_path), "images": str(tmp_path)}).items())
