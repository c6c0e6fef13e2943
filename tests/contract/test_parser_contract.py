"""What every parser promises, whoever wrote it; and that the strict ones make nothing up."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.evaluate.metrics import Context
from sayso.evaluate.parsers import parsers
from sayso.instructions.regions import parse_regions

LETTERED = Context(
    options=("red", "dark blue", "2"),
    labels=("A", "B", "C"),
    read_regions=lambda text: parse_regions(text, style="unit"),
)
BARE = Context()
GUESSES = {"pope_official"}
"""Has an answer for anything."""
KINDS = {"refusal"}
"""Say of what kind an answer is, in a word that need not stand in it."""
COMPOSED = {"after_marker", "first_line"}
pieces = st.sampled_from(
    [
        "yes",
        "no",
        "Yes.",
        "No,",
        "not",
        "A",
        "(b)",
        "C.",
        "red",
        "dark blue",
        "2",
        "or",
        "and",
        "The answer is",
        "Answer:",
        "\n",
        ". ",
        ", ",
        "3",
        "1,200",
        "[0.100, 0.200, 0.500, 0.700]",
        "there is",
        "**",
        "unclear",
    ]
)
outputs = st.text() | st.lists(pieces, max_size=7).map(" ".join)
every_parser = pytest.mark.parametrize("name", parsers.names())


@every_parser
@given(output=outputs, shown=st.booleans())
def test_any_output_has_an_answer_or_a_reason_and_never_both(name, output, shown):
    found = parsers.build(name, {}).read(output, context=LETTERED if shown else BARE)
    assert (found.text is None) is bool(found.reason)
    assert found.text is None or found.text.strip()


@every_parser
@given(output=outputs)
def test_reading_is_pure(name, output):
    parser = parsers.build(name, {})
    assert parser.read(output, context=LETTERED) == parser.read(output, context=LETTERED)


@pytest.mark.parametrize("name", sorted(set(parsers.names()) - {"letter_exact", "first_character", "after_marker"}))
@given(output=outputs)
def test_an_answer_is_read_as_itself(name, output):
    parser = parsers.build(name, {})
    found = parser.read(output, context=LETTERED)
    if found.text is not None:
        assert parser.read(found.text, context=LETTERED) == found


@pytest.mark.parametrize("name", sorted(set(parsers.names()) - GUESSES - KINDS))
@given(output=outputs)
def test_no_answer_is_made_up(name, output):
    """The answer stands in the output, or its label or its word does."""
    text = parsers.build(name, {}).read(output, context=LETTERED).text
    if text is None:
        return
    labels = [label for label, option in zip("ABC", LETTERED.options, strict=True) if option == text]
    ways = {text.casefold(), *map(str.casefold, labels), *({text[0]} if text in {"yes", "no"} else ())}
    plain = " ".join(output.casefold().split())
    spelled = {"0": "zero", "1": "one", "2": "two", "3": "three"}.get(text, text)
    assert any(" ".join(way.split()) in plain for way in (*ways, spelled)) or text in plain.replace(",", "")


@pytest.mark.parametrize("name", sorted(set(parsers.names()) - GUESSES))
@pytest.mark.parametrize("blank", ["", "  \n\t "])
def test_nothing_is_no_answer(name, blank):
    assert parsers.build(name, {}).read(blank, context=LETTERED).text is None


@pytest.mark.parametrize("name", sorted(set(parsers.names()) - GUESSES - KINDS - COMPOSED - {"whole", "box"}))
def test_a_sentence_about_something_else_is_no_answer(name):
    found = parsers.build(name, {}).read("We would need to look closer.", context=LETTERED)
    assert found.text is None
    assert not re.search(r"\d", found.reason)
