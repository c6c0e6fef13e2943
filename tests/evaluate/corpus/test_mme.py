import pytest
from yes_no_answers import answer, figures, tally

from sayso.errors import DataError
from sayso.evaluate.corpus.mme import COGNITION, PERCEPTION


def asked(category, image, *pairs):
    return [answer(f"{image}{n}", said, true, category=category, image=image) for n, (said, true) in enumerate(pairs)]


def many(categories, *pairs):
    """Six pictures a category, so that nearly every resample has each."""
    return [one for category in categories for n in range(6) for one in asked(category, f"{category}{n}", *pairs)]


RIGHT, WRONG = ("yes", "yes"), ("yes", "no")


def test_points_of_three_pictures():
    answers = [
        *asked("count", "a", RIGHT, ("no", "no")),  # both right
        *asked("count", "b", RIGHT, WRONG),  # one right
        *asked("OCR", "a", (None, "yes"), WRONG),  # none
    ]
    found = figures("mme", answers)
    assert found == pytest.approx({"mme_count": 100 * 3 / 4 + 100 * 1 / 2, "mme_ocr": 0})
    assert tally("mme", answers).reasons == {"neither yes nor no": 1}
    assert tally("mme", answers).units == ("count/a", "count/b", "ocr/a")


def test_all_right_in_all_categories_is_2000_and_800():
    answers = many((*PERCEPTION, *COGNITION), RIGHT, ("no", "no"))
    found = figures("mme", answers)
    assert (found["mme_perception"], found["mme_cognition"]) == (2000, 800)
    assert all(found[f"mme_{category}"] == 200 for category in PERCEPTION)


def test_always_yes_has_half_the_accuracy_and_no_pair():
    answers = many(PERCEPTION, RIGHT, WRONG)
    found = figures("mme", answers)
    assert found["mme_perception"] == 500
    assert "mme_cognition" not in found  # nothing of it was asked


def test_half_a_pair_counts_for_accuracy_alone_and_is_counted():
    answers = [*asked("count", "a", RIGHT), *asked("count", "b", RIGHT, WRONG)]
    assert figures("mme", answers) == pytest.approx({"mme_count": 100 * 2 / 3 + 0})
    assert sum(tally("mme", answers).reasons.values()) == 1


def test_what_an_example_lacks_is_an_error():
    with pytest.raises(DataError, match="'colour' is none of MME's; did you mean 'color'"):
        figures("mme", asked("colour", "a", RIGHT))
    with pytest.raises(DataError, match="give `image`"):
        figures("mme", [answer("q", "yes", "yes", category="color")])
