"""Chance is a pure function of names."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.seeds import Permutation, Stream, derive


def test_streams_of_equal_names_are_equal_and_of_other_names_are_not():
    first, again, other = Stream(7, "options", "a"), Stream(7, "options", "a"), Stream(7, "options", "b")
    words = [first.word() for _ in range(5)]
    assert words == [again.word() for _ in range(5)]
    assert words != [other.word() for _ in range(5)]


def test_names_are_told_apart_by_type_and_boundary():
    assert len({derive("a", 1), derive("a1"), derive("a", "1"), derive(1, "a")}) == 4


def test_the_generator_never_changes():
    # written down once: a change would silently change every data set that was ever built
    stream = Stream(0, "golden")
    assert derive("golden", 0) == 14971755556836975267
    assert [stream.below(1000) for _ in range(5)] == [604, 102, 237, 399, 507]
    assert [Permutation(10, "golden")[i] for i in range(10)] == [6, 7, 2, 0, 3, 9, 4, 5, 8, 1]


@given(st.integers(1, 5000), st.integers(0, 10**6))
def test_a_permutation_visits_everything_once(size, seed):
    permutation = Permutation(size, seed)
    assert sorted(permutation[i] for i in range(size)) == list(range(size))


def test_a_permutation_refuses_what_is_outside():
    with pytest.raises(IndexError, match="index 3 of a permutation of 3"):
        Permutation(3, 0)[3]


@given(st.lists(st.integers(), min_size=1, max_size=30), st.integers())
def test_shuffle_and_sample_keep_what_was_given(items, seed):
    shuffled = list(items)
    Stream(seed).shuffle(shuffled)
    assert Counter(shuffled) == Counter(items)
    assert Counter(Stream(seed).sample(items, len(items))) == Counter(items)


def test_below_is_even():
    stream = Stream("even")
    counts = Counter(stream.below(6) for _ in range(6000))
    assert all(850 < counts[face] < 1150 for face in range(6))


def test_weighted_follows_the_weights():
    stream = Stream("weights")
    counts = Counter(stream.weighted("abc", [1, 3, 0]) for _ in range(4000))
    assert counts["c"] == 0
    assert 2800 < counts["b"] < 3200


def test_impossible_draws_say_what_was_asked():
    with pytest.raises(ValueError, match=r"below\(0\)"):
        Stream(0).below(0)
    with pytest.raises(ValueError, match="sample of 3 from 2"):
        Stream(0).sample([1, 2], 3)
