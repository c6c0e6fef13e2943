"""The answers that contract tests try: every figure has a value on them, with an interval, inside its range."""

import pytest
from judging_examples import EXAMPLES
from yes_no_answers import BOOTSTRAP

from sayso.evaluate.corpus.measuring import corpus_metric, measure


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_figure_has_a_value_and_an_interval(name):
    metric = corpus_metric(name)
    found = measure(metric, EXAMPLES[name]["answers"], bootstrap=BOOTSTRAP, name="t").figures
    for card in metric.cards:
        one = found[card.name]
        assert card.low <= one.low <= one.mean <= one.high <= card.high, card.name
    assert any(one.low < one.high for one in found.values())
