from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.evaluate.metrics import score
from sayso.evaluate.metrics.anls import anls, edit_distance, similarity


def judged(prediction, *references, boundary="inclusive"):
    return score(anls(boundary=boundary), prediction=prediction, references=references).value


@pytest.mark.parametrize(
    ("prediction", "reference", "inclusive", "strict"),
    [
        ("abcd", "abcd", 1.0, 1.0),
        ("abcd", "abce", 0.75, 0.75),
        ("abcd", "abxy", 0.5, 0.0),
        ("abcd", "axyz", 0.0, 0.0),
        ("ab", "abcd", 0.5, 0.0),
        ("abcde", "abxyz", 0.0, 0.0),
        ("  A\n B ", "a b", 1.0, 1.0),
        ("a  b", "a b", 1.0, 1.0),
        ("Café", "cafe", 0.75, 0.75),
        ("", "", 1.0, 1.0),
        ("", "a", 0.0, 0.0),
        ("a", "", 0.0, 0.0),
    ],
)
def test_values_on_both_sides_of_the_boundary(prediction, reference, inclusive, strict):
    assert judged(prediction, reference) == inclusive
    assert judged(prediction, reference, boundary="strict") == strict


def test_the_best_reference_counts_and_the_card_says_the_boundary():
    assert judged("$ 100", "200", "$ 100.", "") == pytest.approx(1 - 1 / 6)
    assert "strict" in anls(boundary="strict").card.source


def textbook_distance(first, second):
    @cache
    def distance(i, j):
        if not i or not j:
            return i + j
        same = first[i - 1] == second[j - 1]
        return min(distance(i - 1, j) + 1, distance(i, j - 1) + 1, distance(i - 1, j - 1) + (not same))

    return distance(len(first), len(second))


@given(*[st.text(alphabet="abc", max_size=12)] * 2)
def test_the_bit_parallel_distance_equals_the_textbook_recursion(first, second):
    assert edit_distance(first, second) == textbook_distance(first, second)


@given(*[st.text(max_size=80)] * 2)
def test_the_distance_is_symmetric_and_never_above_the_longer_length(first, second):
    assert edit_distance(first, second) == edit_distance(second, first) <= max(len(first), len(second))
    assert similarity(first, first, boundary="strict") == 1.0
