"""What each filter keeps and refuses, and the defects of the released code that they answer."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.instructions.filters._protocol import FilterContext, Pool, filters
from sayso.instructions.filters.wording import key, overlap, words, words_outside_slots
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


def test_equal_and_near_are_two_reasons_so_that_they_are_counted_apart():
    held_out = ["Name the color of the {a} in {b}!", "Other words"]
    texts = (
        "name THE color of the {a} in {b}",
        "In {b}, name the color of the {a}",
        "Name the color of {a}, the one in {b}",
    )
    reasons = [verdict("held_out_leak", text, parent="x", held_out=held_out).reason for text in texts]
    assert reasons == ["equals a held-out wording", "near a held-out wording", "near a held-out wording"]


def test_a_slot_may_be_named_again_only_where_an_option_says_so():
    again = {"text": "{a}, {b}, {a}", "parent": "{a} or {b}"}
    assert not verdict("slots", **again).keep
    assert verdict("slots", **again, repeats=True).keep
    assert not verdict("slots", "{a}, {a}", parent="{a} or {b}", repeats=True).keep


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


TEXTS = st.text(max_size=60)
WORDS = st.lists(
    st.sampled_from(["count", "name", "the", "{a}", "{b}", "dogs", "please", "in", "a", "what", "is", "it"]),
    max_size=10,
).map(" ".join)


@given(text=TEXTS | WORDS)
def test_a_key_is_a_key_of_itself_and_forgets_case_spacing_and_punctuation(text):
    once = key(text)
    assert key(once) == once
    assert key(f"  {text} ! ") == once
    assert key(text.replace(" ", "  ")) == once


@given(first=WORDS, second=WORDS)
def test_overlap_is_a_share_the_same_both_ways_and_one_for_equal_keys(first, second):
    assert 0 <= overlap(first, second) == overlap(second, first) <= 1
    assert overlap(first, first) == 1
    if key(first) == key(second):
        assert overlap(first, second) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("यह पीला है", "यह पाला है"),
        ("ไก่", "ไข่"),
        ("كتاب", "كتب"),
        ("שלום", "שלם"),
        ("Straße {a}", "Strafe {a}"),
        ("赤い丸", "青い丸"),
        ("café", "cafe"),
    ],
)
def test_different_words_of_any_script_have_different_keys(one, other):
    assert key(one) != key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cafe\u0301", "caf\u00e9"),
        ("ＣＯＵＮＴ", "count"),
        ("STRASSE", "straße"),
        ("What’s it?", "what is it"),
        ("I can't", "i cannot"),
        ("It won't", "it will not"),
        ("I'd say", "I would say"),
        ("snake_case", "snake case"),
        ("{a},{b}", "{a} {b}"),
    ],
)
def test_what_only_looks_different_has_the_same_key(one, other):
    assert key(one) == key(other)


def test_slots_are_words_of_their_own_and_keep_their_names():
    assert words("The{a}of {b2_c}'s {") == ("the", "{a}", "of", "{b2_c}", "s")
    assert key("{a} {b}") != key("{b} {a}")


def test_a_megabyte_is_compared_in_a_moment():
    begun = time.perf_counter()
    assert key("word " * 200_000).startswith("word word")
    assert overlap("word " * 200_000, "other " * 200_000) == 0
    assert time.perf_counter() - begun < 2


def test_a_pool_finds_the_first_of_equal_wordings_and_counts_all():
    three = [
        Template(id=f"t/{n}", task="t", text=text) for n, text in enumerate(["Count {a}.", "count {a}", "Name {a}."])
    ]
    pool = Pool(three[:2])
    assert pool.find("COUNT  {a}!").id == "t/0"
    assert pool.find("Name {a}") is None
    pool.add(three[2])
    assert (pool.find("name {a}").id, len(pool)) == ("t/2", 3)


@given(parent=WORDS, text=WORDS)
def test_slots_agree_exactly_when_their_counts_do(parent, text):
    same = sorted(re.findall(r"\{\w\}", parent)) == sorted(re.findall(r"\{\w\}", text))
    assert verdict("slots", text, parent=parent).keep == same


@given(parent=st.integers(0, 30), text=st.integers(0, 30))
def test_strict_length_is_inside_loose_length_and_slack_only_adds(parent, text):
    sizes = {"parent": "word " * parent, "text": "word " * text}

    def kept(**options):
        return verdict("length", **sizes, **options).keep

    assert kept(preset="loose", slack=0) or not kept(preset="strict", slack=0)
    assert kept(slack=3) or not kept(slack=0)
    assert kept(slack=6) == (kept(slack=0) or (abs(parent - text) <= 6 and (text > 0 or parent == 0)))


@pytest.mark.parametrize(("count", "told"), [(1, "too short"), (40, "too long")])
def test_a_length_refused_says_in_which_direction(count, told):
    assert verdict("length", "word " * count, parent="word " * 20).reason == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ("a\x07b", "a control character"),
        ("a\tb", "a control character"),
        ("a\u200bb", "an invisible format character"),
        ("a\u202eb", "a bidirectional mark"),
        ("a\ue000b", "a private character"),
        ("a\u0378b", "an unassigned character"),
        ("a\ud800b", "half a surrogate pair"),
        ("a\u2028b", "a line separator"),
        ("a\u2029b", "a paragraph separator"),
        ("say <image> twice", "markup or a control token"),
        ("x" * 2001, "too many characters"),
    ],
)
def test_each_kind_of_unreadable_text_is_told_apart(text, told):
    assert verdict("characters", text, parent="Say it.").reason == told


@pytest.mark.parametrize(
    "text", ["Is 3 < 4 > 2?", "50 % of {a}", "Cost: $5 & more", "a/b [c] (d)", "naïve “quotes” – dash"]
)
def test_signs_that_people_write_are_no_markup(text):
    assert verdict("characters", text, parent="Say {a}.").keep


def test_a_long_parent_may_have_long_wordings():
    assert verdict("characters", "word " * 700, parent="word " * 400).keep
    assert not verdict("characters", "word " * 700, parent="word " * 100).keep


def test_the_threshold_of_a_leak_is_an_option():
    near = {"text": "Count all {a}.", "parent": "x", "held_out": ["Count {a}."]}
    assert verdict("held_out_leak", **near, threshold=0.75).keep
    assert not verdict("held_out_leak", **near, threshold=0.6).keep


def test_without_held_out_wordings_nothing_leaks():
    found = verdict("held_out_leak", "Count {a}.", parent="x")
    assert (found.keep, found.score) == (True, 1.0)
