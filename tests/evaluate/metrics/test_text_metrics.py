import pytest

from sayso.evaluate.metrics import score
from sayso.evaluate.metrics.contains import contains
from sayso.evaluate.metrics.relaxed_accuracy import relaxed_accuracy
from sayso.evaluate.metrics.rouge_l_coco import rouge_l_coco
from sayso.evaluate.metrics.token_f1 import token_f1, words


def judged(metric, prediction, *references):
    found = score(metric, prediction=prediction, references=references)
    return found.value, found.reason


@pytest.mark.parametrize(
    ("prediction", "reference", "value"),
    [
        ("105", "100", 1.0),
        ("95", "100", 1.0),
        ("105.1", "100", 0.0),
        ("-105", "-100", 1.0),
        ("100", "-100", 0.0),
        ("25%", "0.25", 1.0),
        ("25%", "25", 0.0),
        ("25%", "26%", 1.0),
        ("0", "0", 1.0),
        ("0.0", "0", 0.0),
        ("0.01", "0", 0.0),
        ("Yes", "yes", 1.0),
        ("yes.", "yes", 0.0),
        ("$5", "5", 0.0),
        ("1,000", "1000", 0.0),
        ("1,000", "1,000", 1.0),
        ("nan", "NaN", 1.0),
        ("inf", "inf", 1.0),
        ("5%%", "5%", 1.0),
        ("1e3", "1000", 1.0),
        ("five", "5", 0.0),
    ],
)
def test_relaxed_accuracy(prediction, reference, value):
    assert judged(relaxed_accuracy(), prediction, reference) == (value, "")


def test_relaxed_accuracy_takes_any_reference():
    assert judged(relaxed_accuracy(), "104", "7", "100")[0] == 1.0


@pytest.mark.parametrize(
    ("prediction", "references", "value"),
    [
        ("the cat sat", ["A cat sat!"], 1.0),
        ("cat sat down", ["cat sat"], 2 * 2 / 5),
        ("cat cat", ["cat"], 2 * 1 / 3),
        ("cat", ["cat cat"], 2 * 1 / 3),
        ("dog", ["cat"], 0.0),
        ("dog", ["cat", "dog"], 1.0),
        ("don't", ["dont"], 1.0),
        ("a", ["the"], 1.0),
        ("a", ["cat"], 0.0),
        ("", [""], 1.0),
    ],
)
def test_token_f1(prediction, references, value):
    assert judged(token_f1(), prediction, *references)[0] == pytest.approx(value)


def test_token_f1_cuts_as_squad_does():
    assert words("The  man's U.S. theatre, an“X”") == ("mans", "us", "theatre", "“x”")


@pytest.mark.parametrize(
    ("prediction", "reference", "plain", "formula"),
    [
        ("It says STOP here", "stop", 1.0, 0.0),
        ("It says ST OP", "STOP", 0.0, 1.0),
        ("two\nlines", "two lines", 1.0, 1.0),
        ("x ^ 2 + y", "x^2", 0.0, 1.0),
        ("X^2", "x^2", 1.0, 0.0),
        ("sto", "stop", 0.0, 0.0),
    ],
)
def test_contains(prediction, reference, plain, formula):
    assert judged(contains(), prediction, reference) == (plain, "")
    assert judged(contains(formula=True), prediction, reference) == (formula, "")


def test_a_blank_reference_is_in_everything_and_so_counts_for_nothing():
    assert judged(contains(), "a", " ") == (None, "every reference is blank")
    assert judged(contains(), "a", " ", "b") == (0.0, "")


@pytest.mark.parametrize(
    ("prediction", "references", "value"),
    [
        ("A man is riding a horse on the beach.", None, 0.9512670565),
        ("a b", ["a b"], 1.0),
        ("a b", ["c d"], 0.0),
        ("a b", ["a", "a b c d"], (1 + 1.44) * 1 * 1 / (1 + 1.44)),
        ("a b", ["a x y z", "a x b z"], (1 + 1.44) * 1 * 0.5 / (0.5 + 1.44)),
    ],
)
def test_rouge_l_of_coco_takes_the_best_precision_and_the_best_recall(prediction, references, value):
    horse = [
        "A man riding a horse on the beach.",
        "A person rides a brown horse along the shore.",
        "Man on horseback at the seaside.",
    ]
    assert judged(rouge_l_coco(), prediction, *(references or horse))[0] == pytest.approx(value, abs=5e-11)


def test_rouge_l_of_coco_without_words():
    assert judged(rouge_l_coco(), "?", "a dog") == (0.0, "no word in the prediction")
    assert judged(rouge_l_coco(), "a dog", ".") == (None, "no word in any reference")
