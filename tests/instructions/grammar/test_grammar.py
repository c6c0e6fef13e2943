"""The grammar's English: forms, agreement, punctuation, and what it leaves alone."""

import re

import pytest

from sayso.errors import ConfigError
from sayso.instructions.augment.paraphrasers.grammar import grammar
from sayso.instructions.augment.paraphrasers.grammar.english import agree_articles
from sayso.instructions.augment.paraphrasers.grammar.paraphraser import OPERATIONS
from sayso.instructions.augment.paraphrasers.grammar.passage import join, split
from sayso.instructions.filters.wording import key
from sayso.instructions.protect import protect
from sayso.instructions.template import parse
from sayso.records import Template
from sayso.seeds import Stream

TEMPLATES = (
    "How many {color} things are there in the image?",
    "What color is the {shape} in {region}?",
    'Decide whether the statement "{text}" is true of the picture. Answer with yes or no.',
    "Which option best describes {region}? {options}",
    'Please select the region that contains the text "{text}".\n\n{options}',
    "Look at the image and tell me what is in {region}.",
    "Based on the image, answer the following question: {question}",
    "Your task is to briefly describe the image.",
    'Context: {context}\n\nDoes the context support "{text}"?{options}',
    "Where is the {text}?",
)


def propose(text, *, count=60, seed=0, language="en", **options):
    template = Template(id="t/0", task="t", text=text, language=language)
    return list(grammar(**options).propose(template, count=count, stream=Stream(seed, text)))


def texts(text, **options):
    return [proposal.text for proposal in propose(text, **options)]


@pytest.mark.parametrize("text", TEMPLATES)
def test_each_template_gives_twenty_different_wordings(text):
    assert len({key(one) for one in texts(text)} - {key(text)}) >= 20


@pytest.mark.parametrize("text", TEMPLATES)
def test_wordings_are_well_formed_on_their_face(text):
    for one in texts(text):
        assert sorted(parse(one).slots) == sorted(parse(text).slots)
        assert not re.search(r"  |[.?!,]{2}|\b(\w+) \1\b| [.?!]|\bplease\b.*\bplease\b", one, re.IGNORECASE), one
        assert not re.match(r"[a-z]", one), one
        assert not re.search(r"[.?!] [a-z]", one), one
        assert re.search(r"(?i)\b(?:can|could|would) you\b[^.?]*\.", one) is None, one


@pytest.mark.parametrize("text", TEMPLATES)
def test_line_breaks_stay_where_they_were_defect_c1_8(text):
    assert {one.count("\n") for one in texts(text)} == {text.count("\n")}


@pytest.mark.parametrize("text", TEMPLATES)
def test_quotes_stay_balanced_and_apostrophes_stay_apostrophes_defect_c1_9(text):
    for one in texts(text):
        assert one.count('"') == text.count('"')
        assert not re.search(r"\w\"[a-z]", one)


def test_a_template_that_ends_in_a_quotation_keeps_its_closing_quote_defect_c1_9():
    assert all('"{text}"' in one for one in texts('Locate the object called "{text}"'))


def test_every_line_of_a_long_template_is_kept_defect_c1_5():
    parent = "Context: {context}\n\nQuestion: {question}\n\nSelect the correct answer from the options.\n{options}"
    for one in texts(parent):
        lines = one.split("\n")
        assert len(lines) == 6, one
        assert lines[5] == "{options}"
        assert lines[1] == lines[3] == ""
        assert re.search(r"(?i)context(?: is| is this| is as follows)?: \{context\}$", one, re.MULTILINE), one
        assert re.search(r"(?i)question(?: is| is this| is as follows)?: \{question\}$", one, re.MULTILINE), one


def test_the_parent_itself_is_never_proposed_defect_c1_6():
    assert all(text not in texts(text) for text in TEMPLATES)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("How many dogs are there in the image?", "Count the dogs in the image."),
        ("Count the dogs in the image.", "How many dogs can you see in the image?"),
        ("Does the image show {text}?", "Decide whether the image shows {text}."),
        ("Decide if the image shows {text}.", "Does the image show {text}?"),
        ("Tell me whether {a} is to the left of {b}.", "Is {a} to the left of {b}?"),
        ("Is there a cat in the image?", "Judge whether there is a cat in the image."),
        ("What color is the {text}?", "Name the color of the {text}."),
        ("Name the color of the {text}.", "What color does the {text} have?"),
        ("Which option matches {text}? {options}", "Choose the option that matches {text}. {options}"),
        ("Select the option that matches {text}. {options}", "Which of the options matches {text}? {options}"),
        ("Where is the {text}?", "Give the location of the {text}."),
        ("Could you please find {text}?", "Find {text}."),
        ("In this task, you need to find {text}.", "Could you find {text}?"),
        ("Describe the image in detail.", "Give a detailed description of the image."),
        ("What is the relation between {a} and {b}?", "Identify the relation between {a} and {b}."),
        ("What does the sign in {region} say?", "Tell me what the sign in {region} says."),
        ("Is the color of {a} the same as that of {b}?", "Decide whether the color of {a} is the same as that of {b}."),
        ("Based on the image, is {text} true?", "Tell me whether {text} is true based on the image."),
    ],
)
def test_a_form_becomes_another_form_of_the_same_meaning(text, wanted):
    assert wanted in texts(text, count=400)


@pytest.mark.parametrize("text", ["{options}", "", " ", "{options} {more_options}", "dog, {a}"])
def test_what_holds_nothing_to_say_otherwise_is_left_alone(text):
    assert texts(text) == []


