"""TextVQA: ten answers, and the words that a machine read."""

import pytest
import question_sets

from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources


def read(name, options):
    rows = list(sources.build(name, {"per": "picture", **options}).items())
    return [row for row in rows if isinstance(row, AnnotatedItem)], [row for row in rows if isinstance(row, BadRow)]


def test_questions_are_of_the_kind_text_with_answers_by_frequency(tmp_path):
    items, bad = read("text_vqa", question_sets.text_vqa(tmp_path))
    assert [[question.answers for question in item.questions] for item in items] == [[("stop", "go")], [("7",)]]
    assert {question.kind for item in items for question in item.questions} == {"text"}
    assert bad[0].place.endswith("(question 3)")
    assert "the question 'what colour?' has no answer" in bad[0].reason


def test_words_become_objects_with_text_and_those_outside_are_told(tmp_path):
    items, bad = read("text_vqa", question_sets.text_vqa(tmp_path))
    (thing,) = items[0].objects
    assert (thing.label, thing.text) == ("text", "STOP")
    corners = (thing.region.x1, thing.region.y1, thing.region.x2, thing.region.y2)
    assert corners == pytest.approx((0.1, 0.2, 0.6, 0.45))
    assert items[1].objects == ()
    assert [row.place for row in bad if "outside" in row.reason] == [f"{tmp_path}/words.json: image a1, word 1"]


def test_words_need_not_be_given(tmp_path):
    options = question_sets.text_vqa(tmp_path)
    del options["ocr"]
    items, _ = read("text_vqa", options)
    assert [item.objects for item in items] == [(), ()]
