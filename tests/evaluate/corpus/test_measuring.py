import numpy as np
import pytest

from sayso.errors import ConfigError, DataError
from sayso.evaluate.corpus import Answer
from sayso.evaluate.corpus.measuring import corpus_metric, measure
from sayso.evaluate.intervals import Bootstrap

BOOTSTRAP = Bootstrap(seed=3, num_resamples=400)


def answer(number, text, *references):
    return Answer(example=f"e{number}", text=text, references=references)


def test_the_mean_of_a_metric_is_the_mean_of_its_values_with_an_interval_around_it():
    answers = [answer(n, "yes" if n % 4 else "no", "yes") for n in range(40)]
    figure = measure(corpus_metric("exact_match"), answers, bootstrap=BOOTSTRAP, name="t").figures["exact_match"]
    assert figure.mean == 0.75
    assert 0.5 < figure.low < 0.75 < figure.high < 1
    assert figure.n == 40


def test_what_could_not_be_read_is_wrong_and_counted_and_what_cannot_be_scored_is_left_out():
    answers = [answer(0, "yes", "yes"), answer(1, None, "yes"), answer(2, "yes")]
    found = measure(corpus_metric("exact_match"), answers, bootstrap=BOOTSTRAP, name="t")
    assert found.figures["exact_match"].mean == 0.5
    assert dict(found.tally.reasons) == {"no answer found": 1, "no reference": 1}


def test_a_reference_that_a_metric_cannot_use_is_not_scored_whether_or_not_there_is_an_answer():
    votes = [answer(0, "yes", "yes"), answer(1, None, "yes"), answer(2, " ", "yes")]
    found = measure(corpus_metric("vqa_accuracy"), votes, bootstrap=BOOTSTRAP, name="t")
    assert found.figures == {"vqa_accuracy": None}
    assert dict(found.tally.reasons) == {"fewer than 4 annotators": 3}


def test_where_nothing_can_be_scored_there_is_no_figure():
    found = measure(corpus_metric("exact_match"), [answer(0, "yes")], bootstrap=BOOTSTRAP, name="t")
    assert found.figures == {"exact_match": None}
    assert np.isfinite(found.tally.statistics).all()


def test_no_answer_and_no_such_metric_are_errors():
    with pytest.raises(DataError, match="no answer to measure"):
        measure(corpus_metric("exact_match"), [], bootstrap=BOOTSTRAP, name="t")
    with pytest.raises(ConfigError, match="exact_match"):
        corpus_metric("exact_mach")
    with pytest.raises(ConfigError, match=r"'pope_f1'; did you mean .*known: accuracy, amber"):
        corpus_metric("pope_f1")
