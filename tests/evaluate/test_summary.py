"""Predictions of two invented tasks, scored and summed up by hand."""

import math
from dataclasses import replace

import pytest

from sayso.config import PromptConfig
from sayso.errors import DataError
from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.metrics import metrics
from sayso.evaluate.robustness.agreement import Agreement
from sayso.evaluate.scoring import Reading, TaskInfo, score_predictions
from sayso.evaluate.summary import score_rows, summarise
from sayso.records import Prediction, Sample, Template

BOOTSTRAP = Bootstrap(seed=1, num_resamples=50)
TRAINED = TaskInfo(name="a", category="c", group="held_in", output="option", metrics=("accuracy",))
UNSEEN = TaskInfo(name="b", category="d", group="held_out_task", output="text", metrics=("exact_match",))


def wordings(task, *held_out):
    made = enumerate(held_out)
    return tuple(
        Template(id=f"{task.name}{i}", task=task.name, text="?", held_out=h, distance="L1" if h else None)
        for i, h in made
    )


def samples(n, *, options=("yes", "no"), references=("yes",)):
    return {
        f"e{i}": Sample(
            id=f"e{i}", example=f"e{i}", task="t", template="w", messages=(), options=options, references=references
        )
        for i in range(n)
    }


def table(task, outputs, *, held_out, model="tuned", condition="plain", style="multi_instruct", **sample):
    """`outputs` has a string per wording: y(es), n(o), or anything else, one letter per example."""
    templates = wordings(task, *held_out)
    words = {"y": "yes", "n": "no"}
    rows = [
        Prediction(
            example=f"e{place}",
            task=task.name,
            template=template.id,
            model=model,
            condition=condition,
            prompt="",
            output=words.get(letter, letter),
        )
        for template, letters in zip(templates, outputs, strict=True)
        for place, letter in enumerate(letters)
    ]
    return score_predictions(
        rows,
        task=task,
        templates=templates,
        samples=samples(len(outputs[0]), **sample),
        metric=metrics.build(task.metrics[0], {}),
        reading=Reading(PromptConfig(options=style)),
    )


@pytest.fixture
def summary():
    tables = [
        table(TRAINED, ["yyyn", "yynn", "ynnn"], held_out=(False, False, True)),
        table(TRAINED, ["ynnn"], held_out=(False,), model="untuned"),
        table(TRAINED, ["nnnn"], held_out=(False,), condition="shuffled_images"),
        table(UNSEEN, ["yy", "yn"], held_out=(False, True), options=()),
    ]
    return summarise(tables, blind=[table(TRAINED, ["yynn"], held_out=(False,), model="blind")], bootstrap=BOOTSTRAP)


def test_each_headline_number_is_what_its_name_says(summary):
    means = {key: value["mean"] for key, value in summary.items() if isinstance(value, dict) and "low" in value}
    means.pop("sensitivity_corrected")
    cv_a, cv_b = 0.25 / 0.5, math.sqrt(0.125) / 0.75
    assert means == pytest.approx(
        {
            "held_in": (0.75 + 0.5) / 2,
            "held_in_untuned": 0.25,
            "held_in_blind": 0.5,
            "held_in_shuffled": 0.0,
            "held_out_wordings": 0.25,
            "held_out_tasks": 0.75,
            "sensitivity": (cv_a + cv_b) / 2,
        }
    )
    assert summary["held_out_categories"] is None


def test_what_chance_explains_stands_beside_the_sensitivity(summary):
    better, floor = summary["sensitivity_corrected"], summary["sensitivity_noise_floor"]
    assert better["mean"] < summary["sensitivity"]["mean"]
    assert better["low"] == 0 < better["p_value"] <= 1  # four examples tell nothing
    assert (better["num_tasks"], better["method"], better["test"]) == (2, "paired", "permutation")
    assert floor["mean"] > 0
    assert summary["prompt_sensitivity"] == pytest.approx((math.sqrt(0.125 / 3) + 0.25) / 2)
    assert (summary["worst_wording"]["mean"], summary["best_wording"]["mean"]) == (0.375, 0.875)
    assert summary["consistency"] is None  # nobody compared answers
    row = summary["by_task"][0]
    assert (row["worst_wording"]["wording"], row["worst_wording"]["score"], row["worst"]) == ("a2", 0.25, 0.25)


