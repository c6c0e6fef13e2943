import csv
import io

from sayso.evaluate.suites import Files
from tests.helpers.published_files import lines, paint, read, write


def table(rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def several(**changes):
    row = {
        "instruction_category": "compare",
        "images": '["https://x.org/a/1.png", "https://x.org/a/2.png"]',
        "instruction": "What changed?",
        "gpt4_prediction": "The cup.",
        "images_dense_captions": "Two tables.",
        "reference_output": "",
        "human_ratings_gpt4_correct": "False",
    }
    return {**row, **changes}


def test_visit_bench_takes_the_checked_answer_and_else_one_rated_correct(tmp_path):
    rows = [
        several(reference_output="A cup."),
        several(human_ratings_gpt4_correct="True"),
        several(),
        several(images="["),
    ]
    files = Files(data=write(tmp_path / "visit_bench_multi_images.csv", table(rows)))
    examples, (bad,) = read("visit_bench", files, unchecked=True)
    assert [one.references for one in examples] == [("A cup.",), ("The cup.",), ()]
    assert [one.path for one in examples[0].media] == ["1.png", "2.png"]
    assert examples[0].fields["notes"] == "Two tables."
    assert "no list of addresses" in bad.reason


def test_visit_bench_reads_the_sheet_of_single_pictures(tmp_path):
    row = {"image_url": "https://x.org/a.png", "image_dense_caption": "A cat.", "instruction_category": "animals"}
    rows = [
        {**row, "instruction": "Name it.", "output_human_annotated": "Tom"},
        {**row, "image_url": "", "instruction": "x", "output_human_annotated": ""},
    ]
    folder = paint(tmp_path / "pictures", "a.png")
    (example,), (bad,) = read("visit_bench", Files(data=write(tmp_path / "visit.csv", table(rows)), images=(folder,)))
    assert (example.references, example.media[0].width) == (("Tom",), 40)
    assert "without an image_url" in bad.reason


def test_llava_bench_tells_the_judge_what_is_in_the_photograph(tmp_path):
    asked = [{"question_id": n, "image": "7.jpg", "text": "What is it?", "category": "conv"} for n in (0, 1)]
    write(tmp_path / "qa90_questions.jsonl", lines(asked))
    write(tmp_path / "qa90_gpt4_answer.jsonl", lines([{"question_id": 0, "text": "A dog."}]))
    seen = {
        "id": "7",
        "image": "7.jpg",
        "captions": ["A dog runs."],
        "instances": [{"category": "dog", "bbox": [0, 0, 0.5, 1]}],
    }
    write(tmp_path / "caps_boxes_coco2014_val_80.jsonl", lines([seen]))
    (example,), (bad,) = read("llava_bench", Files(data=tmp_path))
    assert example.references == ("A dog.",)
    assert example.fields["notes"] == "A dog runs.\ndog: [0.0, 0.0, 0.5, 1.0]"
    assert example.fields["category"] == "conv"
    assert "no answer" in bad.reason


def test_llava_bench_in_the_wild_is_told_by_a_description(tmp_path):
    asked = {"question_id": 0, "image": "001.jpg", "text": "What is it?", "category": "detail"}
    write(tmp_path / "questions.jsonl", lines([asked]))
    reply = {"answer_id": "x", "model_id": "gpt-4", "metadata": {}}
    write(tmp_path / "answers_gpt4.jsonl", lines([{**reply, "question_id": 0, "text": "A painting of a dog."}]))
    write(tmp_path / "context.jsonl", lines([{"id": "001", "image": "001.jpg", "caption": "A dog as a queen."}]))
    (example,), bad = read("llava_bench", Files(data=tmp_path))
    assert (example.references, example.fields["notes"], bad) == (("A painting of a dog.",), "A dog as a queen.", [])


def test_mmhal_knows_the_type_of_a_question_by_its_place(tmp_path):
    row = {
        "question": "What color?",
        "gt_answer": "Red.",
        "image_src": "https://x.org/1.jpg",
        "image_content": ["Bus", "Car"],
    }
    path = write(tmp_path / "response_template.json", [row, row, {**row, "question_type": "other"}])
    examples, _ = read("mmhal", Files(data=path))
    assert [one.fields["type"] for one in examples] == ["attribute", "adversarial", "other"]
    assert examples[0].fields["notes"] == "Bus, Car"
