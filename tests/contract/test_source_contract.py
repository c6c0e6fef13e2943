"""What every source promises, whoever wrote it. A new source adds one entry to CASES."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import induced_files
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import question_sets
import region_files
from PIL import Image

from sayso.errors import DataError
from sayso.pipeline import induce
from sayso.records import AnnotatedItem, Message, TextPart
from sayso.sources import BadRow, load_image, sources, verify_image

Options = dict[str, Any]


def draw(path: Path, size: tuple[int, int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.effect_noise(size, 60).convert("RGB").save(path)


def shapes(folder: Path) -> Options:
    return {"count": 4, "seed": 3, "num_images": 2, "text": True, "split": "train"}


def coco(folder: Path) -> Options:
    draw(folder / "a.png", (60, 40))
    boxes = [[5, 5, 20, 30], [50, 5, 20, 20]]
    annotations = [{"id": n, "image_id": 1, "category_id": 1, "bbox": box} for n, box in enumerate(boxes)]
    images = [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "gone.png"}]
    file = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "cat"}]}
    (folder / "x.json").write_text(json.dumps(file))
    return {"instances": str(folder / "x.json"), "images": str(folder), "split": "train"}


def nlvr(folder: Path) -> Options:
    draw(folder / "3" / "train-1-0-0.png", (400, 100))
    shape = {"x_loc": 5, "y_loc": 6, "type": "circle", "color": "Black", "size": 30}
    row = {
        "sentence": "x",
        "label": "true",
        "identifier": "1-0",
        "directory": "3",
        "structured_rep": [[shape], [shape], []],
    }
    (folder / "x.json").write_text(json.dumps(row) + "\n{bad\n")
    return {"annotations": str(folder / "x.json"), "images": str(folder), "split": "train"}


def jsonl(folder: Path) -> Options:
    draw(folder / "a.png", (30, 20))
    things = [{"label": "cat", "box": [1, 2, 3, 4]}, {"label": "dog", "box": [1, 2, 30, 20]}]
    rows = [{"images": ["a.png"], "objects": things, "relations": [[0, "on", 1]]}, {"oops": 1}, {"captions": ["x"]}]
    (folder / "x.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return {"path": str(folder / "x.jsonl"), "split": "train"}


def hf(folder: Path) -> Options:
    draw(folder / "a.png", (30, 20))
    rows = [{"img": {"bytes": data}, "text": "x"} for data in ((folder / "a.png").read_bytes(), b"bad")]
    pq.write_table(pa.Table.from_pylist(rows), folder / "x.parquet")
    return {"path": str(folder / "x.parquet"), "columns": {"image": "img", "caption": "text"}, "split": "train"}


def polls(folder: Path) -> Options:
    return {"of": {"name": "shapes", "count": 6, "min_objects": 3}, "said": ["color"], "split": "train"}


def natural_instructions(folder: Path) -> Options:
    file = {"Definition": ["Say it again."], "Instances": [{"input": "a", "output": ["a"]}, {"input": "b"}]}
    (folder / "x.json").write_text(json.dumps(file))
    return {"path": str(folder / "x.json"), "split": "train"}


def multi_instruct(folder: Path) -> Options:
    draw(folder / "a.png", (30, 20))
    rows = [{"task_name": "t", "prompt": "what?", "target": "a", "image_path": f"{name}.png"} for name in "ab"]
    (folder / "x.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return {"path": str(folder / "x.jsonl"), "images": str(folder), "split": "train"}


def conversations(folder: Path) -> Options:
    draw(folder / "a.png", (30, 20))
    turns = [{"from": "human", "value": "<image>\nWhat?"}, {"from": "gpt", "value": "A cat."}]
    rows = [{"id": name, "image": f"{name}.png", "conversations": turns} for name in "ab"]
    (folder / "x.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return {"path": str(folder / "x.jsonl"), "split": "train"}


def induced(folder: Path) -> Options:
    path = induced_files.write(folder)
    induce(str(path), out=folder / "out")
    return {"path": str(folder / "out" / "tasks.yaml"), "split": "train"}


def table(folder: Path) -> Options:
    draw(folder / "a.png", (30, 20))
    (folder / "x.csv").write_text("img,text\na.png,A cat.\nb.png,A dog.\n")
    return {"path": str(folder / "x.csv"), "columns": {"image": "img", "caption": "text"}, "split": "train"}


def emoji(folder: Path) -> Options:
    draw(folder / "a.png", (72, 72))
    cat = {"description": "cat", "category": "Animals", "noto": "a.png", "emojitwo": "gone.png"}
    rows = [cat, {**cat, "description": "car", "category": "Travel", "emojitwo": None}]
    (folder / "x.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return {"path": str(folder / "x.jsonl"), "split": "train"}


def revisions(folder: Path) -> Options:
    good = {f"{which} {part}": which for which in ("Raw", "Revised") for part in ("Instruction", "Input", "Response")}
    (folder / "x.json").write_text(json.dumps([good, {**good, "Raw Response": ""}]))
    return {"path": str(folder / "x.json"), "split": "train"}


def synthesized(folder: Path) -> Options:
    turns = [Message(role=role, parts=(TextPart(text="x", spans=()),)) for role in ("user", "assistant")]
    items = [AnnotatedItem(id=name, source="synthesized", conversation=tuple(turns)) for name in "ab"]
    (folder / "items.jsonl").write_bytes(b"\n".join([*map(msgspec.json.encode, items), b'{"id": 3}']))
    (folder / "tasks.jsonl").write_text("")
    return {"path": str(folder), "split": "train"}


def unnatural_instructions(folder: Path) -> Options:
    instances = [{"input": text, "constraints": "None.", "output": "a", "instruction_with_input": "b"} for text in "ab"]
    rows = [{"instruction": "Say it.", "instances": instances}, {"instruction": "Say it."}]
    (folder / "x.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return {"path": str(folder / "x.jsonl"), "split": "train"}


CASES: dict[str, Callable[[Path], Options]] = {
    "conversations": conversations,
    "table": table,
    "coco": coco,
    "emoji": emoji,
    "hf": hf,
    "induced": induced,
    "jsonl": jsonl,
    "multi_instruct": multi_instruct,
    "natural_instructions": natural_instructions,
    "nlvr": nlvr,
    "polls": polls,
    "revisions": revisions,
    "shapes": shapes,
    "synthesized": synthesized,
    "unnatural_instructions": unnatural_instructions,
    **question_sets.CASES,
    **region_files.CASES,
}
NO_FILES = {"polls", "shapes"}
TEXT_ONLY = {"natural_instructions", "revisions", "synthesized", "unnatural_instructions"}
every_source = pytest.mark.parametrize("name", sources.names())


def rows_of(name: str, folder: Path) -> list[AnnotatedItem | BadRow]:
    return list(sources.build(name, CASES[name](folder)).items())


def items_of(name: str, folder: Path) -> list[AnnotatedItem]:
    return [row for row in rows_of(name, folder) if isinstance(row, AnnotatedItem)]


@every_source
def test_a_source_yields_items_and_bad_rows_with_place_and_reason(name: str, tmp_path: Path) -> None:
    rows = rows_of(name, tmp_path)
    bad = [row for row in rows if isinstance(row, BadRow)]
    assert len(rows) > len(bad)
    assert bool(bad) == (name not in NO_FILES)
    assert all(row.place and len(row.reason) > 20 for row in bad)


@every_source
def test_items_say_where_they_come_from_and_have_ids_of_their_own(name: str, tmp_path: Path) -> None:
    items = items_of(name, tmp_path)
    assert {(item.source, item.split) for item in items} == {(name, "train")}
    assert len({item.id for item in items}) == len(items)
    assert all(item.group for item in items)


@every_source
def test_each_reading_gives_the_same_rows(name: str, tmp_path: Path) -> None:
    source = sources.build(name, CASES[name](tmp_path))
    assert list(source.items()) == list(source.items())


@every_source
def test_regions_lie_in_their_medium_and_relations_among_their_objects(name: str, tmp_path: Path) -> None:
    for item in items_of(name, tmp_path):
        held = [*item.objects, *item.phrases]
        for region in [thing.region for thing in held if thing.region is not None]:
            assert 0 <= region.x1 < region.x2 <= 1
            assert 0 <= region.y1 < region.y2 <= 1
            assert region.medium < len(item.media)
        for relation in item.relations:
            assert relation.subject != relation.object
            assert {relation.subject, relation.object} <= set(range(len(item.objects)))


@every_source
def test_every_picture_loads_in_rgb_and_has_the_size_it_states(name: str, tmp_path: Path) -> None:
    media = [medium for item in items_of(name, tmp_path) for medium in item.media]
    assert bool(media) == (name not in TEXT_ONLY)
    for medium in media:
        verify_image(medium)
        assert load_image(medium).mode == "RGB"


@every_source
def test_items_survive_json(name: str, tmp_path: Path) -> None:
    for item in items_of(name, tmp_path):
        assert msgspec.json.decode(msgspec.json.encode(item), type=AnnotatedItem) == item


@every_source
def test_a_missing_file_is_named(name: str, tmp_path: Path) -> None:
    if name in NO_FILES:
        pytest.skip("reads no file")
    options = CASES[name](tmp_path)
    for file in tmp_path.rglob({**region_files.MAIN_FILE, "synthesized": "items.jsonl"}.get(name, "x.*")):
        file.unlink()
    with pytest.raises(DataError, match=r"(x|items|objects|train)\.(jsonl?|parquet|csv|tsv|txt)"):
        list(sources.build(name, options).items())
