"""The tables for single sentences (notes, statements, headings, contexts), their order, and how changes are combined."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayso.instructions.augment.paraphrasers.grammar.arrange import arrangements, joined
from sayso.instructions.augment.paraphrasers.grammar.compose import OPERATIONS, compose
from sayso.instructions.augment.paraphrasers.grammar.contexts import (
    BEGINNINGS,
    CONTEXTS,
    INTRODUCTIONS,
    QUESTIONS,
    in_context,
)
from sayso.instructions.augment.paraphrasers.grammar.english import VERBS, gerund
from sayso.instructions.augment.paraphrasers.grammar.headings import (
    STYLES,
    cue_forms,
    cue_headings,
    is_label,
    relabelled,
)
from sayso.instructions.augment.paraphrasers.grammar.notes import NOTES, is_note, noted
from sayso.instructions.augment.paraphrasers.grammar.passage import Sentence, join, split
from sayso.instructions.augment.paraphrasers.grammar.spread import spread
from sayso.instructions.augment.paraphrasers.grammar.statements import STATEMENTS, stated
from sayso.instructions.protect import protect, restore
from sayso.seeds import Stream

A, B = "SLOT0123456789AB", "SLOTBA9876543210"
NOTED = {
    "Answer with yes or no": "The answer should be yes or no",
    "Give a short answer": "Keep the answer short",
    "Please answer in a word or two": "Your answer should be a word or two long",
    "Look at the image": "Take a careful look at the image",
    f"Look at {A}": f"You should examine {A}",
    "Give only the answer": "Give nothing but the answer",
    "Use your knowledge": "Please rely on your knowledge",
    "Choose one of the following options": "Your answer should be one of the following options",
    "Read the following passage": "Carefully read the following passage",
}
STATED = {
    "In this task, you are given two sentences": "You will be given two sentences",
    "You are given a question": "You will be provided with a question",
    "Each input consists of a word and a number": "As input, you are given a word and a number",
    f"There is a cat in {A}": f"{A} contains a cat",
    "In one of the regions there is a cat": "One of the regions contains a cat",
    f"One object is in {A}, another in {B}": f"There is one object in {A} and another in {B}",
    "Here is a question about the text": "You are given a question about the text",
}
CUES = {
    "Answer": "give the answer",
    "Short answer": "answer briefly",
    f"Class of {A}": f"name the class of {A}",
    f"Caption for {A}": f"write a caption for {A}",
    "A short description": "write a short description",
    "Missing objects": "name the missing objects",
    f"Area of {A} in percent": f"state the area of {A} in percent",
    "The sentiment of this review is": "state the sentiment of this review",
}


def shown(text):
    """Sentences of a text written with braces, and a function that shows their slots again."""
    protected = protect(text, seed=1)
    return protected, split(protected)


def orders(text, how):
    protected, sentences = shown(text)
    return [restore(join(order), protected=protected) for order in how(sentences)]


def moved(text):
    protected, _ = shown(text)
    options = [word for word, name in protected.names.items() if name == "options"]
    return orders(text, lambda sentences: arrangements(sentences, options=options))


def composed(text, *, without=(), number=200):
    protected = protect(text, seed=2)
    found = compose(protected, stream=Stream(5, text), without=frozenset(without))
    return [(restore(v.text, protected=protected), v.operations) for v, _ in zip(found, range(number), strict=False)]


def test_shorthand_is_written_out_in_order_and_once():
    assert spread("(say|tell me) it( now|)") == ("say it now", "say it", "tell me it now", "tell me it")
    assert spread("a (b)", "a (b)") == ("a (b)",)


@pytest.mark.parametrize(("body", "wanted"), NOTED.items(), ids=NOTED)
def test_a_note_is_said_otherwise(body, wanted):
    found = list(noted(Sentence(body, ".", " ")))
    assert wanted in [change.body for change in found]
    assert {change.end for change in found} <= {".", "?"}


@pytest.mark.parametrize(("body", "wanted"), STATED.items(), ids=STATED)
def test_a_statement_is_said_otherwise(body, wanted):
    assert wanted in [change.body for change in stated(Sentence(body, ".", " "))]


@pytest.mark.parametrize("body", ["The dog barks", "Answer", "Take two", "Name the color", f"Answer {A}", "You see it"])
def test_what_is_in_no_table_is_left_alone(body):
    assert not [*noted(Sentence(body, ".", "")), *stated(Sentence(body, ".", ""))]


@pytest.mark.parametrize("note", [*NOTES, *STATEMENTS], ids=lambda note: note.pattern.pattern[:50])
def test_every_table_names_known_operations_and_keeps_what_it_holds(note):
    groups = set(note.pattern.groupindex)
    assert note.alternatives
    for operation, text in note.alternatives:
        assert operation in OPERATIONS
        assert set(re.findall(r"\\g<(\w)>", text)) <= groups
        assert text[:1].islower() or text.startswith("\\g")
        assert not re.search(r"\(|\||  |\b(\w+) \1\b", text), text
    used = {name for _, text in note.alternatives for name in re.findall(r"\\g<(\w)>", text)}
    assert used >= groups - {"e", "n", "i", "v"}


@pytest.mark.parametrize(("body", "wanted"), NOTED.items(), ids=NOTED)
def test_every_note_made_is_a_note_again_or_states_the_same_words(body, wanted):
    for change in noted(Sentence(body, ".", "")):
        kept = re.search(
            r"(?i)yes or no|short|brief|word or two|image|SLOT\w+|answer|knowledge|options|passage", change.body
        )
        assert kept, change


def test_what_asks_by_itself_is_no_side_note():
    assert not is_note(Sentence("Which one is it", "?", ""))
    assert is_note(Sentence("Please answer with yes or no", ".", ""))


@pytest.mark.parametrize(("body", "wanted"), CUES.items(), ids=CUES)
def test_a_cue_is_asked_for(body, wanted):
    end = "" if body.endswith(" is") else ":"
    assert wanted in [form.text for form in cue_forms(Sentence(body, end, ""), asked=True)]


@pytest.mark.parametrize("body", ["Now", "So far", "Dog", "The dog barks and the answer is", "Given", "What is it"])
def test_what_names_nothing_to_give_is_no_cue(body):
    assert not [*cue_forms(Sentence(body, ":", ""), asked=False), *cue_headings(Sentence(body, ":", ""))]


def test_a_sentence_that_ends_is_no_cue():
    assert not list(cue_forms(Sentence("The answer is", ".", ""), asked=False))


@pytest.mark.parametrize("style", STYLES)
def test_labels_change_alike_and_keep_what_stands_behind_them(style):
    protected, sentences = shown("Claim: {a} Question: {b} Answer:")
    for seed in range(20):
        text = restore(join(relabelled(sentences, style, Stream(seed))), protected=protected)
        assert re.fullmatch(r".*[Cc]laim.*: \{a\} .*[Qq]uestion.*: \{b\} Answer:", text), text
        assert len(re.findall(r"\b(?:Here|This)\b", text)) <= 1
        assert (style == "plain") == ("the" not in text.lower())


def test_letters_of_a_list_are_no_labels():
    assert not any(is_label(Sentence(letter, ":", " ")) for letter in "ABC")
    assert is_label(Sentence("Q", ":", " "))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{question} Choose the number. {options}", "Choose the number. {question} {options}"),
        ("Choose the number. {question} {options}", "{question} Choose the number. {options}"),
        ("Context: {a} Claim: {b} Is the claim true?", "Is the claim true? Context: {a} Claim: {b}"),
    ],
)
def test_a_request_moves_before_or_behind_what_it_is_about(text, wanted):
    assert wanted in moved(text)


@pytest.mark.parametrize(
    "text",
    [
        "{a} Is this statement true?",
        "Answer the following question. {a}",
        "I doubt it. {a} Say why.",
        "Here are the answers:\n- {a}\nWhich answer is right?",
        "Your task is to choose the number. {a}",
        "Choose the number.",
    ],
)
def test_what_points_at_its_place_or_announces_stays_there(text):
    assert moved(text) == []


def test_short_commands_become_one_sentence():
    assert orders("Look at the image. Please name the dog.", joined) == ["Look at the image and name the dog."]
    assert orders("Look at the image.\nName the dog.", joined) == []
    assert orders("The dog barks. Name the dog.", joined) == []


@pytest.mark.parametrize("text", ["Task: {a}", "In this task, name it.", "{options}".upper(), "lower case"])
def test_no_context_stands_before_what_is_one_or_begins_small(text):
    assert not [one for one in in_context(text) if re.search(r"(?i)\btask\b.*\btask\b", one)]


def test_commands_questions_and_fragments_have_contexts_of_their_own():
    assert in_context("Name the dog.")[0].startswith(CONTEXTS[0])
    assert in_context("Is it a dog?")[0].startswith(QUESTIONS[0])
    assert in_context("The mood of this text is")[0].startswith(BEGINNINGS[0])
    assert in_context("Write the plural of the word")[0].startswith(CONTEXTS[0])


@pytest.mark.parametrize("contexts", [CONTEXTS, QUESTIONS, BEGINNINGS, [head for head, _ in INTRODUCTIONS]])
def test_contexts_differ_are_whole_and_say_nothing_of_the_answer(contexts):
    assert len(set(contexts)) == len(contexts) >= 20
    for context in contexts:
        assert re.match(r"[A-Z]", context)
        assert re.search(r"(?:[.:?]|question is) ?\Z", context), context
        assert not re.search(r"(?i)\b(?:yes|no|image|short|word|only|option)\b", context)


@pytest.mark.parametrize(
    ("verb", "wanted"),
    [("count", "counting"), ("write", "writing"), ("get", "getting"), ("pick out", "picking out"), ("see", "seeing")],
)
def test_gerunds_are_spelled_right(verb, wanted):
    assert gerund(verb) == wanted


def test_no_verb_of_command_doubles_a_letter_wrongly():
    assert {gerund(verb) for verb in VERBS} >= {"answering", "editing", "interpreting", "spotting", "summing", "going"}


TEXTS = (
    "Look at the image. Which region shows the {object}? Answer with one of the options. {options}",
    "Passage: {passage} Question: {question} Answer:",
    "You are given two sentences. Decide whether they mean the same thing.\nFirst: {a}\nSecond: {b}",
    "Extract the text from {region}.",
)


@pytest.mark.parametrize("text", TEXTS)
def test_several_sentences_change_at_once_and_the_first_wordings_differ_in_operation(text):
    found = composed(text)
    assert len({one for one, _ in found}) == len(found) >= 60
    assert any(len(operations) >= 2 for _, operations in found)
    assert len({operations[0] for _, operations in found[:8]}) >= 4
    assert all(len(set(operations)) == len(operations) for _, operations in found)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_left_out_is_left_out_of_every_combination(operation):
    for text in TEXTS:
        assert not [one for one, operations in composed(text, without=(operation,)) if operation in operations]


def test_contexts_are_a_small_part_of_what_can_be_said_otherwise():
    found = composed("Look at the image and name the {object} that is shown in {region}.", number=100)
    assert sum("context" in operations for _, operations in found) <= 30


@settings(max_examples=20)
@given(seed=st.integers(0, 50), text=st.sampled_from(TEXTS))
def test_composition_depends_on_its_stream_alone(seed, text):
    protected = protect(text, seed=2)

    def first():
        found = compose(protected, stream=Stream(seed), without=frozenset())
        return [variant for variant, _ in zip(found, range(15), strict=False)]

    assert first() == first()
