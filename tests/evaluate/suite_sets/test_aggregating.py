import json

import numpy as np
import pytest

from sayso.artifacts import write_json, write_jsonl
from sayso.errors import DataError
from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.suite_sets import Member, SuiteSet, suite_sets
from sayso.evaluate.suite_sets.aggregating import aggregate
from sayso.evaluate.suite_sets.reading import read_tables, tables_of
from sayso.evaluate.values import Value

BOOTSTRAP = Bootstrap(seed=3, num_resamples=200)
TWO = SuiteSet(
    name="two",
    title="Two",
    source="ours",
    note="",
    members=(
        Member(name="a", metrics=("rouge_l", "accuracy"), group="g"),
        Member(name="b", also=("bee",), metrics=("mme",), group="h", scales=(("mme", 100.0),)),
    ),
)


def rows(task, metric, table, *, model="m", prefix="e"):
    """A row per wording and example of a small table."""
    return [
        Value(task=task, example=f"{prefix}{column}", template=f"{task}/{row}", metric=metric, value=value, model=model)
        for row, values in enumerate(table)
        for column, value in enumerate(values)
    ]


A = [[1.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, None]]  # wordings' means 3/4 and 1/3
B = [[50.0, 100.0], [0.0, 50.0]]


def both(**changes):
    return tables_of(rows("a", "accuracy", changes.get("a", A)) + rows("bee", "mme", changes.get("b", B)))


def test_the_number_is_the_mean_over_tasks_of_the_mean_over_wordings():
    found = aggregate(TWO, both(), bootstrap=BOOTSTRAP)
    a, b = found.tasks
    assert a.estimate.mean == pytest.approx((3 / 4 + 1 / 3) / 2)
    assert (b.task, b.estimate.mean, b.best_wording) == ("b", 0.5, 0.75)
    assert a.best_wording == 0.75
    assert found.aggregate.mean == pytest.approx((a.estimate.mean + 0.5) / 2)
    assert found.aggregate.low < found.aggregate.mean < found.aggregate.high
    assert (found.aggregate.n, found.aggregate.num_tasks, found.missing) == (6, 2, ())


def test_a_set_with_a_task_missing_has_no_number_of_its_own():
    found = aggregate(TWO, both()[:1], bootstrap=BOOTSTRAP)
    assert (found.aggregate, found.missing) == (None, ("b",))
    assert found.partial.mean == found.tasks[0].estimate.mean
    assert found.as_json()["partial"]["mean"] == found.partial.mean


def test_nothing_of_a_set_is_an_error_that_says_what_it_needs():
    with pytest.raises(DataError, match=r"it needs a \(rouge_l or accuracy\), b \(mme\)"):
        aggregate(TWO, tables_of(rows("c", "mme", B)), bootstrap=BOOTSTRAP)


def test_a_task_that_could_not_be_scored_at_all_is_missing():
    found = aggregate(TWO, both(a=[[None, None]]), bootstrap=BOOTSTRAP)
    assert found.missing == ("a",)


def test_gains_are_given_both_ways_and_by_group():
    before = both(a=[[0.5, 0.0, 0.5, 0.0], [0.5, 0.0, 0.5, 0.0]], b=[[25.0, 75.0]])
    found = aggregate(TWO, both(), bootstrap=BOOTSTRAP, baseline=before).gains
    a, b = (3 / 4 + 1 / 3) / 2 / 0.25 - 1, 0.0
    assert [one.mean for one in found.tasks] == pytest.approx([a, b])
    overall = {one.of: one.mean for one in found.mean_of_gains}
    assert overall == pytest.approx({"g": a, "h": b, "overall": (a + b) / 2})
    means = {one.of: one.mean for one in found.gain_of_means}
    assert means["overall"] == pytest.approx(((a + 1) * 0.25 + 0.5) / 0.75 - 1)


def test_a_model_gains_nothing_over_itself_on_any_resample():
    found = aggregate(TWO, both(), bootstrap=BOOTSTRAP, baseline=both()).gains
    assert all(
        (one.mean, one.low, one.high) == (0, 0, 0) for one in (*found.tasks, *found.mean_of_gains, *found.gain_of_means)
    )


def test_what_has_no_baseline_is_named():
    zero = tables_of(rows("a", "accuracy", [[0.0] * 4]))
    assert aggregate(TWO, both(), bootstrap=BOOTSTRAP, baseline=zero).gains.without == ("a", "b")


def test_a_baseline_on_other_examples_is_refused():
    other = tables_of(rows("a", "accuracy", A, prefix="other"))
    with pytest.raises(DataError, match="a: the baseline was scored on other examples"):
        aggregate(TWO, both(), bootstrap=BOOTSTRAP, baseline=other)


