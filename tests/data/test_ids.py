"""Two items of one id are found however many others there are, and by where they stand."""

from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.config import SourceConfig
from sayso.data import ids
from sayso.data.ids import IdLog, repeated_id

names = st.lists(st.text(max_size=4), max_size=40)


def log(path, names, *, source=0):
    made = IdLog(path)
    for row, name in enumerate(names):
        made.add(name, source=source, row=row)
    return made


@given(names)
def test_it_tells_whether_and_where_a_name_comes_twice(tmp_path_factory, names):
    with closing(log(tmp_path_factory.mktemp("ids") / "ids", names)) as made:
        found = made.repeated()
    assert (found is None) == (len(set(names)) == len(names))
    if found is not None:
        (_, first), (_, second) = found
        assert first < second
        assert names[first] == names[second]


def test_names_are_looked_at_in_shares_that_miss_nothing(tmp_path):
    count = 2 * ids.HASHES_AT_ONCE + 5
    made = IdLog(tmp_path / "ids")
    for row in range(count):
        made.add(f"item-{row}", source=0, row=row)
    assert made.repeated() is None
    made.add("item-77", source=3, row=1)
    assert made.repeated() == ((0, 77), (3, 1))
    made.close()


def test_a_log_that_goes_on_forgets_what_came_after_the_checkpoint(tmp_path):
    first = log(tmp_path / "ids", ["a", "b"])
    size = first.flush()
    first.add("a", source=0, row=2)
    first.close()
    with closing(IdLog(tmp_path / "ids", size=size)) as second:
        assert second.repeated() is None
        second.add("b", source=1, row=0)
        assert second.repeated() == ((0, 1), (1, 0))


def test_nothing_is_repeated_in_nothing(tmp_path):
    with closing(IdLog(tmp_path / "ids")) as empty:
        assert empty.repeated() is None


@pytest.mark.parametrize(
    ("start", "told"),
    [
        (20, None),
        (19, "'shapes-5-19': row 20 of source 1 (shapes) and row 1 of source 2 (shapes); name each file once"),
    ],
)
def test_ranges_of_scenes_that_overlap_are_told_by_id_and_row(tmp_path, start, told):
    sources = tuple(
        SourceConfig.model_validate({"name": "shapes", "count": 20, "seed": 5, "start": first}) for first in (0, start)
    )
    made = IdLog(tmp_path / "ids")
    for at, first in enumerate((0, start)):
        for row in range(20):
            made.add(f"shapes-5-{first + row}", source=at, row=row)
    problem = repeated_id(made, sources=sources, seed=0)
    assert (problem is None) if told is None else (told in problem)
    made.close()
