"""Pools in a row: any place is what walking there gives, and any beginning holds each pool's share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.data.interleaving import Spread, Turns, first_counts

shares = st.lists(st.sampled_from([0, 1, 2, 3, 10, 97]), min_size=1, max_size=7).filter(any)
each_way = pytest.mark.parametrize("way", [Spread, Turns])


@each_way
@given(shares=shares, k=st.integers(0, 2000))
def test_a_place_counted_is_a_place_walked(way, shares, k):
    laid = way(shares)
    walked = list(laid.before(k))
    for place in range(k, k + 5):
        pool, n = laid[place]
        assert (n, list(laid.before(place))) == (walked[pool], walked)
        assert shares[pool]
        walked[pool] += 1
    assert sum(walked) == k + 5


@each_way
@given(shares=shares)
def test_a_turn_holds_each_pool_exactly_as_often_as_its_share(way, shares):
    total = sum(shares)
    laid = way(shares)
    for turn in range(3):
        places = {laid[turn * total + k] for k in range(total)}
        assert places == {(t, turn * size + n) for t, size in enumerate(shares) for n in range(size)}


@given(shares=shares, k=st.integers(0, 3000))
def test_any_beginning_holds_the_shares_up_to_rounding(shares, k):
    total = sum(shares)
    for t, count in enumerate(Spread(shares).before(k)):
        assert abs(count - k * shares[t] / total) <= 0.5 + shares[t] / total * len(shares) / 2


@given(shares=shares, data=st.data())
def test_the_first_of_all_are_nested(shares, data):
    mark = data.draw(st.integers(1, sum(shares)))
    before, after = first_counts(mark - 1, shares), first_counts(mark, shares)
    assert sorted(b - a for a, b in zip(before, after, strict=True)) == [0] * (len(shares) - 1) + [1]


def test_equal_shares_take_turns_and_unequal_ones_lie_evenly():
    assert [Spread([1, 1, 1])[k][0] for k in range(6)] == [0, 1, 2, 0, 1, 2]
    assert [Spread([3, 1])[k][0] for k in range(8)] == [0, 0, 1, 0, 0, 0, 1, 0]


def test_who_has_given_all_stays_away_until_all_have():
    assert [Turns([1, 3, 2])[k][0] for k in range(7)] == [0, 1, 2, 1, 2, 1, 0]
    assert Turns([1, 3, 2])[6] == (0, 1)


def test_far_places_are_reached_at_once():
    laid = Spread([333_333, 666_666, 1])
    assert laid[10**15] == laid[10**15]
    assert Turns([5_000_000, 3])[10**12][0] in {0, 1}


@each_way
@pytest.mark.parametrize("wrong", [[0, 0], [3, -1]])
def test_no_shares_are_no_order(way, wrong):
    with pytest.raises(ValueError, match="not all 0"):
        way(wrong)
