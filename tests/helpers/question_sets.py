"""Tiny data sets of questions in their official formats, of our own writing; each has one picture that is missing.

A function writes the files of one data set into a folder and returns the options of its source. The annotation files are
`x.json` or `x.jsonl` and beginning with `x.`; keyword arguments put other rows into them.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

Options = dict[str, Any]
SIZE = (60, 40)


def draw(folder: Path, *names: str) -> None:
    """A picture of SIZE for each name."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if not (folder / name).exists():
            Image.effect_noise(SIZE, 60).convert("RGB").save(folder / name)


def write(folder: Path, name: str, data: Any) -> str:
    """A JSON file, or JSON lines where the name says so; its path."""
    lines = name.endswith("l")
    (folder / name).write_text("\n".join(map(json.dumps, data)) if lines else json.dumps(data))
    return str(folder / name)


def votes(*answers: str) -> list[dict[str, Any]]:
    """Answers of VQA; a question mark means `maybe`, an exclamation mark `no`."""
    sure = {"?": "maybe", "!": "no"}
    return [
        {"answer_id": n, "answer": word.rstrip("?!"), "answer_confidence": sure.get(word[-1:], "yes")}
        for n, word in enumerate(answers, start=1)
    ]


VQA_QUESTIONS = [
    {"question_id": 1001, "image_id": 1, "question": "What is on the table?"},
    {"question_id": 1002, "image_id": 1, "question": "Is it day?"},
    {"question_id": 2001, "image_id": 2, "question": "How many cups are there?"},
    {"question_id": 9001, "image_id": 9, "question": "Who is it?"},
]
VQA_ANNOTATIONS = [
    {
        "question_id": 1001,
        "image_id": 1,
        "question_type": "color",
        "answers": votes("red?", "blue!", "cup", "cup", "blue"),
    },
    {"question_id": 1002, "image_id": 1, "question_type": "object_presence", "answers": votes(*["yes"] * 10)},
    {"question_id": 2001, "image_id": 2, "question_type": "counting", "answers": votes("2", "3", "2")},
    {"question_id": 9001, "image_id": 9, "question_type": "color", "answers": votes("no one")},
]


def vqa(folder: Path, questions: Any = VQA_QUESTIONS, annotations: Any = VQA_ANNOTATIONS) -> Options:
    draw(folder, "COCO_train2014_000000000001.jpg", "COCO_train2014_000000000002.jpg")
    head = {"info": {"year": 2014}, "license": {"name": "CC BY 4.0", "url": "x"}, "data_subtype": "train2014"}
    return {
        "questions": write(folder, "x.json", {**head, "data_type": "mscoco", "questions": questions}),
        "annotations": write(folder, "x.answers.json", {**head, "annotations": annotations}),
        "images": str(folder),
        "split": "train",
    }


def gqa(folder: Path, rows: Any = None) -> Options:
    draw(folder, "11.jpg", "12.jpg")
    rows = rows or {
        "07": {
            "imageId": "11",
            "question": "Is the cup left of the dog?",
            "answer": "yes",
            "fullAnswer": "Yes, it is.",
        },
        "08": {"imageId": "11", "question": "What is it?", "answer": "cup", "fullAnswer": "It is a cup.", "types": {}},
        "09": {"imageId": "12", "question": "Which thing is red?", "answer": "dog", "isBalanced": True},
        "10": {"imageId": "13", "question": "Is it red?", "answer": "no"},
        "11": {"imageId": "12", "question": "What is hidden?"},
    }
    return {"questions": write(folder, "x.json", rows), "images": str(folder), "split": "train"}


