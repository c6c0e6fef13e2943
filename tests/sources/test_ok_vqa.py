"""OK-VQA: the files of VQAv2, another kind of question."""

import question_sets

from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources


def read(name, options):
    rows = list(sources.build(name, {"per": "picture", **options}).items())
    return [row for row in rows if isinstance(row, AnnotatedItem)], [row for row in rows if isinstance(row, BadRow)]


def test_questions_are_of_the_kind_knowledge(tmp_path):
    items, _ = read("ok_vqa", question_sets.vqa(tmp_path))
    assert [item.id for item in items] == ["ok_vqa-train-1", "ok_vqa-train-2"]
    assert {question.kind for item in items for question in item.questions} == {"knowledge"}
    assert items[0].questions[0].answers == ("cup", "blue", "red")


def test_the_same_photograph_is_the_same_group_in_every_data_set_of_coco(tmp_path):
    groups = [
        {item.group for item in read(name, question_sets.vqa(tmp_path))[0]} for name in ("ok_vqa", "vqa_v2", "tdiuc")
    ]
    assert groups == [{"1", "2"}] * 3
