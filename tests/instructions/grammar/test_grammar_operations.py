"""Each operation of the grammar on its own: what it does to a question, a command and a statement, and what it leaves alone."""

import re
from collections import Counter
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayso.instructions.augment.paraphrasers.grammar import grammar
from sayso.instructions.augment.paraphrasers.grammar.contexts import CONTEXTS, QUESTIONS
from sayso.instructions.augment.paraphrasers.grammar.paraphraser import OPERATIONS
from sayso.instructions.template import parse
from sayso.records import Template
from sayso.seeds import Stream

QUESTION = "How many dogs are there in the image?"
COMMAND = "Describe the image."
STATEMENT = "The dogs are in the image."
YES_NO = "Is there a dog in the given image?"
CHOICE = "Please select the option that is shown in the image. {options}"
LED = "Based on the image, decide whether the {text} is visible."
LOOKED = "Look at the image and find the {text}."
TWO = "Look at the image. Name the {text}."
EXTRACT = "Extract the text from {region}."
QUOTED = re.compile(r"[^:?]+: [A-Z][^:]*\?")
"""A question as it stands, behind a request to answer it."""
WORDY = "In order to answer the question, utilize the image."
ASKED = (QUESTION, COMMAND, YES_NO, CHOICE)
ALL = (*ASKED, STATEMENT, LED, LOOKED, WORDY, TWO, EXTRACT)


@cache
def by_operation(text):
    """Every wording made by one operation alone, first person included."""
    template = Template(id="t/0", task="t", text=text)
    found = {}
    for proposal in grammar(without=()).propose(template, count=600, stream=Stream(0, text)):
        found.setdefault(proposal.lineage.operation, []).append(proposal.text)
    return found


def made(text, operation):
    return by_operation(text).get(operation, [])


def only(operation):
    """A grammar that knows this operation and no other."""
    return grammar(without=tuple(other for other in OPERATIONS if other != operation))


@pytest.mark.parametrize("text", ASKED)
def test_a_command_form_is_a_bare_command(text):
    found = made(text, "command_form")
    assert found
    for one in found:
        bare = one.removesuffix(" {options}")
        assert bare.endswith(".") or QUOTED.fullmatch(bare), one
        assert not re.match(r"(?i)please|can|could|would|your|you|the|i\b", one), one


@pytest.mark.parametrize("text", ASKED)
def test_a_question_form_asks_and_says_no_please(text):
    found = made(text, "question_form")
    assert found
    for one in found:
        assert one.removesuffix(" {options}").endswith("?"), one
        assert "please" not in one.lower(), one


@pytest.mark.parametrize("text", ASKED)
def test_politeness_says_please_once(text):
    found = made(text, "politeness")
    assert found
    assert {len(re.findall(r"(?i)\b(?:please|kindly|would you mind)\b", one)) for one in found} == {1}
    assert {one.removesuffix(" {options}")[-1] for one in found} == {"?", "."}


@pytest.mark.parametrize("text", ASKED)
def test_a_polite_request_with_a_modal_is_a_question_and_one_without_is_none(text):
    for one in made(text, "politeness"):
        asks = re.match(r"(?:Can|Could|Would) you (?:please|mind) ", one) or QUOTED.fullmatch(
            one.removesuffix(" {options}")
        )
        assert (asks is not None) == one.removesuffix(" {options}").endswith("?"), one


@pytest.mark.parametrize("text", ASKED)
def test_a_declarative_form_states_the_task(text):
    found = made(text, "declarative_form")
    assert {re.match(r"\w+(?:'s)?", one).group() for one in found} >= {"Your", "The", "You"}
    for one in (found.removesuffix(" {options}") for found in found):
        assert one.endswith(".") or QUOTED.fullmatch(one), one


@pytest.mark.parametrize("text", ASKED)
def test_formality_requires(text):
    found = [one for one in made(text, "formality") if "'" not in one]
    assert found
    assert all(re.match(r"You are (?:required|expected) to |This task requires you to ", one) for one in found)


