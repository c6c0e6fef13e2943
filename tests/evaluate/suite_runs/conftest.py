"""A backend that answers by rule, and suites run with it."""

import pytest
import suite_files

from sayso.evaluate.backends import Reply
from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.suite_runs import Model, Selection, make_plan, run_suite
from sayso.evaluate.suites import suites

BOOTSTRAP = Bootstrap(seed=3, num_resamples=50)


class Rule:
    """Answers what `rule` says of the text of a prompt; `calls` are the sizes of what it was asked at once."""

    def __init__(self, rule, *, die_after=None):
        self.rule, self.calls, self.die_after = rule, [], die_after

    def answer(self, samples, *, decoding, advance=lambda samples: None):
        if self.die_after is not None and len(self.calls) >= self.die_after:
            raise KeyboardInterrupt
        self.calls.append(len(samples))
        texts = [one.messages[0].text for one in samples]
        return [Reply(prompt=text, output=self.rule(text), extraction=decoding.method) for text in texts]

    def as_model(self, name="rule"):
        return Model(name=name, load=lambda: self)


@pytest.fixture
def rule():
    return Rule


@pytest.fixture
def plan_of(tmp_path):
    """The plan of a suite on its hand-made file; `count` is for POPE alone."""

    def plan(name="pope", *, files=None, label="", options=None, count=None, **selection):
        more = {} if count is None else {"count": count}
        given = files or suite_files.CASES[name](tmp_path, **more)
        chosen = Selection(**{"wordings": 3, **selection})
        return make_plan(suites.build(name, options or {}), files=given, selection=chosen, label=label)

    return plan


@pytest.fixture
def run(tmp_path):
    """Run a plan into a folder, by a rule."""

    def run_plan(plan, answer, *, out="out", **more):
        backend = answer if isinstance(answer, Rule) else Rule(answer)
        return run_suite(plan, folder=tmp_path / out, model=backend.as_model(), bootstrap=BOOTSTRAP, **more)

    return run_plan
