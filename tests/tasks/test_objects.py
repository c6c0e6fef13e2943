from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.records import AnnotatedItem, AnnotatedObject, Question
from sayso.seeds import Stream
from sayso.tasks._objects import (
    boxed,
    cell_of,
    expressions,
    fits,
    foil,
    mentions,
    phrase,
    pick,
    referable,
    things,
    various,
)

LOOKS = list(product(("circle", "square"), ("red", "blue"), ("large", "small")))
objects = st.lists(st.sampled_from(LOOKS), min_size=1, max_size=5).map(
    lambda looks: tuple(AnnotatedObject(label=a, attributes={"color": b, "size": c}) for a, b, c in looks)
)


def test_attributes_are_said_in_one_order(thing):
    assert phrase(thing("circle", 0, 0, texture="striped", color="red", size="large")) == "large red striped circle"


@given(objects)
def test_an_expression_fits_one_object_alone(them):
    item = AnnotatedItem(id="x", source="s", objects=them)
    for one in them:
        for words in expressions(item, one):
            *looks, label = words.split()
            wanted = {"color" if look in ("red", "blue") else "size": look for look in looks}
            assert [other for other in them if fits(other, label, wanted)] == [one]


@given(objects)
def test_only_a_twin_has_no_expression(them):
    item = AnnotatedItem(id="x", source="s", objects=them)
    for one in them:
        assert bool(expressions(item, one)) == (them.count(one) == 1)


def test_an_attribute_that_is_not_annotated_could_be_anything(item, thing):
    assert expressions(item(red := thing("circle", 0, 0, color="red"), thing("circle", 1, 0)), red) == []


def test_a_crowd_of_the_same_class_makes_a_name_unclear(item, thing):
    one = thing("person", 0, 0)
    assert referable(item(one, thing("person", 1, 0, crowd="yes")), Stream(1), count=5) == []
    assert referable(item(one, thing("dog", 1, 0)), Stream(1), count=1)[0][1] in {"person", "dog"}


@given(objects, st.integers(0, 99))
def test_a_foil_fits_nothing_and_changes_one_word(them, seed):
    wrong = foil(them[0], Stream(seed), said=("color",), among=them)
    if wrong is not None:
        color, label = wrong.split()
        assert not any(fits(one, label, {"color": color}) for one in them)
        assert (color == them[0].attributes["color"]) != (label == them[0].label)


def test_writing_is_no_thing_and_a_crowd_has_no_box(item, thing):
    one = item(
        thing("word", 0, 0, text="CAT"), thing("sign", 1, 0, text="BUS", color="red"), thing("dog", 2, 0, crowd="1")
    )
    assert [each.label for each in things(one)] == ["sign", "dog"]
    assert [each.label for each in boxed(one)] == ["sign"]


@pytest.mark.parametrize(
    ("column", "row", "name"), [(0, 0, "top left"), (1, 1, "middle centre"), (2, 2, "bottom right")]
)
def test_positions_come_from_the_box_where_none_is_annotated(thing, column, row, name):
    assert cell_of(thing("dog", column, row)) == name
    assert cell_of(thing("dog", column, row, position="attic")) == "attic"


def test_mentions_are_whole_words():
    assert mentions("Is it red, or blue?", "Red")
    assert not mentions("Is it reddish?", "red")


def test_questions_that_tell_their_answer_are_left_out():
    told = Question(text="is it red or blue?", answers=("red",))
    fair = Question(text="what color is it?", answers=("red",), kind="color")
    assert various([told, fair], Stream(1), count=2) == [fair]


def test_no_answer_is_favoured_because_many_questions_have_it():
    yes = [Question(text=f"is {n} there?", answers=("yes",), kind="presence") for n in range(9)]
    no = Question(text="is x there?", answers=("no",), kind="presence")
    asked = [various([*yes, no], Stream(n), count=1)[0].answers[0] for n in range(200)]
    assert 70 < asked.count("no") < 130


@given(st.lists(st.integers(), max_size=20), st.integers(0, 25), st.integers(0, 99))
def test_a_pick_takes_different_positions(numbers, count, seed):
    chosen = pick(list(enumerate(numbers)), Stream(seed), count=count)
    assert len(set(chosen)) == len(chosen) == min(count, len(numbers))
    assert sorted(pick(numbers, Stream(seed))) == sorted(numbers)
