import io
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from sayso.errors import BackendError, ConfigError, DataError
from sayso.records import AnnotatedItem
from sayso.sources import BadRow, load_image, sources
from sayso.sources._tables import wrap_dataset


def picture(color: str = "red", size: tuple[int, int] = (8, 6)) -> dict[str, object]:
    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, "PNG")
    return {"bytes": buffer.getvalue(), "path": None}


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def read(path: Path | str, columns: dict[str, str], **options: object) -> list[AnnotatedItem | BadRow]:
    return list(sources.build("hf", {"path": str(path), "columns": columns, **options}).items())


def test_a_parquet_file_is_read_through_the_map(tmp_path: Path) -> None:
    rows = [{"img": picture(), "q": "what?", "gold": ["a", "b"], "kinds": ["a", "b", "c"], "unused": 3}]
    path = write(tmp_path / "x.parquet", rows)
    (item,) = read(path, {"image": "img", "question": "q", "answers": "gold", "options": "kinds"}, split="test")
    assert (item.media[0].width, item.media[0].height, item.media[0].path) == (8, 6, None)
    assert load_image(item.media[0]).getpixel((0, 0)) == (255, 0, 0)
    (question,) = item.questions
    assert (question.text, question.answers, question.options) == ("what?", ("a", "b"), ("a", "b", "c"))
    assert (item.id, item.split, item.source) == ("x-test-0", "test", "hf")


def test_rows_of_one_picture_share_a_group(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", [{"i": picture()}, {"i": picture("blue")}, {"i": picture()}, {"i": None}])
    groups = [item.group for item in read(path, {"image": "i"})]
    assert groups[0] == groups[2]
    assert len(set(groups)) == 3


def test_lists_single_values_and_empty_ones_are_told_apart(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", [{"i": [picture(), picture("blue")], "c": "one"}, {"i": None, "c": None}])
    two, none = read(path, {"images": "i", "caption": "c"})
    assert ([len(two.media), len(none.media)], two.captions, none.captions) == ([2, 0], ("one",), ())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"answer": 1, "options": ["x", "y"]}, ("y",)),
        ({"answer": 3}, ("3",)),
        ({"answer": True}, ("yes",)),
        ({"answer": "x", "answers": ["y"]}, ("x", "y")),
    ],
)
def test_answers_come_in_many_shapes(tmp_path: Path, values: dict[str, object], expected: tuple[str, ...]) -> None:
    path = write(tmp_path / "x.parquet", [{"q": "?", **values}])
    (item,) = read(path, {"question": "q", **{name: name for name in values}})
    assert item.questions[0].answers == expected


def test_a_label_belongs_to_the_statement_or_stands_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", [{"s": "a cat", "l": 1}, {"s": "a dog", "l": 0}])
    assert [item.statements[0].label for item in read(path, {"statement": "s", "label": "l"})] == ["true", "false"]
    assert [item.labels for item in read(path, {"label": "l"})] == [{"label": "1"}, {"label": "0"}]


def test_objects_have_the_shape_of_our_rows(tmp_path: Path) -> None:
    things = [{"label": "cat", "box": [0.0, 0.0, 4.0, 3.0], "text": None}, {"label": "sky", "box": None, "text": "A"}]
    path = write(tmp_path / "x.parquet", [{"i": picture(), "o": things}])
    (item,) = read(path, {"image": "i", "objects": "o"})
    cat, sky = item.objects
    assert (cat.region.x2, cat.region.y2, cat.text, sky.region, sky.text) == (0.5, 0.5, None, None, "A")


@pytest.mark.parametrize(
    ("row", "columns", "reason"),
    [
        ({"i": {"bytes": b"junk", "path": None}}, {"image": "i"}, "row 0 is not in a format"),
        ({"i": {"bytes": picture()["bytes"][:50], "path": None}}, {"image": "i"}, "row 0 is truncated"),
        ({"i": 3}, {"image": "i"}, "int is no picture"),
        ({"i": "../../gone.png"}, {"image": "i"}, "leaves its folder"),
        ({"c": 3}, {"caption": "c"}, "captions"),
        ({"q": "?", "a": 2, "o": ["x", "y"]}, {"question": "q", "answer": "a", "options": "o"}, "answer 2 is not"),
        ({"q": "?", "a": None}, {"question": "q", "answer": "a"}, "no answers"),
        ({"s": "x"}, {"statement": "s"}, "label"),
    ],
)
def test_a_bad_row_is_named_and_the_next_is_read(
    tmp_path: Path, row: dict[str, object], columns: dict[str, str], reason: str
) -> None:
    path = write(tmp_path / "x.parquet", [row, dict.fromkeys(row)])
    bad, _ = read(path, columns)
    assert bad.place == f"{path} row 0"
    assert reason in bad.reason


