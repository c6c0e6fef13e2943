"""Measures by hand: which rows count, what is read of them, and why a number is not there."""

import json
from statistics import stdev

import msgspec
import pytest

from sayso.artifacts import Manifest, write_json, write_jsonl
from sayso.errors import DataError
from sayso.evaluate.values import Value
from sayso.pipeline.reproducing.measuring import measure_run, task_scores
from sayso.pipeline.reproducing.plan import Measure

A = {"t1": [1, 1, 1, 0], "t2": [1, 0, 0, 0]}
B = {"t1": [1, 0, 0, 1], "t2": [1, 1, 1, 1], "t3": [1, 1, 0, 1]}


def values(task, scores, **told):
    told = {"metric": "accuracy", "group": "held_in", **told}
    return [
        Value(task=task, example=f"e{number}", template=template, value=value, **told)
        for template, row in scores.items()
        for number, value in enumerate(row)
    ]


ROWS = [
    *values("a", A),
    *values("b", B),
    *values("a", {"l1": [1, 1, 0, 0], "l3": [0, 0, 0, 1]}, distance="L1"),
    *values("c", {"l3": [1, 1, 1, 1]}, distance="L3"),
    *values("d", {"t1": [0, 0, 0, 1]}, group="held_out_task"),
    *values("a", {"t1": [0, 0]}, metric="f1"),
    *values("a", {"t1": [0, 0]}, model="untuned"),
    *values("a", {"t1": [0, 0]}, condition="shuffled_images"),
]


def stage(folder, name, kind, *, parents=(), **told):
    (folder / name).mkdir(parents=True)
    manifest = Manifest(
        node=name, kind=kind, digest="0", config={}, seed=1, parents=dict.fromkeys(parents, "0"), **told
    )
    write_json(folder / name / "manifest.json", msgspec.to_builtins(manifest))


@pytest.fixture
def run(tmp_path):
    stage(tmp_path, "build", "build", wall_s=1.0)
    stage(tmp_path, "base", "train", parents=["build"], wall_s=10.0, counts={"steps": 100})
    stage(tmp_path, "train", "train", parents=["base", "build"], wall_s=20.5, counts={"steps": 50})
    stage(tmp_path, "aside", "train", parents=["build"], wall_s=3.0, counts={"steps": 7})
    stage(tmp_path, "evaluate", "evaluate", parents=["train", "build"], wall_s=5.0)
    write_jsonl(tmp_path / "evaluate" / "values.jsonl", ROWS)
    summary = {"held_in": {"mean": 0.7}, "none": None, "ensembles": [{"mean": {"mean": 0.8}}], "name": "x"}
    (tmp_path / "evaluate" / "summary.json").write_text(json.dumps(summary))
    return tmp_path


def found(run, **measure):
    measures = {"it": Measure(label="it", **measure)}
    measured = measure_run(run, arm="one", seed=1, evaluate="evaluate", measures=measures)
    return measured.run.measures["it"], measured.reasons.get("it", "")


HELD_IN = {"group": "held_in", "distance": "none"}


@pytest.mark.parametrize(
    ("read", "where", "value"),
    [
        ("score", HELD_IN, (0.5 + 0.75) / 2),
        ("score", {"distance": "L1"}, 0.375),
        ("score", {"distance": ("L1", "L3")}, (0.375 + 1) / 2),
        ("score", {"group": "held_out_*"}, 0.25),
        ("score", {**HELD_IN, "task": "[!a]"}, 0.75),
        ("score", {"model": "untuned"}, 0.0),
        ("sensitivity", HELD_IN, (stdev([0.75, 0.25]) / 0.5 + stdev([0.5, 1, 0.75]) / 0.75) / 2),
        ("worst_gap", HELD_IN, (0.25 + 0.25) / 2),
    ],
)  # fmt: skip
def test_scores_are_means_over_tasks_of_what_counts(read, where, value, run):
    assert found(run, read=read, where=where)[0] == pytest.approx(value)


def test_a_spread_that_chance_does_not_explain_is_left_when_chance_is_taken_out(run):
    clear = {"t1": [1, 1, 1, 1, 1, 1, 0, 1], "t2": [0, 0, 0, 1, 0, 0, 0, 0]}
    write_jsonl(run / "evaluate" / "values.jsonl", values("a", clear))
    plain, corrected = (found(run, read=name)[0] for name in ("sensitivity", "corrected_sensitivity"))
    assert 0.5 * plain < corrected < plain
    write_jsonl(run / "evaluate" / "values.jsonl", values("a", {"t1": [1, 0] * 4, "t2": [0, 1] * 3 + [1, 1]}))
    assert found(run, read="sensitivity")[0] > 0.1
    assert found(run, read="corrected_sensitivity")[0] == 0.0


def test_unscored_examples_are_left_out_of_their_wording_and_never_count_as_wrong():
    (task,) = task_scores(values("a", {"t1": [1, None, 0], "t2": [None, None, None], "t3": [1, 1, 1]}), where={})
    assert task.wordings == ("t1", "t3")
    assert task.means.tolist() == [0.5, 1.0]


@pytest.mark.parametrize(
    ("read", "path", "value"),
    [("summary", "held_in.mean", 0.7), ("summary", "ensembles.0.mean.mean", 0.8),
     ("manifest", "train.wall_s", 20.5), ("manifest", "base.counts.steps", 100)],
)  # fmt: skip
def test_numbers_are_read_at_their_path(read, path, value, run):
    assert found(run, read=read, path=path) == (value, "")


@pytest.mark.parametrize(
    ("read", "path", "reason"),
    [("summary", "held_out.mean", "summary.json has no 'held_out.mean': 'held_out'; did you mean 'held_in'"),
     ("summary", "none.mean", "nothing at 'none.mean'"), ("summary", "none", "nothing at 'none'"),
     ("summary", "name", "no number at 'name'"), ("summary", "ensembles.1.mean", "'1'; known: 0"),
     ("manifest", "tune.wall_s", "the run has no stage 'tune'"),
     ("manifest", "train.walls", "the manifest of train has no 'walls'")],
)  # fmt: skip
def test_a_number_that_is_not_there_is_none_with_the_reason(read, path, reason, run):
    value, told = found(run, read=read, path=path)
    assert value is None
    assert reason in told


def test_nothing_that_counts_and_tasks_without_a_value_are_told_apart(run):
    assert found(run, read="score", where={"task": "z*"}) == (None, "no score is of the kind that it counts")
    assert found(run, read="worst_gap", where={"distance": "L3"}) == (None, "no task has a value")


def test_costs_are_of_the_stages_that_the_evaluation_builds_on(run):
    one = measure_run(run, arm="one", seed=1, evaluate="evaluate", measures={}).run
    assert (one.train_s, one.steps, one.total_s) == (30.5, 150, 39.5)


def test_a_run_without_its_evaluation_is_an_error(run):
    with pytest.raises(DataError, match="has no finished stage 'test'"):
        measure_run(run, arm="one", seed=1, evaluate="test", measures={})
    (run / "evaluate" / "summary.json").write_text("{")
    with pytest.raises(DataError, match=r"summary\.json cannot be read"):
        found(run, read="summary", path="a")
