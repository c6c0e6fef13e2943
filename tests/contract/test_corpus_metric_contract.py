"""What every corpus metric promises, whoever wrote it. `metric_examples.CORPUS` holds the answers that each is tried on."""

import random
from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
import pytest
from metric_examples import CORPUS, OF_PROGRAMS

from sayso.evaluate.corpus import corpus_metrics
from sayso.evaluate.corpus.measuring import measure
from sayso.evaluate.intervals import Bootstrap

every_metric = pytest.mark.parametrize("name", [name for name in corpus_metrics.names() if name not in OF_PROGRAMS])


def made(name):
    return corpus_metrics.build(name, CORPUS[name].options), list(CORPUS[name].answers)


def figures(metric, answers):
    sums = metric.tally(answers).statistics.sum(axis=0, keepdims=True)
    return {figure: float(values[0]) for figure, values in metric.figures(sums).items()}


def replaced(answers, place, **changes):
    return [*answers[:place], msgspec.structs.replace(answers[place], **changes), *answers[place + 1 :]]


def test_every_metric_is_tried():
    assert sorted(CORPUS) == [name for name in corpus_metrics.names() if name not in OF_PROGRAMS]


@every_metric
def test_cards_say_what_the_figures_are_and_where_they_come_from(name):
    metric, answers = made(name)
    cards = metric.cards
    assert len({card.name for card in cards}) == len(cards) > 0
    assert all(len(card.source) > 10 and card.low < card.high for card in cards)
    assert set(figures(metric, answers)) == {card.name for card in cards}


@pytest.mark.parametrize("name", corpus_metrics.names())
def test_the_documentation_explains_it(name):
    assert any(f"`{name}`" in page.read_text() for page in (Path(__file__).parents[2] / "docs").glob("*.md"))


@every_metric
def test_figures_lie_in_the_range_of_their_card(name):
    metric, answers = made(name)
    found = figures(metric, answers)
    assert all(card.low <= found[card.name] <= card.high for card in metric.cards)


@every_metric
def test_statistics_are_finite_numbers_one_row_per_unit(name):
    metric, answers = made(name)
    tally = metric.tally(answers)
    assert tally.statistics.shape[0] == len(tally.units) == len(set(tally.units))
    assert tally.statistics.dtype == np.float64
    assert np.isfinite(tally.statistics).all()


@every_metric
def test_many_sums_at_once_give_what_each_gives_alone(name):
    metric, answers = made(name)
    statistics = metric.tally(answers).statistics
    together = metric.figures(statistics)
    for row in range(len(statistics)):
        alone = metric.figures(statistics[row : row + 1])
        assert {figure: values[row : row + 1].tobytes() for figure, values in together.items()} == {
            figure: values.tobytes() for figure, values in alone.items()
        }


@every_metric
def test_the_order_of_answers_does_not_matter(name):
    metric, answers = made(name)
    shuffled = random.Random(3).sample(answers, len(answers))
    first, second = metric.tally(answers), metric.tally(shuffled)
    rows = dict(zip(second.units, second.statistics, strict=True))
    np.testing.assert_allclose(np.stack([rows[unit] for unit in first.units]), first.statistics, rtol=1e-12)
    assert figures(metric, shuffled) == pytest.approx(figures(metric, answers), rel=1e-12)


@every_metric
def test_sums_of_two_tallies_are_the_sums_of_all_answers(name):
    if not CORPUS[name].separable:
        pytest.skip("its weights are those of the whole set by definition")
    metric, answers = made(name)
    whole = metric.tally(answers).statistics.sum(axis=0)
    units = metric.tally(answers).units
    cut = len(answers) // 2 if len(units) == len(answers) else len(answers)
    halves = [metric.tally(part) for part in (answers[:cut], answers[cut:]) if part]
    np.testing.assert_allclose(sum(half.statistics.sum(axis=0) for half in halves), whole, rtol=1e-12)


@every_metric
def test_an_answer_that_could_not_be_read_is_counted_and_never_helps(name):
    metric, answers = made(name)
    before = metric.tally(answers)
    after = metric.tally(replaced(answers, 0, text=None, reason="names two answers"))
    assert after.units == before.units
    assert (Counter(after.reasons) - Counter(before.reasons))["names two answers"] == 1
    assert np.isfinite(after.statistics).all()


@every_metric
def test_what_one_answer_says_moves_its_own_unit_alone(name):
    metric, answers = made(name)
    before, after = metric.tally(answers), metric.tally(replaced(answers, 0, text=CORPUS[name].wrong))
    assert after.units == before.units
    assert (before.statistics != after.statistics).any(axis=1).sum() <= 1


@every_metric
@pytest.mark.parametrize("text", ["", "  \n", "\x00", "!?"])
def test_no_text_breaks_a_tally(name, text):
    if not CORPUS[name].any_text:
        pytest.skip("its texts are verdicts of a judge")
    metric, answers = made(name)
    tally = metric.tally([msgspec.structs.replace(answer, text=text) for answer in answers])
    assert np.isfinite(tally.statistics).all()
    sums = tally.statistics.sum(axis=0, keepdims=True)
    for card in metric.cards:
        value = metric.figures(sums)[card.name][0]
        assert np.isnan(value) or card.low <= value <= card.high


@every_metric
def test_what_has_no_reference_is_left_out_and_counted(name):
    if not CORPUS[name].by_references:
        pytest.skip("it does not compare with references")
    metric, answers = made(name)
    found = metric.tally(replaced(answers, 1, references=()))
    assert found.reasons["no reference"] == 1
    assert not found.statistics[found.units.index(answers[1].example)].any()
    assert figures(metric, replaced(answers, 1, references=())) == pytest.approx(
        figures(metric, answers[:1] + answers[2:]), rel=1e-12
    )
    nothing = figures(metric, [msgspec.structs.replace(answer, references=()) for answer in answers])
    assert all(np.isnan(value) for value in nothing.values())


@every_metric
def test_figures_have_intervals_in_range(name):
    metric, answers = made(name)
    found = measure(metric, answers, bootstrap=Bootstrap(seed=1, num_resamples=50), name="t").figures
    for card in metric.cards:
        estimate = found[card.name]
        assert card.low <= estimate.low <= estimate.high <= card.high
        assert estimate.mean == figures(metric, answers)[card.name]


@every_metric
def test_nonsense_is_never_better_than_the_answers(name):
    metric, answers = made(name)
    headline = metric.cards[0]
    wrong = [msgspec.structs.replace(answer, text=CORPUS[name].wrong) for answer in answers]
    better, worse = figures(metric, answers)[headline.name], figures(metric, wrong)[headline.name]
    assert (better > worse) if headline.higher_is_better else (better < worse)
