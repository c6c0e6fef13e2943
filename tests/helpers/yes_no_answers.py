"""Answers for corpus metrics, short to write."""

from sayso.evaluate.corpus import Answer
from sayso.evaluate.corpus.measuring import corpus_metric, measure
from sayso.evaluate.intervals import Bootstrap

BOOTSTRAP = Bootstrap(seed=1, num_resamples=200)


def answer(example, text, *references, **about):
    """What was read of one example; None with a reason."""
    reason = "" if text is not None else "neither yes nor no"
    return Answer(example=str(example), text=text, references=references, reason=reason, about=about)


def figures(metric, answers, **options):
    """Every figure that has a value, without its interval."""
    found = measure(corpus_metric(metric, options), answers, bootstrap=BOOTSTRAP, name="t").figures
    return {name: one.mean for name, one in found.items() if one is not None}


def tally(metric, answers, **options):
    return corpus_metric(metric, options).tally(answers)
