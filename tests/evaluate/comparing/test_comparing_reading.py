"""Scores are found where people have them, and what cannot be compared says what to do."""

import pytest
from score_files import breaks_h0, good, value_rows, write_csv, write_values

from sayso.artifacts import Manifest, write_json, write_jsonl
from sayso.errors import ConfigError, DataError
from sayso.evaluate.comparing.reading import label_runs, read_run
from sayso.evaluate.comparing.table import read_table


def stage(folder, *, values=True, score=good, **fields):
    manifest = Manifest(node=folder.name, kind="evaluate", digest="d", config={}, seed=1)
    write_json(folder / "manifest.json", {**{f: getattr(manifest, f) for f in manifest.__struct_fields__}})
    if values:
        write_values(folder / "values.jsonl", score, **fields)
    return folder


def test_a_run_folder_is_read_by_its_evaluation(tmp_path):
    stage(tmp_path / "a" / "evaluate")
    run = read_run(str(tmp_path / "a"))
    assert len(run.values) == 2 * 12 * 3
    assert run.metrics == {"count": ("accuracy",), "name": ("accuracy",)}
    assert run.cells["count", "h0"] == ("held_in", "L1")
    assert (run.model, run.condition) == ("tuned", "plain")
    assert read_run(str(tmp_path / "a" / "evaluate")).values == run.values
    assert read_run(str(tmp_path / "a" / "evaluate" / "values.jsonl")).values == run.values


def test_suites_inside_an_evaluation_and_folders_of_suites_are_taken_in(tmp_path):
    folder = stage(tmp_path / "a" / "evaluate")
    for name in ("pope", "vsr"):
        rows = [row for row in value_rows(good, group="suite") if row.task == "count"]
        renamed = [{**{f: getattr(r, f) for f in r.__struct_fields__}, "task": name} for r in rows]
        write_jsonl(folder / "suites" / name / "values.jsonl", renamed)
    run = read_run(str(tmp_path / "a"))
    assert set(run.metrics) == {"count", "name", "pope", "vsr"}
    assert {source.folder.name for source in run.sources} == {"evaluate", "pope", "vsr"}
    assert set(read_run(str(folder / "suites")).metrics) == {"pope", "vsr"}


def test_an_evaluation_without_single_scores_says_what_to_type(tmp_path):
    stage(tmp_path / "old" / "evaluate", values=False)
    with pytest.raises(DataError, match=r"evaluate again: delete .*old/evaluate and type sayso run RECIPE --out"):
        read_run(str(tmp_path / "old"))


def test_several_evaluations_are_to_be_named(tmp_path):
    for name in ("first", "second"):
        stage(tmp_path / "a" / name)
    with pytest.raises(ConfigError, match=r"several evaluations \(first, second\); name one"):
        read_run(str(tmp_path / "a"))


@pytest.mark.parametrize("make", ["nothing", "empty"])
def test_what_is_no_run_is_told(tmp_path, make):
    if make == "empty":
        (tmp_path / "a").mkdir()
    with pytest.raises(DataError, match="does not exist" if make == "nothing" else "has no scores"):
        read_run(str(tmp_path / "a"))


def test_another_model_or_condition_stands_behind_a_colon(tmp_path):
    rows = [
        *value_rows(good),
        *value_rows(breaks_h0, model="untuned"),
        *value_rows(lambda *_: 0.0, condition="shuffled_images"),
    ]
    path = tmp_path / "values.jsonl"
    write_jsonl(path, rows)
    assert read_run(f"{path}").model == "tuned"
    assert read_run(f"{path}:untuned").values["count", "count/1", "h0", "accuracy"] == 0.0
    assert set(read_run(f"{path}:tuned-shuffled_images").values.values()) == {0.0}
    with pytest.raises(ConfigError, match="did you mean 'untuned-plain'"):
        read_run(f"{path}:untunned")


