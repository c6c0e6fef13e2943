"""One reader for every shape of annotation file: each row used or told, whole-file problems named."""

import bz2
import gzip
import json
import lzma

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayso.errors import DataError
from sayso.sources import BadRow
from sayso.sources._files import read_any, read_csv, read_entries, read_lines, read_rows, read_whole


class Row(msgspec.Struct, frozen=True):
    a: int


GOOD = [{"a": 1}, {"a": 2}]
SHAPES = {
    "array": lambda rows: json.dumps(rows),
    "indented array": lambda rows: json.dumps(rows, indent=1),
    "lines": lambda rows: "\n".join(map(json.dumps, rows)),
    "spaced lines": lambda rows: "\n\n" + "\r\n\n".join(map(json.dumps, rows)) + "\n",
    "objects in sequence": lambda rows: "\n".join(json.dumps(row, indent=4) for row in rows),
    "list under a key": lambda rows: json.dumps({"version": {"a": 0}, "data": {"rows": rows}}),
    "indented list under a key": lambda rows: json.dumps({"data": {"rows": rows}, "more": []}, indent=2),
    "with a byte order mark": lambda rows: "\ufeff" + json.dumps(rows),
    "lines with a byte order mark": lambda rows: "\ufeff" + "\n".join(map(json.dumps, rows)),
}
every_shape = pytest.mark.parametrize("shape", SHAPES)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("files") / "x.json"


def found_or_told(read, file):
    """Whether there are rows, each used or told, or an error that names the file."""
    try:
        return all(isinstance(row, Row) or (row.place.startswith(str(file)) and row.reason) for row in read())
    except DataError as error:
        return str(file) in str(error)


def rows_of(file, text):
    file.write_text(text, encoding="utf-8")
    return list(read_rows(file, Row, under="data.rows"))


@every_shape
def test_a_row_is_found_in_any_shape(file, shape):
    assert [row for _, row in rows_of(file, SHAPES[shape](GOOD))] == [Row(1), Row(2)]


@every_shape
@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_bad_row_is_bad_alone_and_has_a_place_of_its_own(file, shape, at):
    rows = [*GOOD]
    rows.insert(at, {"a": "seven", "b": [1]})
    found = rows_of(file, SHAPES[shape](rows))
    assert [isinstance(row, BadRow) for _, row in found] == [n == at for n in range(3)]
    bad = found[at][1]
    assert bad.place.startswith(str(file))
    assert "`int`" in bad.reason
    assert len({place for place, _ in found}) == 3


@every_shape
@settings(max_examples=20)
@given(rows=st.lists(st.dictionaries(st.sampled_from("ab"), values, max_size=2), min_size=1, max_size=4))
def test_any_row_is_used_or_told_and_none_is_lost(file, shape, rows):
    found = rows_of(file, SHAPES[shape]([*rows, {"a": 1}]))
    assert len(found) == len(rows) + 1
    assert found[-1][1] == Row(1)


@given(st.binary(max_size=60))
def test_any_bytes_are_rows_or_a_reason(file, data):
    file.write_bytes(data)
    assert found_or_told(lambda: [row for _, row in read_rows(file, Row, under="data.rows")], file)


