"""Tiny files in the official formats of the data sets with regions, pairs and statements, written by us.

Each function writes a good row and at least one bad one below a folder and returns the options that read them.
"""

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from PIL import Image

Options = dict[str, Any]
SIZE = (60, 40)


def draw(path: Path, size: tuple[int, int] = SIZE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.effect_noise(size, 60).convert("RGB").save(path)


def write(path: Path, value: object) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return str(path)


def lines(path: Path, rows: Iterable[object]) -> str:
    return write(path, "".join(json.dumps(row) + "\n" for row in rows))


def table(path: Path, rows: list[Mapping[str, str]], *, delimiter: str = ",") -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def voc_object(name: str, box: tuple[object, object, object, object], more: str = "") -> str:
    corners = "".join(
        f"<{key}>{value}</{key}>" for key, value in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)
    )
    return f"<object><name>{name}</name>{more}<bndbox>{corners}</bndbox></object>"


def voc_xml(*objects: str, name: str = "a.png", size: tuple[int, int] = SIZE) -> str:
    width, height = size
    head = f"<filename>{name}</filename><size><width>{width}</width><height>{height}</height><depth>3</depth></size>"
    return f"<annotation>{head}{''.join(objects)}</annotation>"


def voc(folder: Path) -> Options:
    draw(folder / "JPEGImages" / "a.png")
    write(folder / "Annotations" / "a.xml", voc_xml(voc_object("cat", (5, 6, 30, 40)), voc_object("dog", (9, 9, 9, 9))))
    write(folder / "ImageSets" / "Main" / "train.txt", "a\ngone  1\n")
    return {"folder": str(folder), "split": "train"}


def vsr_row(**changes: object) -> dict[str, object]:
    link = "http://images.cocodataset.org/val2017/a.png"
    sentence = {"caption": "The cat is on the mat.", "label": 1, "relation": "on", "subj": "cat", "obj": "mat"}
    return {"image": "a.png", "image_link": link, **sentence, "annotator_id": 3, **changes}


def vsr(folder: Path) -> Options:
    draw(folder / "val2017" / "a.png")
    rows = [
        vsr_row(),
        vsr_row(caption="The cat is under the mat.", label=0, relation="under"),
        vsr_row(image="gone.png"),
    ]
    return {"annotations": lines(folder / "x.jsonl", rows), "images": str(folder), "split": "train"}


def nlvr2_row(identifier: str, **changes: object) -> dict[str, object]:
    sentence = {"sentence": "Both pictures show a cat.", "label": "True", "synset": "cat", "query": "cats5"}
    return {"identifier": identifier, **sentence, "left_url": "http://a", "right_url": "http://b", **changes}


def nlvr2(folder: Path) -> Options:
    for side in (0, 1):
        draw(folder / "56" / f"train-1-0-img{side}.png")
    rows = [nlvr2_row("train-1-0-0", directory=56), nlvr2_row("train-1-1-0", directory=56)]
    return {"annotations": lines(folder / "x.json", rows), "images": str(folder), "split": "train"}


def snli_ve_row(number: int, label: str, **changes: object) -> dict[str, object]:
    said = {"sentence1": f"A person does thing {number}.", "sentence2": "Somebody is outside.", "captionID": "1.jpg#0"}
    row = {"Flickr30K_ID": str(number), "pairID": f"{number}.jpg#0r1{label[:1]}", "gold_label": label}
    return {**row, **said, "annotator_labels": [label], **changes}


def snli_ve(folder: Path) -> Options:
    draw(folder / "1.jpg")
    draw(folder / "2.jpg")
    rows = [snli_ve_row(1, "neutral"), snli_ve_row(2, "entailment"), snli_ve_row(1, "-")]
    return {"annotations": lines(folder / "x.jsonl", rows), "images": str(folder), "split": "train"}


def hateful_memes(folder: Path) -> Options:
    draw(folder / "img" / "01.png")
    good = {"id": 1, "img": "img/01.png", "label": 0, "text": "look at  this"}
    rows = [good, {**good, "id": 2, "img": "img/02.png"}]
    return {"annotations": lines(folder / "x.jsonl", rows), "images": str(folder), "split": "train"}


