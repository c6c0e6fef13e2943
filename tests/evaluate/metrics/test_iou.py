import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.evaluate.metrics import Context, score
from sayso.evaluate.metrics.iou import iou, matched_iou, overlap
from sayso.instructions.regions import format_regions, parse_regions
from sayso.records import Media, Region

UNIT = Context(read_regions=lambda text: parse_regions(text, style="unit"))


def box(x1, y1, x2, y2, medium=0):
    return Region(x1=x1, y1=y1, x2=x2, y2=y2, medium=medium)


def judged(prediction, gold, context=UNIT):
    found = score(iou(), prediction=prediction, references=(gold,), context=context)
    return found.value if found.value is None else pytest.approx(found.value), found.reason


@pytest.mark.parametrize(
    ("second", "value"),
    [
        (box(0.0, 0.0, 0.4, 0.4), 1.0),
        (box(0.2, 0.0, 0.6, 0.4), 0.08 / 0.24),
        (box(0.2, 0.2, 0.6, 0.6), 0.04 / 0.28),
        (box(0.1, 0.1, 0.3, 0.3), 0.25),
        (box(0.4, 0.0, 0.8, 0.4), 0.0),
        (box(0.0, 0.0, 0.4, 0.4, medium=1), 0.0),
    ],
)
def test_hand_computed_overlaps(second, value):
    assert overlap(box(0.0, 0.0, 0.4, 0.4), second) == pytest.approx(value)


def test_a_missing_and_an_invented_box_cost_the_same():
    one, two = box(0, 0, 0.4, 0.4), box(0.5, 0.5, 0.9, 0.9)
    assert matched_iou([one], [one, two]) == matched_iou([one, two], [one]) == 0.5


def test_the_order_of_boxes_does_not_matter_and_each_is_used_once():
    one, two = box(0, 0, 0.4, 0.4), box(0.5, 0.5, 0.9, 0.9)
    assert matched_iou([two, one], [one, two]) == 1.0
    assert matched_iou([one, one], [one, two]) == 0.5


def test_text_without_a_box_is_wrong_and_never_guessed():
    gold = "[0.100, 0.200, 0.500, 0.700]"
    assert judged("in the upper left", gold) == (0.0, "no region found")
    assert judged("[0.1, 0.2, 0.5]", gold) == (0.0, "no region found")


def test_the_box_may_stand_in_a_sentence():
    assert judged("It is at [0.100, 0.200, 0.500, 0.700], I think.", "[0.100, 0.200, 0.500, 0.700]") == (1.0, "")


def test_what_cannot_be_compared_has_no_value():
    assert judged("[0.1, 0.2, 0.5, 0.7]", "no box") == (None, "no region in any reference")
    assert judged("[0.1, 0.2, 0.5, 0.7]", "[0.1, 0.2, 0.5, 0.7]", Context()) == (None, "no region style given")


corners = st.tuples(*[st.floats(0, 1)] * 4).map(
    lambda c: box(min(c[0], c[2]), min(c[1], c[3]), max(c[0], c[2]), max(c[1], c[3]))
)


@given(corners, corners)
def test_the_overlap_is_symmetric_and_in_range(first, second):
    assert overlap(first, second) == overlap(second, first)
    assert 0.0 <= overlap(first, second) <= 1.0


@pytest.mark.parametrize("style", ["unit", "percent", "pixels"])
@given(gold=st.lists(corners, min_size=1, max_size=3))
def test_the_gold_text_scores_one_in_every_style(style, gold):
    media = (Media(path="a.png", width=640, height=480),)
    text = format_regions(gold, style=style, media=media)
    context = Context(read_regions=lambda found: parse_regions(found, style=style, media=media))
    assert judged(text, text, context) == (1.0, "")
