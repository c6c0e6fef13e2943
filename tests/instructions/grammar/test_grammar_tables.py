"""The tables of the grammar: every entry is well-formed, and no rule turns a text into something it would not turn back."""

import re

import pytest

from sayso.instructions.augment.paraphrasers.grammar.change import Variant
from sayso.instructions.augment.paraphrasers.grammar.english import STATE_VERBS, VERBS, article, lower_first
from sayso.instructions.augment.paraphrasers.grammar.frames import FRAMES
from sayso.instructions.augment.paraphrasers.grammar.lexical import applicable, exchange
from sayso.instructions.augment.paraphrasers.grammar.lexicon import RULES
from sayso.instructions.augment.paraphrasers.grammar.meanings import (
    Asked,
    Attribute,
    Command,
    Describe,
    HowMany,
    WhatIs,
    Where,
    Whether,
    Which,
)
from sayso.instructions.augment.paraphrasers.grammar.paraphraser import OPERATIONS
from sayso.instructions.augment.paraphrasers.grammar.parsing import parse_command, parse_question
from sayso.instructions.augment.paraphrasers.grammar.realise import realise
from sayso.seeds import Stream

MEANINGS = [
    Whether("the image", "does", "show a dog"),
    Whether("the text", "is", "true"),
    Whether("there", "are", "dogs in the image"),
    Which("option", "shows a dog"),
    Which("region", "contains the text", chosen=True),
    Which("", "is in the image"),
    Attribute("color", "the dog", "is"),
    Attribute("color", "the dogs", "are"),
    HowMany("dogs", "in the image"),
    HowMany("dogs", ""),
    Where("the dog", "is"),
    WhatIs("the object in the image", "is"),
    Describe("the image", ""),
    Describe("the image", "brief"),
    Describe("the image", "detailed"),
]
"""Each of whose forms the parser understands again."""

EXAMPLES = {
    "image": ("Describe the image.", {"Describe the picture.", "Describe the photo."}),
    "images": ("Compare the images.", {"Compare the pictures.", "Compare the photos."}),
    "choose": ("Select the best one.", {"Choose the best one.", "Pick the best one."}),
    "after please": ("Please select the best one.", {"Please choose the best one.", "Please pick the best one."}),
    "kind": ("What kind of dog is it?", {"What type of dog is it?", "What sort of dog is it?"}),
    "negation": (
        "Name what does not appear in it.",
        {"Name what is not visible in it.", "Name what doesn't appear in it."},
    ),
    "formality": ("What is the color?", {"What's the color?"}),
    "shorten": ("In this task, you name it.", {"You name it."}),
    "relative": ("Name the dog that is shown there.", {"Name the dog shown there."}),
}

UNTOUCHED = [
    "Explain the image quality.",
    "Is this an image-text pair?",
    "Compare the image and the picture.",
    "Point at objects and their subject.",
    "It is hard to decide.",
    'Find the word "image" and the word "select".',
    "Die Katze sitzt.",
    "",
]


def outcomes(text):
    return {exchange(Variant(text, ()), edits=1, stream=Stream("t", seed)).text for seed in range(300)}


@pytest.mark.parametrize("meaning", MEANINGS, ids=str)
def test_every_form_of_a_meaning_is_understood_as_that_meaning(meaning):
    for form in realise(meaning, has_options=False):
        parsed = parse_question(form.text) if form.kind == "question" else parse_command(form.text)
        if isinstance(meaning, Which):
            assert parsed is None or isinstance(parsed, Asked | Which | Command), form
        elif isinstance(meaning, Where):
            assert isinstance(parsed, Where | WhatIs | Command | None), form
        elif parsed is not None and not isinstance(parsed, Command):
            assert type(parsed) is type(meaning), form


@pytest.mark.parametrize("meaning", MEANINGS, ids=str)
def test_forms_differ_and_come_as_questions_and_as_commands(meaning):
    forms = realise(meaning, has_options=True)
    assert len({form.text for form in forms}) == len(forms) >= 3
    assert {form.kind for form in forms} == {"question", "phrase"}


@pytest.mark.parametrize(
    "meaning", [*MEANINGS, Command("answer the question"), Asked("what is it", "what it is")], ids=str
)
def test_the_phrase_of_a_command_begins_with_a_verb(meaning):
    for form in realise(meaning, has_options=True):
        if form.kind == "phrase":
            first = form.text.removeprefix("briefly ").removeprefix("concisely ").split(" ")[0]
            assert first in VERBS, form


def test_what_is_chosen_is_never_searched_for():
    for meaning, has_options in (
        (Which("region", "shows a dog"), True),
        (Which("region", "shows a dog", chosen=True), False),
    ):
        assert not [
            form for form in realise(meaning, has_options=has_options) if re.match("find|identify|locate", form.text)
        ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.pattern.pattern[:40])
def test_every_rule_has_alternatives_and_a_known_operation(rule):
    assert rule.operation in OPERATIONS
    assert rule.alternatives
    assert len(set(rule.alternatives)) == len(rule.alternatives)


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame.prefix or "bare")
def test_every_frame_has_a_known_operation_and_joins_a_verb(frame):
    assert frame.operation in OPERATIONS
    assert frame.prefix == "" or frame.prefix.endswith(" ")
    assert frame.question == bool(re.match(r"(?:can|could|would) you", frame.prefix))


@pytest.mark.parametrize(("text", "wanted"), EXAMPLES.values(), ids=EXAMPLES)
def test_words_are_exchanged_where_they_mean_the_same(text, wanted):
    assert wanted <= outcomes(text)


@pytest.mark.parametrize("text", UNTOUCHED)
def test_words_stay_where_they_mean_something_else(text):
    assert outcomes(text) == {text}


def test_a_noun_is_exchanged_everywhere_or_nowhere():
    for text in outcomes("Look at the image. What does the image show?"):
        nouns = set(re.findall(r"image|picture|photo", text))
        assert len(nouns) == 1, text


def test_the_number_of_edits_bounds_the_operations():
    text = "Please select the image in which the object is visible. Do not select the image of a dog."
    assert len(applicable(text)) >= 4
    assert exchange(Variant(text, ("x",)), edits=0, stream=Stream(0)) == Variant(text, ("x",))


@pytest.mark.parametrize(
    ("word", "wanted"),
    [("object", "an"), ("unit", "a"), ("hour", "an"), ("user", "a"), ("one", "a"), ("image", "an"), ("European", "a")],
)
def test_articles_follow_the_sound(word, wanted):
    assert article(word) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("Is it?", "is it?"), ("I am", "I am"), ("SLOT12 is", "SLOT12 is"), ("OCR it", "OCR it"), ("", "")],
)
def test_only_the_capital_of_a_sentence_is_made_small(text, wanted):
    assert lower_first(text) == wanted


def test_verbs_of_state_have_a_third_person_that_differs():
    assert all(third != base and third.endswith("s") for base, third in STATE_VERBS.items())
