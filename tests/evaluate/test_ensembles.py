import json

import pytest

from sayso.config import PromptConfig
from sayso.evaluate.ensembles import average, vote
from sayso.evaluate.scoring import Reading
from sayso.records import Message, Prediction, Sample

SAMPLE = Sample(
    id="e@w", example="e", task="t", template="w", messages=(Message(role="user", parts=()),), options=("red", "blue")
)


def rows(*outputs, logprobs=None):
    values = logprobs or [()] * len(outputs)
    return [
        Prediction(example="e", task="t", template=f"w{n}", model="m", prompt="", output=output, logprobs=tuple(value))
        for n, (output, value) in enumerate(zip(outputs, values, strict=True))
    ]


@pytest.mark.parametrize(
    ("outputs", "winner"),
    [
        (("red", "blue", "Blue."), "blue"),
        (("red", "blue"), "red"),
        (("", "blue", ""), "blue"),
        (("", ""), ""),
        (("a", "b", "B", "a"), "a"),
    ],
)
def test_the_most_frequent_answer_wins_and_the_earlier_of_equally_frequent_ones(outputs, winner):
    assert vote(rows(*outputs), sample=SAMPLE, reading=Reading(PromptConfig())) == winner


def test_averaging_compares_options_by_all_wordings_together():
    found = average(rows("red", "red", "blue", logprobs=[(-1.0, -1.1), (-1.0, -1.1), (-9.0, -0.1)]), SAMPLE)
    assert found == "blue"
    assert average(rows("red", "blue"), SAMPLE) is None


def test_an_ensemble_is_scored_beside_its_single_wordings(tmp_path, evaluate_into):
    ensembles = {"pair": {"num_wordings": 2}, "five": {"num_wordings": 5}}
    evaluate_into(tmp_path, ensembles=ensembles, models=("tuned",), conditions=("plain",))
    pair, five = json.loads((tmp_path / "summary.json").read_text())["ensembles"]
    assert pair["mean"]["num_tasks"] == 6
    assert pair["gain"]["mean"] == pytest.approx(pair["mean"]["mean"] - pair["single"]["mean"])
    assert (five["mean"], len(five["left_out"])) == (None, 6)


def test_few_shot_prompts_hold_worked_examples_and_predictions_say_so(tmp_path, evaluate_into):
    evaluate_into(
        tmp_path,
        tasks=("color",),
        models=("tuned",),
        conditions=("plain",),
        prompting={"name": "few_shot", "num_demonstrations": 2},
    )
    row = json.loads((tmp_path / "predictions/tuned-plain/color.jsonl").read_text().splitlines()[0])
    assert row["prompt"].count("<image>×9") == 3
