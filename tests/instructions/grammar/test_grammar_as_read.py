"""What a strict reader refused once: each kind of fault on a text of our own, and that the text still has much to say."""

import re
from functools import cache

import pytest

from sayso.instructions.augment.paraphrasers.grammar import grammar
from sayso.instructions.augment.paraphrasers.grammar.contexts import in_context
from sayso.records import Template
from sayso.seeds import Stream


@cache
def texts(text, count=250):
    template = Template(id="t/0", task="t", text=text)
    return [one.text for one in grammar().propose(template, count=count, stream=Stream(11, text))]


POLITE = r"(?i)\b(?:please|kindly|mind|(?:can|could|would) you)\b"
REFUSED = {
    "a context before a frame": (
        "Name the fruit in the bowl.",
        r": (?:Your|The) (?:task|job|goal)|: (?:You|Please|Can|Could|Would)\b",
    ),
    "a context before a lone label": ("Name of {object}:", r"\w: \w.*:$|respond|reply"),
    "a request whose object was left before it": ("Look at the picture and tell me: {question}", r"tell me\?"),
    "two politenesses": (
        '{question} Answer with "yes" or "no".\nA:',
        rf"{POLITE}[^?]*[?.\"\n].*(?:please|kindly|mind)\b",
    ),
    "two requests to answer": (
        "Respond to the question with the help of the map. Question: {question} Answer:",
        r"(?i)\} .*(?:question|answer)[.?]$",
    ),
    "two requests to write": ("Sum up this letter: {letter}\nSummary:", r"(?i)\n.*\b(?:write|give|provide)\b"),
    "an answer required to be given to me": (
        "Give me a name for this boat.",
        r"(?:required|expected|job is|need|have|task is) to give me",
    ),
    "numbers that have a place": ("Find the two smallest primes.", r"(?i)\b(?:where|location)\b"),
    "a second verb that does not agree": (
        "Does the sentence make sense and use good English?",
        r"whether .* makes sense and use ",
    ),
    "an alternative made a yes or no": (
        "Is the arrow the left or the right one of the picture?",
        r"(?i)is it true|would you say",
    ),
    "a number cut off from its line": (
        "EXAM\n1. Choose the right word.\nSentence: {text}\nWord: {word}",
        r"1\. Sentence",
    ),
    "a choice cut off from its question": ("{text} Does the mood fit? Yes or no?", r"fit[^{]*\{text\} "),
    "a question torn at its line break": (
        "Does the line\n{line}\nmatch (that is, rhyme with) the other line?\n{other}",
        r"match.*\. *\n|\n(?:You|Please|Can)\b",
    ),
    "what a page does not show below": (
        "Does the following sentence end well?\n{text}",
        r"question (?:below|given below|that follows)\b",
    ),
    "a participle behind its noun": ('Is the name "{name}" written in the corner {corner}?', r'" written is\b'),
    "a request quoted as a question": ("Can you briefly explain this map?", r"question: Can you|this: Can you"),
    "an answer to how to answer": ("How would you answer {question}?", r"(?i)(?:answer|respond|reply).*: How"),
    "true that it is true": ("Does the map make this rumour true? {text}", r"true that"),
    "given twice": ("Based on the following text, {question}? {text}", r"(?i)given the text given"),
    "things to do made objects": ("Which things can you do on a rainy day?", r"objects can you"),
    "an image written": ("Generate an image with the description {text}.", r"(?i)\b(?:write|compose|give) an image"),
    "a dangling word asked": ("Write the opposite of", r" of\?"),
    "a cue moved before its label": ("Label: {label}. Region:", r"(?i)region is\. Label"),
    "a note that is needed to be noted": ("Write a line about the sea. Note that it need not rhyme.", r"need to note"),
    "one word that is long": (
        "Say what it is. Answer with a single word or phrase. {image}",
        r"phrase long|in your answer",
    ),
    "the same word twice": (
        "Given the sound, how would you respond to {question}?",
        r"(?i)respond to the following|and respond",
    ),
}


@pytest.mark.parametrize(("text", "never"), REFUSED.values(), ids=REFUSED)
def test_what_a_reader_refused_comes_no_more(text, never):
    assert texts(text)
    assert not [one for one in texts(text) if re.search(never, one)]


SAID = {
    "{text} Is it a poem? Yes, no, or maybe?": "{text} Is it a poem? Your answer should be yes, no, or maybe.",
    "{text}\nWhat now? True, False, or Neither?": "{text}\nWhat now? Answer with True, False, or Neither.",
    "Line: {a}\nQuestion: Does this line match {b}?": "Line: {a}\nDecide whether this line matches {b}.",
    "Suppose {a} Can we infer that {b}?": "Suppose {a} Decide whether we can infer that {b}.",
    "Summarize: {letter}": "Could you summarize the following? {letter}",
    "Could you help answer the question {question}?": "Answer the question {question}.",
    "Having read the letter, please answer {question}": "Having read the letter, your task is to answer {question}",
    "To which class does the boat in {region} belong?": "Tell me to which class the boat in {region} belongs.",
    "How can one reach the shore from {place}?": "Tell me how one can reach the shore from {place}.",
    "Judging by this clip, {question}": "Going by this clip, {question}",
}


@pytest.mark.parametrize(("text", "wanted"), SAID.items(), ids=SAID)
def test_what_was_not_understood_is_now(text, wanted):
    assert wanted in texts(text, count=500)


def test_contexts_suit_what_they_stand_before():
    assert all(
        re.match(r"(?:Please )?(?:complete|continue|finish|fill)|(?:Can|Could|Your|You)", one, re.IGNORECASE)
        for one in in_context("A letter came.\nIt said:")
    )
    assert {one.split(":")[0].split()[-1] for one in in_context("Claim: A\nIs it true?")} == {"answer", "respond"}
    assert in_context("For each letter, write the next one.")[0].startswith("Here is your task:")
    assert not in_context("Label: A")


@pytest.mark.parametrize(
    "text",
    ["Name the fruit in the bowl.", "Is there a pear on the table?", "Which region shows the red boat? {options}"],
)
def test_the_first_wordings_are_plain_and_of_many_kinds(text):
    template = Template(id="t/0", task="t", text=text)
    first = [one for one, _ in zip(grammar().propose(template, count=9, stream=Stream(1)), range(9), strict=False)]
    operations = [one.lineage.operation for one in first]
    assert "context" not in operations
    assert len({operation.split("+")[0] for operation in operations}) >= 4
    assert all(len(set(operations[i : i + 3])) > 1 for i in range(len(operations) - 2))
