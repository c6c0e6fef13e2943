"""Only what all runs share is compared, and what they do not share is counted and named."""

import msgspec
import numpy as np
import pytest
from score_files import good, value_rows

from sayso.artifacts import write_jsonl
from sayso.errors import ConfigError, DataError
from sayso.evaluate.comparing.pairing import pair
from sayso.evaluate.comparing.reading import read_run


@pytest.fixture
def runs(tmp_path):
    def make(*rows):
        for number, some in enumerate(rows):
            write_jsonl(tmp_path / f"{number}.jsonl", some)
        return [read_run(str(tmp_path / f"{number}.jsonl")) for number in range(len(rows))]

    return make


def paired(runs, **options):
    return pair(runs, names=[f"run{number}" for number in range(len(runs))], **options)


def test_equal_files_pair_whole(runs):
    found = paired(runs(value_rows(good), value_rows(good), value_rows(good)))
    assert [(t.task, t.values.shape, t.templates) for t in found.tasks] == [
        ("count", (3, 3, 12), ("w0", "w1", "h0")),
        ("name", (3, 3, 12), ("w0", "w1", "h0")),
    ]
    assert found.tasks[0].distances == (None, None, "L1")
    assert all(one["num_unpaired"] == 0 for one in found.unpaired)


def test_what_one_run_has_alone_is_named_by_its_reason(runs):
    rows = value_rows(good)
    fewer = [row for row in rows if row.task == "count" and row.template != "w1" and row.example != "count/3"]
    found = paired(runs(rows, fewer))
    assert [(t.task, t.values.shape) for t in found.tasks] == [("count", (2, 2, 11))]
    assert found.unpaired[0] == {
        "num_unpaired": len(rows) - len(fewer),
        "tasks_alone": ["name"],
        "wordings_alone": ["w1"],
        "examples_alone": ["count/3"],
        "tasks_without_metric": [],
    }
    assert found.unpaired[1]["num_unpaired"] == 0


def test_what_one_run_could_not_score_counts_in_none(runs):
    second = value_rows(
        lambda task, number, wording: None if (task, number) == ("count", 5) and wording == "w0" else 1.0
    )
    block = paired(runs(value_rows(good), second)).tasks[0]
    assert block.num_unscored == 1
    assert np.isnan(block.values[:, 0, block.examples.index("count/5")]).all()
    assert np.isnan(block.values).sum() == 2


def test_a_wording_or_example_that_nobody_scored_is_left_out(runs):
    gone = value_rows(lambda task, number, wording: None if wording == "w1" or number == 2 else 1.0)
    block = paired(runs(value_rows(good), gone)).tasks[0]
    assert block.templates == ("w0", "h0")
    assert "count/2" not in block.examples
    assert block.num_unscored == 12 + 2


def test_the_metric_is_the_baselines_first_that_all_have(runs):
    first = [*value_rows(good, metric="f1"), *value_rows(good)]
    found = paired(runs(first, value_rows(good)))
    assert {task.metric for task in found.tasks} == {"accuracy"}
    assert {task.metric for task in paired(runs(first, first)).tasks} == {"f1"}
    assert {task.metric for task in paired(runs(first, first), metric="accuracy").tasks} == {"accuracy"}
    with pytest.raises(ConfigError, match="no run has the metric 'acuracy'; did you mean 'accuracy'"):
        paired(runs(first, first), metric="acuracy")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"task": "other"}, "no task is in all runs"),
        (
            {"example": "x"},
            r"no example is in all runs \(run0: 'count/0', 'count/1', 'count/10' and 21 more; run1: 'x'",
        ),
        ({"template": "x"}, "no wording is in all runs"),
        ({"metric": "f1"}, "scored by the same metric on the same examples"),
    ],
)
def test_nothing_that_pairs_is_an_error_that_says_why(runs, change, told):
    rows = [{f: getattr(row, f) for f in row.__struct_fields__} for row in value_rows(good)]
    seen, changed = set(), []
    for row in rows:
        row = {**row, **change}
        if (key := (row["task"], row["example"], row["template"])) not in seen:
            seen.add(key)
            changed.append(row)
    with pytest.raises(DataError, match=told):
        paired(runs(value_rows(good), changed))


def test_nothing_that_is_scored_is_an_error(runs):
    with pytest.raises(DataError, match="none of the 72 predictions"):
        paired(runs(value_rows(good), value_rows(lambda *_: None)))


def test_instructions_that_no_two_examples_share_are_one_wording(runs):
    rows = [row for row in value_rows(good) if row.template == "w0"]
    own = [msgspec.structs.replace(row, template=f"How many in {row.example}?") for row in rows]
    (count, name) = paired(runs(own, own)).tasks
    assert count.templates == name.templates == ("each its own",)
    assert count.values.shape == (2, 1, 12)
    assert count.distances == (None,)