def test_several_draws_of_an_answer_are_averaged_and_other_conditions_left_out():
    one = Value(task="a", example="e", template="t", metric="m", value=1.0)
    more = [Value(task="a", example="e", template="t", metric="m", value=0.0, number=1)]
    more.append(Value(task="a", example="f", template="t", metric="m", value=0.0, condition="shuffled_images"))
    (table,) = tables_of([one, *more])
    assert (table.values.tolist(), table.examples) == ([[0.5]], ("e",))


def test_models_are_not_mixed():
    mixed = rows("a", "accuracy", A) + rows("a", "accuracy", A, model="n")
    with pytest.raises(DataError, match="models m, n"):
        tables_of(mixed)


def folder(path, task, metric, table, *, figure=None):
    """What a suite leaves: values where it has some, and scores."""
    figures = {metric: {"mean": figure, "low": 0, "high": 1, "n": 7}} if figure is not None else {}
    wordings = [{"template": f"{task}/0", "text": "Say it.", "figures": figures}]
    card = {"parser": {"name": "whole"}, "digest": "d" * 64, "data_digest": "e" * 64}
    path.mkdir(parents=True)
    write_jsonl(path / "values.jsonl", rows(task, metric, table))
    write_json(path / "scores.json", {"suite": task, "label": task, "model": "m", "wordings": wordings, "card": card})
    return path


def test_scores_on_file_say_what_they_are_for(tmp_path):
    folder(tmp_path / "run" / "a", "a", "accuracy", A)
    folder(tmp_path / "run" / "b", "b", "mme", [], figure=80.0)
    found = aggregate(TWO, read_tables([tmp_path / "run"]), bootstrap=BOOTSTRAP)
    a, b = found.tasks
    assert (a.fixed, b.fixed, b.estimate.mean, b.estimate.n) == (False, True, 0.8, 7)
    assert a.about["prompt"] == "Say it."
    assert (a.about["parser"], a.about["digest"], b.about["data_digest"]) == ("whole", "d" * 64, "e" * 64)
    json.dumps(found.as_json())


def test_a_task_asked_by_the_suite_of_any_task_is_known_by_its_title(tmp_path):
    home = folder(tmp_path / "run", "task", "accuracy", A)
    said = json.loads((home / "scores.json").read_text())
    said["card"] |= {"title": "a, of somewhere", "metrics": [{"high": float("inf")}]}
    write_json(home / "scores.json", said)
    assert [one.task for one in aggregate(TWO, read_tables([home]), bootstrap=BOOTSTRAP).tasks] == ["a"]


def test_folders_with_the_same_scores_or_none_are_refused(tmp_path):
    for name in ("x", "y"):
        folder(tmp_path / name, "a", "accuracy", A)
    with pytest.raises(DataError, match="both score a by accuracy"):
        read_tables([tmp_path])
    (tmp_path / "none").mkdir()
    with pytest.raises(DataError, match=r"no values.jsonl or scores.json below"):
        read_tables([tmp_path / "none"])
    with pytest.raises(DataError, match="is no folder"):
        read_tables([tmp_path / "nowhere"])
    with pytest.raises(DataError, match="no score of model 'z'; there are m"):
        read_tables([tmp_path / "x"], model="z")
    for text in ("[", "{}"):
        (tmp_path / "x" / "scores.json").write_text(text)
        with pytest.raises(DataError, match="is no scores of a suite"):
            read_tables([tmp_path / "x"])


@pytest.mark.parametrize("name", suite_sets.names())
def test_every_set_gives_its_number_over_toy_scores_of_all_its_tasks(name):
    made = suite_sets.build(name, {})
    ones = [row for one in made.members for row in rows(one.names[-1], one.metrics[0], A, prefix=one.examples or "e")]
    found = aggregate(made, tables_of(ones), bootstrap=BOOTSTRAP, baseline=tables_of(ones))
    assert found.missing == ()
    assert np.isfinite([found.aggregate.mean, found.aggregate.low, found.aggregate.high]).all()
    assert found.gains.mean_of_gains[-1].num_tasks == len(made.members)


def test_of_several_runs_of_a_suite_the_one_called_like_the_task_counts():
    def run_of(label, values):
        return tables_of(rows(label, "accuracy", values), about={"suite": "a"})

    named, other, third = run_of("a", A), run_of("a_train", [[0.0, 1.0]]), run_of("a_test", [[1.0, 1.0]])
    assert aggregate(TWO, [*other, *named, *third], bootstrap=BOOTSTRAP).tasks[0].num_wordings == 2
    assert aggregate(TWO, other, bootstrap=BOOTSTRAP).tasks[0].estimate.mean == 0.5
    with pytest.raises(DataError, match="a_train, a_test are all scores of a; give the folder"):
        aggregate(TWO, [*other, *third], bootstrap=BOOTSTRAP)
