"""What each filter keeps and refuses, and the defects of the released code that they answer."""

import pytest

from sayso.instructions.filters._protocol import FilterContext, Pool, filters
from sayso.instructions.filters.wording import key, overlap, words_outside_slots
from sayso.records import Template


def verdict(name, text, *, parent, accepted=(), held_out=(), slots=None, **options):
    given = Template(id="t/0", task="t", text=parent)
    context = FilterContext(
        parent=given,
        accepted=Pool(Template(id=f"t/a{i}", task="t", text=t) for i, t in enumerate(accepted)),
        held_out=tuple(Template(id=f"t/h{i}", task="t", text=t, held_out=True) for i, t in enumerate(held_out)),
        slots=slots or {},
    )
    return filters.build(name, options).judge(Template(id="t/0~0", task="t", text=text), context=context)


def test_slots_may_change_their_order():
    assert verdict("slots", "{b} or {a}?", parent="{a} or {b}?").keep


@pytest.mark.parametrize(
    ("text", "told"),
    [("{a}", "lost b"), ("{a} {b} {b}", "added b"), ("{a} {b} {c}", "added c"), ("{a}{{b}}", "lost b")],
)
def test_slots_must_be_those_of_the_parent_each_as_often(text, told):
    found = verdict("slots", text, parent="{a} {b}")
    assert not found.keep
    assert told in found.reason


def test_a_slot_that_the_card_does_not_know_is_refused():
    assert not verdict("slots", "{a} {b}", parent="{a} {b}", slots={"a": "text"}).keep


def test_literal_braces_stay_where_the_parent_has_them():
    assert verdict("slots", "Write {{}} for {a}", parent="Answer {{}} if {a}").keep


def test_length_counts_words_and_no_slots_defect_c1_15():
    assert words_outside_slots('Look at {region}: "{text}" !') == 2
    assert verdict("length", "Name it: {a} {b} {c} {d}", parent="Name it: {a}", slack=0).keep


@pytest.mark.parametrize(
    ("words", "strict", "loose"),
    [(1, False, True), (5, False, True), (6, True, True), (15, False, True), (20, False, False)],
)
def test_both_published_length_rules(words, strict, loose):
    parent, text = "word " * 10, "word " * words
    assert verdict("length", text, parent=parent, preset="strict", slack=0).keep is strict
    assert verdict("length", text, parent=parent, preset="loose", slack=0).keep is loose


def test_a_short_template_may_grow_by_a_few_words_defect_c1_15():
    assert verdict("length", "Please describe what you see in the image.", parent="Describe it.").keep
    assert not verdict("length", "word " * 9, parent="Describe it.").keep


def test_a_wording_without_words_is_kept_only_for_a_parent_without_words():
    assert not verdict("length", "{a}", parent="Say {a}").keep
    assert verdict("length", "{a}", parent="{a}").keep


@pytest.mark.parametrize("text", ["count the {a}", "Count  the {a}!", "COUNT THE {a}."])
def test_an_unchanged_wording_with_slots_is_a_duplicate_defect_c1_6(text):
    assert not verdict("duplicate", text, parent="Count the {a}.").keep


def test_equal_after_normalisation_is_a_duplicate_of_any_wording_defect_c1_16():
    assert not verdict("duplicate", "Don't  name {a}", parent="Say {a}.", accepted=["Do not name {a}!"]).keep
    assert verdict("duplicate", "Do not name {b}", parent="Say {a}.", accepted=["Do not name {a}!"]).keep


@pytest.mark.parametrize(
    "text",
    [
        "Name the color of the {a} in {b}.",
        "Please name the color of the {a} in {b}",
        "In {b}, name the color of the {a}.",
    ],
)
def test_a_wording_equal_or_near_to_a_held_out_one_is_refused(text):
    found = verdict("held_out_leak", text, parent="x", held_out=["Name the color of the {a} in {b}!", "Other words"])
    assert not found.keep
    assert found.score is not None
    assert found.score < 0.2


def test_a_wording_far_from_held_out_ones_is_kept_and_scored():
    found = verdict("held_out_leak", "Which hue has {a}?", parent="x", held_out=["Name the color of the {a} in {b}."])
    assert found.keep
    assert found.score == 1 - overlap("Which hue has {a}?", "Name the color of the {a} in {b}.")


def test_markup_of_the_parent_is_no_fault_of_the_candidate():
    assert verdict("characters", "Say <sep> then {a}", parent="Write <sep> and {a}").keep
    assert not verdict("characters", "Say <br> then {a}", parent="Write <sep> and {a}").keep


def test_line_breaks_accents_and_other_scripts_are_plain_text():
    assert verdict("characters", "Décris l'image.\n图像中有什么？", parent="x").keep


def test_overlap_is_one_for_the_same_words_in_any_order_and_zero_for_none():
    assert overlap("count the dogs", "The dogs, please: count!") == 1
    assert overlap("count the dogs", "name a cat") == 0
    assert key("What's the “color”?") == key("what is the color")
