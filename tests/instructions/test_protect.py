"""Slots survive rewriting exactly, or the rewriting is refused."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.errors import DataError
from sayso.instructions.protect import SENTINEL, protect, restore, reveal
from sayso.instructions.template import parse, render

LITERAL = st.text(alphabet=st.sampled_from("abc XYZ.,?:\n\"'"), max_size=12)
SLOT = st.sampled_from(["{region}", "{text}", "{options}", "{{", "}}"])
TEMPLATES = st.lists(LITERAL | SLOT, max_size=12).map("".join)


@given(text=TEMPLATES, seed=st.integers(0, 2**63))
def test_restoring_what_was_protected_gives_the_template_again(text, seed):
    assert restore(protect(text, seed=seed).text, protected=protect(text, seed=seed)) == text


@given(text=TEMPLATES, seed=st.integers(0, 2**63))
def test_protected_text_shows_no_slot_name_and_every_occurrence_has_its_own_sentinel(text, seed):
    protected = protect(text, seed=seed)
    assert len(SENTINEL.findall(protected.text)) == len(protected.names) == len(re.findall(r"\{[a-z]+\}", text))


def test_a_slot_named_twice_keeps_both_places_defect_c1_4():
    protected = protect("Compare {region} with {region}.", seed=1)
    first, second = protected.names
    assert first != second
    assert restore(f"Is {second} like {first}?", protected=protected) == "Is {region} like {region}?"


@pytest.mark.parametrize("change", ["", "{first} {first}", "{first} SLOT000000000000", "SLOT000000000000"])
def test_a_lost_doubled_or_invented_slot_is_told(change):
    protected = protect("Describe {region}.", seed=1)
    (sentinel,) = protected.names
    with pytest.raises(DataError, match="each slot exactly once"):
        restore(change.replace("{first}", sentinel), protected=protected)


def test_a_sentinel_depends_on_the_seed_and_never_occurs_in_the_template():
    first = protect("Describe {region}.", seed=1).names
    (sentinel,) = first
    assert first != protect("Describe {region}.", seed=2).names
    assert sentinel not in protect(f"Describe {sentinel} and {{region}}.", seed=1).names


def test_code_that_a_rewriter_wrote_comes_back_as_harmless_text_defect_c1_7():
    protected = protect("Describe {region}.", seed=1)
    (sentinel,) = protected.names
    text = restore(f"{{__import__('os').system('x')}} {sentinel}", protected=protected)
    assert text == "{{__import__('os').system('x')}} {region}"


def test_code_in_a_template_is_refused_before_any_rewriting_defect_c1_7():
    with pytest.raises(DataError, match="is not a slot"):
        protect("Look at {region[0].__class__}", seed=1)


WORDS = ["S", "SLOT", "SLOT0123456789AB", "0", "A", "\\g<0>", "\\1", "$", "%s", "\n"]
HOSTILE = st.lists(st.sampled_from(WORDS), max_size=6).map("".join) | st.text(
    st.characters(exclude_characters="{}"), max_size=20
)


@given(pieces=st.lists(HOSTILE | SLOT, max_size=8), seed=st.integers(0, 2**63))
def test_text_that_looks_like_a_sentinel_comes_back_as_the_text_it_is(pieces, seed):
    text = "".join(pieces)
    protected = protect(text, seed=seed)
    assert restore(protected.text, protected=protected) == text


def test_a_spelled_out_sentinel_may_not_be_lost_or_doubled_either():
    protected = protect("Read SLOT0123456789AB in {region}.", seed=1)
    (sentinel,) = protected.names
    assert (
        restore(f"In {sentinel}, read SLOT0123456789AB.", protected=protected) == "In {region}, read SLOT0123456789AB."
    )
    with pytest.raises(DataError, match="SLOT0123456789AB} 0 times"):
        restore(f"Read it in {sentinel}.", protected=protected)


@given(text=st.text(max_size=60), seed=st.integers(0, 9))
def test_any_rewriting_is_restored_to_a_template_with_the_same_slots_or_refused(text, seed):
    protected = protect("Compare {a} with {b}.", seed=seed)
    first, second = protected.names
    assert parse(restore(f"{text} {second} {first}", protected=protected)).slots == ("b", "a")
    with pytest.raises(DataError, match="each slot exactly once"):
        restore(f"{text} {first}", protected=protected)


@pytest.mark.parametrize("written", ["{region}", "{{region}}", "{0}", "{", "}", "{region.__class__}", "{}"])
def test_braces_that_a_rewriter_wrote_never_become_slots(written):
    protected = protect("Describe {region}.", seed=1)
    (sentinel,) = protected.names
    text = restore(f"{written} {sentinel}", protected=protected)
    assert parse(text).slots == ("region",)
    assert render(parse(text), values={"region": ("it", "instr")})[0] == f"{written} it"


def test_the_error_names_the_slot_and_not_the_sentinel():
    protected = protect("Compare {first} with {second}.", seed=1)
    kept = next(iter(protected.names))
    with pytest.raises(DataError, match=r"\{second\} 0 times") as caught:
        restore(f"Only {kept}.", protected=protected)
    assert "{first}" not in str(caught.value).split("once:")[1]


def test_a_sentinel_cut_in_two_is_a_lost_slot():
    protected = protect("Describe {region}.", seed=1)
    (sentinel,) = protected.names
    with pytest.raises(DataError, match=r"\{region\} 0 times"):
        restore(f"Describe {sentinel[:8]} {sentinel[8:]}.", protected=protected)


SPOILED = {
    "in small letters": str.lower,
    "with a dash": lambda word: f"{word[:4]}-{word[4:]}",
    "translated": lambda word: word.replace("SLOT", "PLATZ"),
    "split": lambda word: f"{word[:9]} {word[9:]}",
    "cut": lambda word: word[:-1],
    "with a letter more": lambda word: f"{word[:-1]}G{word[-1]}",
    "in full width": lambda word: "".join(chr(ord(c) + 0xFEE0) for c in word),
    "with a zero width space": lambda word: f"{word[:6]}\u200b{word[6:]}",
    "reversed": lambda word: word[::-1],
    "spelled as a slot": lambda word: "{region}",
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_a_sentinel_that_was_changed_is_a_lost_slot(spoil):
    protected = protect("Describe {region}.", seed=1)
    (sentinel,) = protected.names
    with pytest.raises(DataError, match="each slot exactly once"):
        restore(f"Describe {spoil(sentinel)}.", protected=protected)


@given(order=st.permutations(range(3)), seed=st.integers(0, 99))
def test_any_order_of_the_slots_is_kept(order, seed):
    protected = protect("{a} {b} {a}", seed=seed)
    words = list(protected.names)
    names = [protected.names[words[place]] for place in order]
    assert parse(restore(" ".join(words[place] for place in order), protected=protected)).slots == tuple(names)


@given(counts=st.lists(st.integers(0, 3), min_size=3, max_size=3))
def test_only_each_exactly_once_will_do(counts):
    protected = protect("{a} {b} {a}", seed=5)
    text = " ".join(word for word, count in zip(protected.names, counts, strict=True) for _ in range(count))
    if counts == [1, 1, 1]:
        assert parse(restore(text, protected=protected)).slots == ("a", "b", "a")
    else:
        with pytest.raises(DataError, match="each slot exactly once"):
            restore(text, protected=protected)


def test_a_megabyte_is_restored_or_refused_in_a_moment_and_the_message_is_short():
    protected = protect("Describe {region}.", seed=1)
    (sentinel,) = protected.names
    assert restore("{" * 1_000_000 + sentinel, protected=protected).endswith("{region}")
    with pytest.raises(DataError) as caught:
        restore("SLOT0000000000AA " * 60_000, protected=protected)
    assert len(str(caught.value)) < 2000


@given(text=st.text(alphabet=st.characters(codec=None), max_size=80))
def test_control_and_bidirectional_characters_pass_through_for_the_filters_to_see(text):
    protected = protect("Describe {region}.", seed=1)
    (sentinel,) = protected.names
    plain = text.replace("{", "").replace("}", "")
    assert restore(f"{plain}{sentinel}", protected=protected) == f"{plain}{{region}}"


def test_revealing_names_what_is_there_and_checks_nothing():
    protected = protect("Compare {a} with {b}.", seed=1)
    first, _ = protected.names
    assert (
        reveal(f"{first} and {first} and SLOT000000000000 {{", protected=protected)
        == "{a} and {a} and SLOT000000000000 {{"
    )
