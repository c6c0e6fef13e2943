"""Boxes and lists of options are found by their form; only what a prompt writes back becomes more than text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.config import PromptConfig
from sayso.instructions.induce.marking import Lexicon, find_marks, options_said, split_options
from sayso.instructions.induce.tokens import APPENDED, BOX, CHOICES, OPTIONS, REGION, segments, tokenise
from sayso.records import Media, Options, Region, Regions

PERCENT = PromptConfig(regions="percent")


def marks(text, answer="", prompt=PERCENT, words=(), media=()):
    lexicon = Lexicon()
    for word in words:
        lexicon.add(word)
    return find_marks(text, answer=answer, lexicon=lexicon, prompt=prompt, media=media)


def shown(text, **options):
    return [(mark.kind, text[mark.start : mark.end], type(mark.value)) for mark in marks(text, **options)]


@pytest.mark.parametrize(
    ("regions", "text", "kind"),
    [
        ("percent", "10 20 30 40", Region),
        ("percent", "10 20 30 40, 1 2 3 4", Regions),
        ("unit", "[0.100, 0.200, 0.300, 0.400]", Region),
        ("unit", "[0.1, 0.2, 0.3, 0.4]", type(None)),  # read, but written with other digits
        ("pixels", "[1, 2, 30, 20]", Region),
        ("bins", "<bin_1><bin_2><bin_300><bin_400>", Region),
        ("percent", "57.79 177.34 491.2 629.53", type(None)),
        ("percent", "40 20 30 10", type(None)),  # its corners are swapped
    ],
)
def test_a_box_is_a_region_if_the_prompt_writes_it_so(regions, text, kind):
    media = (Media(path="x", width=40, height=30),)
    prompt = PromptConfig.model_validate({"regions": regions})
    assert shown(f"What is in {text} here?", prompt=prompt, media=media) == [("box", text, kind)]


@pytest.mark.parametrize("text", ["in 1999", "from 1, 2 and 3", "1 2 3", "1 2 3 4 5", "a1 2 3 4", "3.5.1 2 3 4.2.2"])
def test_other_numbers_are_no_boxes(text):
    assert shown(text) == []


@pytest.mark.parametrize(
    ("style", "block"),
    [
        ("multi_instruct", "\n\n[Options]: a cat||||two dogs"),
        ("lettered", "\n\nOptions:\n(A) a cat\n(B) two dogs"),
        ("numbered", "\n\nOptions:\n(1) a cat\n(2) two dogs"),
    ],
)
def test_options_that_follow_are_told_in_every_style(style, block):
    prompt = PromptConfig.model_validate({"options": style})
    (mark,) = marks(f"What is it?{block}", answer="two dogs", prompt=prompt)
    assert (mark.kind, mark.start, mark.value) == ("appended", 11, Options(items=("a cat", "two dogs")))


@pytest.mark.parametrize("answer", ["B", "three dogs"])
def test_a_list_without_the_answer_stays_text(answer):
    assert shown("What is it?\nA. a cat\nB. two dogs", answer=answer)[0][2] is type(None)


def test_options_in_the_text_end_where_known_texts_do():
    text = "Pick what fits. a red cat||||two dogs||||a bird Then stop."
    found = shown(text, answer="two dogs", words=["a red cat", "a bird"])
    assert found == [("options", "a red cat||||two dogs||||a bird", Options)]


def test_options_that_are_boxes_are_regions():
    (mark,) = marks("Which one? 1 2 3 4||||5 6 7 8", answer="5 6 7 8")
    assert [type(item) for item in mark.value.items] == [Region, Region]


def test_more_options_than_letters_stay_text():
    block = "\n\n[Options]: " + "||||".join(f"thing {n}" for n in range(30))
    prompt = PromptConfig(options="lettered")
    assert shown(f"Which?{block}", answer="thing 3", prompt=prompt)[0][2] is type(None)


@pytest.mark.parametrize("text", ["(A) one (C) two", "A. only one", "no list", "(B) one (C) two", ""])
def test_lists_run_from_the_first_letter_on(text):
    assert split_options(text) == []


def test_sure_options_are_those_with_bars_on_both_sides():
    assert options_said("Choose. a||||b c||||d") == ["b c"]
    assert options_said("Choose.\n\n[Options]: a||||b") == ["a", "b"]


def test_words_know_their_places_and_sentences():
    text = 'Look at 1 2 3 4. What\'s "it"? a||||b'
    tokens = tokenise(text, marks(text, answer="a", words=["a", "b"]))
    assert tokens.words == ("Look", "at", REGION, ".", "What's", '"', "it", '"', "?", OPTIONS)
    assert segments(tokens.words, tokens.breaks)[-1] == (OPTIONS,)
    assert [text[a:b] for a, b in tokens.spans][2] == "1 2 3 4"


@given(st.text(max_size=200), st.text(max_size=20))
def test_any_text_is_taken_apart_without_loss(text, answer):
    found = marks(text, answer=answer)
    tokens = tokenise(text, found)
    ends = [0, *(end for _, end in tokens.spans)]
    assert all(a <= b for a, (b, _) in zip(ends, tokens.spans, strict=False))
    between = "".join(text[a:b] for a, b in zip(ends, [*(a for a, _ in tokens.spans), len(text)], strict=True))
    assert not between.strip() or all(not character.isalnum() for character in between)
    assert {APPENDED, BOX, CHOICES, OPTIONS, REGION} >= {
        word for word in tokens.words if word[0] == "\0" and len(word) > 1
    }
