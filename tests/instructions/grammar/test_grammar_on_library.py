"""Every wording of the library through every operation: what must hold whatever is said."""

import os
import re
from functools import cache
from pathlib import Path

import pytest

from sayso import tasks
from sayso.config import AugmentConfig
from sayso.instructions.augment.expand import Expansion, expand
from sayso.instructions.augment.paraphrasers.grammar import grammar
from sayso.instructions.augment.paraphrasers.grammar.paraphraser import OPERATIONS
from sayso.instructions.augment.paraphrasers.grammar.passage import join, split
from sayso.instructions.filters.chain import build_chain
from sayso.instructions.filters.wording import key, overlap
from sayso.instructions.library import load_templates
from sayso.instructions.protect import protect
from sayso.instructions.template import parse
from sayso.records import Template
from sayso.seeds import Stream

GOLDEN = Path(__file__).parents[2] / "golden" / "wordings.txt"
ALL = tasks.select(["*"])
HELD_IN = [template for task in ALL for template in load_templates(task) if not template.held_out]
EVERY_OTHER = HELD_IN[::2]
SLIPS = {
    "a doubled word": r"(?i)\b(\w+) \1\b",
    "two marks": r"[.?!,:]\s*[.?!,]",
    "a space before a mark": r"\s[.?!,;:]",
    "two articles": r"(?i)\b(?:a|an|the|this) (?:a|an|the|this)\b",
    "a wrong article": r"\ba (?:image|object|item|area|option|answer|expression)\b|\ban (?:picture|photo|region|box)\b",
    "two requests": r"(?i)\bplease\b.*\bplease\b",
    "a request without its question mark": r"(?:Can|Could|Would) you [^.?]*\.",
    "a small beginning": r"(?:\A|[.?!] )[a-z]",
    "a lone i": r"\bi (?:would|want|need)\b",
    "an indirect question in the order of a direct one": r"\b(?:whether|if) (?:is|are|does|do) ",
    "a third person after does": r"\b(?:[Dd]oes|[Dd]o) (?!is |the following)(?:the |this |\")?[\w{}\" ]+? (?:shows|fits|matches|contains|describes)\b",
    "a base form after to": r"\bto (?:shows|is|are|fits|contains)\b",
    "a plural after one": r"\bone of the (?:option|choice|region)\b",
}


@cache
def wordings(template):
    return tuple(grammar(without=()).propose(template, count=60, stream=Stream(3, template.id)))


def each(check):
    """A test a task, which checks every held-in wording of it."""

    def test(task):
        for template in load_templates(task):
            if not template.held_out:
                check(template)

    test.__name__ = check.__name__
    return pytest.mark.parametrize("task", ALL, ids=lambda task: task.name)(test)


@each
def test_slots_stay_and_so_does_the_place_of_what_is_appended(template):
    slots = sorted(parse(template.text).slots)
    for proposal in wordings(template):
        assert sorted(parse(proposal.text).slots) == slots
        assert template.text.endswith("{options}") == proposal.text.endswith("{options}")


@each
def test_quotations_are_kept_letter_by_letter(template):
    quoted = sorted(re.findall(r'"[^"]*"', template.text))
    assert all(sorted(re.findall(r'"[^"]*"', proposal.text)) == quoted for proposal in wordings(template))


@each
def test_no_wording_shows_a_slip_of_any_known_kind(template):
    for name, slip in SLIPS.items():
        if not re.search(slip, template.text):
            assert not [p.text for p in wordings(template) if re.search(slip, p.text)], name


@each
def test_wordings_are_new_differ_and_were_made_by_known_operations(template):
    found = wordings(template)
    assert {operation for one in found for operation in one.lineage.operation.split("+")} <= set(OPERATIONS)
    assert len({one.text for one in found}) == len(found)
    assert template.text not in {one.text for one in found}


def test_nearly_every_wording_of_the_library_has_other_wordings():
    understood = [template for template in HELD_IN if wordings(template)]
    assert len(understood) >= 0.99 * len(HELD_IN)


@each
def test_a_choice_among_options_never_becomes_a_search(template):
    if re.match(r"(?:Please )?(?:Choose|Select|Pick) the region", template.text, re.IGNORECASE):
        assert not [p.text for p in wordings(template) if re.search(r"(?i)\b(?:find|locate|draw|give) the", p.text)]


@each
def test_a_yes_or_no_question_stays_one(template):
    if re.match(r"(?:Is|Are|Do|Does|Can) ", template.text):
        form = r"(?i)\b(?:whether|if|is|are|do|does|can|would you say|true)\b"
        assert all(re.search(form, proposal.text) for proposal in wordings(template))
        assert not [
            p.text for p in wordings(template) if re.match(r"(?i)(?:what|which|where|how|name|describe)\b", p.text)
        ]