def medic_row(picture: str, **changes: str) -> dict[str, str]:
    row = {"image_id": "9", "event_name": "storm", "image_path": picture, "damage_severity": "little_or_none"}
    labels = {"informative": "not_informative", "humanitarian": "not_humanitarian", "disaster_types": "not_disaster"}
    return {**row, **labels, **changes}


def medic(folder: Path) -> Options:
    draw(folder / "data" / "a.jpg")
    rows = [medic_row("data/a.jpg"), medic_row("data/b.jpg", disaster_types="fire", damage_severity="severe")]
    annotations = table(folder / "x.tsv", rows, delimiter="\t")
    return {"annotations": annotations, "images": str(folder), "split": "train"}


def text_row(**changes: object) -> dict[str, object]:
    row = {"id": 1, "image_id": 7, "bbox": [5, 5, 20, 10], "utf8_string": "STOP", "legibility": "legible"}
    return {**row, "class": "machine printed", "language": "english", "area": 200.0, "mask": [], **changes}


def coco_text_file(*texts: dict[str, object], pictures: Iterable[str] = ("a.png",)) -> dict[str, object]:
    sizes = {"width": SIZE[0], "height": SIZE[1], "set": "train"}
    images = {str(n): {"id": n, "file_name": name, **sizes} for n, name in enumerate(pictures, start=7)}
    return {"cats": {}, "anns": {str(n): text for n, text in enumerate(texts)}, "imgs": images, "imgToAnns": {}}


def coco_text(folder: Path) -> Options:
    draw(folder / "a.png")
    file = coco_text_file(text_row(), text_row(bbox=[5, 5, 0, 3]), pictures=("a.png", "gone.png"))
    return {"annotations": write(folder / "x.json", file), "images": str(folder), "split": "train"}


def vaw_row(**changes: object) -> dict[str, object]:
    row = {"image_id": "7", "instance_id": "71", "instance_bbox": [5.0, 5.0, 20.0, 10.0], "instance_polygon": None}
    said = {"object_name": "cup", "positive_attributes": ["red"], "negative_attributes": ["wooden", "tall"]}
    return {**row, **said, **changes}


def vaw(folder: Path) -> Options:
    draw(folder / "VG_100K_2" / "7.jpg")
    rows = [vaw_row(), vaw_row(image_id="8", instance_id=1), vaw_row(instance_id=2, negative_attributes=["red"])]
    images = (str(folder / "VG_100K"), str(folder / "VG_100K_2"))
    return {"annotations": write(folder / "x.json", rows), "images": images, "split": "train"}


def instances(*boxes: list[float]) -> dict[str, object]:
    annotations = [{"id": n, "image_id": 1, "category_id": 5, "bbox": box} for n, box in enumerate(boxes, start=11)]
    images = [{"id": 1, "file_name": "a.png", "width": SIZE[0], "height": SIZE[1]}]
    return {"images": images, "annotations": annotations, "categories": [{"id": 5, "name": "cat"}]}


def ref(number: int, *texts: str, split: str = "train") -> dict[str, object]:
    sentences = [
        {"raw": text, "sent": text.lower(), "sent_id": n, "tokens": text.split()} for n, text in enumerate(texts)
    ]
    row = {"ref_id": number, "ann_id": number, "image_id": 1, "category_id": 5, "split": split, "sent_ids": [0]}
    return {**row, "file_name": "COCO_train2014_000000000001_1.jpg", "sentences": sentences}


def refcoco(folder: Path) -> Options:
    draw(folder / "a.png")
    rows = [ref(11, "Left cat", "the cat on the left"), ref(12, "right cat"), ref(99, "no such cat")]
    file = write(folder / "instances.json", instances([1, 1, 20, 20], [30, 5, 20, 20]))
    return {"refs": write(folder / "x.json", rows), "instances": file, "images": str(folder), "split": "train"}


