import pytest

from sayso.evaluate.metrics import Context, score
from sayso.evaluate.metrics.accuracy import accuracy, normalise
from sayso.evaluate.metrics.exact_match import exact_match

YES_NO = Context(options=("yes", "no"))
LETTERS = Context(options=("red", "blue", "a"), labels=("A", "B", "C"))


def judged(prediction, *, gold, context):
    found = score(accuracy(), prediction=prediction, references=(gold,), context=context)
    return found.value, found.reason


@pytest.mark.parametrize("text", ["No", "no.", ' "no" ', "(NO)", "No!\n"])
def test_case_quotes_and_end_punctuation_do_not_matter(text):
    assert judged(text, gold="no", context=YES_NO) == (1.0, "")


@pytest.mark.parametrize("text", ["not sure", "nothing", "north", "no idea"])
def test_a_text_that_only_begins_like_the_answer_is_wrong(text):
    assert judged(text, gold="no", context=YES_NO)[0] == 0.0


def test_naming_several_options_is_ambiguous():
    assert judged("yes or no", gold="no", context=YES_NO) == (0.0, "ambiguous: names several options")


def test_naming_no_option_says_so():
    assert judged("perhaps", gold="no", context=YES_NO) == (0.0, "no option named")


@pytest.mark.parametrize("text", ["B", "b.", "(b)", "B: blue", "(B) blue"])
def test_a_label_names_its_option_where_labels_were_shown(text):
    assert judged(text, gold="blue", context=LETTERS) == (1.0, "")


def test_a_label_with_the_text_of_another_option_is_wrong():
    assert judged("B) red", gold="blue", context=LETTERS)[0] == 0.0


@pytest.mark.parametrize("text", ["2", "2.", " 2\n", "'2'"])
def test_the_text_of_an_option_wins_over_the_number_of_another(text):
    """Under `prompt.options: numbered` the gold answer is the text, so `2` is the number two and not the second option."""
    numbered = Context(options=("2", "5", "0"), labels=("1", "2", "3"))
    assert judged(text, gold="2", context=numbered) == (1.0, "")
    assert judged(text, gold="5", context=numbered) == (0.0, "")


def test_a_letter_that_is_also_the_text_of_another_option_is_that_option():
    assert judged("A", gold="a", context=LETTERS) == (1.0, "")
    assert judged("A", gold="red", context=LETTERS) == (0.0, "")


@pytest.mark.parametrize("text", ["(2)", "2)"])
def test_a_number_marked_as_the_options_were_may_be_either_and_is_ambiguous(text):
    numbered = Context(options=("2", "5"), labels=("1", "2"))
    assert judged(text, gold="2", context=numbered) == (0.0, "ambiguous: fits several options")
    assert judged("1)", gold="2", context=numbered) == (1.0, "")


def test_a_label_means_nothing_where_none_was_shown():
    assert judged("B", gold="blue", context=Context(options=("red", "blue")))[0] == 0.0


def test_a_gold_answer_that_was_not_offered_cannot_be_scored():
    assert judged("yes", gold="maybe", context=YES_NO) == (None, "gold answer is not among the options")


def test_boxes_keep_their_numbers():
    boxes = Context(options=("[0.100, 0.2, 0.3, 0.4]", "[0.100, 0.2, 0.3, 0.5]"), labels=("1", "2"))
    assert judged("0.100, 0.2, 0.3, 0.5", gold=boxes.options[1], context=boxes) == (1.0, "")
    assert judged("0.100, 0.2, 0.3, 0.4", gold=boxes.options[1], context=boxes)[0] == 0.0


def test_without_options_any_reference_may_be_met():
    found = score(accuracy(), prediction="Two.", references=("2", "two"), context=Context())
    assert found.value == 1.0


def test_a_lone_sign_is_an_answer_too():
    assert normalise(" ? ") == "?"
    assert judged("?", gold="!", context=Context(options=("!", "?"))) == (0.0, "")


@pytest.mark.parametrize(
    ("prediction", "plain", "no_case", "no_signs"),
    [
        ("A dog.", 1.0, 1.0, 1.0),
        ("  A\n dog. ", 1.0, 1.0, 1.0),
        ("a dog.", 0.0, 1.0, 0.0),
        ("A dog", 0.0, 0.0, 1.0),
        ("dog", 0.0, 0.0, 0.0),
    ],
)
def test_exact_match_forgives_white_space_and_what_it_is_told_to(prediction, plain, no_case, no_signs):
    made = [exact_match(), exact_match(ignore_case=True), exact_match(ignore_punctuation=True)]
    values = [score(metric, prediction=prediction, references=("A dog.",)).value for metric in made]
    assert values == [plain, no_case, no_signs]


def test_exact_match_takes_two_encodings_of_a_letter_as_one():
    assert score(exact_match(), prediction="cafe\u0301", references=("caf\u00e9",)).value == 1.0
