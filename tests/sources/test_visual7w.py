"""Visual7W: four choices, in words or as boxes."""

import question_sets

from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources


def read(name, options):
    rows = list(sources.build(name, {"per": "picture", **options}).items())
    return [row for row in rows if isinstance(row, AnnotatedItem)], [row for row in rows if isinstance(row, BadRow)]


def test_answer_and_choices_become_options_in_an_order_that_tells_nothing(tmp_path):
    items, bad = read("visual7w", question_sets.visual7w(tmp_path))
    (question,) = items[0].questions
    assert question.answers == ("A cup.",)
    assert question.options == ("A bus.", "A cup.", "A dog.", "A hat.")
    assert items[1].questions[0].options == ("By day.", "Now.", "Then.")
    assert "are not all different" in bad[0].reason


def test_a_split_may_be_chosen_and_all_say_theirs(tmp_path):
    options = question_sets.visual7w(tmp_path)
    assert [item.group for item in read("visual7w", {**options, "split": "val"})[0]] == ["3"]
    everything, _ = read("visual7w", {**options, "split": ""})
    assert [(item.id, item.split) for item in everything] == [
        ("visual7w-1", "train"),
        ("visual7w-2", "train"),
        ("visual7w-3", "val"),
    ]


def test_pointing_questions_have_boxes_of_which_one_is_right(tmp_path):
    options = question_sets.visual7w(tmp_path, question_sets.V7W_POINTING, question_sets.V7W_BOXES)
    (item,), bad = read("visual7w", options)
    (question,) = item.questions
    assert question.answers == question.options == ()
    assert len(question.boxes) == 4
    assert question.answer_box in question.boxes
    assert (question.answer_box.x1, question.answer_box.y1) == (30 / 60, 17 / 40)
    assert [box.y1 for box in question.boxes] == sorted(box.y1 for box in question.boxes)
    assert ["outside the image" in bad[0].reason, "box 77 is not among" in bad[1].reason] == [True, True]


def test_a_wrong_box_that_is_the_right_one_again_is_told(tmp_path):
    twin = {**question_sets.V7W_BOXES[0], "box_id": 6}
    pairs = [{"qa_id": 1, "question": "Which?", "answer": 1, "multiple_choices": [2, 6]}]
    images = [{"image_id": 1, "filename": "v7w_1.jpg", "split": "train", "qa_pairs": pairs}]
    (item,), (bad,) = read("visual7w", question_sets.visual7w(tmp_path, images, [*question_sets.V7W_BOXES, twin]))
    assert item.questions == ()
    assert "the box of the right one" in bad.reason


def test_words_among_boxes_are_told(tmp_path):
    pairs = [{"qa_id": 1, "question": "Which?", "answer": 1, "multiple_choices": [2, "a cup"]}]
    images = [{"image_id": 1, "filename": "v7w_1.jpg", "split": "train", "qa_pairs": pairs}]
    _, (bad,) = read("visual7w", question_sets.visual7w(tmp_path, images, question_sets.V7W_BOXES))
    assert "are words and numbers" in bad.reason