@pytest.mark.parametrize("shape", ["array", "indented array", "list under a key", "indented list under a key"])
def test_a_file_that_is_cut_off_is_no_file_of_rows(file, shape):
    text = SHAPES[shape]([{"a": n} for n in range(20)])
    with pytest.raises(DataError, match=r"x\.json is not the file it should be"):
        rows_of(file, text[: len(text) // 2])


def test_one_row_to_a_line_in_a_list_that_is_cut_off_is_no_file_of_lines(file):
    text = '{"data": {"rows": [\n' + ",\n".join(json.dumps({"a": n}) for n in range(9))
    with pytest.raises(DataError, match="not the file it should be"):
        rows_of(file, text)


def test_the_first_line_of_lines_may_be_bad(file):
    found = rows_of(file, '{bad\n{"a": 1}\n{"a": 2}\n')
    assert [place.rpartition(":")[2] for place, _ in found] == ["1", "2", "3"]
    assert [isinstance(row, BadRow) for _, row in found] == [True, False, False]


def test_a_missing_list_is_told_with_the_keys_that_are_there(file):
    with pytest.raises(DataError, match=r"has no 'rows' \(its keys: rwos\)"):
        rows_of(file, json.dumps({"data": {"rwos": []}}))


def test_a_missing_file_is_named(tmp_path):
    for read in (read_rows, read_entries, read_csv):
        with pytest.raises(DataError, match=r"gone\.json does not exist"):
            list(read(tmp_path / "gone.json", Row))


@given(st.dictionaries(st.text(max_size=5), values, max_size=4))
def test_entries_keep_their_ids(file, entries):
    file.write_text(json.dumps({"in": entries}))
    found = list(read_entries(file, Row, under="in"))
    assert [key for _, key, _ in found] == list(entries)
    assert all(place.endswith(key) for place, key, _ in found)


@pytest.mark.parametrize("mark", [",", "\t"])
def test_a_table_has_typed_rows_with_their_lines(file, mark):
    lines = [["a", "b"], ["1", '"two\nlines"'], ["x", "y"], ["3", "z", "more"], ["4"], ["5", ""], []]
    file.write_text("\n".join(mark.join(cells) for cells in lines))
    found = list(read_csv(file, Row))
    assert [place.rpartition(":")[2] for place, _ in found] == ["3", "4", "5", "6", "7"]
    assert [row for _, row in found if isinstance(row, Row)] == [Row(1), Row(5)]
    assert ["not as many cells as the 2 columns" in row.reason for _, row in found[1:4]] == [False, True, True]


@given(st.binary(max_size=80))
def test_any_bytes_are_a_table_or_a_reason(file, data):
    file.write_bytes(b"a,b\n" + data)
    assert found_or_told(lambda: [row for _, row in read_csv(file, Row)], file)


def test_a_whole_file_of_another_shape_is_told(file):
    file.write_text('{"a": "x"}')
    with pytest.raises(DataError, match="Expected `int`, got `str`"):
        read_whole(file, Row)


def test_a_cell_that_is_too_long_is_bad_alone(file):
    file.write_text(f"a,b\n1,x\n2,{'y' * 140_000}\n3,z\n")
    found = [row for _, row in read_csv(file, Row)]
    assert [row for row in found if isinstance(row, Row)] == [Row(1), Row(3)]
    assert "field larger than field limit" in found[1].reason


class Typed(msgspec.Struct, frozen=True):
    a: int
    b: float = 0.5
    c: str = ""
    d: bool = False
    e: dict[str, int] = {}


ODD = [
    ('{"a": "7"}', Typed(7)),
    ('{"a": 7.0, "b": "2.5"}', Typed(7, 2.5)),
    ('{"a": 7, "b": NaN, "c": NaN}', Typed(7)),
    ('{"a": 7, "b": -Infinity}', Typed(7)),
    ('{"a": 7, "c": null, "e": {"x": null, "y": 1}}', Typed(7, e={"y": 1})),
    ('{"a": 7, "c": "tab\tand bell\x07"}', Typed(7, c="tab\tand bell\x07")),
    ('{"a": 7, "d": 1, "c": "NaN"}', Typed(7, d=True, c="NaN")),
]


@pytest.mark.parametrize(("text", "meant"), ODD)
@pytest.mark.parametrize("form", ["[{}]", "[\n {},\n {}\n]", "{}\n{}\n", '{{"data": {{"rows": [{}]}}}}', "\ufeff[{}]"])
def test_what_python_writes_and_strict_json_forbids_is_read_as_it_is_meant(file, form, text, meant):
    file.write_text(form.format(text, text), encoding="utf-8")
    assert {
        row for _, row in read_rows(file, Typed, under="data.rows") if not isinstance(row, Typed) or row != meant
    } == set()
    assert list(read_rows(file, Typed, under="data.rows"))


@pytest.mark.parametrize(
    "text", ['{"a": NaN}', '{"a": null}', '{"a": "seven"}', '{"a": 7.5}', '{"a": [7]}', '{"a": 1e999}']
)
def test_a_needed_value_that_is_none_is_told(file, text):
    file.write_text(f'[{{"a": 1}}, {text}]')
    found = [row for _, row in read_rows(file, Typed)]
    assert found[0] == Typed(1)
    assert isinstance(found[1], BadRow)


def test_numbers_in_quotes_stay_text_where_text_is_meant(file):
    file.write_text('[{"a": "70", "c": "007"}]')
    assert [row for _, row in read_rows(file, Typed)] == [Typed(70, c="007")]


@pytest.mark.parametrize(
    ("pack", "tool"), [(gzip.compress, "gunzip"), (bz2.compress, "bunzip2"), (lzma.compress, "unxz")]
)
def test_a_packed_file_is_named_with_what_unpacks_it(file, pack, tool):
    file.write_bytes(pack(b'[{"a": 1}]'))
    for read in (read_rows, read_lines, read_entries, read_csv):
        with pytest.raises(DataError, match=rf"x\.json is compressed; type: {tool} x\.json"):
            list(read(file, Row))


def test_rows_of_any_file_are_objects_or_told(file):
    file.write_text('[{"a": NaN}, 7, {"b": [1]}]')
    assert [row for _, row in read_any(file) if not isinstance(row, BadRow)] == [{"a": None}, {"b": [1]}]
    file.write_text("a,b\n")
    with pytest.raises(DataError, match="not the file it should be"):
        list(read_any(file))
