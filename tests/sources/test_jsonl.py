import json
import re
from pathlib import Path

import pytest
from PIL import Image

from sayso.errors import DataError
from sayso.records import AnnotatedItem, Question, Relation, Statement
from sayso.sources import BadRow, sources


def read(folder: Path, *lines: object, **options: object) -> list[AnnotatedItem | BadRow]:
    for name in ("a.png", "b.png"):
        Image.new("RGB", (100, 50), "red").save(folder / name)
    (folder / "my.jsonl").write_text(
        "\n".join(entry if isinstance(entry, str) else json.dumps(entry) for entry in lines)
    )
    return list(sources.build("jsonl", {"path": str(folder / "my.jsonl"), **options}).items())


def test_every_key_reaches_the_item(tmp_path: Path) -> None:
    (item,) = read(
        tmp_path,
        {
            "id": 12,
            "images": ["a.png", "b.png"],
            "objects": [
                {"label": "cat", "box": [10, 5, 60, 45], "attributes": {"color": "grey"}},
                {"label": "sign", "box": [0, 0, 50, 25.5], "image": 1, "text": "STOP"},
                {"label": "sky"},
            ],
            "relations": [[0, "left of", 2]],
            "captions": ["A cat.", "A grey cat."],
            "questions": [{"question": "What?", "answers": "cat", "options": ["cat", "dog"], "kind": "object"}],
            "statements": [{"text": "A cat.", "label": True}, {"text": "A dog.", "label": "false"}],
            "dialogue": [["user", "Hi"], ["assistant", "Hello"]],
            "labels": {"scene": "street", "people": 3, "day": True},
            "group": "g",
            "license": "CC0",
            "split": "test",
        },
    )
    assert (item.id, item.group, item.license, item.split, item.source) == ("12", "g", "CC0", "test", "jsonl")
    assert [Path(medium.path).name for medium in item.media] == ["a.png", "b.png"]
    cat, sign, sky = item.objects
    assert (cat.region.x1, cat.region.y1, cat.region.x2, cat.region.y2) == (0.1, 0.1, 0.6, 0.9)
    assert (sign.region.medium, sign.region.y2, sign.text, sky.region) == (1, 0.51, "STOP", None)
    assert item.relations == (Relation(subject=0, predicate="left of", object=2),)
    assert item.questions == (Question(text="What?", answers=("cat",), options=("cat", "dog"), kind="object"),)
    assert item.statements == (Statement(text="A cat.", label="true"), Statement(text="A dog.", label="false"))
    assert item.labels == {"scene": "street", "people": "3", "day": "true"}
    assert item.dialogue == (("user", "Hi"), ("assistant", "Hello"))


def test_everything_may_be_left_out(tmp_path: Path) -> None:
    one, two, text = read(
        tmp_path, {"images": "a.png"}, "", {"images": ["a.png"]}, {"captions": "no picture"}, split="x"
    )
    assert [one.id, two.id, text.id] == ["my-1", "my-3", "my-4"]
    assert one.group == two.group == "a.png", "the same wherever the folder lies"
    assert (text.media, text.group, text.captions, text.split) == ((), "my-4", ("no picture",), "x")


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ('{"images": [', "not one JSON object"),
        ("[1]", "Expected `object`"),
        ({"captoins": []}, "unknown field `captoins`; known keys: id, images, objects"),
        ({"objects": [{"name": "cat"}]}, r"\$\.objects\[0\]"),
        ({"objects": [{"label": 3}]}, r"Expected `str`, got `int`.*label"),
        ({"images": ["gone.png"]}, "does not exist"),
        ({"images": ["../x.png"]}, "leaves its folder"),
        ({"images": "a.png", "objects": [{"label": "x", "box": [1, 2, 3]}]}, "box"),
        ({"images": "a.png", "objects": [{"label": "x", "box": [9, 2, 9, 4]}]}, r"objects\[0\]: .* no area"),
        ({"images": "a.png", "objects": [{"label": "x", "box": [0, 0, 100, 60]}]}, "outside the image of 100 x 50"),
        ({"images": "a.png", "objects": [{"label": "x", "box": [0, 0, 9, 9], "image": 1}]}, "image 1, .* 1 images"),
        ({"objects": [{"label": "x", "box": [0, 0, 9, 9]}]}, "the row has 0 images"),
        ({"objects": [{"label": "x"}], "relations": [[0, "on", 1]]}, r"relation \[0, 'on', 1\] points .* 1 objects"),
        ({"questions": [{"question": "Why?", "answers": []}]}, "'Why\\?' has no answers"),
        ({"questions": [{"question": "Why?", "answers": ["x"], "options": ["y"]}]}, r"\['x'\] are not all among"),
        ({"statements": [{"text": "x", "label": 2}]}, "label"),
        ({"labels": {"a": []}}, "labels"),
    ],
)
def test_a_bad_line_is_named_and_the_next_is_read(tmp_path: Path, wrong: object, reason: str) -> None:
    bad, good = read(tmp_path, wrong, {"captions": "fine"})
    assert bad.place == f"{tmp_path / 'my.jsonl'}:1"
    assert re.search(reason, bad.reason), bad.reason
    assert good.captions == ("fine",)