def test_a_folder_gives_the_files_of_its_split_and_a_pattern_all_it_fits(tmp_path: Path) -> None:
    for name in ("train-00000", "train-00001", "test-00000"):
        write(tmp_path / "data" / f"{name}.parquet", [{"c": name}])
    columns = {"caption": "c"}
    assert [i.captions[0] for i in read(tmp_path, columns, split="train")] == ["train-00000", "train-00001"]
    assert [i.captions[0] for i in read(tmp_path / "data" / "t*0.parquet", columns)] == ["test-00000", "train-00000"]


def test_files_of_different_shape_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", [{"c": "x"}])
    write(tmp_path / "b.parquet", [{"d": "x"}])
    with pytest.raises(DataError, match=r"b\.parquet: lacks the columns \['c'\]"):
        read(tmp_path, {"caption": "c"})


def test_a_missing_column_names_those_that_exist(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", [{"query": "?", "gold": "x"}])
    with pytest.raises(
        ConfigError, match=r"no column 'quer' for 'question'; did you mean 'query'\? known: gold, query"
    ):
        read(path, {"question": "quer", "answer": "gold"})


def test_a_name_that_is_not_ours_and_an_empty_map_are_refused() -> None:
    with pytest.raises(ConfigError, match="unknown name 'imag'; did you mean 'image'"):
        read("x.parquet", {"imag": "i"})
    with pytest.raises(ConfigError, match=r"no columns for 'x\.parquet'"):
        read("x.parquet", {})


def test_what_is_missing_or_no_parquet_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.parquet", tmp_path / "gone", tmp_path):
        with pytest.raises(DataError, match=str(path)):
            read(path, {"image": "i"})
    (tmp_path / "x.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(DataError, match=r"Parquet file .*x\.parquet"):
        read(tmp_path / "x.parquet", {"image": "i"})


def test_parquet_is_read_without_the_library_datasets(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", [{"c": "fine"}])
    script = (
        "import sys; from sayso.sources import sources\n"
        "print(list(sources.build('hf', {'path': sys.argv[1], 'columns': {'caption': 'c'}}).items())[0].captions[0])\n"
        "print('datasets' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["fine", "False"]


def test_without_the_library_datasets_a_saved_folder_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("{}")
    shadow = tmp_path / "shadow"
    shadow.mkdir()
    (shadow / "datasets.py").write_text("raise ImportError('not installed')")
    script = (
        "import sys; from sayso.sources import sources\n"
        "from sayso.errors import ConfigError\n"
        "try: list(sources.build('hf', {'path': sys.argv[1], 'columns': {'caption': 'c'}}).items())\n"
        "except ConfigError as error: print(error)"
    )
    environment = {**os.environ, "PYTHONPATH": str(shadow)}
    command = [sys.executable, "-c", script, str(tmp_path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert "pip install 'sayso[hub]'" in told.stdout


def test_a_stream_keeps_pictures_encoded_and_classes_named() -> None:
    datasets = pytest.importorskip("datasets", reason="needs the extra hub")
    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=["cat", "dog"])})
    data = datasets.Dataset.from_dict({"image": [picture()] * 3, "label": [1, 0, 1]}, features=features)
    table = wrap_dataset(data.to_iterable_dataset())
    assert table.columns == ("image", "label")
    assert [row["label"] for row in table.rows()] == ["dog", "cat", "dog"]
    assert next(wrap_dataset(data.to_iterable_dataset()).rows())["image"]["bytes"] == picture()["bytes"]


def saved(folder: Path, datasets) -> Path:
    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=["cat", "dog"])})
    data = datasets.Dataset.from_dict({"image": [picture(), picture("blue")], "label": [1, 0]}, features=features)
    data.to_parquet(str(folder / "x.parquet"))
    data.save_to_disk(str(folder / "plain"))
    datasets.DatasetDict({"train": data, "test": data.select([1])}).save_to_disk(str(folder / "splits"))
    return folder


def test_a_saved_folder_reads_like_its_parquet_export(tmp_path: Path) -> None:
    saved(tmp_path, pytest.importorskip("datasets", reason="needs the extra hub"))
    columns = {"image": "image", "label": "label"}
    plain, parquet, split = (read(tmp_path / name, columns) for name in ("plain", "x.parquet", "splits"))
    for rows in (plain, parquet, split):
        assert [item.labels["label"] for item in rows] == ["dog", "cat"]
        assert [item.media[0].data for item in rows] == [picture()["bytes"], picture("blue")["bytes"]]
    assert [item.labels["label"] for item in read(tmp_path / "splits", columns, split="test")] == ["cat"]
    with pytest.raises(ConfigError, match="no split 'dev'; name one of train, test"):
        read(tmp_path / "splits", columns, split="dev")


def test_a_hub_that_cannot_be_reached_can_be_tried_again() -> None:
    pytest.importorskip("datasets", reason="needs the extra hub")
    with pytest.raises(BackendError, match="did not answer for 'nobody/nothing'"):
        read("nobody/nothing", {"caption": "c"})