@pytest.mark.parametrize("text", ["{text}", "Zxq vrt!", "{a} {b}"])
def test_what_is_not_understood_stands_whole_behind_a_context(text):
    assert texts(text)
    assert all(one.endswith(f" {text}") for one in texts(text, count=200))


def test_what_breaks_off_is_to_be_completed():
    found = texts("The {a} is", count=100)
    assert found
    assert all(re.match(r".*\b(?:complet|continu|finish|fill)", one, re.IGNORECASE) for one in found)


def test_a_bare_question_is_introduced_and_not_changed():
    found = texts("{question} {options}")
    assert len(found) >= 5
    assert all("{question} {options}" in one for one in found)


def test_quoted_text_is_never_touched():
    found = texts('Does the text "select the image" appear in the picture?', count=100)
    assert found
    assert all('"select the image"' in one for one in found)


@pytest.mark.parametrize("options", [" {options}", ""])
def test_an_instruction_to_choose_stays_one(options):
    found = texts(f"Select the region that shows {{text}}.{options}", count=300)
    assert len(found) >= 50
    for one in found:
        assert re.search(r"(?i)select|choos|pick|which", one), one
        assert one.endswith(options)


def test_articles_agree_with_a_new_word_and_stay_where_nothing_changed():
    new = agree_articles("Give an description of a object, an hour and a unit.", original="")
    assert new == "Give a description of an object, an hour and a unit."
    assert agree_articles("Say an ubiquitous word.", original="Give an ubiquitous word.") == "Say an ubiquitous word."
    assert not [one for one in texts("Is this an image of {text}?") if re.search(r"\ban picture|\ba image", one)]


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("{sentence} Was it good or bad? Answer:", r"you answer\?|to answer"),
        ('Are the questions "{a}" and "{b}" asking the same thing?', "asking are"),
        ("Does {region} and the text match?", "matches"),
        ("Identify the object that is described by {text} and output its region.", "which object"),
        ("Choose the best option to answer the question. {options}", "reply|respond"),
        ("Caption for {region}:", "you caption"),
        ("Identify the name of the {text}.", "(?i)name the name"),
        ("Is the object in {a} the same color as the object in {b}?", "object is in"),
        ("Look at {region}. What is the object there like?", "there like\\."),
        ("Is this statement true? {text}", "this is statement"),
        ("Can this question be answered? {question}", "this can question"),
        ("Where is that other object?", "that is other"),
        ("How was the text there made?", "text was there"),
        ('In which region is the text "{text}" written? {options}', 'text is "'),
        ("Is the text in {region} clear?", "text is in"),
        ("Say which step follows the one in the picture. {text}", "(?i)looking at"),
        ("{text}. Regions of {names}: {regions}. {question}", "(?:give|state|what are) the regions"),
        ("{text} Paraphrase or not?", "to paraphrase or not"),
        ("Which is right? A: {a} B: {b}", "answer is"),
        ("Select an answer. If you are unsure, select none. {options}", "you select none"),
        ("Generate a new image that is the same as the given image.", "same as the image"),
        ("Explain the image quality.", "picture quality|photo quality"),
        ("Is the statement true? {options} Tell me what the {text} is.", "say the|the is"),
    ],
)
def test_known_slips_stay_away(text, never):
    assert not [one for one in texts(text, count=300) if re.search(never, one)]


def test_other_languages_are_left_to_others():
    assert texts("Describe the image.", language="de") == []


def test_operations_are_named_and_can_be_left_out():
    found = propose("Describe the image.", count=400, without=())
    used = {operation for one in found for operation in one.lineage.operation.split("+")}
    assert (
        {"politeness", "perspective", "question_form", "declarative_form", "synonyms", "formality"}
        <= used
        <= set(OPERATIONS)
    )
    fewer = propose("Describe the image.", count=400, without=("politeness", "synonyms"))
    assert fewer
    assert not {"politeness", "synonyms"} & {o for one in fewer for o in one.lineage.operation.split("+")}


def test_the_first_person_is_not_used_unless_asked_for():
    assert not [one for text in TEMPLATES for one in texts(text, count=200) if re.search(r"\bI\b", one)]


def test_an_unknown_operation_is_told():
    with pytest.raises(ConfigError, match="did you mean 'politeness'"):
        grammar(without=("politenes",))


def test_the_seed_decides_the_order():
    assert texts(TEMPLATES[0], seed=1) == texts(TEMPLATES[0], seed=1) != texts(TEMPLATES[0], seed=2)


@pytest.mark.parametrize("text", TEMPLATES)
def test_sentences_joined_give_the_text(text):
    protected = protect(text, seed=0)
    assert join(split(protected)) == protected.text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a unimportant thing", "an unimportant thing"),
        ("a uninteresting one", "an uninteresting one"),
        ("an unique item", "a unique item"),
        ("an union", "a union"),
        ("an one-word answer", "a one-word answer"),
        ("A option", "An option"),
        ("a {object} and a SLOT", "a {object} and a SLOT"),
        ("option a or b", "option a or b"),
    ],
)
def test_articles_follow_the_sound_of_the_word_behind_them(text, wanted):
    assert agree_articles(text, original="") == wanted


def test_the_given_image_is_not_given_twice():
    found = texts("Given the image, the subject in {a} {relation} what?", count=200)
    assert found
    assert not [one for one in found if re.search(r"(?i)given the given", one)]
