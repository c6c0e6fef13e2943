"""Near duplicates in a pool, found without looking at all of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_filters import template, verdict

from sayso.instructions.filters._protocol import FilterContext, Pool, filters
from sayso.instructions.filters.near_duplicate import gist

PARENT = "How many {objects} are there?"
POOL = ["Count the {objects} in the image.", "In {region}, name the color of the {shape}."]


@pytest.mark.parametrize(
    "text",
    [
        "Please count the {objects} in the image.",
        "Count {objects} in an image!",
        "Kindly, just count the {objects} in the image",
        "Please: how many {objects} are there?",
    ],
)
def test_articles_and_politeness_make_no_new_wording(text):
    assert (
        verdict("near_duplicate", text, parent=PARENT, accepted=POOL).reason == "nearly equals a wording the task has"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Count the {objects} in this image.",
        "Name the color of the {shape} in {region}.",
        "Count all {objects} in the image.",
    ],
)
def test_another_word_or_order_makes_one(text):
    assert verdict("near_duplicate", text, parent=PARENT, accepted=POOL).keep


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("Count all the {objects} in the image.", 1),
        ("Count the {objects} in this picture.", 2),
        ("Count the {objects} in the picture.", 1),
        ("Count {objects}: the image.", 1),
    ],
)
def test_so_many_words_may_differ_as_the_option_says(text, changes):
    near = [verdict("near_duplicate", text, parent=PARENT, accepted=POOL, changes=n).keep for n in (0, 1, 2)]
    assert near == [n < changes for n in (0, 1, 2)]


def test_words_that_are_all_trifles_are_compared_as_they_are():
    assert gist("The, please!") == ("the", "please")
    assert verdict("near_duplicate", "A", parent="The", accepted=["Please"]).keep


def test_a_given_template_only_has_to_differ_from_the_others():
    own = template("Count the {objects}.")
    one = filters.build("near_duplicate", {})
    alone = FilterContext(parent=own, accepted=Pool([own]))
    assert one.judge(own, context=alone).keep
    beside = FilterContext(parent=own, accepted=Pool([own, template("Please count {objects}", name="t/9")]))
    assert one.judge(template("Count {objects}", name="t/2"), context=beside).keep is False


def test_an_index_follows_its_pool_and_pools_do_not_share_one():
    pool, other, one = Pool(), Pool(), filters.build("near_duplicate", {})
    parent = template(PARENT)
    judged = template("Please count the {objects}.", name="t/0~1")
    assert one.judge(judged, context=FilterContext(parent=parent, accepted=pool)).keep
    pool.add(template("Count {objects}.", name="t/1"))
    assert not one.judge(judged, context=FilterContext(parent=parent, accepted=pool)).keep
    assert one.judge(judged, context=FilterContext(parent=parent, accepted=other)).keep


WORDS = st.lists(
    st.sampled_from(["count", "name", "the", "a", "please", "dogs", "cats", "in", "image", "{x}"]),
    min_size=1,
    max_size=8,
)


@given(WORDS, WORDS, st.integers(0, 2))
def test_near_is_symmetric_and_grows_with_the_changes_allowed(one, other, changes):
    first, second = " ".join(one), " ".join(other)
    near = [
        not verdict("near_duplicate", a, parent="nothing like it", accepted=[b], changes=n).keep
        for a, b, n in ((first, second, changes), (second, first, changes), (first, second, 2))
    ]
    assert near[0] == near[1]
    assert near[2] or not near[0]
