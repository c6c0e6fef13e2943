"""Steps by hand: what may be told, what is shown, and which order is right."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.records import AnnotatedItem, Media, Step
from sayso.tasks import get, make_examples, meets
from sayso.tasks._objects import mentions

NAMES = (
    "wikihow_next_step_generation",
    "next_step_selection",
    "image_text_temporal_ordering",
    "text_image_temporal_ordering",
)
ORDERS = NAMES[2:]
TEXTS = ("Boil the water.", "Warm the pot.", "Add the leaves", "Pour the water over them.", "Wait.")
SAID = tuple(text.removesuffix(".") + "." for text in TEXTS)
"""As they are told: every step ends, since the wording goes on after it."""


def procedure(texts=TEXTS, *, shown=None, **labels):
    """One picture a step, in reversed order, so that a step's medium is never its own position."""
    last = len(texts) - 1
    steps = tuple(
        Step(text=text, medium=last - at if shown is None or at in shown else None) for at, text in enumerate(texts)
    )
    media = tuple(Media(path=f"{last - at}.png", width=8, height=8) for at in range(len(texts)))
    labels = {"goal": "How to make tea", **labels}
    return AnnotatedItem(id="tea", source="hand", media=media, steps=steps, labels=labels)


def examples(name, item, seeds=60):
    task = get(name)
    assert meets(task, item)
    return [example for seed in range(seeds) for example in make_examples(task, item=item, seed=seed)]


def shown(example):
    """The position of the step whose picture is shown; there is one."""
    (medium,) = example.media
    return int(medium.path.removesuffix(".png"))


def test_defect_28_the_history_never_holds_the_answer_or_a_later_step():
    found = examples("wikihow_next_step_generation", procedure())
    assert {shown(example) for example in found} == {0, 1, 2, 3}
    for example in found:
        at = shown(example)
        told = f"{example.fields['context']} {example.fields['text']}"
        assert example.fields["text"] == SAID[at]
        assert example.references == (TEXTS[at + 1],)
        assert not [text for text in TEXTS[at + 1 :] if mentions(told, text)]
        assert all(text in example.fields["context"] for text in TEXTS[:at])


@given(st.lists(st.sampled_from(["Stir.", "stir", "Add milk.", "Wait", "Serve it.", " "]), min_size=2, max_size=7))
def test_defect_28_no_answer_was_said_before_even_where_steps_are_repeated(texts):
    item = procedure(tuple(texts))
    for name in NAMES[:2]:
        for example in make_examples(get(name), item=item, seed=1):
            told = [value for value in example.fields.values() if isinstance(value, str)]
            assert not [text for text in told if mentions(text, example.references[0])]


def test_a_first_step_says_in_words_that_nothing_was_done():
    contexts = {
        example.fields["context"]
        for example in examples("wikihow_next_step_generation", procedure())
        if not shown(example)
    }
    assert contexts == {"Nothing has been done yet."}


def test_the_history_is_read_in_order_with_a_stop_after_each_step():
    contexts = {example.fields["context"] for example in examples("wikihow_next_step_generation", procedure())}
    assert "Boil the water. Warm the pot. Add the leaves." in contexts


def test_the_step_after_the_picture_is_chosen_among_steps_not_yet_told():
    for example in examples("next_step_selection", procedure()):
        at, options = shown(example), example.fields["options"].items
        assert example.references == (TEXTS[at + 1],)
        assert TEXTS[at] in options  # it is not told which step is shown, so it must be ruled out by looking
        assert not set(options) & set(TEXTS[:at])
        assert len(options) == min(4, len(TEXTS) - at)


@pytest.mark.parametrize("name", ORDERS)
def test_the_order_is_that_of_neighbours(name):
    for example in examples(name, procedure()):
        said, seen = SAID.index(example.fields["text"]), shown(example)
        asked, other = (said, seen) if name.startswith("image") else (seen, said)
        assert abs(asked - other) == 1
        assert example.references == ("next" if asked == other + 1 else "previous",)


@pytest.mark.parametrize("name", ORDERS)
def test_both_orders_are_equally_likely_after_every_text(name):
    by_text = {}
    for example in examples(name, procedure(), seeds=400):
        by_text.setdefault(example.fields["text"], Counter())[example.references[0]] += 1
    assert set(by_text) == set(SAID[1:-1])  # the ends have one neighbour: their answer could be told from the text
    for counts in by_text.values():
        assert 0.4 < counts["next"] / counts.total() < 0.6


@pytest.mark.parametrize("name", ORDERS)
def test_what_two_steps_could_be_asked_would_be_told_by_the_text(name):
    assert examples(name, procedure(TEXTS[:2])) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_step_without_a_picture_is_never_the_one_to_look_at(name):
    assert {shown(example) for example in examples(name, procedure(shown={1, 3}))} <= {1, 3}


@pytest.mark.parametrize("name", NAMES)
def test_a_medium_that_is_not_there_is_no_picture(name):
    item = procedure()
    broken = AnnotatedItem(id="x", source="hand", media=item.media[:1], steps=item.steps, labels=item.labels)
    assert {example.media for example in examples(name, broken)} <= {item.media[:1]}


@pytest.mark.parametrize("name", NAMES)
def test_the_way_is_named_after_the_goal_and_one_of_them_must_be_there(name):
    ways = {example.fields["method"] for example in examples(name, procedure(method="In a pot"))}
    assert ways == {"How to make tea: In a pot"}
    assert examples(name, procedure(goal=" ")) == []


def test_names_of_the_release_are_aliases_and_the_category_is_trained_on():
    aliases = (
        "wikihow_next_step",
        "wikihow_immediate_next_step_selection",
        "wikihow_image_text_step_order",
        "wikihow_text_image_step_order",
    )
    assert [get(alias).name for alias in aliases] == list(NAMES)
    assert {get(name).category for name in NAMES} == {"temporal_ordering"}
    assert not any(get(name).held_out for name in NAMES)
    assert all(get(name).analogue for name in NAMES)
