"""POPE: yes or no, in both shapes that were published; on the real files where they are."""

import json

import pytest
import question_sets

from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources


def read(name, options):
    rows = list(sources.build(name, {"per": "picture", **options}).items())
    return [row for row in rows if isinstance(row, AnnotatedItem)], [row for row in rows if isinstance(row, BadRow)]


def test_questions_are_of_the_kind_presence_with_both_options(tmp_path):
    (item,), (bad,) = read("pope", question_sets.pope(tmp_path))
    assert (item.group, [question.answers for question in item.questions]) == ("8", [("yes",), ("no",)])
    assert {(question.kind, question.options) for question in item.questions} == {("presence", ("no", "yes"))}
    assert "the answer 'perhaps'" in bad.reason


def test_lines_and_an_array_are_the_same_data_set(tmp_path):
    options = question_sets.pope(tmp_path)
    array = read("pope", options)[0]
    rows = json.loads((tmp_path / "x.json").read_text())
    (tmp_path / "x.json").write_text("\n".join(map(json.dumps, rows)))
    assert read("pope", options)[0] == array


@pytest.mark.parametrize(
    ("file", "num_questions"),
    [
        ("coco_photos/linked/pope.jsonl", 12),
        ("benchmark_annotations/pope/seem/aokvqa/aokvqa_pope_seem_popular.json", 24),
    ],
)
def test_real_files_find_the_photographs_that_are_there(sayso_data, file, num_questions):
    items, _ = read("pope", {"path": str(sayso_data / file), "images": str(sayso_data / "coco_photos")})
    questions = [question for item in items for question in item.questions]
    assert len(questions) == num_questions
    assert sum(question.answers == ("yes",) for question in questions) == num_questions / 2
