"""Every paraphraser: lineage, slots and determinism, whatever template it is given."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayso.errors import ConfigError
from sayso.instructions.augment._protocol import paraphrasers
from sayso.instructions.template import parse
from sayso.records import Template
from sayso.seeds import Stream

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
    assert {"grammar", "scripted"} <= set(paraphrasers.names())
    assert not {"expand", "protect", "stage"} & set(paraphrasers.names())


@pytest.mark.parametrize("name", paraphrasers.names())
def test_every_proposal_carries_its_parent_operation_and_paraphraser(name):
    found = wordings(name, "Name {text}!")
    assert found
    assert all(p.lineage.parent == "t/0" and p.lineage.operation and p.lineage.paraphraser == name for p in found)


@pytest.mark.parametrize("name", paraphrasers.names())
def test_at_most_count_proposals(name):
    assert len(wordings(name, "Count the {text} in the image.", count=1)) == 1


@pytest.mark.parametrize("name", paraphrasers.names())
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
