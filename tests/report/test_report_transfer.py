"""A transfer stage's part of the report: shown where it is, refused where it is broken, left out where there is none."""

import pytest
from fake_run import write_run, write_stage

from sayso.artifacts import StageContext, write_json, write_text
from sayso.config import ReportConfig
from sayso.errors import DataError
from sayso.report.collect import collect
from sayso.report.html import render_html
from sayso.report.markdown import render_markdown

CELL = {"category": "vqa", "low": 0.1, "high": 0.9, "n": 8, "num_tasks": 2}
NUMBER = {"mean": -0.25, "low": -0.5, "high": 0.0, "n": 8, "num_tasks": 2}
FOUND = {
    "stages": [{"label": "one"}, {"label": "<two>"}],
    "wordings": {
        "all": {
            "summary": {"backward_transfer": NUMBER, "forward_transfer": None},
            "by_category": [
                {**CELL, "stage": "one", "mean": 0.75, "trained": True},
                {**CELL, "stage": "<two>", "mean": 0.5, "trained": False},
            ],
        }
    },
}


def write_transfer(root, *, found=FOUND):
    write_run(root)
    folder = root / "continual"
    write_stage(folder, kind="transfer", parents=["evaluate"], config={}, counts={})
    write_json(folder / "transfer.json", found)
    write_text(folder / "transfer.svg", "<svg/>")
    return StageContext(node="report", config=ReportConfig(), seed=7, inputs=(folder,), folder=root / "report.partial")


def test_a_run_without_a_transfer_has_no_such_section(tmp_path):
    report = collect(write_run(tmp_path))
    assert report.transfers == ()
    assert "Training in stages" not in render_html(report) + render_markdown(report)


def test_numbers_cells_and_figure_are_shown_and_texts_escaped(tmp_path):
    report = collect(write_transfer(tmp_path))
    page, text = render_html(report), render_markdown(report)
    assert "data:image/svg+xml;base64,PHN2Zy8+" in page
    assert "&lt;two&gt;" in page
    assert "<two>" not in page
    assert "| Backward transfer | -25.0 % (-50.0 to 0.0, n = 8) |" in text
    assert "| Forward transfer | not measured |" in text
    assert "| vqa | **75.0** | 50.0 |" in text


def test_the_scores_beside_it_are_of_its_last_evaluation(tmp_path):
    assert collect(write_transfer(tmp_path)).tasks == collect(write_run(tmp_path)).tasks


@pytest.mark.parametrize("found", [{}, {**FOUND, "stages": [{}]}, {**FOUND, "wordings": {"all": {"summary": {}}}}])
def test_a_broken_transfer_is_an_error_that_names_it(tmp_path, found):
    with pytest.raises(DataError, match=r"continual/transfer\.json cannot be shown"):
        collect(write_transfer(tmp_path, found=found))
