"""A tiny published file per suite of choices and yes/no questions: one good row, one bad one, in the publishers' shape, and their pictures."""

import base64
import json
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from sayso.evaluate.suites import Files


def encoded(color: str = "red") -> bytes:
    file = BytesIO()
    Image.new("RGB", (24, 16), color).save(file, "PNG")
    return file.getvalue()


def draw(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / "pictures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (24, 16), "red").save(path)
    return folder / "pictures"


def lines(path: Path, rows: list) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def whole(path: Path, value: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1))
    return path


def pope(folder: Path, *, count: int = 1) -> Files:
    """`count` good questions, yes and no in turn, each about a picture of its own."""
    names = [f"COCO_val2014_{number:012}.jpg" for number in range(1, count + 1)]
    rows = [
        {"question_id": n, "image": name, "text": f"Is there a cat {n} in the image?", "label": ("yes", "no")[n % 2]}
        for n, name in enumerate(names, start=1)
    ]
    bad = {"question_id": 0, "image": names[0], "text": "Is there a hat in the image?", "label": "perhaps"}
    return Files(data=lines(folder / "coco_pope_random.json", [*rows, bad]), images=(draw(folder, *names),))


def vsr(folder: Path) -> Files:
    row = {"image": "000000000007.jpg", "image_link": "http://there/val2017/000000000007.jpg", "relation": "on"}
    rows = [{**row, "caption": "The cat is on the mat.", "label": 1}, {**row, "caption": "The cat is up.", "label": 3}]
    return Files(data=lines(folder / "dev.jsonl", rows), images=(draw(folder, "val2017/000000000007.jpg"),))


def nlvr2(folder: Path) -> Files:
    rows = [
        {"identifier": "dev-1-0-1", "sentence": "There are two cats.", "label": "True"},
        {"identifier": "dev", "sentence": "There are three cats.", "label": "True"},
    ]
    return Files(data=lines(folder / "dev.json", rows), images=(draw(folder, "dev-1-0-img0.png", "dev-1-0-img1.png"),))


def sugarcrepe(folder: Path) -> Files:
    good = {"filename": "000000000007.jpg", "caption": "A cat on a mat.", "negative_caption": "A mat on a cat."}
    rows = {"0": good, "1": {**good, "negative_caption": good["caption"]}}
    return Files(data=whole(folder / "swap_obj.json", rows), images=(draw(folder, "000000000007.jpg"),))


def valse(folder: Path) -> Files:
    good = {"image_file": "v7w_1.jpg", "caption": "There is a cat.", "foil": "There is no cat."}
    votes = {"caption": 3, "foil": 0, "other": 0}
    rows = {"a": {**good, "mturk": votes}, "b": {**good, "foil": " ", "mturk": votes}}
    return Files(data=whole(folder / "existence.json", rows), images=(draw(folder, "v7w_1.jpg"),))


def amber(folder: Path) -> Files:
    queries = [{"id": n, "image": "AMBER_1.jpg", "query": "Is there a cat in this image?"} for n in (2, 3)]
    whole(folder / "data/query/query_discriminative-existence.json", queries)
    whole(folder / "data/query/query_generative.json", [{"id": 1, "image": "AMBER_1.jpg", "query": "Describe it."}])
    whole(folder / "data/relation.json", {"man": ["person", "people"]})
    (folder / "data/safe_words.txt").write_text("image\nphoto\n")
    annotations = [
        {"id": 1, "type": "generative", "truth": ["man", "sky"], "hallu": ["dog"]},
        {"id": 2, "type": "discriminative-hallucination", "truth": "yes"},
    ]
    whole(folder / "data/annotations.json", annotations)
    return Files(data=folder / "data", images=(draw(folder, "AMBER_1.jpg"),))


def hallusion_bench(folder: Path) -> Files:
    row = {"category": "VD", "subcategory": "figure", "visual_input": "1", "set_id": "0", "figure_id": "1"}
    rows = [
        {**row, "question_id": "0", "question": "Is it red?", "gt_answer": "1", "filename": "./VD/figure/0_1.png"},
        {**row, "question_id": "1", "question": "Is it blue?", "gt_answer": "2", "filename": None},
    ]
    return Files(data=whole(folder / "HallusionBench.json", rows), images=(draw(folder, "VD/figure/0_1.png"),))


