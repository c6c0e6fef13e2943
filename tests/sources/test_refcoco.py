import json
import os
import pickle
from pathlib import Path

import pytest
import region_files as files

from sayso.errors import DataError
from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources

DATA = Path(os.environ.get("SAYSO_DATA", "missing"))
needs_data = pytest.mark.skipif(not DATA.exists(), reason="SAYSO_DATA names no folder with google_refexp")
LEFT, RIGHT = [1.0, 1.0, 20.0, 20.0], [30.0, 5.0, 20.0, 20.0]


def read(folder: Path, refs: str, *boxes: list[float], split: str = "") -> tuple[list[AnnotatedItem], list[BadRow]]:
    files.draw(folder / "a.png")
    file = files.write(folder / "instances.json", files.instances(*(boxes or (LEFT, RIGHT))))
    options = {"refs": refs, "instances": file, "images": str(folder), "split": split}
    rows = list(sources.build("refcoco", options).items())
    return [row for row in rows if isinstance(row, AnnotatedItem)], [row for row in rows if isinstance(row, BadRow)]


def google(folder: Path) -> str:
    annotations = {
        "11": {"annotation_id": 11, "image_id": 1, "refexp_ids": [4, 5]},
        "12": {"annotation_id": 12, "refexp_ids": [6]},
    }
    texts = {"4": "left cat", "5": "cat on the left", "6": "right cat"}
    refexps = {key: {"refexp_id": int(key), "raw": text, "tokens": text.split()} for key, text in texts.items()}
    return files.write(folder / "g.json", {"annotations": annotations, "refexps": refexps, "images": {}})


def shapes(folder: Path) -> list[str]:
    """The same three expressions in the three shapes."""
    rows = [(11, "left cat"), (11, "cat on the left"), (12, "right cat")]
    return [
        files.write(folder / "refs.json", [files.ref(11, "left cat", "cat on the left"), files.ref(12, "right cat")]),
        files.lines(folder / "l.jsonl", [{"image_id": 1, "annotation_id": n, "refexp": text} for n, text in rows]),
        google(folder),
    ]


def test_the_three_shapes_give_the_same_item(tmp_path: Path) -> None:
    found = [read(tmp_path, refs) for refs in shapes(tmp_path)]
    assert [bad for _, bad in found] == [[], [], []]
    items = [items[0] for items, _ in found]
    assert items[0] == items[1] == items[2]
    assert [(phrase.text, phrase.unique) for phrase in items[0].phrases] == [
        ("left cat", True),
        ("cat on the left", True),
        ("right cat", True),
    ]


def test_an_expression_is_of_the_region_of_its_object_and_all_objects_are_there(tmp_path: Path) -> None:
    (item,), bad = read(tmp_path, files.write(tmp_path / "x.json", [files.ref(12, "right cat")]))
    left, right = item.objects
    assert (left.label, bad) == ("cat", [])
    assert item.phrases[0].region == right.region != left.region
    assert (right.region.x1, right.region.y1) == (0.5, 0.125)


def test_a_split_reads_its_expressions_only(tmp_path: Path) -> None:
    refs = files.write(tmp_path / "x.json", [files.ref(11, "left cat"), files.ref(12, "right cat", split="testA")])
    (item,), _ = read(tmp_path, refs, split="testA")
    assert ([phrase.text for phrase in item.phrases], item.split) == (["right cat"], "testA")


@pytest.mark.parametrize("name", ["refs(unc).p", "refs.json"])
def test_a_pickle_is_never_opened_and_the_way_out_is_told(tmp_path: Path, name: str) -> None:
    mark = tmp_path / "ran"

    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return mark.touch, ()

    (tmp_path / name).write_bytes(pickle.dumps(Trap()))
    with pytest.raises(
        DataError, match="is a pickle, which may run any code and is not read; if you trust it, type: python"
    ):
        read(tmp_path, str(tmp_path / name))
    assert not mark.exists()


def test_bad_expressions_and_boxes_are_told_each(tmp_path: Path) -> None:
    rows = [
        files.ref(11, "left cat", " ", "left cat"),
        files.ref(12, "right cat"),
        files.ref(99, "none"),
        {"ann_id": "x"},
    ]
    (item,), bad = read(tmp_path, files.write(tmp_path / "x.json", rows), LEFT, [30.0, 5.0, 0.0, 9.0])
    assert [phrase.text for phrase in item.phrases] == ["left cat"]
    told = sorted(row.reason for row in bad)
    assert len(told) == 6
    for part in (
        "has no words",
        "was said before",
        "no area",
        "its annotation is bad",
        "annotation 99 is not in",
        "$.ann_id",
    ):
        assert any(part in reason for reason in told)


def test_a_missing_photograph_loses_its_expressions_and_each_is_counted(tmp_path: Path) -> None:
    refs = files.write(tmp_path / "x.json", [files.ref(11, "left cat", "that cat"), files.ref(12, "right cat")])
    instances = files.write(tmp_path / "i.json", files.instances(LEFT, RIGHT))
    rows = list(sources.build("refcoco", {"refs": refs, "instances": instances, "images": str(tmp_path)}).items())
    assert [("a.png does not exist" in row.reason) for row in rows if isinstance(row, BadRow)] == [True] * 3


@needs_data
def test_the_real_expressions_are_read_and_join_the_annotations_they_name(tmp_path: Path) -> None:
    """The instances of COCO 2014 are not here: a file of ours has the first annotation, and all other rows are told."""
    refs = DATA / "benchmark_annotations" / "google_refexp" / "refexp_human_val.jsonl"
    first = json.loads(refs.read_text().splitlines()[0])
    file = files.instances(LEFT)
    file["annotations"][0]["id"] = first["annotation_id"]
    files.draw(tmp_path / "a.png")
    options = {"refs": str(refs), "instances": files.write(tmp_path / "i.json", file), "images": str(tmp_path)}
    rows = list(sources.build("refcoco", options).items())
    (item,) = [row for row in rows if isinstance(row, AnnotatedItem)]
    assert first["refexp"] in [phrase.text for phrase in item.phrases]
    assert len(item.phrases) + len(rows) - 1 == 3500