def text_vqa(folder: Path, rows: Any = None, words: Any = None) -> Options:
    draw(folder, "a1.jpg", "b2.jpg")
    told = "answering does not require reading text in the image"
    rows = rows or [
        {"question_id": 1, "image_id": "a1", "question": "what does it say?", "answers": ["stop", "go", "stop", told]},
        {"question_id": 2, "image_id": "b2", "question": "what number?", "answers": ["7"] * 10, "image_width": 60},
        {"question_id": 3, "image_id": "b2", "question": "what colour?", "answers": [told] * 10},
        {"question_id": 4, "image_id": "c3", "question": "what brand?", "answers": ["x"]},
    ]
    box = {"top_left_x": 0.1, "top_left_y": 0.2, "width": 0.5, "height": 0.25, "rotation": 3.0}
    words = words or [
        {"image_id": "a1", "ocr_tokens": ["STOP", "x"], "ocr_info": [
            {"word": "STOP", "bounding_box": box}, {"word": "x", "bounding_box": {**box, "top_left_x": 0.9}}]},
    ]  # fmt: skip
    options = {"path": write(folder, "x.json", {"dataset_type": "train", "data": rows}), "images": str(folder)}
    return {**options, "ocr": write(folder, "words.json", {"data": words}), "split": "train"}


def vizwiz_quality(folder: Path, rows: Any = None) -> Options:
    draw(folder, "VizWiz_train_1.jpg", "VizWiz_train_2.jpg", "VizWiz_train_3.jpg")
    none = dict.fromkeys(["BLR", "BRT", "DRK", "FRM", "NON", "OBS", "OTH", "ROT"], 0)
    rows = rows or [
        {"image": "VizWiz_train_1.jpg", "flaws": {**none, "BLR": 4, "FRM": 2}, "unrecognizable": 1},
        {"image": "VizWiz_train_2.jpg", "flaws": {**none, "NON": 5}, "unrecognizable": 0},
        {"image": "VizWiz_train_3.jpg", "flaws": {**none, "DRK": 2, "ROT": 2}, "unrecognizable": 0},
        {"image": "VizWiz_train_4.jpg", "flaws": {**none, "NON": 5}, "unrecognizable": 0},
    ]
    return {"path": write(folder, "x.json", rows), "images": str(folder), "split": "train"}


def visual7w(folder: Path, images: Any = None, boxes: Any = None) -> Options:
    draw(folder, "v7w_1.jpg", "v7w_2.jpg")
    pair = {"qa_id": 1, "question": "What is it?", "answer": "A cup.", "type": "what"}
    images = images or [
        {"image_id": 1, "filename": "v7w_1.jpg", "split": "train", "qa_pairs": [
            {**pair, "multiple_choices": ["A dog.", "A hat.", "A bus."]},
            {**pair, "qa_id": 2, "question": "Where is it?", "multiple_choices": ["A cup.", "A hat.", "A bus."]}]},
        {"image_id": 2, "filename": "v7w_2.jpg", "split": "train", "qa_pairs": [
            {**pair, "qa_id": 3, "question": "When is it?", "answer": "By day.", "multiple_choices": ["Now.", "Then."]}]},
        {"image_id": 3, "filename": "v7w_2.jpg", "split": "val", "qa_pairs": [
            {**pair, "qa_id": 4, "question": "Why is it?", "multiple_choices": ["Now.", "Then."]}]},
        {"image_id": 4, "filename": "gone.jpg", "split": "train", "qa_pairs": [
            {**pair, "qa_id": 5, "question": "How is it?", "multiple_choices": ["Now.", "Then."]}]},
    ]  # fmt: skip
    file = {"dataset": "v7w_telling", "images": images, **({} if boxes is None else {"boxes": boxes})}
    return {"path": write(folder, "x.json", file), "images": str(folder), "split": "train"}


V7W_BOXES = [{"box_id": n, "name": "cup", "x": 10 * n, "y": 20 - n, "width": 8, "height": 8} for n in range(1, 5)] + [
    {"box_id": 5, "name": "bus", "x": 50, "y": 5, "width": 30, "height": 8}
]
V7W_POINTING = [
    {"image_id": 1, "filename": "v7w_1.jpg", "split": "train", "qa_pairs": [
        {"qa_id": 1, "question": "Which is red?", "answer": 3, "multiple_choices": [1, 2, 4], "type": "which"},
        {"qa_id": 2, "question": "Which is out?", "answer": 5, "multiple_choices": [1, 2, 4], "type": "which"},
        {"qa_id": 3, "question": "Which is none?", "answer": 1, "multiple_choices": [2, 3, 77], "type": "which"}]}
]  # fmt: skip


