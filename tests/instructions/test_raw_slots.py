"""Raw slots come back to the letter, whatever stands in them."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.errors import DataError
from sayso.instructions.raw_slots import read_raw
from sayso.instructions.template import parse

DATA = os.environ.get("SAYSO_DATA")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Is it {question}?", "Is it {question}?"),
        ("{} or {}?", "{slot_0} or {slot_1}?"),
        ("{question} {question}", "{question} {question_2}"),
        ("{Region[0]} and {region[1]}", "{region_0} and {region_1}"),
        ("Pick: {sep.join(options)}", "Pick: {options}"),
        ("The {meta['relation']} of {text}", "The {relation} of {text}"),
        ("{{ story | trim }} {{ answers.text }}", "{story} {text}"),
        ("{d['}']} and {'{'.join(x)}", "{slot_0} and {x}"),
        ("{the dog's} and {the cat's}", "{s} and {s_2}"),
        ("{a {b} c}", "{c}"),
        ("{été} {a-1}", "{t} {a}"),
        ("no slots", "no slots"),
    ],
)
def test_every_brace_pair_is_a_slot_named_by_what_it_says(raw, text):
    found = read_raw(raw)
    if raw.startswith(("{d[", "{été}")):  # names are hints only
        assert list(found.raw.values()) == [piece for piece in raw.split(" ") if piece != "and"]
    else:
        assert found.text == text
    assert found.restore(found.text) == raw


def test_a_rewritten_text_gets_the_raw_slots_in_their_new_places():
    found = read_raw("{} is in {region[0]}")
    assert found.restore("In {region_0} there is {slot_0}") == "In {region[0]} there is {}"


@pytest.mark.parametrize("raw", ["{open", "close}", "a } b { c", "{a {b}", "{% if a %}x{% endif %}"])
def test_braces_without_a_partner_and_logic_are_refused_with_the_place(raw):
    with pytest.raises(DataError, match=r"no partner|is logic"):
        read_raw(raw)


@pytest.mark.parametrize("text", ["{slot_0}", "{slot_0} {slot_0} {x}", "{slot_0} {x} {y}", "{slot_0} {x} {{}}"])
def test_a_lost_doubled_or_invented_slot_is_told(text):
    with pytest.raises(DataError, match="slot"):
        read_raw("{} {x}").restore(text)


pieces = st.lists(
    st.sampled_from(["a", "{", "}", "'", '"', "{x}", "{}", "{{ y | trim }}", "\\", "[0]", " ", "{x['}']}", "slot_0"])
)


@given(pieces)
def test_reading_and_restoring_is_the_identity_and_keeps_the_multiset(chunks):
    raw = "".join(chunks)
    try:
        found = read_raw(raw)
    except DataError:
        return
    assert found.restore(found.text) == raw
    assert Counter(parse(found.text).slots) == Counter(list(found.raw))
    turned = "".join(f" {{{name}}}" for name in reversed(found.raw))
    again = read_raw(found.restore(turned))
    assert Counter(again.raw.values()) == Counter(found.raw.values())


@pytest.mark.skipif(not DATA, reason="SAYSO_DATA is not set to a folder with instruction_templates/")
def test_every_published_template_with_python_in_its_slots_is_read():
    folder = Path(DATA, "instruction_templates")
    texts = [
        text
        for entry in json.loads((folder / "multiinstruct" / "templates.json").read_text())
        for text in entry["templates_source"]
    ]
    content = json.loads((folder / "xinstructblip" / "templates.json").read_text())
    texts += [text for tasks in content.values() for found in tasks.values() for text in found]
    assert len(texts) == 722
    for text in texts:
        assert read_raw(text).restore(read_raw(text).text) == text
        assert len(read_raw(text).raw) == text.count("{")
