import pytest

from sayso.errors import DataError
from sayso.evaluate.suites import Files, LeftOut, suites
from tests.helpers.published_files import ask, paint, read, text_of, write

TEN = ["red"] * 6 + ["dark red"] * 3 + ["pink"]


def pair(folder, *, subtype="val2014", annotations=None):
    questions = [{"question_id": n, "image_id": 7, "question": f"Which color is thing {n}?"} for n in (1, 2)]
    given = annotations or [
        {"question_id": 1, "image_id": 7, "answer_type": "other", "answers": [{"answer": text} for text in TEN]}
    ]
    write(folder / "v2_val2014_questions.json", {"data_subtype": subtype, "questions": questions})
    write(folder / "v2_val2014_annotations.json", {"annotations": given})
    return Files(data=folder)


@pytest.mark.parametrize("name", ["vqav2", "ok_vqa"])
def test_every_vote_is_a_reference(tmp_path, name):
    (example,), (bad,) = read(name, pair(tmp_path))
    assert list(example.references) == TEN
    assert example.fields["category"] == "other"
    assert example.media[0].path == "COCO_val2014_000000000007.jpg"
    assert "question 2 has no answers" in bad.reason
    sample = ask(suites.build(name, {}), example)
    assert text_of(sample) == "Which color is thing 1?\nAnswer the question using a single word or phrase."


def test_the_folder_of_a_pair_is_needed_whole(tmp_path):
    files = pair(tmp_path)
    with pytest.raises(DataError, match="folder with both"):
        read("vqav2", Files(data=tmp_path / "v2_val2014_questions.json"))
    write(tmp_path / "v2_train2014_questions.json", {"questions": []})
    with pytest.raises(DataError, match="2 files like"):
        read("vqav2", files)
    assert read("vqav2", files, split="val2014")[0]


def test_a_question_whose_picture_is_not_there_is_left_out(tmp_path):
    files = Files(data=pair(tmp_path / "data").data, images=(paint(tmp_path / "pictures", "another.jpg"),))
    examples, bad = read("vqav2", files)
    assert not examples
    assert [type(row) is LeftOut for row in bad] == [True, False]


def test_a_picture_is_measured(tmp_path):
    folder = paint(tmp_path / "pictures", "COCO_val2014_000000000007.jpg")
    (example,), _ = read("vqav2", Files(data=pair(tmp_path / "data").data, images=(folder,)))
    assert (example.media[0].width, example.media[0].height) == (40, 30)


def test_vizwiz_says_what_to_do_where_it_cannot_be_told(tmp_path):
    row = {
        "image": "VizWiz_val_1.jpg",
        "question": "What is this?",
        "answers": [{"answer": "unanswerable"}] * 10,
        "answerable": 0,
    }
    path = write(
        tmp_path / "val.json", [row, {**row, "answers": []}, {**row, "image": "VizWiz_val_2.jpg", "answers": []}]
    )
    (example,), (again, bad) = read("vizwiz", Files(data=path))
    assert example.references == ("unanswerable",) * 10
    assert example.fields["answerable"] == "0"
    assert "has no answer" in again.reason
    assert "has no answer" in bad.reason
    assert "'Unanswerable'" in text_of(ask(suites.build("vizwiz", {}), example))


def test_a_row_that_is_there_twice_is_told(tmp_path):
    row = {"image": "a.jpg", "question": "What?", "answers": [{"answer": "cup"}]}
    examples, (bad,) = read("vizwiz", Files(data=write(tmp_path / "val.json", [row, row])))
    assert len(examples) == 1
    assert "was read before" in bad.reason


def test_gqa_keeps_the_number_of_a_question(tmp_path):
    rows = {"201": {"imageId": "n1", "question": "Is it left?", "answer": "yes", "fullAnswer": "Yes, it is."}}
    write(tmp_path / "testdev_balanced_questions.json", rows)
    (example,), _ = read("gqa", Files(data=tmp_path))
    assert (example.id, example.references, example.media[0].path) == ("gqa-201", ("yes",), "n1.jpg")


def textvqa(folder):
    row = {"question_id": 5, "image_id": "ab", "question": "What does it say?", "answers": ["stop"] * 10}
    box = {"top_left_x": 0, "top_left_y": 0, "width": 1, "height": 1}
    words = [{"word": word, "bounding_box": box} for word in ("STOP", "here")]
    write(folder / "TextVQA_0.5.1_val.json", {"data": [row]})
    write(folder / "TextVQA_Rosetta_OCR_v0.2_val.json", {"data": [{"image_id": "ab", "ocr_info": words}]})
    return Files(data=folder)


def test_textvqa_shows_words_of_a_machine_only_where_it_is_told_to(tmp_path):
    files = textvqa(tmp_path)
    (plain,), _ = read("textvqa", files)
    assert "ocr" not in plain.fields
    (shown,), _ = read("textvqa", files, ocr=True)
    sample = ask(suites.build("textvqa", {"ocr": True}), shown)
    question, words, order = text_of(sample).split("\n")
    assert (question, words) == ("What does it say?", "Reference OCR token: STOP, here")
    assert order == "Answer the question using a single word or phrase."


def test_docvqa_has_its_answers(tmp_path):
    row = {"questionId": 3, "question": "Date?", "image": "documents/p_1.png", "answers": ["1 May", "May 1"]}
    write(
        tmp_path / "val_v1.0.json",
        {"data": [{**row, "question_types": ["form"]}, {**row, "questionId": 4, "answers": []}]},
    )
    (example,), (bad,) = read("docvqa", Files(data=tmp_path, images=(paint(tmp_path, "documents/p_1.png"),)))
    assert example.references == ("1 May", "May 1")
    assert "no answer" in bad.reason


def test_chartqa_keeps_its_two_parts_apart(tmp_path):
    row = {"imgname": "c.png", "query": "How many?", "label": 12}
    for part in ("human", "augmented"):
        write(tmp_path / "test" / f"test_{part}.json", [row, {**row, "label": "no"}])
    both, _ = read("chartqa", Files(data=tmp_path))
    assert [example.fields["category"] for example in both] == ["human"] * 2 + ["augmented"] * 2
    assert both[0].references == ("12",)
    assert len(read("chartqa", Files(data=tmp_path), part="human")[0]) == 2


def test_ocrbench_says_which_data_set_a_question_is_of(tmp_path):
    rows = [
        {
            "dataset_name": "HME100k",
            "image_path": "h/1.jpg",
            "question": "Read it.",
            "answers": "x + y",
            "type": "formula",
        },
        {"dataset_name": "IIIT5K", "image_path": "i/1.jpg", "question": "Read it.", "answers": ["centre", "center"]},
    ]
    examples, _ = read("ocrbench", Files(data=write(tmp_path / "OCRBench.json", rows)))
    assert [example.references for example in examples] == [("x + y",), ("centre", "center")]
    assert examples[0].fields["dataset"] == "HME100k"


def test_screen_qa_accepts_several_answers(tmp_path):
    rows = [{"image_id": 3, "question": "How many bits?", "ground_truth": ["128", "128 bits"]}]
    (example,), _ = read("screen_qa", Files(data=write(tmp_path / "short_answers.json", rows)))
    assert example.references == ("128", "128 bits")


def test_a_folder_without_the_file_says_which(tmp_path):
    with pytest.raises(DataError, match=r"no file like 'OCRBench.json'"):
        read("ocrbench", Files(data=tmp_path))
    with pytest.raises(DataError, match="does not exist"):
        read("ocrbench", Files(data=tmp_path / "nowhere"))
