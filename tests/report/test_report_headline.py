"""How numbers are said: per cent with interval and n, nulls as "not measured", comparisons that never overclaim."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.errors import DataError
from sayso.report.headline import (
    HEADLINE,
    cost_text,
    estimate_text,
    headline_rows,
    number_text,
    read_distances,
    read_headline,
    sentences,
)
from sayso.report.view import Estimate

SHARE = st.floats(0, 1)


def test_an_estimate_is_said_with_its_interval_and_n():
    value = Estimate(mean=0.873, low=0.841, high=0.902, n=1400)
    assert estimate_text(value).replace("\u00a0", " ") == "87.3 % (84.1 to 90.2, n = 1,400)"


def test_what_was_not_measured_is_never_a_zero():
    assert estimate_text(None) == number_text(None) == "not measured"
    assert number_text(0.0) == "0.0\u00a0%"


def test_an_estimate_without_bounds_says_so():
    assert estimate_text(Estimate(mean=0.5)).replace("\u00a0", " ") == "50.0 % (no interval)"


def test_the_rows_for_the_terminal_name_every_headline_number_in_order():
    rows = headline_rows({"held_in": {"mean": 0.9, "low": 0.8, "high": 1.0, "n": 10}, "held_out_tasks": None})
    assert [label for label, _ in rows] == [label for label, _ in HEADLINE.values()]
    assert rows[0] == ("Held-in tasks, tuned", "90.0 % (80.0 to 100.0, n = 10)")
    assert {value for _, value in rows[1:]} == {"not measured"}


SUITE = {
    "label": "pope",
    "model": "gpt",
    "figure": "pope_f1",
    "parser": "yes_no",
    "digest": "d",
    "mean": 0.8,
    "low": 0.7,
    "high": 0.9,
    "n": 40,
}


def test_a_model_that_was_not_tuned_here_goes_by_its_name_and_has_no_earlier_self():
    score = {"mean": 0.9, "low": 0.8, "high": 1.0, "n": 10}
    rows = headline_rows({"held_in": score, "model": "gpt", "suites": [SUITE, SUITE | {"model": "other"}]})
    assert rows[0] == ("Held-in tasks, gpt", "90.0 % (80.0 to 100.0, n = 10)")
    assert rows[-1] == ("Suite pope", "pope_f1 80.0 (70.0 to 90.0, n = 40)")
    assert not [label for label, _ in rows if "tuned" in label]
    said = " ".join(sentences(read_headline({"held_in": score, "held_out_wordings": score}), model="gpt"))
    assert "gpt scores 90.0" in said
    assert "tuned model" not in said
    assert "never saw" not in said


def test_a_suite_says_how_many_answers_were_not_read():
    suite = SUITE | {"model": "tuned", "predictions": 40, "unparsed": 10}
    assert headline_rows({"suites": [suite]})[-1][1].endswith("n = 40), 25.0 % of answers not read")
    with pytest.raises(DataError, match="suites in summary"):
        headline_rows({"suites": [{"label": 3}]})


def test_an_estimate_whose_mean_is_null_counts_as_not_measured():
    assert read_headline({"held_in": {"mean": None, "low": None, "high": None, "n": 0}})["held_in"] is None


def test_further_keys_of_an_estimate_do_not_hurt():
    found = read_headline({"held_in": {"mean": 0.5, "low": 0.4, "high": 0.6, "n": 3, "num_tasks": 2, "later": 1}})
    assert found["held_in"] == Estimate(mean=0.5, low=0.4, high=0.6, n=3, num_tasks=2)


@pytest.mark.parametrize("wrong", ["0.9", 0.9, {"mean": "high"}, [0.9]])
def test_what_is_no_estimate_is_refused_with_its_key(wrong):
    with pytest.raises(DataError, match="held_in"):
        read_headline({"held_in": wrong})


def test_apart_is_said_only_when_intervals_do_not_overlap():
    apart = {"held_in": Estimate(mean=0.9, low=0.85, high=0.95), "held_in_blind": Estimate(mean=0.3, low=0.2, high=0.4)}
    near = {"held_in": Estimate(mean=0.9, low=0.35, high=0.95), "held_in_blind": Estimate(mean=0.3, low=0.2, high=0.4)}
    assert "60.0 points above the blind majority answer" in list(sentences(apart))[1]
    assert list(sentences(apart))[1].endswith("the intervals are apart.")
    assert list(sentences(near))[1].endswith("so the difference may be chance.")


def test_without_intervals_nothing_is_called_apart():
    headline = {"held_in": Estimate(mean=0.9), "held_in_untuned": Estimate(mean=0.1)}
    assert list(sentences(headline))[1].endswith("without intervals, chance cannot be ruled out.")


def test_nothing_measured_gives_no_sentences():
    assert list(sentences(dict.fromkeys(HEADLINE))) == []


@given(first=SHARE, second=SHARE, width=st.floats(0, 0.3))
def test_a_comparison_names_the_right_direction(first, second, width):
    headline = {
        "held_in": Estimate(mean=first, low=first - width, high=first + width),
        "held_in_untuned": Estimate(mean=second, low=second - width, high=second + width),
    }
    said = list(sentences(headline))[1]
    assert (" above " in said) == (first - second >= 0.0005)
    assert (" below " in said) == (second - first >= 0.0005)
    if 0.0005 <= abs(first - second) <= width:
        assert "overlap" in said


BY_DISTANCE = {
    "held_out_wordings_by_distance": {"L1": {"mean": 0.8, "low": 0.7, "high": 0.9, "n": 20}, "L2": None},
    "drop_by_distance": {"L1": {"mean": 0.05, "low": 0.01, "high": 0.09, "n": 20}},
}


def test_distances_are_told_only_where_something_was_measured_there():
    (found,) = read_distances(BY_DISTANCE)
    assert (found.name, found.score.mean, found.drop.mean, found.sensitivity) == ("L1", 0.8, 0.05, None)
    assert read_distances({}) == read_distances({"held_out_wordings_by_distance": None}) == ()


def test_the_terminal_says_each_distance_after_held_out_wordings_as_a_whole():
    labels = [label for label, _ in headline_rows(BY_DISTANCE)]
    assert labels.index("Held-out wordings, L1") == labels.index("Held-out wordings") + 1
    assert "Held-out wordings, L2" not in labels


def test_a_value_of_a_distance_that_is_none_is_named():
    with pytest.raises(DataError, match=r"held_out_wordings_by_distance\.L1 is 'high'"):
        read_distances({"held_out_wordings_by_distance": {"L1": "high"}})


@pytest.mark.parametrize(
    ("drop", "told"),
    [
        (Estimate(mean=0.05, low=0.01, high=0.09), "costs 5.0 points (1.0 to 9.0)"),
        (Estimate(mean=0.05, low=-0.01, high=0.11), "costs 5.0 points (-1.0 to 11.0, which may be chance)"),
        (Estimate(mean=0.0, low=0.0, high=0.0), "changes nothing"),
        (Estimate(mean=-0.05, low=-0.09, high=-0.01), "gains 5.0 points (1.0 to 9.0)"),
        (None, ""),
    ],
)
def test_what_a_distance_costs_in_words(drop, told):
    assert cost_text(drop) == told


def test_the_sentences_say_what_a_distance_costs():
    told = list(sentences(dict.fromkeys(HEADLINE), distances=read_distances(BY_DISTANCE)))
    assert len(told) == 1
    assert "of distance L1" in told[0]
    assert "on the same examples, that costs 5.0 points" in told[0]