@pytest.mark.parametrize("text", ASKED)
def test_perspective_speaks_in_the_first_person_with_a_capital_i(text):
    found = made(text, "perspective")
    assert found
    assert all(re.match(r"I (?:would like|want|need) you to [a-z]", one) for one in found)


@pytest.mark.parametrize("operation", ["declarative_form", "formality", "perspective"])
def test_nobody_is_required_to_tell_me(operation):
    for text in ASKED:
        assert not [one for one in made(text, operation) if re.search(r"\bto (?:tell me|say) ", one)]


def test_a_count_is_asked_for_as_a_number_and_as_how_many():
    found = made(QUESTION, "command_form")
    assert any("number of dogs" in one for one in found)
    assert any("how many dogs there are" in one for one in found)
    assert "Count the dogs in the image." in found


def test_an_indirect_question_has_the_order_of_a_statement():
    for operation, texts in by_operation(QUESTION).items():
        assert not [one for one in texts if re.search(r"[a-z] how many dogs are there", one)], operation
    for operation, texts in by_operation(YES_NO).items():
        assert not [one for one in texts if re.search(r"(?:whether|if) is there", one)], operation


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        ("Does the image show {text}?", "whether the image shows {text}", "whether the image show "),
        ("Do {a} and {b} overlap?", "whether {a} and {b} overlap", "overlaps"),
        ("Decide whether {a} matches {b}.", "Does {a} match {b}?", "Does {a} matches"),
        ("Decide whether there are dogs in the image.", "Are there dogs in the image?", "Is there dogs"),
        ("What color are the dogs?", "the color of the dogs", "color is the dogs"),
        ("Name the color of the dogs.", "What color are the dogs?", "What color is the dogs"),
        ("Give the regions of the {text}.", "What are the regions of the {text}?", "What is the regions"),
        ("Where are the dogs?", "where the dogs are", "where the dogs is"),
        ("Decide whether the object has {a}.", "Does the object have {a}?", "Does the object has"),
        ("Which option shows a dog? {options}", "the option that shows a dog", "that show a dog"),
    ],
)
def test_verbs_agree_in_every_form(text, good, bad):
    texts = [one for found in by_operation(text).values() for one in found]
    assert any(good.lower() in one.lower() for one in texts)
    assert not [one for one in texts if bad.lower() in one.lower()]


def test_synonyms_leave_the_form_alone():
    for one in made(COMMAND, "synonyms"):
        assert re.fullmatch(r"Describe (?:the|this|the given|the provided) (?:image|picture|photo)\.", one), one


def test_a_statement_keeps_its_form_and_only_its_words_change():
    assert {"synonyms", "context"} <= by_operation(STATEMENT).keys() <= {"synonyms", "context", "synonyms+context"}
    assert all(one.startswith("The dogs are in ") for one in made(STATEMENT, "synonyms"))


def test_simplifying_takes_the_plainer_word():
    assert {"To answer the question, utilize the image.", "In order to answer the question, use the image."} <= set(
        made(WORDY, "simplify")
    )


@pytest.mark.parametrize("text", ALL)
def test_shortening_shortens_and_adds_no_word(text):
    for one in made(text, "shorten"):
        assert len(one) < len(text)
        assert not Counter(one.lower().split()) - Counter(text.lower().split())


def test_shortening_drops_what_goes_without_saying():
    assert made(YES_NO, "shorten") == ["Is there a dog in the image?"]
    assert made(CHOICE, "shorten") == ["Please select the option shown in the image. {options}"]


def test_reordering_keeps_every_word():
    found = made(LED, "command_form+reorder")
    assert found
    for one in found:
        assert re.search(r"(?:based on|in|according to|going by) the image\.\Z", one), one
        assert not one.lower().startswith("based on")


def test_splitting_makes_a_look_a_sentence_of_its_own():
    found = [one for operation, texts in by_operation(LOOKED).items() if operation.endswith("+split") for one in texts]
    assert found
    for one in found:
        assert re.match(r"Look at the image\. [A-Z]", one), one


