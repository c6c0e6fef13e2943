"""What every metric promises, whoever wrote it. `metric_examples.METRICS` holds answers for those that need their own."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from metric_examples import CONTEXT, metric_example

from sayso.evaluate.metrics import Context, MetricCard, metrics, score
from sayso.records import Score

DOCS = Path(__file__).parents[2] / "docs"
every_metric = pytest.mark.parametrize("name", metrics.names())


def judged(name, text, references=None):
    example = metric_example(name)
    metric = metrics.build(name, example.options)
    wanted = example.references if references is None else references
    return metric.card, score(metric, prediction=text, references=wanted, context=example.context)


@every_metric
def test_the_gold_answer_gets_the_best_value(name):
    card, found = judged(name, metric_example(name).gold)
    assert found == Score(metric=name, value=card.high if card.higher_is_better else card.low)


@every_metric
def test_another_answer_is_worse_than_the_gold_one(name):
    example = metric_example(name)
    (card, gold), (_, other) = judged(name, example.gold), judged(name, example.other)
    assert (other.value < gold.value) is card.higher_is_better


@every_metric
@pytest.mark.parametrize("blank", ["", "  \n"])
def test_a_blank_prediction_gets_the_worst_value_and_a_reason(name, blank):
    card, found = judged(name, blank)
    assert found == Score(metric=name, value=card.worst, reason="empty prediction")


@every_metric
def test_a_blank_prediction_is_right_only_where_the_card_says_so_and_a_reference_is_blank_too(name):
    card, found = judged(name, " ", references=("",))
    best = card.high if card.higher_is_better else card.low
    assert found.value in ((best,) if card.reads_blank else (card.worst, None))  # None where no answer could be scored


@every_metric
def test_without_a_reference_nothing_is_scored(name):
    _, found = judged(name, metric_example(name).gold, references=())
    assert found.value is None
    assert found.reason == "no reference"


@every_metric
def test_several_references_count_as_the_best_of_them_unless_they_are_all_counted(name):
    example = metric_example(name)
    _, alone = judged(name, example.gold)
    _, both = judged(name, example.gold, references=(example.other, *example.references))
    assert (both.value == alone.value) if example.best_of else (both.value <= alone.value)


@every_metric
def test_the_card_says_where_the_number_comes_from(name):
    card, _ = judged(name, "")
    assert card.name == name
    assert len(card.source) > 10
    assert card.low < card.high


@every_metric
def test_the_documentation_explains_it(name):
    assert any(f"`{name}`" in page.read_text() for page in DOCS.glob("*.md"))


@every_metric
@given(prediction=st.text(), reference=st.text(), offered=st.booleans())
def test_any_text_gives_a_value_in_range_or_none_with_a_reason(name, prediction, reference, offered):
    example = metric_example(name)
    metric = metrics.build(name, example.options)
    options = ("yes", reference) if offered else ()
    context = Context(options=options, read_regions=CONTEXT.read_regions)
    for references in ((reference,), (reference,) * 3 + example.references):
        found = score(metric, prediction=prediction, references=references, context=context)
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