@each
def test_sentences_joined_give_the_text(template):
    protected = protect(template.text, seed=4)
    assert join(split(protected)) == protected.text


@pytest.mark.parametrize("operation", sorted(set(OPERATIONS) - {"simplify"}))
def test_every_operation_but_the_plainer_words_has_something_to_say_in_the_library(operation):
    found = {
        template.task for template in HELD_IN for p in wordings(template) if operation in p.lineage.operation.split("+")
    }
    assert len(found) >= (1 if operation == "join" else 8), found


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_that_is_left_out_is_used_nowhere(operation):
    for template in EVERY_OTHER[::12]:
        for proposal in grammar(without=(operation,)).propose(template, count=30, stream=Stream(5)):
            assert operation not in proposal.lineage.operation.split("+")


@pytest.mark.parametrize("task", ALL, ids=lambda task: task.name)
def test_no_held_in_wording_of_the_library_is_near_a_held_out_one(task):
    templates = load_templates(task)
    for held_out in (template for template in templates if template.held_out):
        for held_in in (template for template in templates if not template.held_out):
            assert overlap(held_in.text, held_out.text) < 0.75, (held_in.text, held_out.text)


def expanded(task, *, seed):
    how = Expansion(paraphraser=grammar(), chain=build_chain(AugmentConfig().filters), max_wordings=20, seed=seed)
    return list(expand(load_templates(task), slots=task.slots, how=how))


@pytest.mark.parametrize("task", ALL, ids=lambda task: task.name)
def test_the_default_recipe_gives_each_task_new_wordings_or_says_why_not(task):
    rows = expanded(task, seed=7)
    kept = [row.template for row in rows if row.verdict is None or row.verdict.keep]
    trained = [template for template in kept if not template.held_out]
    assert len(trained) == 20
    assert all(row.verdict.reason for row in rows if row.verdict)
    assert len({key(template.text) for template in kept}) == len(kept)


@pytest.mark.parametrize("task", ALL[::9], ids=lambda task: task.name)
def test_a_hundred_wordings_for_each_given_one_differ_keep_their_slots_and_are_no_mere_contexts(task):
    given = [template for template in load_templates(task) if not template.held_out]
    how = Expansion(
        paraphraser=grammar(), chain=build_chain(AugmentConfig().filters), max_wordings=100 * len(given), seed=3
    )
    rows = list(expand(load_templates(task), slots=task.slots, how=how))
    new = [row.template for row in rows if row.verdict and row.verdict.keep]
    assert len(new) + len(given) >= 100 * len(given)
    assert len({key(template.text) for template in (*given, *new)}) == len(new) + len(given)
    slots = {template.id: sorted(parse(template.text).slots) for template in given}
    assert all(sorted(parse(template.text).slots) == slots[template.lineage.parent] for template in new)
    assert sum(template.lineage.operation == "context" for template in new) <= len(new) / 3


def test_contexts_alone_make_a_small_part_of_all_wordings_of_the_library():
    operations = [one.lineage.operation for template in EVERY_OTHER for one in wordings(template)]
    assert operations.count("context") <= len(operations) / 5


PARENTS = (
    "How many {color} things are there in the image?",
    "Count the {objects} in the image.",
    "What color is the {object}? {options}",
    "Is there {object} in the image? {options}",
    'Decide whether the caption "{caption}" fits the picture.',
    "Which region shows the {expression}? {options}",
    "Please select the word that describes the object in {region}. {options}",
    "Where is the {text}?",
    "Describe the object in {region}.",
    "Look at the image and tell me what can be seen in {region}.",
    "Based on the image, answer the following question: {question}",
    "{question} Choose the right option. {options}",
    "Look at {region}. Does it show a {object}? Answer with yes or no.",
    "Passage: {passage} Question: {question} Answer:",
    "You are given two sentences. Decide whether they mean the same thing.\nSentence 1: {a}\nSentence 2: {b}",
    "Caption for {region}:",
    "Summarize the following article: {text}",
    "Which category best describes this review?\n{text}",
)


def test_the_golden_wordings_read_as_they_did():
    """`SAYSO_WRITE_GOLDEN=1` writes them anew: read every line of the difference before it is kept."""
    lines = []
    for text in PARENTS:
        template = Template(id="t/0", task="t", text=text)
        found = list(grammar().propose(template, count=60, stream=Stream(7, text)))
        lines.append(f"{text}\n")
        lines += [f"  {proposal.lineage.operation}: {proposal.text}\n" for proposal in found[::12]]
    found = "".join(lines)
    if os.environ.get("SAYSO_WRITE_GOLDEN"):
        GOLDEN.write_text(found)
    assert found == GOLDEN.read_text()
