import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.evaluate.metrics import score
from sayso.evaluate.metrics.rouge_l import rouge_l, words
from sayso.instructions.overlap import longest_common

HORSE = (
    "A man riding a horse on the beach.",
    "A person rides a brown horse along the shore.",
    "Man on horseback at the seaside.",
)
DOGS = (
    "Two dogs play with a red ball in the park.",
    "A pair of dogs chasing a ball on grass.",
    "Dogs playing outside with a ball.",
)
PLATE = (
    "A plate of food with rice, beans and chicken.",
    "Chicken and rice on a white plate.",
    "A dinner plate with meat, rice and beans.",
)


@pytest.mark.parametrize(
    ("prediction", "references", "value"),
    [
        ("A man is riding a horse on the beach.", HORSE, 0.9412),
        ("Two dogs playing with a ball.", DOGS, 0.8333),
        ("A white plate topped with rice and chicken.", PLATE, 0.7059),
    ],
)
def test_values_are_those_of_google_rouge_score(prediction, references, value):
    assert score(rouge_l(), prediction=prediction, references=references).value == pytest.approx(value, abs=5e-5)


@pytest.mark.parametrize(
    ("prediction", "reference", "value"),
    [
        ("the cat", "the cat sat", 2 * 2 / 5),  # lcs 2, precision 1, recall 2/3
        ("cat the", "the cat", 2 * 1 / 4),  # order counts
        ("don't", "don t", 1.0),  # an apostrophe divides words
        ("well-known", "wellknown", 0.0),
        ("a b c d", "x a y b z d", 2 * 3 / 10),
    ],
)
def test_hand_computed_values(prediction, reference, value):
    assert score(rouge_l(), prediction=prediction, references=(reference,)).value == pytest.approx(value)


def test_the_tokeniser_is_the_one_its_card_states():
    assert words("It's 3.50€, Élan!") == ("it", "s", "3", "50", "lan")


def test_a_reference_without_a_word_is_not_scored_and_does_not_hide_another():
    assert score(rouge_l(), prediction="a", references=("猫",)).value is None
    assert score(rouge_l(), prediction="a", references=("猫", "a")).value == 1.0


def test_a_prediction_without_a_word_is_wrong_with_a_reason():
    found = score(rouge_l(), prediction="!!!", references=("a",))
    assert (found.value, found.reason) == (0.0, "no word in the prediction")


def slow_longest_common(first, second):
    if not first or not second:
        return 0
    if first[-1] == second[-1]:
        return slow_longest_common(first[:-1], second[:-1]) + 1
    return max(slow_longest_common(first[:-1], second), slow_longest_common(first, second[:-1]))


@given(*[st.lists(st.sampled_from("abc"), max_size=6).map(tuple)] * 2)
def test_the_bit_parallel_length_equals_the_textbook_recursion(first, second):
    assert longest_common(first, second) == slow_longest_common(first, second)
