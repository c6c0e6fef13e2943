"""VQA-RAD: repeated rows are merged and counted, contradictions are told; on the real files where they are."""

import question_sets

from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources


def read(name, options):
    rows = list(sources.build(name, {"per": "picture", **options}).items())
    return [row for row in rows if isinstance(row, AnnotatedItem)], [row for row in rows if isinstance(row, BadRow)]


ROW = {"qid": 1, "image_name": "synpic1.jpg", "image_organ": "HEAD", "question": "Is it normal?", "answer": "Yes"}


def test_numbers_and_stray_spaces_are_read_as_they_are_meant(tmp_path):
    items, _ = read("vqa_rad", question_sets.vqa_rad(tmp_path))
    assert [(question.text, question.answers) for question in items[0].questions] == [
        ("Is it normal?", ("Yes",)),
        ("How many lesions?", ("2",)),
    ]
    assert [item.labels for item in items] == [{"organ": "head"}, {"organ": "chest"}]


def test_a_repeated_row_is_one_question_and_is_told(tmp_path):
    rows = [ROW, {**ROW, "qid": 2, "question": " is it  normal?", "answer": "yes "}, {**ROW, "qid": 3}]
    (item,), bad = read("vqa_rad", question_sets.vqa_rad(tmp_path, rows))
    assert [question.answers for question in item.questions] == [("Yes",)]
    assert [row.place for row in bad] == [f"{tmp_path}/x.json: row {n} (as row 0)" for n in (1, 2)]
    assert {row.reason for row in bad} == {bad[0].reason}
    assert "merged with that row" in bad[0].reason


def test_other_answers_to_the_same_question_are_accepted_too(tmp_path):
    rows = [{**ROW, "question": "Where?", "answer": word} for word in ("Left", "Left lung")]
    (item,), bad = read("vqa_rad", question_sets.vqa_rad(tmp_path, rows))
    assert [question.answers for question in item.questions] == [("Left", "Left lung")]
    assert not bad


def test_yes_and_no_to_the_same_question_are_left_out_and_told(tmp_path):
    rows = [ROW, {**ROW, "answer": "no"}, {**ROW, "question": "Where?", "answer": "left"}]
    (item,), bad = read("vqa_rad", question_sets.vqa_rad(tmp_path, rows))
    assert [question.text for question in item.questions] == ["Where?"]
    assert len(bad) == 2
    assert all("answered yes and no" in row.reason and "'Is it normal?' about synpic1.jpg" in row.place for row in bad)


def test_with_kinds_presence_is_told_and_the_part_of_the_body_is_asked_once_a_picture(tmp_path):
    rows = [
        {**ROW, "question_type": "PRES", "answer": "Yes"},
        {**ROW, "question_type": "PRES", "question": "What is seen?", "answer": "fat"},
        {**ROW, "question_type": "ABN", "question": "Is it odd?", "answer": "no"},
    ]
    (item,), bad = read("vqa_rad", question_sets.vqa_rad(tmp_path, rows) | {"kinds": True})
    assert [(one.kind, one.answers) for one in item.questions] == [
        ("presence", ("yes",)),
        ("", ("fat",)),
        ("", ("no",)),
        ("object", ("head",)),
    ]
    assert item.questions[0].options == ("no", "yes")
    assert set(item.questions[3].options) == {"abdomen", "chest", "head"}
    assert not bad


def test_kinds_are_asked_of_the_real_file(sayso_data):
    path, images = sayso_data / "vqa_rad" / "trainset.json", sayso_data / "vqa_rad" / "images"
    items, _ = read("vqa_rad", {"path": str(path), "images": str(images), "kinds": True})
    kinds = [question.kind for item in items for question in item.questions]
    assert kinds.count("object") == len(items) == 264
    assert 500 < kinds.count("presence") < 800


def test_every_real_row_is_a_question_or_a_reason(sayso_data):
    for name, num_rows in (("trainset", 2587), ("testset", 377)):
        path, images = sayso_data / "vqa_rad" / f"{name}.json", sayso_data / "vqa_rad" / "images"
        items, bad = read("vqa_rad", {"path": str(path), "images": str(images)})
        answers = sum(len(question.answers) for item in items for question in item.questions)
        assert answers + len(bad) == num_rows
        assert len({item.group for item in items}) == len(items)
        if name == "trainset":
            assert 390 <= sum(row.reason.startswith("repeats") for row in bad) <= 410


def test_questions_of_one_picture_are_set_against_different_questions_of_others(tmp_path):
    """Of the real file, 522 of 2,163 rows of `question_image_matching` asked one picture the same wrong question again."""
    things = ("air", "bone", "fluid", "gas", "fat", "iron")
    rows = [
        {**ROW, "image_name": name, "question": f"Is there {thing} in {name[:-4]}?"}
        for name in ("synpic1.jpg", "synpic2.jpg")
        for thing in things
    ]
    built = sources.build("vqa_rad", question_sets.vqa_rad(tmp_path, rows)).items()
    items = [row for row in built if isinstance(row, AnnotatedItem)]
    assert len(items) == 2 * len(things)
    for group in {item.group for item in items}:
        others = [text for item in items if item.group == group for text in item.elsewhere["questions"]]
        assert len(others) == len(set(others)) >= len(things) - 1
