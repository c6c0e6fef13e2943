"""Template text is data: parsed once, never evaluated, every character accounted for."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.errors import DataError
from sayso.instructions.template import check_slots, parse, render

literal = st.text(st.characters(exclude_characters="{}"), max_size=12)
names = st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True)


def test_slots_and_doubled_braces():
    parsed = parse("Find {label}: {{json}} {options}")
    assert parsed.slots == ("label", "options")
    assert render(parsed, values={"label": ("a", "instr"), "options": ("b", "options")})[0] == "Find a: {json} b"


@pytest.mark.parametrize(
    "text", ["{", "}", "{a", "{A}", "{a.b}", "{a[0]}", "{a!r}", "{a:>9}", "{}", "{0}", "{__class__}", "{{a}", "{ a }"]
)
def test_anything_but_a_bare_name_is_refused_with_its_place(text):
    with pytest.raises(DataError, match="is not a slot"):
        parse(text)


@given(st.lists(literal | names.map(lambda n: ("slot", n)), max_size=8), st.text(max_size=10))
def test_rendering_covers_every_character_once(pieces, filled):
    text = "".join("{" + p[1] + "}" if isinstance(p, tuple) else p for p in pieces)
    parsed = parse(text)
    rendered, spans = render(parsed, values=dict.fromkeys(parsed.slots, (filled, "instr")))
    assert [s.start for s in spans] == [0, *(s.end for s in spans)][: len(spans)]
    assert (spans[-1].end if spans else 0) == len(rendered)
    assert all(a.role != b.role for a, b in pairwise(spans))


@given(st.text(max_size=40))
def test_what_fills_a_slot_is_never_parsed_again(hostile):
    rendered, spans = render(parse("Say {text}!"), values={"text": (hostile, "instr")})
    assert rendered == f"Say {hostile}!"
    assert [rendered[s.start : s.end] for s in spans if s.role == "instr"] == ([hostile] if hostile else [])


@given(st.text(max_size=60))
def test_any_text_is_parsed_or_refused_never_run(text):
    try:
        parsed = parse(text)
    except DataError:
        return
    assert "".join(p if isinstance(p, str) else "" for p in parsed.pieces).count("{") == text.count("{{")


SLOTS = {"question": "text", "options": "options"}


def test_options_may_be_left_out_and_nothing_else():
    check_slots("{question}", slots=SLOTS)
    check_slots("{options} {question}", slots=SLOTS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{question} {questoin}", r"unknown slot \{questoin\}; did you mean 'question'"),
        ("{question} {question}", "appears 2 times"),
        ("Answer {options}", r"missing slot \{question\}"),
    ],
)
def test_wrong_slots_are_named(text, message):
    with pytest.raises(DataError, match=message):
        check_slots(text, slots=SLOTS)


def test_a_slot_without_a_value_names_what_there_is():
    with pytest.raises(DataError, match=r"nothing fills \{b\}; there is: a"):
        render(parse("{b}"), values={"a": ("x", "instr")})
