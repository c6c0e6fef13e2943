"""Sentences that agree in part: where slots begin and end, and what is too little agreement."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.instructions.induce.aligning import align, match
from sayso.instructions.induce.mining import mine
from sayso.instructions.induce.tokens import APPENDED, REGION, SLOT, segments, tokenise

THINGS = ["red lamp", "small green cup", "blue ring", "chair", "very old white dog", "tall tree"]


def words(text):
    return tokenise(text, []).words


def aligned(texts, floor=3):
    return align(dict.fromkeys(map(words, texts), 1), floor=floor)


def patterns(texts):
    return {" ".join(pattern).replace(SLOT, "_") for pattern in aligned(texts).values()}


def mined(texts, floor=3):
    cut = {text: tokenise(text, []) for text in texts}
    counts = Counter(one.words for one in cut.values())
    found = mine({one.words: segments(one.words, one.breaks) for one in cut.values()}, counts=counts, floor=floor)
    return {text: " ".join(found.get(cut[text].words, ())).replace(SLOT, "_") for text in texts}


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("Which region shows a {}?", "Which region shows a _ ?"),
        ("{} is shown in which region?", "_ is shown in which region ?"),
        ('Look for "{}" now.', 'Look for " _ " now .'),
        ("Tell me where to find the {}", "Tell me where to find the _"),
    ],
)
def test_a_slot_may_stand_anywhere(form, expected):
    assert patterns(form.format(thing) for thing in THINGS) == {expected}


def test_two_slots_are_told_by_the_words_between():
    pairs = zip(THINGS, THINGS[3:] + THINGS[:3], strict=True)
    assert patterns(f"Is the {a} to the left of the {b} here?" for a, b in pairs) == {
        "Is the _ to the left of the _ here ?"
    }


def test_wordings_that_begin_alike_are_divided():
    texts = [
        form.format(thing) for form in ("Find where the {} is hidden.", "Find me a {} to sit upon.") for thing in THINGS
    ]
    assert patterns(texts) == {"Find where the _ is hidden .", "Find me a _ to sit upon ."}


def test_values_with_words_in_common_are_not_divided():
    pairs = [(color, thing) for color in ("red", "blue", "green") for thing in ("lamp", "cup", "ring", "dog")]
    assert patterns(f"Which region holds a {color} {thing}?" for color, thing in pairs) == {"Which region holds a _ ?"}


def test_little_agreement_is_none():
    assert patterns([f"What {thing}" for thing in THINGS]) == set()
    assert patterns(["Find the red lamp.", "Find the blue ring."]) == set()


def test_marks_are_never_inside_a_slot():
    texts = {(*words("Look at"), REGION, *words(f"and find the {thing}")): 1 for thing in THINGS}
    assert {pattern[2] for pattern in align(texts, floor=3).values()} == {REGION}


@given(st.lists(st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=8).map(tuple), max_size=30, unique=True))
def test_every_pattern_fits_its_sentence(sentences):
    for sentence, pattern in align(dict.fromkeys(sentences, 2), floor=3).items():
        ranges = match(sentence, pattern)
        assert ranges is not None
        assert all(start < end for start, end in ranges)
        assert len(ranges) == pattern.count(SLOT)


@pytest.mark.parametrize(
    ("sentence", "pattern", "expected"),
    [
        ("a b c", ("a", SLOT, "c"), [(1, 2)]),
        ("a c", ("a", SLOT, "c"), None),
        ("a b c c", ("a", SLOT, "c"), [(1, 3)]),
        ("x a y b z", (SLOT, "a", SLOT, "b", SLOT), [(0, 1), (2, 3), (4, 5)]),
        ("a b", ("a", "b"), []),
        ("a b", ("a",), None),
        ("a", (SLOT,), [(0, 1)]),
    ],
)
def test_matching(sentence, pattern, expected):
    assert match(tuple(sentence.split()), pattern) == expected


def test_a_question_under_several_requests_fills_a_slot():
    questions = [f"what color is the {thing}?" for thing in THINGS] + [f"is there a {thing} here?" for thing in THINGS]
    forms = ["Answer from the picture. {}", "{} Give a short answer.", "Question: {} Your answer:"]
    found = mined([form.format(question) for form in forms for question in questions])
    assert {pattern.replace(" :", ":") for pattern in found.values()} == {
        "Answer from the picture . _",
        "_ Give a short answer .",
        "Question: _ Your answer:",
    }


def test_a_request_that_is_a_sentence_with_a_slot_is_no_value():
    texts = [f"Look closely. Which box shows a {thing} best?" for thing in THINGS]
    texts += [f"Which box shows a {thing} best?" for thing in THINGS]
    assert "_" in "".join(mined(texts).values())
    assert all(
        "Which box shows" in pattern
        for pattern in mined([f"Name the box of a {t} now. Which box shows a {t} best?" for t in THINGS]).values()
    )


def test_constant_instructions_need_rows_enough():
    text = "Describe the picture."
    counts = {words(text): 3, words("Say hello."): 1}
    found = mine({one: [one] for one in counts}, counts=counts, floor=3)
    assert set(found) == {words(text)}
    assert APPENDED not in found[words(text)]
