"""Marking changes roles and nothing else, only where a template stands between the bounds of units."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from toy_conversation import make_sample, text

from sayso.instructions.task_templates.marking import Marker
from sayso.instructions.task_templates.units import key_of, units
from sayso.records import ROLES, TextPart

MARKER = Marker(keys=frozenset({"be brief.", "describe this region:", "answer in one word"}))
LABELS = Marker(labels=True)

words = st.sampled_from(
    [
        "Be brief.",
        "be  BRIEF.",
        "Describe this region:",
        "Answer in one word",
        "cat",
        "[0.1, 0.2]",
        "A.",
        "(B)",
        "What?",
    ]
)
spaces = st.sampled_from([" ", "\n", "  ", ""])
pieces = st.tuples(
    st.lists(st.tuples(words, spaces), min_size=1, max_size=5).map(lambda pairs: "".join(map("".join, pairs))),
    st.sampled_from(["instr", "instr", "instr", "instr_template", "options"]),
)
parts = st.lists(pieces, min_size=1, max_size=4).map(lambda chunks: text(*chunks))
markers = st.builds(Marker, keys=st.just(MARKER.keys), labels=st.booleans())


def marked(*chunks, marker=MARKER):
    """(text, role) of every span after marking."""
    part = user_text(marker.mark(make_sample(prompt=text(*chunks))))
    return [(part.text[span.start : span.end], span.role) for span in part.spans]


def user_text(sample):
    return next(part for part in sample.messages[0].parts if isinstance(part, TextPart))


def roles(part):
    return [role for span in part.spans for role in [span.role] * (span.end - span.start)]


def test_a_format_sentence_is_marked_with_the_break_before_it():
    assert marked(("What is it?\nBe brief.", "instr")) == [("What is it?", "instr"), ("\nBe brief.", "instr_template")]


def test_a_prefix_is_marked_and_what_it_introduces_is_not():
    told = [("Describe this region: ", "instr_template"), ("[0.1, 0.2]", "instr")]
    assert marked(("Describe this region: [0.1, 0.2]", "instr")) == told


def test_case_and_space_do_not_matter():
    assert marked(("BE \t brief.", "instr")) == [("BE \t brief.", "instr_template")]


def test_a_template_within_a_sentence_is_not_marked():
    for inside in (
        "Please be brief.",
        "Be brief! please",
        "You said be brief. Why?",
        "I answer in one word",
        "Be brief",
    ):
        assert marked((inside, "instr")) == [(inside, "instr")]


def test_what_was_rendered_keeps_its_exact_roles():
    chunks = [("Be ", "instr_template"), ("brief.", "instr")]
    assert marked(*chunks) == chunks


def test_a_value_that_is_a_template_is_marked_in_its_own_sentence():
    assert marked(("Look: ", "instr_template"), ("who? Be brief.", "instr")) == [
        ("Look: ", "instr_template"),
        ("who?", "instr"),
        (" Be brief.", "instr_template"),
    ]


def test_other_turns_are_left_alone_and_nothing_to_mark_is_the_same_object():
    sample = make_sample(prompt=text(("Why?", "instr")), response="Be brief.", system="Be brief.")
    assert MARKER.mark(sample) is sample
    assert Marker().mark(sample) is sample


def test_labels_of_options_are_marked_only_on_request_and_only_in_a_row():
    asked = "Which?\nA. red cat\nB. dog"
    told = [
        ("Which?\n", "instr"),
        ("A. ", "instr_template"),
        ("red cat\n", "instr"),
        ("B. ", "instr_template"),
        ("dog", "instr"),
    ]
    assert marked((asked, "instr"), marker=LABELS) == told
    assert marked((asked, "instr")) == [(asked, "instr")]
    for alone in ("A. cat\nC. dog", "B. cat\nC. dog", "A. cat", "vitamin A. B. is next", "A. cat\n2. dog"):
        assert marked((alone, "instr"), marker=LABELS) == [(alone, "instr")]


def test_labels_in_rendered_options_are_marked_and_their_texts_are_not():
    told = marked(("Which? ", "instr_template"), ("(A) a (B) b", "options"), marker=LABELS)
    assert told[1:] == [("(A) ", "instr_template"), ("a ", "options"), ("(B) ", "instr_template"), ("b", "options")]


@given(parts, markers)
def test_texts_stay_spans_cover_them_and_only_content_changes(part, marker):
    sample = make_sample(prompt=part)
    after = marker.mark(sample)
    found = user_text(after)
    assert found.text == part.text
    assert [span.start for span in found.spans] == [0, *(span.end for span in found.spans[:-1])]
    assert found.spans[-1].end == len(part.text)
    assert {span.role for span in found.spans} <= set(ROLES)
    changes = {(a, b) for a, b in zip(roles(part), roles(found), strict=True) if a != b}
    assert changes <= {("instr", "instr_template"), ("options", "instr_template")}
    assert msgspec.structs.replace(after, messages=sample.messages) == sample
    assert after.messages[1:] == sample.messages[1:]


@given(parts, markers)
def test_marking_twice_is_marking_once(part, marker):
    once = marker.mark(make_sample(prompt=part))
    assert marker.mark(once) is once


@given(parts)
def test_what_is_marked_is_made_of_templates_and_white_space(part):
    """Every stretch that became a template is one or several units on the list, whole."""
    found = user_text(MARKER.mark(make_sample(prompt=part)))
    changed = "".join(c if a != b else "\0" for c, a, b in zip(part.text, roles(part), roles(found), strict=True))
    for stretch in filter(str.strip, changed.split("\0")):
        assert key_of(stretch) in MARKER.keys or {unit.key for unit in units(stretch)} & MARKER.keys
