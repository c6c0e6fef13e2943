"""Suites that a judge reads, with a judge of a few lines in place of a language model."""

import json
from dataclasses import dataclass, replace

import pytest

from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.evaluate.corpus.judged_correct import JudgedCorrect
from sayso.evaluate.judges import Opinion, judges
from sayso.evaluate.suite_runs import Reading, score_folder

MODEL = PluginConfig(name="toy_model")


@dataclass(frozen=True)
class Cats:
    """Finds every answer correct that says cat, to a question about one."""

    model_name: str = "toy-judge-1"

    @property
    def metric(self):
        return JudgedCorrect(judge=self.model_name)

    def judge(self, cases):
        for case in cases:
            value = "correct" if "cat" in case.answer and "cat" in case.question else "incorrect"
            yield Opinion(example=case.example, value=value, judge=self.model_name, replies=(f"Verdict: {value}",))


@judges.register("toy_cats")
def toy_cats(*, model: PluginConfig, store: str = "", progress: object = None) -> Cats:
    assert (model.name, store[-12:]) == ("toy_model", "judge.sqlite")
    return Cats()


@pytest.fixture
def judged(plan_of):
    plan = plan_of(count=4)
    return replace(plan, suite=replace(plan.suite, judge=PluginConfig(name="toy_cats"), metrics=()))


def test_opinions_are_measured_and_kept_and_the_card_says_who_judged(judged, run, tmp_path):
    scores = run(judged, lambda text: "a cat" if "single word" in text else "none", reading=Reading(judge=MODEL))
    means = [row["figures"]["judged_correct"]["mean"] for row in scores["wordings"]]
    assert means == [1.0, 0.0, 0.0]
    assert scores["card"]["judge"] == {"name": "toy_cats", "model": "toy-judge-1"}
    opinions = [json.loads(line) for line in (tmp_path / "out/opinions.jsonl").read_text().splitlines()]
    assert len(opinions) == 12
    assert opinions[0]["replies"] == ["Verdict: correct"]
    assert opinions[0]["template"] == "pope/0"


def test_scoring_again_needs_the_judge_again_or_another_metric(judged, run, tmp_path):
    run(judged, lambda text: "Yes", reading=Reading(judge=MODEL))
    with pytest.raises(ConfigError, match="none is given"):
        score_folder(tmp_path / "out")
    other = score_folder(tmp_path / "out", reading=Reading(metrics=(PluginConfig(name="accuracy"),)))
    assert other["card"]["judge"] is None
    assert other["figures"]["accuracy"]["mean"] == 0.5
