"""Texts are cut into units that lie in them in order, and what is cut does not depend on how it is written."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_conversation import text

from sayso.instructions.task_templates.units import is_prefix, is_question, key_of, open_units, units

words = st.sampled_from(
    [
        "red",
        "Cat",
        "[0.1, 0.22]",
        "A.",
        "12.",
        "what",
        "e.g.",
        "region:",
        "12:30",
        "ok!",
        "so?",
        "«q»",
        "答え。",
        "'x.'",
    ]
)
spaces = st.sampled_from([" ", "  ", "\n", "\r\n", "\t", ""])
texts = st.lists(st.tuples(words, spaces), max_size=14).map(lambda pairs: "".join(map("".join, pairs))) | st.text(
    max_size=40
)


def cut(value):
    return [value[unit.start : unit.end] for unit in units(value)]


@pytest.mark.parametrize(
    ("given_text", "found"),
    [
        ("What is it?\nAnswer in one word.", ["What is it?", "Answer in one word."]),
        ("What is it? Answer in one word", ["What is it?", "Answer in one word"]),
        ("Describe the region: [0.1, 0.25]", ["Describe the region: [0.1, 0.25]", "Describe the region:"]),
        ("Describe the region:[0.1, 0.25]", ["Describe the region:[0.1, 0.25]", "Describe the region:"]),
        ("Question:\nWhere?", ["Question:", "Where?"]),
        ("Who?\nA. Ada\nB. Ben\n12. Cleo", ["Who?", "A. Ada", "B. Ben", "12. Cleo"]),
        ("At 12:30 see http://x.org now", ["At 12:30 see http://x.org now"]),
        ('He said "go." Then he left... fast!', ['He said "go."', "Then he left...", "fast!"]),
        ("这是什么？用一个词回答。", ["这是什么？", "用一个词回答。"]),
        ("[0.1, 0.2]\n?! 12", []),
        ("", []),
    ],
)
def test_sentences_and_prefixes(given_text, found):
    assert cut(given_text) == found


@given(texts)
def test_units_lie_in_the_text_in_order_without_white_space_around_them(value):
    found = units(value)
    assert all(0 <= unit.start < unit.end <= len(value) for unit in found)
    assert all(piece == piece.strip() for piece in cut(value))
    assert [unit.key for unit in found] == [key_of(piece) for piece in cut(value)]
    sentences = [
        one for one, before in zip(found, [None, *found], strict=False) if not before or one.start >= before.end
    ]
    assert all(a.end <= b.start for a, b in itertools.pairwise(sentences))


@given(texts)
def test_every_letter_is_in_a_unit(value):
    covered = {place for unit in units(value) for place in range(unit.start, unit.end)}
    assert all(place in covered for place, letter in enumerate(value) if letter.isascii() and letter.isalpha())


@given(texts)
def test_a_unit_alone_is_that_unit(value):
    assert all(piece in cut(piece) for piece in cut(value))


def test_keys_are_equal_whatever_case_and_space():
    assert key_of("  Answer \t in  ONE word. ") == key_of("answer in one Word.") == "answer in one word."


def test_prefixes_and_questions_are_known_by_their_ends():
    assert is_prefix("describe this:")
    assert is_prefix("描述：")
    assert not is_prefix("describe: this.")
    assert is_question('who wrote "this?"')
    assert not is_question("who? tell me.")


def test_only_what_is_all_instruction_is_open():
    part = text(("Look. What is ", "instr_template"), ("it? Be brief.", "instr"), ("\nOptions: a", "options"))
    assert [unit.key for unit in open_units(part)] == ["be brief."]