def test_agreement_of_answers_is_averaged_over_tasks():
    tables = [table(TRAINED, ["yn", "yn"], held_out=(False, True)), table(UNSEEN, ["yy", "yn"], held_out=(False, True))]
    agreed = {
        "a": Agreement(rate=1.0, right=0.5, unanswered=0.0, num_pairs=2),
        "b": Agreement(rate=0.5, right=None, unanswered=0.0, num_pairs=2),
    }
    found = summarise(tables, blind=[], bootstrap=BOOTSTRAP, agreements=agreed)
    assert found["consistency"] == {"mean": 0.75, "right": 0.5, "num_tasks": 2}
    assert [row["consistency"] for row in found["by_task"]] == [1.0, 0.5]


def at_distances(task, *distances):
    """A wording per distance; None is a trained one."""
    return tuple(
        Template(id=f"{task.name}{i}", task=task.name, text="?", held_out=bool(name), distance=name)
        for i, name in enumerate(distances)
    )


def test_held_out_wordings_are_told_apart_by_distance_and_compared_on_tasks_that_have_both():
    whole = table(TRAINED, ["yyyy", "yyyn", "yynn", "ynnn"], held_out=(False, True, True, True))
    whole = replace(whole, templates=at_distances(TRAINED, None, "L1", "L1", "L3"))
    other = replace(TRAINED, name="other")
    alone = replace(table(other, ["nnnn", "yyyy"], held_out=(False, True)), templates=at_distances(other, None, "L2"))
    found = summarise([whole, alone], blind=[], bootstrap=BOOTSTRAP)
    means = {name: value and value["mean"] for name, value in found["held_out_wordings_by_distance"].items()}
    assert means == pytest.approx({"L1": 0.625, "L2": 1.0, "L3": 0.25})
    drops = {name: value and value["mean"] for name, value in found["drop_by_distance"].items()}
    assert drops == pytest.approx({"L1": 1 - 0.625, "L2": -1.0, "L3": 0.75})
    assert found["drop_by_distance"]["L3"]["num_tasks"] == 1
    assert found["sensitivity_by_distance"]["L1"]["mean"] == pytest.approx(math.sqrt(0.03125) / 0.625)
    assert found["sensitivity_by_distance"]["L3"] is None  # one wording has no spread
    assert found["held_out_wordings"]["mean"] == pytest.approx(((0.75 + 0.5 + 0.25) / 3 + 1.0) / 2)
    rows = {row["task"]: row["held_out_wordings_by_distance"] for row in found["by_task"]}
    assert rows == {"a": {"L1": 0.625, "L2": None, "L3": 0.25}, "other": {"L1": None, "L2": 1.0, "L3": None}}


def test_held_out_tasks_are_in_no_distance():
    unseen = replace(
        table(UNSEEN, ["yy", "yn"], held_out=(False, True), options=()), templates=at_distances(UNSEEN, None, "L1")
    )
    found = summarise([unseen], blind=[], bootstrap=BOOTSTRAP)
    assert found["held_out_wordings_by_distance"] == {"L1": None, "L2": None, "L3": None}


def test_what_a_distance_costs_is_paired_by_example():
    """The same examples are hard under both wordings, so the difference is surer than the intervals of the two scores."""
    whole = table(TRAINED, ["yyyyyyyyyn" * 6, "nyyyyyyyyn" * 6], held_out=(False, True))
    found = summarise([whole], blind=[], bootstrap=Bootstrap(seed=1, num_resamples=500))
    drop, score = found["drop_by_distance"]["L1"], found["held_out_wordings_by_distance"]["L1"]
    assert drop["low"] > 0
    assert drop["high"] - drop["low"] < score["high"] - score["low"]


def test_intervals_hold_their_means_and_say_what_stands_behind_them(summary):
    assert (summary["held_in"]["n"], summary["held_in"]["num_tasks"]) == (4, 1)
    assert (summary["sensitivity"]["n"], summary["sensitivity"]["num_tasks"]) == (6, 2)
    for value in summary.values():
        if isinstance(value, dict) and "low" in value:
            assert value["low"] <= value["mean"] <= value["high"]


