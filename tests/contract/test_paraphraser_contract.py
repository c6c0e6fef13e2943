"""Every paraphraser: lineage, slots and determinism, whatever template it is given."""

import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayso.errors import ConfigError
from sayso.instructions.augment.paraphrasers._protocol import paraphrasers
from sayso.instructions.template import parse
from sayso.records import Lineage, Template
from sayso.seeds import Stream

MODELS = ("chat", "local", "model")
"""These ask a language model: their contract is in test_model_paraphraser_contract."""
RULES = [name for name in paraphrasers.names() if name not in MODELS]
OPTIONS = {"scripted": {"wordings": {"*": ["Name {text}.", "Give the name of {text}."]}}}
VOCABULARY = """describe the image in region {region} {text} what color is are there does show how many count select option that
best please your task is to whether if and , . ? : " {question} {options} look at or do not can you tell me which"""
WORDS = st.sampled_from([*VOCABULARY.split(), "\n"])
TEXTS = st.lists(WORDS, max_size=20).map(" ".join)


def build(name):
    return paraphrasers.build(name, OPTIONS.get(name, {}))


def wordings(name, text, *, count=12, seed=3, language="en"):
    template = Template(id="t/0", task="t", text=text, language=language)
    return list(build(name).propose(template, count=count, stream=Stream(seed, "t")))


def test_the_paraphrasers_of_this_package_are_listed_and_their_helpers_are_not():
    assert set(paraphrasers.names()) == {"grammar", "scripted", *MODELS}


@pytest.mark.parametrize("name", RULES)
def test_every_proposal_carries_its_parent_operation_and_paraphraser(name):
    found = wordings(name, "Name {text}!")
    assert found
    assert all(p.lineage.parent == "t/0" and p.lineage.operation and p.lineage.paraphraser == name for p in found)


@pytest.mark.parametrize("name", RULES)
def test_at_most_count_proposals(name):
    assert len(wordings(name, "Count the {text} in the image.", count=1)) == 1


@pytest.mark.parametrize("name", RULES)
def test_the_same_stream_gives_the_same_proposals(name):
    assert wordings(name, "Where is the {text}?") == wordings(name, "Where is the {text}?")


@settings(max_examples=150, deadline=None)
@given(text=TEXTS)
def test_grammar_keeps_the_slots_of_any_text_and_proposes_nothing_twice(text):
    found = [p.text for p in wordings("grammar", text)]
    assert len(found) == len(set(found))
    assert text not in found
    assert all(sorted(parse(one).slots) == sorted(parse(text).slots) for one in found)


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=200).map(lambda t: t.replace("{", "").replace("}", "")))
def test_grammar_survives_any_text(text):
    wordings("grammar", text)


def test_an_unknown_paraphraser_is_told_with_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'grammar'"):
        paraphrasers.build("gramar", {})


each_paraphraser = pytest.mark.parametrize("name", RULES)


@each_paraphraser
@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_never_more_than_asked_for(name, count):
    assert len(wordings(name, "Count the {text} in the image.", count=count)) <= count


@each_paraphraser
def test_proposals_are_made_one_at_a_time(name):
    template = Template(id="t/0", task="t", text="Count the {text} in the image.")
    made = build(name).propose(template, count=10_000, stream=Stream(1))
    assert iter(made) is made
    assert next(made).text


@each_paraphraser
def test_a_smaller_count_gives_the_first_of_a_larger_one(name):
    text = "Where is the {text}?"
    few = wordings(name, text, count=3)
    assert wordings(name, text, count=20)[: len(few)] == few


@each_paraphraser
def test_lineages_can_be_written_and_read(name):
    for proposal in wordings(name, "Please find the {text}."):
        assert msgspec.json.decode(msgspec.json.encode(proposal.lineage), type=Lineage) == proposal.lineage


@each_paraphraser
def test_two_runs_side_by_side_do_not_disturb_one_another(name):
    template = Template(id="t/0", task="t", text="Is there {text} in the image?")
    one, other = (build(name).propose(template, count=9, stream=Stream(2)) for _ in range(2))
    pairs = list(zip(one, other, strict=False))
    assert pairs
    assert all(first == second for first, second in pairs)


@pytest.mark.parametrize(
    "text", ["SLOT0123456789AB", "Describe SLOT0123456789AB and {text}.", "Find {{text}} in {text}."]
)
def test_grammar_keeps_what_looks_like_its_own_marks(text):
    for proposal in wordings("grammar", text):
        assert proposal.text.count("SLOT0123456789AB") == text.count("SLOT0123456789AB")
        assert proposal.text.count("{{text}}") == text.count("{{text}}")
        assert parse(proposal.text).slots == parse(text).slots


@pytest.mark.parametrize("language", ["de", "fr", "zh", "en-x-odd"])
def test_grammar_leaves_other_languages_to_others(language):
    assert wordings("grammar", "Describe the image.", language=language) == []


@pytest.mark.parametrize(
    "text",
    ["a " * 3000, "the " * 2000, "Is the " * 300 + "true?", "word? " * 600, "\n" * 3000, " " * 3000 + "Find {text}."],
)
def test_grammar_takes_a_moment_for_texts_without_end(text):
    begun = time.perf_counter()
    wordings("grammar", text)
    assert time.perf_counter() - begun < 5
