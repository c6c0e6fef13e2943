import pytest

from sayso.errors import ConfigError
from sayso.evaluate.metrics import Context, metrics, score
from sayso.evaluate.metrics.iou_at import iou_at
from sayso.evaluate.metrics.snapped_box import snapped_box
from sayso.instructions.regions import parse_regions

LEFT, RIGHT, NEAR = "[0.0, 0.0, 0.4, 0.4]", "[0.6, 0.0, 1.0, 0.4]", "[0.1, 0.0, 0.5, 0.4]"
HALF, LESS = "[0.0, 0.0, 0.2, 0.4]", "[0.0, 0.0, 0.199, 0.4]"


def context(*options, style="unit"):
    return Context(options=options, read_regions=lambda text: parse_regions(text, style=style))


def judged(metric, prediction, reference, where):
    found = score(metric, prediction=prediction, references=(reference,), context=where)
    return found.value, found.reason


@pytest.mark.parametrize(
    ("prediction", "threshold", "value"),
    [(LEFT, 0.5, 1.0), (HALF, 0.5, 1.0), (LESS, 0.5, 0.0), (NEAR, 0.6, 1.0), (NEAR, 0.61, 0.0), (LEFT, 1.0, 1.0)],
)
def test_the_threshold_itself_is_enough(prediction, threshold, value):
    assert judged(iou_at(threshold=threshold), prediction, LEFT, context()) == (value, "")


def test_what_iou_cannot_score_has_no_value_and_a_text_without_a_box_is_wrong():
    assert judged(iou_at(), LEFT, "none", context()) == (None, "no region in any reference")
    assert judged(iou_at(), "on the left", LEFT, context()) == (0.0, "no region found")


@pytest.mark.parametrize("threshold", [0, -0.5, 1.01, float("nan")])
def test_a_threshold_out_of_range_is_refused(threshold):
    with pytest.raises(ConfigError, match="threshold"):
        metrics.build("iou_at", {"threshold": threshold})


@pytest.mark.parametrize(
    ("prediction", "gold", "value", "reason"),
    [
        (LEFT, LEFT, 1.0, ""),
        (HALF, LEFT, 1.0, ""),
        (NEAR, LEFT, 1.0, ""),
        (NEAR, RIGHT, 0.0, ""),
        (f"It is {RIGHT}.", RIGHT, 1.0, ""),
        (f"{LEFT} {LEFT}", LEFT, 1.0, ""),
        (f"{LEFT} {RIGHT}", LEFT, 0.0, "several regions found"),
        ("[0.4, 0.5, 0.6, 0.9]", LEFT, 0.0, "overlaps no option"),
        ("[0.2, 0.0, 0.8, 0.4]", LEFT, 0.0, "fits several options equally"),
        ("the left one", LEFT, 0.0, "no region found"),
        (LEFT, NEAR, None, "gold answer is not among the options"),
    ],
)
def test_a_box_snaps_to_the_option_it_overlaps_most(prediction, gold, value, reason):
    assert judged(snapped_box(), prediction, gold, context(LEFT, RIGHT)) == (value, reason)


def test_an_option_offered_twice_is_one_option():
    assert judged(snapped_box(), NEAR, LEFT, context(LEFT, LEFT, RIGHT)) == (1.0, "")


def test_without_boxes_among_the_options_nothing_is_scored():
    assert judged(snapped_box(), LEFT, LEFT, context(LEFT, "none")) == (None, "options without a region")
    assert judged(snapped_box(), LEFT, LEFT, context()) == (None, "options without a region")
    assert judged(snapped_box(), LEFT, LEFT, Context(options=(LEFT,))) == (None, "no region style given")
