import pytest

from sayso.errors import ConfigError
from sayso.evaluate.metrics import metrics, score
from sayso.evaluate.metrics._vqa_words import evalai, lmms, official
from sayso.evaluate.metrics.vqa_accuracy import agreement, vqa_accuracy


def judged(prediction, *references, normaliser="official"):
    return score(vqa_accuracy(normaliser=normaliser), prediction=prediction, references=references).value


@pytest.mark.parametrize(("matching", "value"), [(0, 0.0), (1, 0.3), (2, 0.6), (3, 0.9), (4, 1.0), (5, 1.0), (10, 1.0)])
def test_ten_annotators_leave_one_out(matching, value):
    others = [f"other {number}" for number in range(10 - matching)]
    assert judged("dog", *["dog"] * matching, *others) == value


@pytest.mark.parametrize("of", [4, 5, 10, 12])
def test_the_closed_form_is_the_mean_over_annotators(of):
    for number in range(of + 1):
        answers = [True] * number + [False] * (of - number)
        left_out = [min(1.0, (sum(answers) - one) / 3) for one in answers]
        assert agreement(number, of=of) == pytest.approx(sum(left_out) / of)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("3.", "3"),
        ("U.S.", "us"),
        ("1,000", "1000"),
        ("well-known", "well known"),
        ("a.b", "ab"),
        ("12/25", "12 25"),
        ("3.5", "3.5"),
        (".5", ".5"),
        ("well - known", "well known"),
        ("x-y, c-d", "x y c d"),
        ("1,000 t-shirts", "1000 tshirts"),
        ("10:30", "10:30"),
        ("The two  dogs", "2 dogs"),
        ("None", "0"),
        ("ten", "10"),
        ("eleven", "eleven"),
        ("dont", "don't"),
        ("couldntve", "couldntve"),
        ("couldnt've", "couldn't've"),
        ("Im", "im"),
        ("somebody'd", "somebodyd"),
        ("'ows'at", "'ow's'at"),
        ("man's", "man's"),
        ("a\tb\nc ", "b c"),
        ("an", ""),
    ],
)
def test_the_official_steps_with_their_quirks(text, plain):
    assert official(text) == plain


def test_only_thirty_two_periods_go():
    assert official("x." * 40) == "x" * 33 + ".x" * 7 + "."


@pytest.mark.parametrize(
    ("text", "of_evalai", "of_lmms"),
    [
        ("The man's hat?", "man 's hat", "man's hat"),
        ("1,000", "1000", "1000"),
        ("1,,000", "1000", "1000"),
        ("a,b", "ab", "b"),
        ("Red-ish", "red ish", "red ish"),
    ],
)
def test_the_descendants_differ_as_they_do(text, of_evalai, of_lmms):
    assert (evalai(text), lmms(text)) == (of_evalai, of_lmms)


def test_where_all_agree_the_official_comparison_is_literal():
    assert judged("red", *["Red"] * 10) == 0.0
    assert judged(" Red\n", *["Red"] * 10) == 1.0
    assert judged("the red", *["red"] * 10) == 0.0
    assert judged("red", *["Red"] * 9, "blue") == 1.0


@pytest.mark.parametrize("normaliser", ["evalai", "lmms"])
def test_the_others_always_make_alike(normaliser):
    assert judged("the red", *["Red"] * 10, normaliser=normaliser) == 1.0


def test_fewer_than_four_annotators_are_not_scored():
    found = score(vqa_accuracy(), prediction="a", references=("a",) * 3)
    assert (found.value, found.reason) == (None, "fewer than 4 annotators")
    assert judged("dog", *["dog"] * 4) == 1.0


def test_the_card_names_the_normaliser_and_another_is_refused():
    assert "evalai" in metrics.build("vqa_accuracy", {"normaliser": "evalai"}).card.tokeniser
    with pytest.raises(ConfigError, match="normaliser"):
        metrics.build("vqa_accuracy", {"normaliser": "mine"})
