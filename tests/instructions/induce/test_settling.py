"""Ends of slots, questions inside requests, stops inside quotations, and texts that take the pattern of others; and any order of rows."""

import random

import pytest

from sayso.instructions.induce.recovering import recover
from sayso.instructions.induce.rows import InstructionRow
from sayso.instructions.induce.settling import adopt, settle
from sayso.instructions.induce.tokens import SLOT, tokenise

THINGS = ["red lamp", "cup", "blue ring", "old chair"]


def words(text):
    return tuple(SLOT if word == "_" else word for word in tokenise(text, []).words)


def settled(form, pattern, things=THINGS):
    found = settle({words(form.format(thing)): words(pattern) for thing in things})
    return {" ".join(one).replace(SLOT, "_") for one in found.values()}


@pytest.mark.parametrize(
    ("form", "pattern", "expected"),
    [
        ('The parts that have "{}" are', "_ are", 'The parts that have " _ " are'),
        ("Please answer Is there a {} here? Now.", "Please answer Is there a _ here? Now.", "Please answer _ Now ."),
        ("how would you tackle Is it a {}??", "how would you tackle _", "how would you tackle _ ?"),
        ('Does "{}." describe it', 'Does "_." describe it', 'Does " _ " describe it'),
        ('He said "{}."', 'He said "_."', 'He said " _ . "'),
    ],
)
def test_slots_begin_and_end_where_values_do(form, pattern, expected):
    assert settled(form, pattern) == {expected}


def test_a_text_takes_what_says_most_of_what_enough_rows_have():
    text = words("Find me the red cup now")
    patterns = {words("Find me the _ now"): 5, words("Find me the red _ now"): 1, words("_ now"): 50}
    assert dict(adopt([text], patterns, counts={text: 1}, floor=3)) == {text: words("Find me the _ now")}
    assert dict(adopt([text], {words("_ now"): 50}, counts={text: 1}, floor=3)) == {}


def rows(texts):
    return [InstructionRow(id=str(n), text=text, answer=answer) for n, (text, answer) in enumerate(texts)]


def groups(found):
    return {frozenset(one.text for one in task.templates) for task in found.tasks}


def test_the_order_of_rows_and_rows_given_twice_change_nothing():
    forms = ["Where can I find the {}?", "Look for a {} and say where it is.", "图中{}在哪里？"]
    texts = [(form.format(f"{a} {b}"), f"at {b} of {a}") for form in forms for a in "abcdef" for b in "uvwxyz"]
    shuffled = random.Random(1).sample(texts, len(texts))
    assert groups(recover(rows(shuffled))) == groups(recover(rows(texts))) == groups(recover(rows(texts * 2)))
    assert any("图中{text}在哪里" in text for group in groups(recover(rows(texts))) for text in group)


def test_headings_alone_are_no_template():
    texts = [
        (f"{verb} it {n} times\n\nSentence: The {n} of {verb}s sang.", "x") for n in range(9) for verb in ("cut", "sum")
    ]
    assert not any(
        "Sentence: {text2}" in text for group in groups(recover(rows(texts))) for text in group if text.startswith("{")
    )