def vcr(folder: Path, rows: Any = None, boxes: Any = None) -> Options:
    draw(folder, "film/1.jpg", "film/2.jpg")
    for number in "12":
        box = [[5.0, 5.0, 20.5, 30.0, 0.99], [30.0, 5.0, 50.0, 39.5, 0.9], [0.0, 0.0, 9.0, 9.0, 0.8]]
        write(
            folder, f"film/{number}.json", {"boxes": boxes or box, "segms": [], "names": [], "width": 60, "height": 40}
        )
    row = {
        "movie": "film",
        "objects": ["person", "person", "dog"],
        "img_fn": "film/1.jpg",
        "metadata_fn": "film/1.json",
        "question": ["Why", "does", [0, 1], "look", "at", [2], "'s", "tail", "?"],
        "answer_choices": [[[0], "is", "glad", "."], [[1], "does", "n't", "."], ["It", "is", "late", "."], [[2], "."]],
        "answer_label": 1,
        "rationale_choices": [],
    }
    rows = rows or [
        row,
        {**row, "question": ["Where", "is", [0], "?"], "answer_label": 2},
        {**row, "img_fn": "film/2.jpg", "metadata_fn": "film/2.json", "question": ["Who", "is", [1], "?"]},
        {key: value for key, value in row.items() if key != "answer_label"},
        {**row, "img_fn": "film/3.jpg"},
    ]
    return {"path": write(folder, "x.jsonl", rows), "images": str(folder), "split": "train"}


def visdial(folder: Path, dialogs: Any = None, split: str = "val") -> Options:
    draw(folder, "VisualDialog_val2018_000000000005.jpg", "COCO_val2014_000000000006.jpg")
    turns = [{"question": 0, "answer": 1, "answer_options": [0, 1], "gt_index": 1}, {"question": 1, "answer": 0}]
    dialogs = dialogs or [
        {"image_id": 5, "caption": "a dog on a mat", "dialog": turns},
        {"image_id": 6, "caption": "a cat", "dialog": [{"question": 2, "answer": 2}, {"question": 0, "answer": 0}]},
        {"image_id": 7, "caption": "a cow", "dialog": turns},
        {"image_id": 6, "caption": "a test", "dialog": [{"question": 0, "answer": 1}, {"question": 1}]},
    ]
    texts = {"questions": ["is it big", "is it brown", "what is it"], "answers": ["no", "yes", "a cat"]}
    file = {"data": {"dialogs": dialogs, **texts}, "split": split, "version": "1.0"}
    return {"path": write(folder, "x.json", file), "images": str(folder), "split": "train"}


def vqa_rad(folder: Path, rows: Any = None) -> Options:
    draw(folder, "synpic1.jpg", "synpic2.jpg")
    row = {"qid": 1, "image_name": "synpic1.jpg", "image_organ": "HEAD", "question": "Is it normal?", "answer": "Yes"}
    rows = rows or [
        row,
        {**row, "qid": 2, "question": "How many  lesions? ", "answer": 2, "answer_type": "OPEN "},
        {**row, "qid": 3, "question": "is it normal? ", "answer": "yes"},
        {**row, "qid": 4, "image_name": "synpic2.jpg", "image_organ": "CHEST", "question": "Is it frontal?"},
        {**row, "qid": 5, "image_name": "gone.jpg"},
    ]
    return {"path": write(folder, "x.json", rows), "images": str(folder), "split": "train"}


def pope(folder: Path, rows: Any = None) -> Options:
    draw(folder, "COCO_val2014_000000000008.jpg")
    row = {"question_id": 1, "image": "COCO_val2014_000000000008.jpg", "text": "Is there a cup?", "label": "yes"}
    rows = rows or [row, {**row, "text": "Is there a dog?", "label": "no"}, {**row, "label": "perhaps"}]
    return {"path": write(folder, "x.json", rows), "images": str(folder), "split": "train"}


CASES: dict[str, Callable[[Path], Options]] = {
    "gqa": gqa,
    "ok_vqa": vqa,
    "pope": pope,
    "tdiuc": vqa,
    "text_vqa": text_vqa,
    "vcr": vcr,
    "visdial": visdial,
    "visual7w": visual7w,
    "vizwiz_quality": vizwiz_quality,
    "vqa_rad": vqa_rad,
    "vqa_v2": vqa,
}
