"""Replies down to what was asked for: what is there is read, what is not is told, and nothing is mended."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.errors import ConfigError
from sayso.instructions.synthesize._parsing import (
    Unread,
    blank_if_none,
    blocks,
    grade,
    numbered,
    one_a_line,
    read_json,
    sections,
    yes_or_no,
)
from sayso.instructions.synthesize._prompts import prompts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1. One thing.\n2. Another.", [(1, "One thing."), (2, "Another.")]),
        ("Sure! Here they are:\n\n9) Nine\n10) Ten", [(9, "Nine"), (10, "Ten")]),
        ("3. Bake:\n1. mix\n2. wait\n4. Eat", [(3, "Bake:\n1. mix\n2. wait"), (4, "Eat")]),
        ("7. Only this\nand that", [(7, "Only this\nand that")]),
        ("There were 3. and 4. in it", []),
        ("", []),
    ],
)
def test_lists_are_cut_where_numbers_go_up_by_one(text, found):
    assert numbered(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("9. One.\n11. Two.\n11. Three.", [(9, "One."), (11, "Two."), (11, "Three.")]),
        ("1. One.\n1. Two.", [(1, "One."), (1, "Two.")]),
        ("9. One\nof many.\n\n10. Two.\n \nDo you want more?", [(9, "One\nof many."), (10, "Two.")]),
        ("9. Bake:\n   1. mix\n   2. wait", [(9, "Bake:\n   1. mix\n   2. wait")]),
        ("No list.", []),
    ],
)
def test_one_a_line_ends_with_a_blank_line_and_knows_no_order(text, found):
    assert one_a_line(text) == found


def test_blocks_begin_with_lines_of_their_own():
    text = "Well.\n### 4\nInstruction: a\n1. b\n\n#### 5:\nInstruction: c\n### 6 is no line\n### 9\nd"
    assert blocks(text) == [(4, "Instruction: a\n1. b"), (5, "Instruction: c\n### 6 is no line\n### 9\nd")]


@given(st.lists(st.text("abc .:\n", max_size=20).map(str.strip).filter(bool), max_size=6), st.integers(1, 90))
def test_a_list_that_was_written_is_read(entries, first):
    entries = [" ".join(entry.split()) for entry in entries]
    text = "\n".join(f"{number}. {entry}" for number, entry in enumerate(entries, start=first))
    assert [entry for _, entry in numbered(text)] == entries


def test_sections_stand_in_their_order_and_the_last_may_hold_anything():
    text = "Here:\n**Instruction:** Do it\ntwice.\n## input: x\nOutput: y\nInput: z"
    assert sections(text, ("Instruction", "Input", "Output")) == {
        "Instruction": "Do it\ntwice.",
        "Input": "x",
        "Output": "y\nInput: z",
    }
    assert sections(text, ("Input", "Instruction")) == Unread("no 'Instruction' in the reply")
    assert sections("The Input: x", ("Input",)) == Unread("no 'Input' in the reply")


def test_sections_that_come_twice_are_none():
    labels = ("Question", "Answer")
    twice = "Question: a?\nAnswer: b.\n\n### 3\nQuestion: c?\nAnswer: d."
    assert sections(twice, labels) == Unread("'Question' to 'Answer' more than once")
    assert sections(twice.rpartition("\n")[0], labels) == {"Question": "a?", "Answer": "b.\n\n### 3\nQuestion: c?"}
    assert isinstance(sections(twice * 3000, labels), Unread)


@pytest.mark.parametrize("text", ["None", "none.", "<noinput>", "N/A", "(empty)", "[No input]", " ", "-"])
def test_nothing_is_said_in_many_ways(text):
    assert blank_if_none(text) == ""


def test_something_is_something():
    assert blank_if_none(" None of them came. ") == "None of them came."


class Point(msgspec.Struct, forbid_unknown_fields=True):
    x: int


@pytest.mark.parametrize("text", ['[{"x": 1}]', '  [{"x":1}]\n', 'Here:\n```json\n[{"x": 1}]\n```\nGood?'])
def test_json_is_the_whole_or_the_one_fenced_block(text):
    assert read_json(text, list[Point]) == [Point(1)]


@pytest.mark.parametrize(
    "text",
    [
        '[{"x": 1},]',
        "{'x': 1}",
        'It is [{"x": 1}]',
        '[{"x": "1"}]',
        '[{"y": 1}]',
        "```\n[]\n```\n```\n[]\n```",
        "[" * 5000,
    ],
)
def test_json_is_never_mended(text):
    found = read_json(text, list[Point])
    assert isinstance(found, Unread)
    assert found.reason.startswith("not the JSON that was asked for")


@pytest.mark.parametrize(
    ("text", "found"),
    [("Yes.", True), (" **no**, since", False), ("YES", True), ("Nobody", None), ("I say yes", None), ("", None)]
    + [(text, None) for text in ("Yes or No: No", "Yes/No", "**Yes** and no", "no / yes")]
    + [("Yes, no doubt", True), ("Yes. No other is there", True), ("No, yes", False)],
)
def test_yes_or_no_is_the_first_word(text, found):
    assert yes_or_no(text) == (Unread("neither yes nor no") if found is None else found)


@pytest.mark.parametrize(("text", "found"), [("Good.\nScore: 4", 4), ("**Score:** 4.5/5", 4.5), ("rating: 1.", 1)])
def test_a_grade_is_the_one_line_of_its_own(text, found):
    assert grade(text, least=1, most=5) == found


@pytest.mark.parametrize(
    "text",
    ["4", "Score: 6", "Score: four", "Score: 3\nScore: 4", "I score: 4 points", "Score: 4 out of 5", "Score: 4/10"],
)
def test_what_is_no_grade_is_told(text):
    assert isinstance(grade(text, least=1, most=5), Unread)


def test_marks_are_replaced_once_and_to_the_letter():
    text = prompts("alpaca").fill(
        "shown", number="<input>", instruction="{0} <output> %s", input="<instruction>", output="\\1"
    )
    assert text == "### <input>\nInstruction: {0} <output> %s\nInput: <instruction>\nOutput: \\1"
    with pytest.raises(ConfigError, match="no text 'show'; did you mean 'shown'"):
        prompts("alpaca").fill("show")
    with pytest.raises(ConfigError, match=r"values for \['number'\]"):
        prompts("alpaca").fill("shown", number="1")
