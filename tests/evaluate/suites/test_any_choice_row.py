"""Whatever stands in a row: it is an example, or a bad row that says why; never a crash."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from suite_files import CASES

from sayso.evaluate.suites import suites
from sayso.records import Example
from sayso.sources import BadRow

JSON_FILES = ("pope", "vsr", "nlvr2", "sugarcrepe", "valse", "hallusion_bench", "scienceqa", "iconqa", "multi_instruct")
odd = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text(), max_size=3), st.just("²" * 12)
)
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("name", JSON_FILES)
@few
@given(data=st.data())
def test_a_row_with_anything_in_a_field_is_read_or_refused(name, tmp_path_factory, data):
    folder = tmp_path_factory.mktemp(name)
    files = CASES[name](folder)
    rows = _rows(files.data)
    field = data.draw(st.sampled_from(sorted(rows[0])))
    _write(files.data, {**rows[0], field: data.draw(odd)})
    for row in suites.build(name, {}).read(files):
        assert isinstance(row, Example | BadRow)
        assert isinstance(row, Example) or row.reason


def _rows(path):
    text = path.read_text()
    if path.suffix == ".jsonl" or text.count("\n") == 2:
        return [json.loads(line) for line in text.splitlines()]
    whole = json.loads(text)
    return list(whole.values()) if isinstance(whole, dict) else whole


def _write(path, row):
    """The row alone, in the shape of the file."""
    text = path.read_text()
    keyed = text.lstrip().startswith("{\n")
    path.write_text(json.dumps({"1": row}, indent=1) if keyed else json.dumps(row) + "\n")


@given(st.text())
def test_any_lines_of_mme_are_read_or_refused(text):
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from sayso.evaluate.suites import Files

    with TemporaryDirectory() as folder:
        (Path(folder) / "count.txt").write_text(text, encoding="utf-8", errors="replace")
        assert all(isinstance(row, Example | BadRow) for row in suites.build("mme", {}).read(Files(data=Path(folder))))