def test_context_says_where_to_look_and_says_it_once():
    found = [one for operation, texts in by_operation(QUESTION).items() if "context" in operation for one in texts]
    whole = tuple(context + " " for context in (*CONTEXTS, *QUESTIONS))
    assert any(one.startswith(whole) for one in found)
    found = [one for one in found if not one.startswith(whole)]
    assert found
    for one in found:
        assert re.match(r"(?:Look(?:ing)?|Take a look) at |Examine|Inspect|Study|View", one), one
        assert len(re.findall(r"\b(?:image|picture|photo)\b", one)) == 1, one


@pytest.mark.parametrize("operation", sorted(set(OPERATIONS) - {"context", "reorder", "split"}))
def test_an_operation_alone_needs_no_other(operation):
    made_alone = set()
    for text in ALL:
        for proposal in only(operation).propose(Template(id="t", task="t", text=text), count=60, stream=Stream(1)):
            assert proposal.lineage.operation == operation
            made_alone.add(proposal.text)
    assert made_alone


@pytest.mark.parametrize("text", ["{question}", "{question} {options}"])
def test_a_bare_question_is_introduced_and_stays_whole(text):
    assert {"context", "command_form", "politeness"} <= by_operation(text).keys()
    assert all(one.endswith(text) for found in by_operation(text).values() for one in found)


def test_after_a_question_nothing_but_a_request_follows():
    for operation in by_operation("{question} Choose the region that shows it. {options}"):
        assert not {"declarative_form", "formality", "perspective", "question_form"} & set(operation.split("+"))


def test_an_opening_stands_at_the_beginning_only():
    texts = [one for found in by_operation("The image shows one {text}. Find it.").values() for one in found]
    assert any("Your task is to find it." in one for one in texts)
    assert not [one for one in texts if ". In this task" in one]


@pytest.mark.parametrize("rest", ["true", "correct", "false"])
def test_it_is_never_true_that_something_is_true(rest):
    texts = [one for found in by_operation(f'Is "{{text}}" {rest}?').values() for one in found]
    assert texts
    assert not [one for one in texts if "true that" in one]


def test_where_something_is_that_takes_long_to_say_keeps_its_verb_in_front():
    long = "Where is the small dog at the far left side of {region}?"
    texts = [one for found in by_operation(long).values() for one in found]
    assert texts
    assert not [one for one in texts if re.search(r"\{region\} is\b", one)]


PROTECTED = ("yes", "no", "red", "two", "3", "large", "left", "top", "not", "only", "first", "word")


@settings(max_examples=25)
@given(word=st.sampled_from(PROTECTED), frame=st.sampled_from(["Answer with {}.", "Say {} if it fits.", "Choose {}."]))
def test_words_that_could_be_answers_are_in_no_rule(word, frame):
    text = f"Describe the image. {frame.format(word)}"
    template = Template(id="t", task="t", text=text)
    found = [proposal.text for proposal in grammar().propose(template, count=40, stream=Stream(2))]
    assert found
    assert all(re.search(rf"\b{word}\b", one) for one in found)


SUBJECTS = st.sampled_from(["dog", "{object}", "red circle", "object in {region}", "woman with the hat"])
SHAPES = st.sampled_from(
    [
        "Is the {} in the image visible?",
        "Find the {}.",
        "What color is the {}?",
        "How many {} things are there?",
        'Does "{}" fit the image?',
        "Which option shows the {}? {{options}}",
        "Please describe the {}.",
        "Tell me where the {} is.",
    ]
)


@settings(max_examples=25)
@given(subject=SUBJECTS, shape=SHAPES, seed=st.integers(0, 99))
def test_any_subject_survives_every_operation_whole(subject, shape, seed):
    text = shape.replace("{}", subject, 1).replace("{{options}}", "{options}")
    template = Template(id="t", task="t", text=text)
    for proposal in grammar().propose(template, count=25, stream=Stream(seed)):
        plain = re.sub(r"(object|item) that is in", r"\1 in", proposal.text)
        wanted = subject.replace("object in", "item in") if "item in" in plain else subject
        assert wanted in plain
        assert sorted(parse(proposal.text).slots) == sorted(parse(text).slots)
        assert proposal.text[0].isupper() or proposal.text[0] in '"{'
        assert not re.search(r"\s{2}|\s[.?!,]|[.?!]{2}", proposal.text)
