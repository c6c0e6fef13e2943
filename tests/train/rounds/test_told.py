"""What mixers and orders are told from elsewhere: numbers of a selection or a file, scores of evaluations."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sayso.artifacts import StageContext, write_json
from sayso.config import TrainConfig
from sayso.errors import ConfigError, DataError
from sayso.train.rounds.columns import find_column
from sayso.train.rounds.scores import scores_of


def folder(out: Path, name: str, kind: str, *, parents: tuple[str, ...] = ()) -> Path:
    """A finished stage that holds nothing."""
    path = out / name
    path.mkdir()
    made = {"node": name, "kind": kind, "digest": "d", "config": {}, "seed": 1}
    write_json(path / "manifest.json", made | {"parents": dict.fromkeys(parents, "d")})
    return path


def context(out: Path, *inputs: str) -> StageContext:
    paths = tuple(out / name for name in inputs)
    return StageContext(node="train", config=TrainConfig(), seed=1, inputs=paths, folder=out / "train.partial")


def test_numbers_are_those_of_the_nearest_selection(tmp_path: Path) -> None:
    for name, parents, shift in (("far", (), 1.0), ("near", ("far",), 0.0)):
        table = {"id": ["a", "b", "c"], "keep": [True, False, True], "ifd": [shift + 0.5, shift + 0.7, None]}
        pq.write_table(pa.table(table), folder(tmp_path, name, "select", parents=parents) / "columns.parquet")
    assert find_column(context(tmp_path, "near"), column="ifd", file=None) == {"a": 0.5, "b": 0.7}
    assert find_column(context(tmp_path, "far"), column="ifd", file=None) == {"a": 1.5, "b": 1.7}
    with pytest.raises(ConfigError, match="has no column 'ifdd'; did you mean 'ifd'"):
        find_column(context(tmp_path, "near"), column="ifdd", file=None)


def test_where_there_are_no_numbers_it_is_said_what_to_do(tmp_path: Path) -> None:
    folder(tmp_path, "build", "build")
    with pytest.raises(ConfigError, match="'train' is to be ordered by column 'ifd', but no select stage before it"):
        find_column(context(tmp_path, "build"), column="ifd", file=None)


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ('{"name": "a", "ifd": 1}', ConfigError, "no column example or id with ids of examples; it has ifd, name"),
        ("{", DataError, "give Parquet, or a JSON object a line"),
    ],
)
def test_a_file_without_numbers_is_refused(tmp_path: Path, text: str, error: type[Exception], told: str) -> None:
    path = tmp_path / "numbers.jsonl"
    path.write_text(text)
    with pytest.raises(error, match=told):
        find_column(context(tmp_path), column="ifd", file=str(path))
    with pytest.raises(DataError, match=r"none\.parquet cannot be read"):
        find_column(context(tmp_path), column="ifd", file=str(tmp_path / "none.parquet"))


def test_lines_end_where_json_lines_end(tmp_path: Path) -> None:
    """Texts may hold what Unicode takes for an end of line, as they stand."""
    path = tmp_path / "numbers.jsonl"
    path.write_text('{"id": "a", "text": "one\u2028two\x85three", "ifd": 1}\n{"id": "b", "ifd": 2}\n', encoding="utf-8")
    assert find_column(context(tmp_path), column="ifd", file=str(path)) == {"a": 1.0, "b": 2.0}


def test_scores_are_by_evaluation_and_task(tmp_path: Path) -> None:
    rows = [
        {"task": "counting", "held_in_wordings": 0.0, "mean": 0.4},
        {"task": "unseen", "held_in_wordings": None, "mean": 0.3},
        {"task": "unscored", "held_in_wordings": None, "mean": None},
    ]
    write_json(folder(tmp_path, "before", "evaluate") / "summary.json", {"by_task": rows})
    folder(tmp_path, "build", "build")
    found = scores_of(context(tmp_path, "build", "before"))
    assert found == {"before": {"counting": 0.0, "unseen": 0.3}}
    (tmp_path / "before" / "summary.json").write_text(json.dumps({"by_task": [{"task": "counting"}]}))
    with pytest.raises(DataError, match=r"summary.json cannot be read \(KeyError\('held_in_wordings'\)\)"):
        scores_of(context(tmp_path, "before"))
