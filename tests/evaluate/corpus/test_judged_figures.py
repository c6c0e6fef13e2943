"""Corpus metrics over what judges said, and OCRBench."""

import msgspec
import pytest
from yes_no_answers import answer, figures, tally

from sayso.errors import DataError
from sayso.evaluate.corpus.measuring import corpus_metric


def rated(number, text, kind="counting", **about):
    return answer(number, text, "a reference", type=kind, **about)


def test_mmhal_of_six_ratings():
    answers = [rated(n, text) for n, text in enumerate(["6", "3", "2", "0"])]
    answers += [rated(4, None, "holistic"), rated(5, None, "other", judged="no")]
    found = figures("mmhal", answers, judge="j")
    assert found == pytest.approx(
        {
            "mmhal_score": 11
            / 5,  # a reply without a rating is 0, as published; a judge that did not reply is no rating
            "mmhal_hallucination": 3 / 5,
            "mmhal_unparsed": 1 / 5,
            "mmhal_counting": 11 / 4,
            "mmhal_holistic": 0,
        }
    )
    assert sum(tally("mmhal", answers).reasons.values()) == 2


def test_mmhal_refuses_what_is_no_rating_or_of_no_type():
    with pytest.raises(DataError, match="'good' is no rating from 0 to 6"):
        figures("mmhal", [rated(0, "good")])
    with pytest.raises(DataError, match="'counts' is none of MMHal's; did you mean 'counting'"):
        figures("mmhal", [rated(0, "3", "counts")])


def test_ratings_leave_out_what_has_none():
    answers = [answer(n, text) for n, text in enumerate(["5", "2", None, "2"])]
    assert figures("rating", answers) == {"rating": 3, "rating_unparsed": 0.25}
    with pytest.raises(DataError, match="'6' is no rating from 1 to 5"):
        figures("rating", [answer(0, "6")])
    with pytest.raises(DataError, match="'nan' is no rating"):
        figures("rating", [answer(0, "nan")])


def test_win_rates_with_ties_apart_and_as_half():
    answers = [answer(n, text) for n, text in enumerate(["first", "first", "tie", "second", None])]
    assert figures("win_rate", answers) == pytest.approx(
        {"win_rate": 0.5, "win_rate_ties_half": 0.625, "tie_rate": 0.25, "win_unparsed": 0.2}
    )
    with pytest.raises(DataError, match="'A' is none of first, tie, second"):
        figures("win_rate", [answer(0, "A")])


def test_shares_of_verdicts():
    answers = [answer(n, text) for n, text in enumerate(["correct", "incorrect", "unclear", "correct", None])]
    assert figures("judged_correct", answers) == pytest.approx(
        {"judged_correct": 0.5, "judged_unclear": 0.25, "judged_unparsed": 0.2}
    )


@pytest.mark.parametrize("name", ["mmhal", "rating", "win_rate", "judged_correct", "hallusion_bench"])
def test_every_card_names_the_judge(name):
    assert all("judged by wise-1" in card.source for card in corpus_metric(name, {"judge": "wise-1"}).cards)


@pytest.mark.parametrize("name", ["mmhal", "rating", "win_rate", "judged_correct"])
def test_a_card_without_one_says_so(name):
    assert all("not named" in card.source for card in corpus_metric(name).cards)


def test_ocrbench_is_inclusion_and_a_sum_of_a_thousand():
    answers = [
        answer(0, "It says\nSTOP now", "stop now"),
        answer(1, "go", "stop", "GO"),
        answer(2, "x ^ 2", "x^2"),
        answer(3, "X ^ 2", "x^2", dataset="HME100k"),  # case counts there
        answer(4, "x ^ 2", "x^ 2", dataset="HME100k"),  # and spaces do not
        answer(5, None, "a"),
        answer(6, "a"),  # no reference
        answer(7, "anything", ""),
    ]
    assert figures("ocrbench", answers) == pytest.approx({"ocrbench": 1000 * 3 / 7})
    assert tally("ocrbench", answers).reasons == {"neither yes nor no": 1, "no reference": 1}


def test_figures_of_a_thousand_are_the_published_sum():
    answers = [msgspec.structs.replace(answer(n, "a" if n < 317 else "b", "a")) for n in range(1000)]
    assert figures("ocrbench", answers)["ocrbench"] == pytest.approx(317)
