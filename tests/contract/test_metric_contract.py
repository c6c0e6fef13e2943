"""What every metric promises, whoever wrote it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.evaluate.metrics import Context, MetricCard, metrics, score
from sayso.instructions.regions import parse_regions
from sayso.records import Score

BOX = "[0.100, 0.200, 0.500, 0.700]"
OTHER = "[0.600, 0.100, 0.900, 0.400]"
CONTEXT = Context(options=(OTHER, BOX), read_regions=lambda text: parse_regions(text, style="unit"))
every_metric = pytest.mark.parametrize("name", metrics.names())


@every_metric
def test_the_gold_answer_gets_the_best_value(name):
    metric = metrics.build(name, {})
    found = score(metric, prediction=BOX, references=(BOX,), context=CONTEXT)
    assert found == Score(metric=name, value=metric.card.high if metric.card.higher_is_better else metric.card.low)


@every_metric
def test_another_answer_is_worse_than_the_gold_one(name):
    metric = metrics.build(name, {})
    gold, other = (score(metric, prediction=text, references=(BOX,), context=CONTEXT).value for text in (BOX, OTHER))
    assert (other < gold) is metric.card.higher_is_better


@every_metric
@pytest.mark.parametrize("blank", ["", "  \n"])
def test_a_blank_prediction_gets_the_worst_value_and_a_reason(name, blank):
    metric = metrics.build(name, {})
    found = score(metric, prediction=blank, references=(BOX,), context=CONTEXT)
    assert found == Score(metric=name, value=metric.card.worst, reason="empty prediction")


@every_metric
def test_without_a_reference_nothing_is_scored(name):
    found = score(metrics.build(name, {}), prediction=BOX, references=(), context=CONTEXT)
    assert found.value is None
    assert found.reason == "no reference"


@every_metric
def test_several_references_count_as_the_best_of_them(name):
    metric = metrics.build(name, {})
    both = score(metric, prediction=BOX, references=(OTHER, BOX), context=CONTEXT)
    assert both.value == score(metric, prediction=BOX, references=(BOX,), context=CONTEXT).value


@every_metric
def test_the_card_says_where_the_number_comes_from(name):
    card = metrics.build(name, {}).card
    assert card.name == name
    assert len(card.source) > 10
    assert card.low < card.high


@every_metric
@given(prediction=st.text(), reference=st.text(), offered=st.booleans())
def test_any_text_gives_a_value_in_range_or_none_with_a_reason(name, prediction, reference, offered):
    metric = metrics.build(name, {})
    options = ("yes", reference) if offered else ()
    context = Context(options=options, read_regions=CONTEXT.read_regions)
    found = score(metric, prediction=prediction, references=(reference,), context=context)
    if found.value is None:
        assert found.reason
    else:
        assert math.isfinite(found.value)
        assert metric.card.low <= found.value <= metric.card.high


@pytest.mark.parametrize("value", [math.nan, math.inf, 1.5, -0.1])
def test_a_metric_that_returns_nonsense_is_not_averaged(value):
    class Broken:
        card = MetricCard(name="broken", source="a toy of this test")

        def measure(self, prediction, *, references, context):
            return Score(metric="broken", value=value)

    found = score(Broken(), prediction="a", references=("a",))
    assert found.value is None
    assert str(value) in found.reason
