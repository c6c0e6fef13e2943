"""Which sentences the grammar understands, as what, and which it refuses to."""

import pytest

from sayso.instructions.augment.paraphrasers.grammar.frames import FRAMES, unframe
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
from sayso.instructions.augment.paraphrasers.grammar.parsing import parse_command, parse_question

A = "SLOT0123456789AB"
B = "SLOTBA9876543210"

QUESTIONS = {
    f"How many {A} things are there in the image": HowMany(f"{A} things", "in the image"),
    "How many dogs can you see": HowMany("dogs", ""),
    f"How many things are {A}": HowMany("things", "", f"are {A}"),
    "What is the number of dogs in the picture": HowMany("dogs", "in the picture"),
    "Which option shows a dog": Which("option", "shows a dog"),
    "Which of the options best fits the image": Which("option", "best fits the image"),
    f"Which region does not overlap {A}": Which("region", f"does not overlap {A}"),
    f"What is in {A}": Which("", f"is in {A}"),
    "What does the picture show": Which("", "is shown in the picture"),
    "What color is the dog": Attribute("color", "the dog", "is"),
    "What color are the dogs": Attribute("color", "the dogs", "are"),
    f"What shape does the object in {A} have": Attribute("shape", f"the object in {A}", "is"),
    f"What is the size of the object in {A}": Attribute("size", f"the object in {A}", "is"),
    f"What is the object in {A}": WhatIs(f"the object in {A}", "is"),
    f"What is the relation between {A} and {B}": WhatIs(f"the relation between {A} and {B}", "is"),
    "Where is the dog": Where("the dog", "is"),
    "Where are the dogs located": Where("the dogs", "are"),
    "Is there a dog in the image": Whether("there", "is", "a dog in the image"),
    f"Does the image show {A}": Whether("the image", "does", f"show {A}"),
    f"Do {A} and {B} overlap": Whether(f"{A} and {B}", "do", "overlap"),
    f'Is "{A}" true': Whether(f'"{A}"', "is", "true"),
    f"Is the text in {A} clear": Whether(f"the text in {A}", "is", "clear"),
    f"Is the object in {A} the same color as the object in {B}": Whether(
        f"the object in {A}", "is", f"the same color as the object in {B}"
    ),
    "Is it true that the dog is visible": Whether("the dog", "is", "visible"),
    "How would you describe the image": Describe("the image", ""),
    f"What is {A} doing to {B}": Asked(f"what is {A} doing to {B}", f"what {A} is doing to {B}"),
    "What does the sign say": Asked("what does the sign say", "what the sign says"),
    "Which color is it": Asked("which color is it", "which color it is"),
    "Which label best describes the text": Asked(
        "which label best describes the text", "which label best describes the text"
    ),
    "How does the author feel about it": Asked("how does the author feel about it", "how the author feels about it"),
    "In which section would this article appear": Asked(
        "in which section would this article appear", "in which section this article would appear"
    ),
    "Is this statement true": Whether("this statement", "is", "true"),
    f"Should we assume that {A}": Whether("we", "should", f"assume that {A}"),
    "Does the answer contain a verb": Whether("the answer", "does", "contain a verb"),
}

COMMANDS = {
    "Count the dogs in the image": HowMany("dogs", "in the image"),
    "Tell me how many dogs there are": HowMany("dogs", ""),
    "State the number of dogs": HowMany("dogs", ""),
    f"Decide whether the image shows {A}": Whether("the image", "does", f"show {A}"),
    f"Tell me if {A} is true": Whether(A, "is", "true"),
    "Determine whether there is a dog": Whether("there", "is", "a dog"),
    "Decide if the text is true or not": Whether("the text", "is", "true"),
    "Select the option that shows a dog": Which("option", "shows a dog", chosen=True),
    "Tell me which option shows a dog": Which("option", "shows a dog"),
    f"Say what is in {A}": Which("", f"is in {A}"),
    "Name the color of the dog": Attribute("color", "the dog", "is"),
    "Tell me what color the dog is": Attribute("color", "the dog", "is"),
    f"Identify the object in {A}": WhatIs(f"the object in {A}", "is"),
    "Give the regions of the dog": WhatIs("the regions of the dog", "are"),
    "Locate the dog": Where("the dog", "is"),
    "Briefly describe the image": Describe("the image", "brief"),
    "Describe the image in detail": Describe("the image", "detailed"),
    f"Write a short description of {A}": Describe(A, "brief"),
    "Answer the question": Command("answer the question"),
    f"Find the region of {A}": WhatIs(f"the region of {A}", "is"),
    f"Find the region that shows {A} and output it": Command(f"find the region that shows {A} and output it"),
}

NOT_UNDERSTOOD = [
    "",
    A,
    "The region in the image",
    "Caption for the image",
    "Answer",
    "Dog cat mouse",
    "Region of the dog",
]

NOT_QUESTIONS = [
    "Is the text that is written on the sign true",
    f'Are the questions "{A}" and "{B}" asking the same thing',
    f"Does {A} and the text match",
    f"Is {A} the next or previous step",
    "What is the object there like",
    "Which color is that dog",
    "Is this statement true of it or not true",
    "Why is the dog here",
    "Can you see it",
]


@pytest.mark.parametrize(("text", "meaning"), QUESTIONS.items())
def test_a_question_is_understood(text, meaning):
    assert parse_question(text) == meaning


@pytest.mark.parametrize(("text", "meaning"), COMMANDS.items())
def test_a_command_is_understood(text, meaning):
    assert parse_command(text) == meaning


@pytest.mark.parametrize("text", NOT_UNDERSTOOD)
def test_a_heading_or_fragment_is_no_command(text):
    assert parse_command(text) is None


@pytest.mark.parametrize("text", NOT_QUESTIONS)
def test_a_question_whose_parts_are_unsure_is_refused(text):
    assert parse_question(text) is None


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame.prefix or "bare")
def test_every_frame_can_be_taken_off_again(frame):
    sentence = f"{frame.prefix}count the dogs"
    for written in (sentence, sentence[:1].upper() + sentence[1:]):
        assert [body.lower() for body in unframe(written)] == ["count the dogs"]


@pytest.mark.parametrize(
    "written",
    [
        "In this task, you will need to count the dogs",
        "You have to count the dogs",
        "This task asks you to count the dogs",
        "The goal of this task is to count the dogs",
        "Can you count the dogs, please",
        "I'd like you to count the dogs",
        "Kindly count the dogs",
    ],
)
def test_frames_that_others_write_are_taken_off_too(written):
    assert list(unframe(written)) == ["count the dogs"]


@pytest.mark.parametrize(
    "written", ["Count the dogs", "The dogs are to count", "You see dogs", "In this task, dogs bark"]
)
def test_a_sentence_without_a_frame_stays_as_it_is(written):
    assert list(unframe(written)) == [written]
