import pytest

from sayso.artifacts import write_jsonl
from sayso.errors import DataError
from sayso.evaluate.values import Value, read_values


def test_values_come_back_from_a_file_or_its_folder(tmp_path):
    rows = [Value(task="t", example="e", template="w", metric="m", value=value) for value in (0.5, None)]
    write_jsonl(tmp_path / "values.jsonl", rows)
    assert read_values(tmp_path) == read_values(tmp_path / "values.jsonl") == rows


def test_an_empty_file_of_values_is_an_error(tmp_path):
    write_jsonl(tmp_path / "values.jsonl", [])
    with pytest.raises(DataError, match="has no score"):
        read_values(tmp_path)
