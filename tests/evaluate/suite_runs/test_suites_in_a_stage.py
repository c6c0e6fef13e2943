"""`evaluate.suites` of a recipe: both models are asked, the summary and the report say what came of it."""

import json

import pytest
import suite_files
from fake_run import Shape, write_run

from sayso.errors import ConfigError, DataError
from sayso.report.collect import collect
from sayso.report.html import render_html
from sayso.report.markdown import render_markdown

ONE_TASK = {"tasks": ("compare",), "conditions": ("plain",), "max_examples_per_task": 2, "max_wordings": 1}


def given(folder, **more):
    files = suite_files.pope(folder, count=2)
    return {"data": str(files.data), "images": str(files.images[0]), "wordings": 2, **more}


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory, toy_run):
    from sayso.artifacts import StageContext
    from sayso.config import EvaluateConfig
    from sayso.evaluate import stage

    folder = tmp_path_factory.mktemp("suites")
    out = folder / "evaluate"
    out.mkdir()
    suites = {"pope_random": given(folder, suite="pope", parser="pope_official")}
    config = EvaluateConfig(max_new_tokens=4, num_resamples=20, suites=suites, **ONE_TASK)
    context = StageContext(node="evaluate", config=config, seed=7, inputs=(toy_run / "train",), folder=out)
    stage.run(context)
    return out


def test_every_model_of_the_stage_has_a_row_and_a_folder(evaluated):
    rows = json.loads((evaluated / "summary.json").read_text())["suites"]
    assert [(row["label"], row["model"], row["parser"]) for row in rows] == [
        ("pope_random", "tuned", "pope_official"),
        ("pope_random", "untuned", "pope_official"),
    ]
    assert all(row["predictions"] == 4 and row["num_wordings"] == 2 and row["is_share"] for row in rows)
    assert len({row["digest"] for row in rows}) == 1
    for model in ("tuned", "untuned"):
        home = evaluated / "suites" / model / "pope_random"
        assert json.loads((home / "scores.json").read_text())["model"] == model


def test_an_evaluation_without_suites_says_nothing_of_them(tmp_path, evaluate_into):
    evaluate_into(tmp_path / "e", models=("untuned",), **ONE_TASK)
    assert "suites" not in json.loads((tmp_path / "e/summary.json").read_text())


def test_files_that_are_wrong_show_before_anything_is_predicted(tmp_path, evaluate_into):
    with pytest.raises(DataError, match=r"gone\.json does not exist"):
        evaluate_into(tmp_path / "e", suites={"pope": {"data": str(tmp_path / "gone.json")}}, **ONE_TASK)
    with pytest.raises(ConfigError, match="did you mean 'pope'"):
        evaluate_into(tmp_path / "e", suites={"popes": given(tmp_path)}, **ONE_TASK)
    assert list((tmp_path / "e").iterdir()) == []


def test_the_report_has_a_table_of_them(tmp_path, evaluated):
    context = write_run(tmp_path, shape=Shape(num_tasks=1, num_examples=0))
    path = tmp_path / "evaluate" / "summary.json"
    rows = json.loads((evaluated / "summary.json").read_text())["suites"]
    points = {**rows[0], "label": "mme", "figure": "mme_perception", "is_share": False, "mean": 1203.5}
    path.write_text(json.dumps({**json.loads(path.read_text()), "suites": [*rows, points]}))
    report = collect(context)
    assert [one.label for one in report.suites] == ["pope_random", "pope_random", "mme"]
    for page in (render_markdown(report), render_html(report)):
        assert "Suites" in page
        assert "1203.5" in page
        assert rows[0]["digest"] in page
    assert "## Suites" not in render_markdown(collect(write_run(tmp_path / "none", shape=Shape(num_tasks=1))))
