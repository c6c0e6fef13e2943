"""Words that messages share."""

import pytest

from sayso.errors import DataError, blame, did_you_mean, few


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["b", "a", "b"], "b, a"),
        ("abc", "a, b, c"),
        ("abcde", "a, b, c and 2 more"),
    ],
)
def test_a_few_names_each_once_and_how_many_more(names, text):
    assert few(names, shown=3) == text


def test_only_what_is_near_is_guessed():
    assert did_you_mean("ressult", ["result", "other"]) == "; did you mean 'result'? known: other, result"
    assert did_you_mean("xyz", ["result"]) == "; known: result"
    assert did_you_mean("xyz", []) == "; known: none"


def test_a_plain_error_is_blamed_on_its_place_once():
    with pytest.raises(DataError, match=r"^row 3: ValueError: no number$"), blame(DataError, "row 3"):
        raise ValueError("no number")
    with pytest.raises(DataError, match=r"^row 3: bad$"), blame(DataError, "row 3"), blame(DataError, "row 3"):
        raise DataError("bad")