def mme(folder: Path) -> Files:
    text = "7.jpg\tIs there a cat? Please answer yes or no.\tYes\n7.jpg\tIs there a dog?\tMaybe\n"
    (folder / "texts").mkdir()
    (folder / "texts/existence.txt").write_text(text)
    return Files(data=folder / "texts", images=(draw(folder, "existence/7.jpg"),))


def scienceqa(folder: Path) -> Files:
    good = {"question": "Which?", "choices": ["a cat", "a mat"], "answer": 1, "hint": "Look.", "image": "image.png"}
    rows = {"1": {**good, "split": "test"}, "2": {**good, "split": "test", "answer": 2}}
    return Files(
        data=whole(folder / "problems.json", rows), images=(draw(folder, "test/1/image.png", "test/2/image.png"),)
    )


def iconqa(folder: Path) -> Files:
    good = {"question": "Which?", "choices": ["three", "four"], "answer": 0, "ques_type": "choose_txt", "split": "test"}
    rows = {"1": good, "2": {**good, "answer": "four"}}
    names = [f"test/choose_txt/{key}/image.png" for key in rows]
    return Files(data=whole(folder / "problems.json", rows), images=(draw(folder, *names),))


def seed(folder: Path) -> Files:
    good = {f"choice_{letter}": f"thing {letter}" for letter in "abcd"}
    good |= {"question": "What is it?", "data_id": "1_2", "data_type": "image", "question_type_id": 1}
    rows = [{**good, "question_id": "1", "answer": "C"}, {**good, "question_id": "2", "answer": "E"}]
    file = {"question_type": {"Scene Understanding": 1}, "questions": rows}
    return Files(data=whole(folder / "SEED-Bench.json", file), images=(draw(folder, "1_2.png"),))


def table(path: Path, rows: list[list[str]]) -> Path:
    head = ["index", "question", "hint", "A", "B", "C", "D", "answer", "category", "image", "l2-category"]
    path.write_text("".join("\t".join(row) + "\n" for row in [head, *rows]))
    return path


def mmbench(folder: Path) -> Files:
    picture = base64.b64encode(encoded()).decode()
    rows = [
        ["1", "What is it?", "A hint.", "a cat", "a mat", "", "", "B", "identity", picture, "perception"],
        ["2", "What is it?", "", "a cat", "a mat", "", "", "D", "identity", "1", "perception"],
    ]
    return Files(data=table(folder / "dev.tsv", rows))


def mmstar(folder: Path) -> Files:
    row = {"answer": "B", "category": "math", "l2_category": "numbers", "image": {"bytes": encoded(), "path": None}}
    rows = [
        {"index": 0, "question": "How many, or none?\nOptions: A: one, B: two, or three, C: four", **row},
        {"index": 1, "question": "How many?", **row},
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "mmstar.parquet")
    return Files(data=folder / "mmstar.parquet")


def mmmu(folder: Path) -> Files:
    picture = {"bytes": encoded(), "path": "a.png"}
    row = {"question": "What is in <image 1>?", "options": "['a cat', \"a mat\"]", "question_type": "multiple-choice"}
    rows = [
        {"id": "validation_Art_1", **row, "answer": "A", "image_1": picture, "image_2": None},
        {"id": "validation_Art_2", **row, "answer": "A", "image_1": None, "image_2": picture},
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "validation.parquet")
    return Files(data=folder / "validation.parquet")


def multi_instruct(folder: Path) -> Files:
    good = {"unique_id": "u1", "image_path": "data/7.jpg", "task_name": "text_vqa", "options": []}
    rows = [{**good, "prompt": "What does it say?", "target": "cat"}, {**good, "prompt": " ", "target": "cat"}]
    return Files(data=lines(folder / "test.jsonl", rows), images=(draw(folder, "7.jpg"),))


def task(folder: Path) -> Files:
    good = {"sentence": "There is a yellow square.", "label": "true", "identifier": "1-0", "directory": "1"}
    rows = [good, {**good, "label": "perhaps"}]
    return Files(data=lines(folder / "dev.json", rows), images=(draw(folder, "1/dev-1-0-0.png"),))


CASES = {
    make.__name__: make
    for make in (
        *(pope, vsr, nlvr2, sugarcrepe, valse, amber, hallusion_bench, mme, scienceqa, iconqa, seed),
        *(mmbench, mmstar, mmmu, multi_instruct, task),
    )
}