def test_a_task_row_is_over_all_its_wordings(summary):
    row = next(row for row in summary["by_task"] if row["task"] == "a")
    numbers = {key: row[key] for key in ("mean", "std", "sensitivity", "worst", "best", "blind", "untuned", "shuffled")}
    assert numbers == pytest.approx(
        {
            "mean": 0.5,
            "std": 0.25,
            "sensitivity": 0.5,
            "worst": 0.25,
            "best": 0.75,
            "blind": 0.5,
            "untuned": 0.25,
            "shuffled": 0.0,
        }
    )
    assert (row["num_wordings"], row["n"], row["held_out_wordings"]) == (3, 4, 0.25)


def test_a_task_that_scores_nothing_has_no_sensitivity_and_is_counted():
    found = summarise([table(TRAINED, ["nn", "nn"], held_out=(False, True))], blind=[], bootstrap=BOOTSTRAP)
    assert found["sensitivity"] is None
    assert found["num_sensitivity_undefined"] == 1
    assert found["held_in"]["mean"] == 0.0


def test_nothing_at_all_gives_nulls():
    found = summarise([], blind=[], bootstrap=BOOTSTRAP)
    assert found["held_in"] is None
    assert found["by_task"] == []


def test_without_the_tuned_model_the_headline_is_about_the_one_there_is():
    found = summarise([table(TRAINED, ["yn"], held_out=(False,), model="untuned")], blind=[], bootstrap=BOOTSTRAP)
    assert found["held_in"]["mean"] == found["held_in_untuned"]["mean"] == 0.5


def test_score_rows_tell_the_wording_its_distance_and_its_share():
    rows = list(score_rows(table(TRAINED, ["yn", "yy"], held_out=(False, True)), bootstrap=BOOTSTRAP))
    assert [(r["template"], r["template_held_out"], r["distance"], r["mean"]) for r in rows] == [
        ("a0", False, None, 0.5),
        ("a1", True, "L1", 1.0),
    ]
    assert all((row["n"], row["unscored"], row["metric"]) == (2, 0, "accuracy") for row in rows)


def test_unscored_predictions_are_counted_and_never_averaged():
    scored = table(TRAINED, ["yy"], held_out=(False,), references=("maybe",))
    (row,) = score_rows(scored, bootstrap=BOOTSTRAP)
    assert (row["mean"], row["low"], row["n"], row["unscored"]) == (None, None, 0, 2)
    assert scored.reasons == {"gold answer is not among the options": 2}


def test_what_does_not_parse_is_wrong_with_its_reason_counted():
    scored = table(TRAINED, ["y?y"], held_out=(False,))
    assert scored.values.tolist() == [[1.0, 0.0, 1.0]]
    assert scored.reasons == {"no option named": 1}


@pytest.mark.parametrize(("style", "right"), [("multi_instruct", 0.0), ("lettered", 1.0), ("numbered", 0.0)])
def test_a_letter_is_an_answer_only_where_letters_were_shown(style, right):
    assert table(TRAINED, ["A"], held_out=(False,), style=style).values.tolist() == [[right]]


def test_missing_and_foreign_predictions_are_refused():
    with pytest.raises(DataError, match="1 predictions of 4 are missing"):
        table(TRAINED, ["yy", "y"], held_out=(False, False))
    row = Prediction(example="e9", task="a", template="a0", model="tuned", prompt="", output="yes")
    with pytest.raises(DataError, match="'e9'"):
        score_predictions(
            [row],
            task=TRAINED,
            templates=wordings(TRAINED, False),
            samples=samples(2),
            metric=metrics.build("accuracy", {}),
            reading=Reading(PromptConfig()),
        )


def test_several_draws_of_an_answer_count_as_their_mean():
    sample = Sample(id="e@w", example="e", task="a", template="w", messages=(), references=("yes",))
    rows = [
        Prediction(
            example="e", task="a", template="w", model="m", prompt="", output=text, extraction="sampled", number=n
        )
        for n, text in enumerate(("yes", "no", "yes", "yes"))
    ]
    info = TaskInfo(name="a", category="c", group="held_in", output="text", metrics=("exact_match",))
    table = score_predictions(
        rows,
        task=info,
        templates=(Template(id="w", task="a", text="?"),),
        samples={"e": sample},
        metric=metrics.build("exact_match", {}),
        reading=Reading(PromptConfig()),
    )
    assert table.values.tolist() == [[0.75]]
