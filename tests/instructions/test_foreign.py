"""MultiInstruct's own templates as wordings of our tasks."""

import json

import pytest

from sayso.errors import DataError
from sayso.instructions.foreign import FOREIGN, TEMPLATES, foreign_wordings
from sayso.instructions.template import check_slots
from sayso.tasks import select


def published(folder, *entries):
    path = folder / TEMPLATES
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps([{"task": task, "templates": templates} for task, templates in entries]))
    return folder


def test_slots_get_our_names_and_what_has_no_wording_or_lacks_a_slot_is_left_out(tmp_path):
    data = published(
        tmp_path,
        ("ITM", ["Does this say: {text}?{options}", "Is it right?", "Does this say: {text}?{options}"]),
        ("VQA", ["{question}", "Look.  {question}"]),
        ("unknown_task", ["{text}"]),
    )
    assert list(foreign_wordings(data)) == [
        {"task": "image_text_matching", "template": "Does this say: {caption}? {options}", "held_out": True},
        {"task": "visual_question_answering", "template": "Look. {question}", "held_out": True},
    ]


@pytest.mark.parametrize("content", ["{", '[{"task": "VQA"}]', "[1]"])
def test_what_is_no_list_of_templates_is_refused(content, tmp_path):
    data = published(tmp_path)
    with pytest.raises(DataError, match="cannot be read"):
        list(foreign_wordings(tmp_path / "elsewhere"))
    (data / TEMPLATES).write_text(content)
    with pytest.raises(DataError, match="no list of tasks with their templates"):
        list(foreign_wordings(data))


def test_the_published_templates_word_every_task_that_has_more_than_a_question(sayso_data):
    rows = list(foreign_wordings(sayso_data))
    tasks = {task.name: task for task in select(sorted(set(FOREIGN.values())))}
    bare = {"visual_question_answering"}  # published as the question alone
    assert {row["task"] for row in rows} == set(tasks) - bare
    for row in rows:
        check_slots(row["template"], slots=tasks[row["task"]].slots)
