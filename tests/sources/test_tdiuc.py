"""TDIUC: types become kinds, answers of a type become options."""

import pytest
import question_sets

from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources


def read(name, options):
    rows = list(sources.build(name, {"per": "picture", **options}).items())
    return [row for row in rows if isinstance(row, AnnotatedItem)], [row for row in rows if isinstance(row, BadRow)]


TYPES = {
    "scene_recognition": "scene",
    "sport_recognition": "sport",
    "color": "color",
    "counting": "count",
    "object_presence": "presence",
    "object_recognition": "object",
    "positional_reasoning": "position",
    "sentiment_understanding": "sentiment",
    "utility_affordance": "utility",
    "activity_recognition": "activity",
    "attribute": "attribute",
}


def files(folder, *rows):
    """Rows of (question type, answer), all about one picture."""
    questions = [{"question_id": n, "image_id": 1, "question": f"what {n}?"} for n, _ in enumerate(rows)]
    annotations = [
        {"question_id": n, "image_id": 1, "question_type": kind, "answers": question_sets.votes(word)}
        for n, (kind, word) in enumerate(rows)
    ]
    return question_sets.vqa(folder, questions, annotations)


@pytest.mark.parametrize(("name", "kind"), TYPES.items())
def test_a_type_becomes_a_kind(tmp_path, name, kind):
    (item,), _ = read("tdiuc", files(tmp_path, (name, "a"), (name, "b")))
    assert {question.kind for question in item.questions} == {kind}


@pytest.mark.parametrize(
    ("name", "reason"), [("absurd", "nothing in its picture answers it"), ("odd", "is none of TDIUC")]
)
def test_absurd_and_unknown_types_are_left_out_and_told(tmp_path, name, reason):
    (item,), (bad,) = read("tdiuc", files(tmp_path, ("color", "red"), (name, "x")))
    assert len(item.questions) == 1
    assert reason in bad.reason


def test_options_are_answers_of_the_same_type_with_the_right_one(tmp_path):
    rows = [("color", f"color {n}") for n in range(20)] + [("counting", str(n)) for n in (12, 3, 2)]
    (item,), _ = read("tdiuc", files(tmp_path, *rows))
    for question in item.questions:
        assert len(question.options) == (8 if question.kind == "color" else 3)
        assert set(question.answers) < set(question.options) <= {word for _, word in rows}
    assert {question.options for question in item.questions if question.kind == "count"} == {("2", "3", "12")}


def test_frequent_answers_are_offered_more_often_than_rare_ones(tmp_path):
    """Otherwise the one frequent word among rare ones would be the answer."""
    rows = [("color", "red")] * 60 + [("color", f"rare {n}") for n in range(30)]
    (item,), _ = read("tdiuc", {**files(tmp_path, *rows), "num_options": 4})
    wrong = [question.options for question in item.questions if question.answers != ("red",)]
    assert sum("red" in options for options in wrong) > 0.8 * len(wrong)


def test_a_type_of_one_answer_has_no_options(tmp_path):
    (item,), _ = read("tdiuc", files(tmp_path, ("color", "red"), ("color", "red")))
    assert {question.options for question in item.questions} == {()}