def test_pictures_may_live_in_another_folder(tmp_path: Path) -> None:
    Image.new("RGB", (5, 4)).save(tmp_path / "c.png")
    rows = tmp_path / "rows"
    rows.mkdir()
    (bad,) = read(rows, {"images": "../c.png"})
    (good,) = read(rows, {"images": "c.png"}, root=str(tmp_path))
    assert isinstance(bad, BadRow)
    assert good.media[0].width == 5


def test_invalid_utf8_is_a_bad_row(tmp_path: Path) -> None:
    (tmp_path / "my.jsonl").write_bytes(b'{"captions": "\xff"}\n{}')
    bad, good = sources.build("jsonl", {"path": str(tmp_path / "my.jsonl")}).items()
    assert isinstance(bad, BadRow)
    assert isinstance(good, AnnotatedItem)


def test_lines_are_read_as_they_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "my.jsonl").write_text("{}\n" * 100)
    rows = sources.build("jsonl", {"path": str(tmp_path / "my.jsonl")}).items()
    assert [next(rows).id for _ in range(3)] == ["my-1", "my-2", "my-3"]


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is a folder; name a file in it"):
        list(sources.build("jsonl", {"path": str(tmp_path)}).items())


def test_the_examples_of_the_documentation_are_good_rows(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "formats.md"
    (block,) = re.findall(r"```jsonl\n(.*?)```", page.read_text(), re.S)
    rows = [json.loads(line) for line in block.splitlines()]
    for name in {name for row in rows for name in row.get("images", [])}:
        Image.new("RGB", (640, 480)).save(tmp_path / name)
    items = read(tmp_path, *rows)
    assert len(items) == len(rows) >= 4
    assert all(isinstance(item, AnnotatedItem) for item in items), items


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"objects": [{"label": " "}]}, "objects[0] has the blank label ' '"),
        ({"questions": [{"question": "", "answers": "x"}]}, "one of them is blank"),
        ({"questions": [{"question": "what?", "answers": ["x", ""]}]}, "one of them is blank"),
    ],
)
def test_a_blank_name_question_or_answer_is_a_bad_row(tmp_path, row, told):
    (bad,) = read(tmp_path, row)
    assert isinstance(bad, BadRow)
    assert told in bad.reason


def test_a_second_row_of_one_id_is_told(tmp_path: Path) -> None:
    one, again, other = read(tmp_path, {"id": 1, "captions": "a"}, {"id": "1", "captions": "b"}, {"captions": "c"})
    assert (one.id, other.id) == ("1", "my-3")
    assert again.reason == f"1 was read before, at {tmp_path / 'my.jsonl'}:1; remove one of the two records"


def test_a_moved_folder_is_divided_as_before(tmp_path: Path) -> None:
    groups = []
    for place in ("here", "there/deeper"):
        (folder := tmp_path / place).mkdir(parents=True)
        (item,) = read(folder, {"images": ["./a.png"], "captions": ["x"]})
        groups.append(item.group)
    assert groups == ["a.png", "a.png"]
