"""Reading artifacts: what is missing is empty, what is broken is an error that names its file."""

import json

import pytest
from fake_run import Shape, write_run, write_stage
from hypothesis import given
from hypothesis import strategies as st

from sayso.artifacts import StageContext, write_json, write_jsonl
from sayso.config import ReportConfig
from sayso.errors import ConfigError, DataError
from sayso.instructions.synthesize import Made
from sayso.records import Template, Verdict
from sayso.report.collect import collect
from sayso.report.datacard import count_reasons
from sayso.report.html import render_html
from sayso.report.lineage import flatten, trained_with
from sayso.report.markdown import render_markdown
from sayso.report.view import StageView

SMALL = Shape(num_tasks=3, num_trained=2, num_held_out=1, num_examples=2)


@pytest.fixture
def context(tmp_path) -> StageContext:
    return write_run(tmp_path, shape=SMALL)


def edit_summary(context: StageContext, **changes: object) -> None:
    path = context.inputs[0] / "summary.json"
    write_json(path, json.loads(path.read_text()) | changes)


def test_tasks_come_by_group_and_category_and_wordings_trained_first(tmp_path):
    report = collect(write_run(tmp_path))
    order = [(task.summary.group, task.summary.category, task.summary.task) for task in report.tasks]
    groups = ["held_in", "held_out_task", "held_out_category"]
    assert order == sorted(order, key=lambda key: (groups.index(key[0]), *key[1:]))
    assert [label for label, _ in report.tasks[0].labelled] == ["1", "2", "3", "4", "5", "6", "H1", "H2"]


def test_the_text_of_a_wording_is_that_of_the_nearest_stage(context, tmp_path):
    newer = Template(id="open_vqa/0", task="open_vqa", text="Said anew: {question}")
    write_jsonl(tmp_path / "build" / "templates.jsonl", [newer])
    texts = {cell.template: cell.text for task in collect(context).tasks for cell in task.cells}
    assert texts["open_vqa/0"] == "Said anew: {question}"
    assert texts["open_vqa/1"].startswith("Look at the picture.")


def test_a_wording_without_recorded_text_is_none_not_empty(context, tmp_path):
    (tmp_path / "augment" / "templates.jsonl").unlink()
    assert {cell.text for task in collect(context).tasks for cell in task.cells} == {None}


def test_only_the_task_s_headline_metric_on_unchanged_input_is_shown(context):
    path = context.inputs[0] / "scores.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    write_jsonl(path, rows + [row | {"metric": "rouge_l", "mean": 0.999} for row in rows])
    report = collect(context)
    assert all(len(task.cells) == 3 for task in report.tasks)
    assert 0.999 not in {cell.mean for task in report.tasks for cell in task.cells}


def test_where_nothing_was_tuned_the_first_model_is_shown(context):
    path = context.inputs[0] / "scores.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    write_jsonl(path, [row for row in rows if row["model"] == "untuned"])
    report = collect(context)
    assert report.model == "untuned"
    assert all(len(task.cells) == 3 for task in report.tasks)


def test_a_task_without_own_interval_gets_the_mean_of_its_wordings_intervals(context):
    by_task = [
        row | {"low": None, "high": None}
        for row in json.loads((context.inputs[0] / "summary.json").read_text())["by_task"]
    ]
    edit_summary(context, by_task=by_task)
    for task in collect(context).tasks:
        assert task.summary.low == pytest.approx(max(0.0, task.summary.mean - 0.05), abs=1e-3)
        assert task.summary.high == pytest.approx(min(1.0, task.summary.mean + 0.05), abs=1e-3)


def test_worst_and_best_are_traced_to_their_wordings(context):
    task = collect(context).tasks[0]
    measured = {label: cell.mean for label, cell in task.labelled}
    assert measured[task.label_of(task.summary.worst)] == min(measured.values())
    assert measured[task.label_of(task.summary.best)] == max(measured.values())
    assert task.label_of(None) == task.label_of(0.123456) == ""


def test_several_evaluate_stages_are_refused_by_name(tmp_path):
    context = write_run(tmp_path, shape=SMALL)
    write_stage(tmp_path / "again", kind="evaluate", parents=[], config={}, counts={})
    both = (*context.inputs, tmp_path / "again")
    with pytest.raises(ConfigError, match="evaluate, again"):
        collect(StageContext(node="report", config=ReportConfig(), seed=7, inputs=both, folder=context.folder))


def test_without_an_evaluate_stage_the_report_says_what_it_needs(tmp_path):
    context = write_run(tmp_path, shape=SMALL)
    inputs = (tmp_path / "train",)
    with pytest.raises(ConfigError, match="needs a 'evaluate' stage"):
        collect(StageContext(node="report", config=ReportConfig(), seed=7, inputs=inputs, folder=context.folder))


@pytest.mark.parametrize("name", ["summary.json", "scores.jsonl"])
def test_a_missing_or_broken_artifact_is_named(context, name):
    path = context.inputs[0] / name
    path.write_text("{broken")
    with pytest.raises(DataError, match=name):
        collect(context)
    path.unlink()
    with pytest.raises(DataError, match=f"{name} does not exist"):
        collect(context)


def test_a_wrong_row_of_the_summary_is_named_with_its_place(context):
    edit_summary(context, by_task=[{"task": "caption", "mean": "high"}])
    with pytest.raises(DataError, match=r"by_task: .*mean"):
        collect(context)


def test_a_broken_data_card_is_named(context, tmp_path):
    (tmp_path / "build" / "cards.json").write_text('[{"name": 3}]')
    with pytest.raises(DataError, match=r"cards\.json"):
        collect(context)