def test_draws_are_averaged_and_those_without_a_score_left_out(tmp_path):
    rows = [
        {"task": "t", "example": "e", "template": "w", "metric": "m", "value": value, "number": number}
        for number, value in enumerate((1.0, 0.0, None, 1.0))
    ]
    write_jsonl(tmp_path / "v.jsonl", [*rows, {**rows[2], "example": "f"}])
    run = read_run(str(tmp_path / "v.jsonl"))
    assert run.values == {("t", "e", "w", "m"): pytest.approx(2 / 3), ("t", "f", "w", "m"): None}


def test_a_row_that_comes_twice_is_refused(tmp_path):
    write_jsonl(tmp_path / "v.jsonl", [*value_rows(good), value_rows(good)[0]])
    with pytest.raises(DataError, match="has two scores by 'accuracy'"):
        read_run(str(tmp_path / "v.jsonl"))


def test_names_are_as_short_as_they_can_be(tmp_path):
    for name in ("a", "b"):
        stage(tmp_path / name / "evaluate")
    given = [str(tmp_path / name / "evaluate") for name in ("a", "b")]
    assert label_runs([read_run(one) for one in given]) == ["a/evaluate", "b/evaluate"]
    runs = [read_run(one) for one in (str(tmp_path / "a"), f"{tmp_path / 'a'}:tuned")]
    assert label_runs(runs) == ["a", "a:tuned"]
    with pytest.raises(ConfigError, match="named 2 times"):
        label_runs([runs[0], runs[0]])


def test_a_table_may_call_its_columns_as_people_do(tmp_path):
    path = write_csv(
        tmp_path / "s.csv",
        ("Task", "id", "instruction", "score", "note"),
        ("t", "1", "How many?", "0.5", "x"),
        ("t", "2", "", "", ""),
    )
    first, second = read_table(path)
    assert (first.task, first.example, first.template, first.metric, first.value) == (
        "t",
        "1",
        "How many?",
        "score",
        0.5,
    )
    assert (second.template, second.value) == ("0", None)
    assert read_run(str(path)).metrics == {"t": ("score",)}


@pytest.mark.parametrize(
    ("heading", "row", "told"),
    [
        (("task", "wording", "score"), ("t", "w", "1"), "no column 'example' or 'example_id' or 'id'"),
        (("tsk", "example", "score"), ("t", "1", "1"), "did you mean 'tsk'"),
        (("task", "example", "score"), ("t", "1", "nan"), r"line 2: the score is nan; leave the cell empty"),
        (("task", "example", "score"), ("t", "1", "inf"), "the score is inf"),
        (("task", "example", "score"), ("t", "1", "good"), "the score is 'good'"),
        (("task", "example", "score"), ("t", "", "1"), "line 2: no example"),
    ],
)
def test_a_table_that_cannot_be_read_says_where(tmp_path, heading, row, told):
    with pytest.raises(DataError, match=told):
        read_table(write_csv(tmp_path / "s.csv", heading, row))


def test_a_table_without_rows_is_refused(tmp_path):
    with pytest.raises(DataError, match="no row under its heading"):
        read_table(write_csv(tmp_path / "s.csv", ("task", "example", "score")))


def test_suites_of_an_evaluate_stage_are_of_the_model_that_is_meant(tmp_path):
    folder = stage(tmp_path / "a" / "evaluate")
    for model in ("tuned", "untuned"):
        rows = [row for row in value_rows(good, group="suite") if row.task == "count"]
        kept = [{**{f: getattr(r, f) for f in r.__struct_fields__}, "task": "pope", "model": model} for r in rows]
        write_jsonl(folder / "suites" / model / "pope" / "values.jsonl", kept)
    (folder / "suites" / "tuned" / "chair").mkdir()
    (folder / "suites" / "tuned" / "chair" / "values.jsonl").touch()  # figures of a whole corpus alone
    run = read_run(str(tmp_path / "a"))
    assert set(run.metrics) == {"count", "name", "pope"}
    assert {str(one.folder.relative_to(folder)) for one in run.sources} == {".", "suites/tuned/pope"}
    assert set(read_run(f"{tmp_path / 'a'}:untuned").metrics) == {"pope"}