def mocheg_row(number: str, **changes: str) -> dict[str, str]:
    row = {"claim_id": number, "Claim": "<p>The moon is cheese.</p>", "Evidence": "<b>Rock</b> samples &amp; spectra."}
    return {**row, "cleaned_truthfulness": "refuted", "ruling_outline": "This is false.", "Origin": "a page", **changes}


def mocheg(folder: Path) -> Options:
    draw(folder / "images" / "00007-proof-02-b.jpg")
    rows = [mocheg_row("7"), mocheg_row("7", Evidence="Nobody found any."), mocheg_row("8")]
    return {"annotations": table(folder / "x.csv", rows), "images": str(folder / "images"), "split": "train"}


def article(*names: str | None) -> dict[str, object]:
    steps = [{"headline": f"Do part {n}.", "description": "At length.", "img": name} for n, name in enumerate(names)]
    return {"title": "How to Draw a Cat", "methods": [{"name": "With a Pencil", "steps": steps}]}


def wikihow(folder: Path) -> Options:
    draw(folder / "draw-a-cat" / "image" / "1.png")
    write(folder / "draw-a-cat" / "wikihow.json", article("1.png", None, "gone.png"))
    splits = write(folder / "x.json", {"train": ["draw-a-cat", "gone"], "val": []})
    return {"folder": str(folder), "splits": splits, "split": "train"}


def vg_object(number: int, name: str, box: tuple[float, float, float, float], **more: object) -> dict[str, object]:
    x, y, w, h = box
    return {"object_id": number, "names": [name], "x": x, "y": y, "w": w, "h": h, "synsets": [], **more}


def vg_files() -> dict[str, list[Any]]:
    man, horse = vg_object(1, "man", (1, 1, 20, 30)), vg_object(2, "Horse", (5, 10, 50, 30), merged_object_ids=[20])
    ends = {"subject": vg_object(1, "man", (1, 1, 20, 30)), "object": vg_object(20, "horse", (5, 10, 50, 30))}
    hat = vg_object(3, "hat", (2, 1, 5, 5))
    region = {"region_id": 5, "phrase": "a man  on a horse", "x": 1, "y": 1, "width": 50, "height": 39, "image_id": 7}
    asked = {"qa_id": 6, "question": "Who rides?", "answer": "The man.", "image_id": 7}
    other = {"qa_id": 8, "question": "Where is it?", "answer": "On a beach.", "image_id": 8}
    return {
        "objects.json": [{"image_id": 7, "objects": [man, horse]}, {"image_id": 8, "objects": []}],
        "attributes.json": [{"image_id": 7, "attributes": [{**man, "attributes": ["Tall", "old"]}]}],
        "relationships.json": [
            {
                "image_id": 7,
                "relationships": [
                    {"relationship_id": 4, "predicate": "RIDES", **ends},
                    {"relationship_id": 5, "predicate": "wears", "subject": man, "object": {**hat, "name": "hat"}},
                ],
            }
        ],
        "region_descriptions.json": [{"id": 7, "regions": [region]}],
        "question_answers.json": [{"id": 7, "qas": [asked]}, {"id": 8, "qas": [other]}],
        "image_data.json": [
            {"image_id": 7, "width": SIZE[0], "height": SIZE[1], "url": "http://a/7.jpg", "coco_id": None}
        ],
    }


def visual_genome(folder: Path) -> Options:
    draw(folder / "VG_100K" / "7.jpg")
    for name, entries in vg_files().items():
        write(folder / "vg" / name, entries)
    return {"folder": str(folder / "vg"), "images": [str(folder / "VG_100K")], "split": "train"}


CASES: dict[str, Callable[[Path], Options]] = {
    "coco_text": coco_text,
    "hateful_memes": hateful_memes,
    "medic": medic,
    "mocheg": mocheg,
    "nlvr2": nlvr2,
    "refcoco": refcoco,
    "snli_ve": snli_ve,
    "vaw": vaw,
    "visual_genome": visual_genome,
    "voc": voc,
    "vsr": vsr,
    "wikihow": wikihow,
}
MAIN_FILE = {"voc": "train.txt", "visual_genome": "objects.json"}
