"""Tables of pictures and texts in JSON, JSON lines, CSV and TSV, through one map of columns."""

import csv
import json

import pytest
from PIL import Image

from sayso.errors import ConfigError, DataError
from sayso.sources import BadRow, sources

COLUMNS = {"image": "img", "question": "q", "answer": "a"}
ROWS = [{"img": "cat.png", "q": "What?", "a": "cat"}, {"img": "cat.png", "q": "How many?", "a": "1"}]


@pytest.fixture
def folder(tmp_path):
    Image.new("RGB", (8, 6)).save(tmp_path / "cat.png")
    return tmp_path


def items(path, columns=COLUMNS, **options):
    return list(sources.build("table", {"path": str(path), "columns": columns, **options}).items())


def write(path, rows, *, kind):
    if kind == "json":
        path.write_text(json.dumps(rows))
    elif kind == "lines":
        path.write_text("\n".join(map(json.dumps, rows)))
    else:
        with path.open("w", newline="", encoding="utf-8-sig") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]), delimiter=kind)
            writer.writeheader()
            writer.writerows(rows)
    return path


@pytest.mark.parametrize("kind", ["json", "lines", ",", "\t", ";"])
def test_every_shape_of_a_table_gives_the_same_items(folder, kind):
    found = items(write(folder / "any.name", ROWS, kind=kind))
    assert [item.questions[0].text for item in found] == ["What?", "How many?"]
    assert [item.questions[0].answers for item in found] == [("cat",), ("1",)]
    assert len({item.group for item in found}) == 1
    assert len({item.id for item in found}) == 2
    assert found[0].media[0].width == 8


@pytest.mark.parametrize("label", ["true", "1", "True", True, 1])
def test_a_truth_is_a_truth_however_a_file_writes_it(folder, label):
    path = write(folder / "t.json", [{"img": "cat.png", "s": "A cat.", "l": label}], kind="json")
    (item,) = items(path, {"image": "img", "statement": "s", "label": "l"})
    assert item.statements[0].label == "true"


def test_rows_that_cannot_be_used_say_where_and_the_others_are_read(folder):
    path = folder / "rows.csv"
    path.write_text(
        'img,q,a\ncat.png,What?,cat\ngone.png,What?,dog\ncat.png,too few\ncat.png,"Two,\nlines?",yes\n../x.png,Q?,no\n'
    )
    good, gone, few, lines, out = items(path)
    assert [isinstance(row, BadRow) for row in (good, gone, few, lines, out)] == [False, True, True, False, True]
    assert gone.place == f"{path}:3"
    assert "does not exist" in gone.reason
    assert "not as many cells as the 3 columns" in few.reason
    assert lines.questions[0].text == "Two,\nlines?"
    assert "leaves its folder" in out.reason


def test_a_row_without_a_mapped_column_names_the_nearest(folder):
    (bad,) = items(write(folder / "t.json", [{"img": "cat.png", "question": "x", "a": "y"}], kind="json"))
    assert "no column 'q'; known: a, img, question" in bad.reason


def test_columns_that_are_not_ours_are_refused(folder):
    with pytest.raises(ConfigError, match="maps the unknown name 'imge'; did you mean 'image'"):
        items(folder / "t.json", {"imge": "img"})
    with pytest.raises(ConfigError, match="has no columns"):
        items(folder / "t.json", {})


@pytest.mark.parametrize("content", [b"\x00\x01", b"\x89PNG\r\n\x00"])
def test_binary_junk_is_a_data_error(folder, content):
    (folder / "t.csv").write_bytes(content)
    with pytest.raises(DataError, match=r"t\.csv begins with"):
        items(folder / "t.csv")


def test_a_missing_file_is_a_data_error(folder):
    with pytest.raises(DataError, match=r"t\.csv does not exist"):
        items(folder / "t.csv")


@pytest.mark.parametrize("kind", ["json", "lines"])
def test_a_cell_that_pandas_left_empty_is_no_missing_column(folder, kind):
    rows = [*ROWS, {"img": "cat.png", "q": "Why?", "a": float("nan")}, {"img": None, "q": "Why?", "a": "so"}]
    *good, unanswered, pictureless = items(write(folder / "t.json", rows, kind=kind))
    assert [item.questions[0].answers for item in good] == [("cat",), ("1",)]
    assert "'Why?' has no answers" in unanswered.reason
    assert (pictureless.media, pictureless.questions[0].answers) == ((), ("so",))


@pytest.mark.parametrize("kind", ["json", ","])
def test_a_class_is_asked_for_with_all_classes_to_choose_from(folder, kind):
    rows = [{"img": "cat.png", "class": name} for name in ("cat", "dog", "7")]
    found = items(write(folder / "t", rows, kind=kind), {"image": "img", "label": "class"})
    asked = [item.questions[0] for item in found]
    assert [question.answers for question in asked] == [("cat",), ("dog",), ("7",)]
    assert {question.options for question in asked} == {("7", "cat", "dog")}
    assert [item.labels["label"] for item in found] == ["cat", "dog", "7"]


def test_a_row_without_a_class_is_bad_or_asks_nothing(folder):
    rows = [{"img": "cat.png", "class": name} for name in ("cat", "", None)]
    found = items(write(folder / "t", rows, kind="json"), {"image": "img", "label": "class"})
    assert found[0].questions
    assert all(isinstance(row, BadRow) or not row.questions for row in found[1:])


def test_the_label_of_a_statement_or_beside_a_question_asks_for_no_class(folder):
    path = write(folder / "t", [{"img": "cat.png", "s": "A cat.", "q": "What?", "a": "cat", "l": "true"}], kind="json")
    (stated,) = items(path, {"image": "img", "statement": "s", "label": "l"})
    (asked,) = items(path, COLUMNS | {"label": "l"})
    assert not stated.questions
    assert [question.text for question in asked.questions] == ["What?"]
