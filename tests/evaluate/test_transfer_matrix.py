"""The numbers of a sequence, against what a hand computes; intervals against the paired difference of two evaluations."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayso.artifacts import StageContext
from sayso.evaluate.intervals import Bootstrap, mean_interval, paired_difference
from sayso.evaluate.scoring import ScoreTable, TaskInfo
from sayso.evaluate.transfer.figure import draw
from sayso.evaluate.transfer.matrix import NEVER, Matrix
from sayso.evaluate.transfer.reading import Row, _Reader
from sayso.evaluate.transfer.words import render
from sayso.records import Template

BOOTSTRAP = Bootstrap(seed=1, num_resamples=200)
CATEGORY = {"a": "seeing", "b": "seeing", "c": "saying", "d": "knowing"}
TRAINED, HELD_OUT = Template(id="w0", task="t", text="?"), Template(id="w1", task="t", text="!", held_out=True)


def table(task, values, *, templates=(TRAINED,)):
    values = np.atleast_2d(np.asarray(values, dtype=float))
    info = TaskInfo(name=task, category=CATEGORY[task], group="held_in", output="text", metrics=("exact_match",))
    examples = tuple(f"{task}/{number}" for number in range(values.shape[1]))
    return ScoreTable(
        task=info, model="tuned", condition="plain", metric="exact_match", templates=templates, examples=examples,
        values=values, reasons={},
    )  # fmt: skip


def row(label, trained, scores, *, before=False):
    """`scores` maps tasks to a mean, which 10 examples of right and wrong have."""
    tables = {
        task: table(task, [1.0] * round(10 * mean) + [0.0] * round(10 - 10 * mean)) for task, mean in scores.items()
    }
    return Row(
        name=f"run-{label}",
        label=label,
        evaluation=f"{label}-evaluate",
        trained=frozenset(trained),
        tables=tables,
        before=before,
    )


BEFORE = row("before", "", {"a": 0.1, "b": 0.1, "c": 0.3, "d": 0.2}, before=True)
STAGES = [
    row("one", "ab", {"a": 0.8, "b": 0.6, "c": 0.5, "d": 0.2}),
    row("two", "c", {"a": 0.9, "b": 0.7, "c": 0.9, "d": 0.3}),
    row("three", "d", {"a": 0.4, "b": 0.2, "c": 0.6, "d": 1.0}),
]


def matrix(*rows, trained_only=False):
    return Matrix(rows, bootstrap=BOOTSTRAP, trained_only=trained_only)


def means(summary):
    return {key: value and pytest.approx(value["mean"]) for key, value in summary.items()}


def test_the_summary_is_what_a_hand_computes():
    """R = [[.7, .5, .2], [.8, .9, .3], [.3, .6, 1.]] and b = [.1, .3, .2] for the tasks of the three stages."""
    assert means(matrix(BEFORE, *STAGES).summary()) == {
        "final_mean": (0.4 + 0.2 + 0.6 + 1.0) / 4,
        "average_accuracy": (0.3 + 0.6 + 1.0) / 3,
        "learning_accuracy": (0.7 + 0.9 + 1.0) / 3,
        "backward_transfer": ((0.3 - 0.7) + (0.6 - 0.9)) / 2,
        "forgetting": ((0.8 - 0.3) + (0.9 - 0.6)) / 2,
        "forward_transfer": ((0.5 - 0.3) + (0.3 - 0.2)) / 2,
    }


def test_without_a_model_before_there_is_no_forward_transfer_and_all_else_stays():
    with_before, without = matrix(BEFORE, *STAGES).summary(), matrix(*STAGES).summary()
    assert without.pop("forward_transfer") is None
    assert with_before.pop("forward_transfer") is not None
    assert with_before == without


def test_a_single_stage_has_nothing_to_forget():
    summary = matrix(STAGES[0]).summary()
    assert [key for key, value in summary.items() if value is None] == [
        "backward_transfer",
        "forgetting",
        "forward_transfer",
    ]
    assert summary["average_accuracy"]["mean"] == pytest.approx(0.7)


def test_columns_are_stages_a_task_belongs_to_the_first_that_trained_it_and_the_rest_has_its_own():
    again = row("three", "ac", {"a": 0.4, "b": 0.2, "c": 0.6, "d": 1.0})
    assert matrix(*STAGES[:2], again).columns == {"one": ["a", "b"], "two": ["c"], NEVER: ["d"]}


def test_changes_go_from_when_training_on_a_category_ended_to_the_end():
    changes = {change["category"]: change for change in matrix(BEFORE, *STAGES).as_json()["category_changes"]}
    assert set(changes) == {"seeing", "saying"}
    assert changes["seeing"]["learned_at"] == "one"
    assert changes["seeing"]["difference"]["mean"] == pytest.approx(-0.4)
    assert changes["saying"]["difference"]["mean"] == pytest.approx(-0.3)


scores = st.lists(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=6, max_size=6), min_size=2, max_size=2)


@settings(max_examples=30)
@given(first=scores, last=scores)
def test_intervals_are_those_of_a_mean_and_of_a_paired_difference(first, last):
    rows = [
        Row(
            name=n,
            label=n,
            evaluation=n,
            trained=frozenset(t),
            tables={"a": table("a", values, templates=(TRAINED, HELD_OUT))},
        )
        for n, t, values in (("one", "a", first), ("two", "", last))
    ]
    found = matrix(*rows).summary()
    mean = mean_interval({"a": np.array(last)}, bootstrap=BOOTSTRAP)
    change = paired_difference({"a": np.array(last)}, {"a": np.array(first)}, bootstrap=BOOTSTRAP)
    for key, wanted in (("final_mean", mean), ("backward_transfer", change)):
        assert [found[key][name] for name in ("mean", "low", "high")] == pytest.approx(
            [wanted.mean, wanted.low, wanted.high]
        )
        assert found[key]["n"] == 6


def test_trained_wordings_alone_or_all_of_them():
    rows = [
        Row(
            name=n,
            label=n,
            evaluation=n,
            trained=frozenset("a"),
            tables={"a": table("a", [[high] * 4, [0.0] * 4], templates=(TRAINED, HELD_OUT))},
        )
        for n, high in (("one", 1.0), ("two", 0.5))
    ]
    assert matrix(*rows, trained_only=True).summary()["final_mean"]["mean"] == 0.5
    assert matrix(*rows).summary()["final_mean"]["mean"] == 0.25


def test_forward_transfer_compares_the_wordings_that_both_met():
    before = Row(
        name="b",
        label="before",
        evaluation="one",
        trained=frozenset(),
        before=True,
        tables={t: table(t, [0.5] * 4) for t in "ac"},
    )
    both = (TRAINED, HELD_OUT)
    one = Row(
        name="1",
        label="one",
        evaluation="one",
        trained=frozenset("a"),
        tables={t: table(t, [[0.75] * 4, [0.0] * 4], templates=both) for t in "ac"},
    )
    two = Row(name="2", label="two", evaluation="two", trained=frozenset("c"), tables=one.tables)
    assert matrix(before, one, two).summary()["forward_transfer"]["mean"] == 0.25


def test_a_task_that_one_stage_could_not_score_is_left_out_of_all_and_named():
    broken = row("two", "c", {"a": 0.9, "b": 0.7, "c": 0.9, "d": 0.3})
    broken.tables["d"].values[:] = np.nan
    found = matrix(STAGES[0], broken, STAGES[2]).as_json()
    assert found["unscored"] == ["d"]
    assert {cell["task"] for cell in found["by_task"]} == {"a", "b", "c"}


def test_what_is_left_out_is_told_with_the_stage_and_the_reason():
    broken = row("two", "c", {"a": 0.9, "b": 0.7, "c": 0.9, "d": 0.3})
    broken.tables["d"].values[:] = np.nan
    broken.tables["d"].reasons["no reference"] = 10
    found = transfer(STAGES[0], broken, STAGES[2])
    assert found["wordings"]["all"]["unscored_reasons"] == {"d": {"two": "no reference"}}
    assert "| d | two | no reference |" in render(found)
    assert "Left out" not in render(transfer(*STAGES))


def test_a_forward_transfer_without_a_common_wording_is_not_measured():
    before = row("before", "", {"a": 0.1, "c": 0.3}, before=True)
    other = [Row(name=s.name, label=s.label, evaluation=s.evaluation, trained=s.trained, tables={
        task: table(task, [1.0, 0.0], templates=(HELD_OUT,)) for task in "ac"
    }) for s in STAGES[:2]]  # fmt: skip
    summary = matrix(before, *other).summary()
    assert summary["forward_transfer"] is None
    assert summary["backward_transfer"]["mean"] == 0


def test_a_stage_called_before_is_not_taken_for_the_model_before_all(tmp_path):
    reader = _Reader(StageContext(node="seq", config=None, seed=1, inputs=(), folder=tmp_path))
    assert [reader._label(name) for name in ("seq-1-before", "seq-2-after", "tune")] == [
        "seq-1-before",
        "after",
        "tune",
    ]


def transfer(*rows):
    return {
        "name": "my_run",
        "confidence": 0.95,
        "num_resamples": 200,
        "stages": [{"label": r.label, "train": r.name, "trained": sorted(r.trained)} for r in rows],
        "wordings": {"all": matrix(*rows).as_json()},
    }


def test_everything_is_json_and_words_say_what_was_measured():
    found = transfer(BEFORE, *STAGES)
    assert json.loads(json.dumps(found)) == found
    text = render(found)
    assert "# Transfer: my\\_run" in text
    assert "| Backward transfer | -35.0 (" in text
    assert "| seeing | 10.0 | **70.0** | 80.0 | 30.0 |" in text
    assert "| knowing | 20.0 | 20.0 | 30.0 | **100.0** |" in text
    assert "| Forward transfer | not measured |" in render(transfer(*STAGES))


def test_the_figure_is_xml_with_a_number_per_cell_and_frames_where_it_was_trained():
    rows = (BEFORE, *STAGES)
    svg = draw(matrix(*rows).as_json()["by_category"], stages=[r.label for r in rows], title="<b> & co")
    root = ElementTree.fromstring(svg)
    space = {"s": "http://www.w3.org/2000/svg"}
    assert root.find("s:title", space).text == "<b> & co"
    assert len(root.findall("s:rect[@class='cell']", space)) == 4 * 3
    assert len(root.findall("s:rect[@class='frame']", space)) == 3
    assert len(root.findall("s:g", space)) == 3
    assert [t.text for t in root.findall("s:text", space)].count("70") == 1
