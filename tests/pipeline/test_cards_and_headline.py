"""Cards of tasks, and the numbers that a run ends with."""

import json

import pytest

from sayso import tasks
from sayso.artifacts import Manifest
from sayso.errors import ConfigError, DataError
from sayso.pipeline import StageResult, headline, headline_rows, task_card, task_cards
from sayso.report.headline import BY_DISTANCE, HEADLINE

SCORE = {"mean": 0.5, "low": 0.4, "high": 0.6, "n": 10}


def result(folder, kind, **files):
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.json").write_text(text)
    return StageResult(
        folder=folder, manifest=Manifest(node=folder.name, kind=kind, digest="d", config={}, seed=0), skipped=False
    )


def test_a_card_counts_the_wordings_that_it_shows():
    for card in task_cards():
        shown = task_card(card["name"])
        assert {key: shown[key] for key in card} == card
        assert len(shown["templates"]) == card["num_templates"]
        assert sum(template["held_out"] for template in shown["templates"]) == card["num_held_out_templates"]
        assert len({template["id"] for template in shown["templates"]}) == card["num_templates"]


def test_cards_are_those_of_the_catalogue_in_its_order():
    assert [card["name"] for card in task_cards()] == tasks.names()
    json.dumps(task_cards())


def test_a_task_that_does_not_exist_is_explained():
    with pytest.raises(ConfigError, match="did you mean 'counting'"):
        task_card("countng")


def test_without_an_evaluation_every_score_is_null(tmp_path):
    made = headline([result(tmp_path / "build", "build")], run_dir=tmp_path)
    assert made["run_dir"] == str(tmp_path)
    assert made["report_html"] is None
    assert [made[key] for key in HEADLINE] == [None] * len(HEADLINE)
    assert made["stages"] == {"build": str(tmp_path / "build")}


def test_the_scores_are_those_of_the_evaluation_and_the_page_that_of_the_report(tmp_path):
    summary = json.dumps({"held_in": SCORE, "by_task": [], "num_sensitivity_undefined": 0})
    stages = [result(tmp_path / "evaluate", "evaluate", summary=summary), result(tmp_path / "report", "report")]
    made = headline(stages, run_dir=tmp_path)
    assert made["held_in"] == SCORE
    assert made["held_out_tasks"] is None
    assert made["report_html"] == str(tmp_path / "report" / "report.html")
    assert set(made) == {"run_dir", "report_html", "stages", "model", "suites", *HEADLINE, *BY_DISTANCE}
    json.dumps(made)


def test_the_documented_keys_are_all_there():
    promised = {"held_in", "held_in_untuned", "held_in_blind", "held_in_shuffled", "held_out_tasks"}
    assert promised | {"held_out_categories", "held_out_wordings", "sensitivity"} == set(HEADLINE)


@pytest.mark.parametrize("text", ["", "[1]", "{"])
def test_a_damaged_summary_is_named(tmp_path, text):
    with pytest.raises(DataError, match=r"summary\.json cannot be read .*delete .*evaluate and run"):
        headline([result(tmp_path / "evaluate", "evaluate", summary=text)], run_dir=tmp_path)


def test_people_read_means_and_intervals(tmp_path):
    summary = {key: SCORE if key == "held_in" else None for key in HEADLINE}
    rows = dict(headline_rows(summary))
    assert any("50" in value and "40" in value and "60" in value for value in rows.values()), rows