def test_a_run_without_augment_stage_has_no_verdicts(tmp_path):
    context = write_run(tmp_path, shape=SMALL)
    write_stage(tmp_path / "build", kind="build", parents=[], config={}, counts={})
    report = collect(context)
    assert report.wordings == ()
    assert report.data[0].sources == report.data[0].licenses == ()
    assert [stage.node for stage in report.lineage] == [
        "report",
        "evaluate",
        "train",
        "build",
        "describe",
        "build",
        "build",
    ]


def test_each_tasks_wordings_are_counted_and_compared(context, tmp_path):
    templates = [
        Template(id=str(n), task="a", text=text) for n, text in enumerate(["name it now", "name it", "say it"])
    ]
    templates += [
        Template(id="h", task="a", text="something else", held_out=True),
        Template(id="b", task="b", text="only one"),
    ]
    write_jsonl(tmp_path / "augment" / "templates.jsonl", templates)
    by_task = {"a": {"before": 2, "after": 3}}
    write_stage(tmp_path / "augment", kind="augment", parents=[], config={}, counts={"by_task": by_task})
    first, second = collect(context).wordings[0].pools
    assert (first.task, first.before, first.after, first.distinct_2) == ("a", 2, 3, 0.75)
    assert 0 < first.self_bleu < 1
    assert (second.task, second.before, second.after, second.self_bleu) == ("b", None, 1, None)
    text = render_markdown(collect(context))
    assert f"| a | 2 | 3 | 75.0 | {100 * first.self_bleu:.1f} |" in text
    assert "| b | not recorded | 1 | – | – |" in text
    html = render_html(collect(context))
    assert '<th scope="row">a</th><td class="num">2</td><td class="num">3</td><td class="num">75.0</td>' in html


def test_what_the_model_kept_is_on_every_face(context):
    kept = {
        "untuned": {"mean": -2.0},
        "tuned": {"mean": -2.5},
        "change": {"mean": -0.5, "low": -0.7, "high": -0.3, "n": 9},
    }
    write_json(context.inputs[0] / "retention.json", {"retention_text": kept})
    report = collect(context)
    page, text = render_html(report), render_markdown(report)
    assert "| text | -2.000 | -2.500 | -0.500 | -0.700 to -0.300 | 9 | 7.4 to 12.2 |" in text
    assert "-0.700 to -0.300" in page
    assert 'href="#retention"' in page


def test_a_retention_that_cannot_be_read_is_named(context):
    (context.inputs[0] / "retention.json").write_text('{"retention_text": 3}')
    with pytest.raises(DataError, match=r"retention\.json"):
        collect(context)


def test_a_candidate_without_verdict_is_refused(context, tmp_path):
    write_jsonl(tmp_path / "augment" / "candidates.jsonl", [{"template": {"text": "Say it"}}])
    with pytest.raises(DataError, match="Say it"):
        collect(context)


def test_items_that_were_made_are_told_beside_the_wordings(context, tmp_path):
    folder = tmp_path / "synthesize"
    rows = [
        Made(id=f"a-{number}", operation="write", verdict=Verdict(keep=not number, reason=reason), reply="Sing")
        for number, reason in enumerate(["accepted", "length: too short", "length: too short"])
    ]
    write_jsonl(folder / "candidates.jsonl", rows)
    write_stage(folder, kind="synthesize", parents=[], config={}, counts={})
    manifest = json.loads((tmp_path / "build" / "manifest.json").read_text())
    manifest["parents"]["synthesize"] = "x"
    write_json(tmp_path / "build" / "manifest.json", manifest)
    report = collect(context)
    (items,) = [one for one in report.wordings if one.what == "items"]
    assert (items.node, items.num_kept, items.num_refused) == ("synthesize", 1, 2)
    assert "- Candidate items of stage synthesize: 1 kept, 2 refused" in render_markdown(report)
    assert "Candidate items of stage synthesize" in render_html(report)


def test_a_build_without_quarantine_file_does_not_claim_that_no_row_was_bad(context, tmp_path):
    (tmp_path / "build" / "quarantine.jsonl").unlink()
    assert collect(context).data[0].bad_rows.total is None


@given(st.lists(st.tuples(st.sampled_from(["box 1 bad", "box 22 bad", "image 'a' gone", "odd"]), st.text(max_size=5))))
def test_counting_by_shape_loses_no_row(rows):
    counted = count_reasons(rows)
    assert sum(row.count for row in counted) == len(rows)
    assert {row.reason for row in counted} <= {"box … bad", "image … gone", "odd"}
    assert [row.count for row in counted] == sorted((row.count for row in counted), reverse=True)


def test_nested_counts_become_dotted_names():
    found = dict(flatten({"a": {"b": 1200, "c": {"d": None}}, "e": [1, 2], "f": True, "g": []}))
    assert found == {"a.b": "1,200", "a.c.d": "none", "e": "1, 2", "f": "True", "g": "none"}


def test_the_nearest_train_stage_is_told_by_objective_losses_parts_and_loop():
    config = {
        "objective": {"name": "l2t"},
        "losses": [{"name": "worst_wording"}],
        "parts": {"projector": {"method": "full"}},
        "loop": {"name": "reptile"},
    }
    earlier = StageView(node="base", kind="train", depth=2, config={"objective": {"name": "vit"}})
    stages = [StageView(node="tune", kind="train", depth=1, config=config), earlier]
    assert trained_with(stages) == "trained with objective l2t, loss worst_wording, projector full, loop reptile"
    assert trained_with([earlier]) == "trained with objective vit"
    assert trained_with([]) == ""
