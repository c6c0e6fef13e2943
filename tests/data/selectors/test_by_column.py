"""The selectors that read columns, and chance."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_pools import select
from toy_pools import toy_pool as pool

from sayso.errors import ConfigError

NAN = float("nan")


def test_top_takes_the_best_end_and_ties_go_to_the_lower_row():
    picked = select("top", pool(a=[1, 3, 2, 3, NAN]), rows=3, by="a")
    assert picked.rows.tolist() == [1, 3, 2]
    assert picked.scores.tolist() == [3, 3, 2]
    assert picked.why == {4: "cannot score a: too long"}
    assert select("top", pool(a=[1, 3, 2, 3], low=["a"]), rows=2, by="a").rows.tolist() == [0, 2]
    assert select("top", pool(a=[1, 3, 2, 3]), rows=2, by="a", keep="lowest").rows.tolist() == [0, 2]


def test_a_product_of_columns_is_a_column():
    among = pool(q=[1, 2, 3, NAN], c=[5, 4, NAN, 1])
    picked = select("top", among, rows=4, by="q*c")
    assert picked.rows.tolist() == [1, 0]
    assert picked.scores.tolist() == [8, 5]
    assert picked.why == {2: "cannot score c: too long", 3: "cannot score q: too long"}


def test_a_product_of_columns_with_different_ends_must_say_which():
    among = pool(q=[1, 2], c=[5, 4], low=["c"])
    with pytest.raises(ConfigError, match=r"q high, c low.*add keep: highest or lowest"):
        select("top", among, rows=1, by="q*c")
    assert select("top", among, rows=1, by="q * c", keep="lowest").rows.tolist() == [0]


def test_infinite_values_never_win():
    picked = select("top", pool(a=[1, float("inf"), 2]), rows=3, by="a")
    assert picked.rows.tolist() == [2, 0]
    assert picked.why == {1: "cannot score a: its value is inf"}


@pytest.mark.parametrize("name", ["top", "random"])
def test_a_budget_is_needed(name):
    with pytest.raises(ConfigError, match=rf"selector '{name}' needs a budget and got None; add budget: 0.1"):
        select(name, pool(a=[1, 2]), **({"by": "a"} if name == "top" else {}))


def test_a_missing_column_is_named_with_the_nearest():
    with pytest.raises(ConfigError, match="no column 'qualty' to select by; did you mean 'quality'"):
        select("top", pool(quality=[1, 2]), rows=1, by="qualty")


def test_tokens_skip_what_does_not_fit():
    assert select("top", pool(a=[9, 8, 7, 6]), tokens=10, costs=[6, 8, 4, 1], by="a").rows.tolist() == [0, 2]


def test_what_was_chosen_is_not_chosen_again():
    assert select("top", pool(a=[9, 8, NAN, 6], chosen=[0, 2]), rows=2, by="a").rows.tolist() == [1, 3]
    assert select("top", pool(a=[9, 8, NAN, 6], chosen=[0, 2]), rows=2, by="a").why == {}
    assert set(select("random", pool(a=[9, 8, 7, 6], chosen=[0, 2]), rows=9).rows.tolist()) == {1, 3}


def test_threshold_includes_its_bounds_and_says_what_is_outside():
    picked = select("threshold", pool(a=[1, 2, 3, 4, NAN]), by="a", min=2, max=3)
    assert picked.rows.tolist() == [2, 1]
    assert picked.why == {0: "a 1 is under min 2", 3: "a 4 is over max 3", 4: "cannot score a: too long"}
    assert select("threshold", pool(a=[1, 2, 3, 4]), by="a", min=2, rows=2).rows.tolist() == [3, 2]
    assert select("threshold", pool(a=[1, 2, 3, 4], low=["a"]), by="a", max=3, rows=2).rows.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("threshold", {}, "has neither min nor max"),
        ("threshold", {"min": 2, "max": 1}, "min 2.0 is over max 1.0"),
        ("band", {"low": 0.9, "high": 0.1}, "low 0.9 is over high 0.1"),
        ("band", {"low": 3, "high": 8}, "3.0 to 8.0 are no quantiles; add of: values"),
    ],
)
def test_bounds_that_keep_nothing_are_refused(name, options, told):
    with pytest.raises(ConfigError, match=told):
        select(name, pool(a=[1, 2]), by="a", **options)


def test_a_band_is_between_quantiles_or_values():
    among = pool(a=[8, 7, 6, 5, 4, 3, 2, 1, 0, NAN])
    assert select("band", among, by="a").rows.tolist() == [6, 5, 4, 3, 2]
    picked = select("band", among, by="a", low=3, high=5, of="values")
    assert picked.rows.tolist() == [5, 4, 3]
    assert picked.why[0] == "a 8 lies outside the band from 3 to 5"
    assert picked.why[9] == "cannot score a: too long"
    assert select("band", pool(a=[NAN]), by="a").rows.tolist() == []


def test_a_budget_is_spread_over_a_band():
    among = pool(a=list(range(100)))
    assert select("band", among, by="a", low=0, high=1, rows=4).rows.tolist() == [12, 37, 62, 87]
    picked = select("band", among, by="a", low=0, high=1, tokens=40, costs=[10] * 100)
    assert picked.rows.tolist() == [12, 37, 62, 87]


def test_a_long_row_in_the_middle_of_a_band_does_not_empty_it():
    among = pool(a=[1, 2, 3])
    assert select("band", among, by="a", low=0, high=1, tokens=2, costs=[1, 100, 1]).rows.tolist() == [0, 2]
    assert select("band", among, by="a", low=0, high=1, rows=1, tokens=2, costs=[1, 100, 1]).rows.tolist() == [2]


@settings(deadline=None, max_examples=50)
@given(size=st.integers(1, 40), rows=st.integers(1, 40), seed=st.integers(0, 5))
def test_a_larger_random_choice_holds_the_smaller(size, rows, seed):
    among = pool(a=[0.0] * size, seed=seed)
    small, large = (select("random", among, rows=number).rows.tolist() for number in (rows, rows + 3))
    assert small == large[: len(small)]
    assert len(set(large)) == len(large) == min(size, rows + 3)


def test_chance_depends_on_seed_and_draw():
    one = select("random", pool(a=[0.0] * 50), rows=20).rows.tolist()
    assert one != select("random", pool(a=[0.0] * 50, seed=8), rows=20).rows.tolist()
    assert one != select("random", pool(a=[0.0] * 50), rows=20, draw=1).rows.tolist()
    assert set(select("random", pool(a=[0.0] * 50), tokens=5, costs=[1] * 50).rows.tolist()) <= set(one)


@settings(deadline=None, max_examples=50)
@given(values=st.lists(st.one_of(st.integers(-3, 3), st.just(NAN)), min_size=1, max_size=12), rows=st.integers(1, 12))
def test_top_equals_sorting_by_hand(values, rows):
    picked = select("top", pool(a=values), rows=rows, by="a")
    wanted = sorted((-value, row) for row, value in enumerate(values) if value == value)[:rows]
    assert picked.rows.tolist() == [row for _, row in wanted]
