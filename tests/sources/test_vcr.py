"""VCR: objects by their names, in the picture and in the texts."""

import question_sets

from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources


def read(name, options):
    rows = list(sources.build(name, {"per": "picture", **options}).items())
    return [row for row in rows if isinstance(row, AnnotatedItem)], [row for row in rows if isinstance(row, BadRow)]


def test_texts_call_objects_by_class_and_number_and_read_as_sentences(tmp_path):
    items, _ = read("vcr", question_sets.vcr(tmp_path))
    first, second = items[0].questions
    assert first.text == "Why does person 1 and person 2 look at dog 3's tail?"
    assert first.answers == ("person 2 doesn't.",)
    assert first.options == ("It is late.", "dog 3.", "person 1 is glad.", "person 2 doesn't.")
    assert second.answers == ("It is late.",)
    assert {question.kind for item in items for question in item.questions} == {"commonsense"}


def test_objects_carry_the_names_of_the_texts_and_their_boxes(tmp_path):
    items, bad = read("vcr", question_sets.vcr(tmp_path))
    assert [(thing.label, thing.name) for thing in items[0].objects] == [
        ("person", "person 1"),
        ("person", "person 2"),
        ("dog", "dog 3"),
    ]
    region = items[0].objects[0].region
    assert (region.x1, region.y1, region.x2, region.y2) == (5 / 60, 5 / 40, 20.5 / 60, 30 / 40)
    assert len(items) == 2
    assert "answer_label None is none of the 4 answers" in bad[0].reason


def test_an_object_whose_box_cannot_be_used_keeps_its_name(tmp_path):
    boxes = [[5.0, 5.0, 5.0, 30.0, 1.0], [0.0, 0.0], [0.0, 0.0, 9.0, 9.0]]
    items, bad = read("vcr", question_sets.vcr(tmp_path, boxes=boxes))
    assert [(thing.name, thing.region is None) for thing in items[0].objects] == [
        ("person 1", True),
        ("person 2", True),
        ("dog 3", False),
    ]
    assert sum("it is used without a box" in row.reason for row in bad) == 4


def test_boxes_and_objects_must_be_as_many(tmp_path):
    items, bad = read("vcr", question_sets.vcr(tmp_path, boxes=[[0.0, 0.0, 9.0, 9.0]]))
    assert not items
    assert sum("has 1 boxes for 3 objects" in row.reason for row in bad) == 2


def test_what_points_nowhere_or_outside_the_folder_is_told(tmp_path):
    row = {
        "objects": ["person"],
        "img_fn": "film/1.jpg",
        "metadata_fn": "../outside.json",
        "question": ["Who", "is", [0], "?"],
        "answer_choices": [["a"], ["b"]],
        "answer_label": 0,
    }
    _, (bad,) = read("vcr", question_sets.vcr(tmp_path, [row]))
    assert "leaves the folder" in bad.reason
    rows = [{**row, "question": [[1]]}, {**row, "question": [[]]}, {**row, "answer_choices": [["a"], ["a"]]}]
    _, bad = read("vcr", question_sets.vcr(tmp_path, rows))
    assert ["names the objects" in bad[0].reason, "names the objects" in bad[1].reason] == [True, True]
    assert "not all different" in bad[2].reason
