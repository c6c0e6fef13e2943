"""A recipe that trains, scores with that model, chooses, and trains on what it chose, to the report."""

import json

import pytest

from sayso.artifacts import read_manifest
from sayso.config import load_recipe
from sayso.pipeline import run_recipe

pytest.importorskip("torch")

RECIPE = """
name: chosen
seed: 5
build:
  sources:
    - {name: shapes, use: train, count: 24, seed: 1}
    - {name: shapes, use: test, count: 8, seed: 1, start: 120}
  tasks: [counting, color_recognition]
train:
  model: {name: tiny}
  max_steps: 2
  per_device_train_batch_size: 4
  report_to: []
  preflight: false
select:
  scorers: [{name: ifd}, {name: length}]
  selectors: [{name: exact_duplicates}, {name: top, by: ifd_loss, per_task: true}]
  budget: 0.5
  num_extremes: 2
evaluate:
  {max_examples_per_task: 2, max_wordings: 1, num_resamples: 10, max_new_tokens: 4, models: [tuned], conditions: [plain]}
report: {num_examples: 2}
stages:
  build: {}
  warm: {kind: train, from: build}
  select: {from: [build, warm]}
  tuned: {kind: train, from: select}
  evaluate: {from: tuned}
  report: {}
"""


@pytest.mark.slow
def test_a_model_scores_what_the_next_one_learns_from(tmp_path):
    (tmp_path / "chosen.yaml").write_text(RECIPE)
    results = {r.folder.name: r for r in run_recipe(load_recipe(tmp_path / "chosen.yaml"), out=tmp_path / "run")}
    built, chosen = results["build"].manifest.counts, results["select"].manifest.counts
    for task, count in built["train"].items():
        assert 0 < chosen["train"][task] <= count // 2
    assert chosen["test"] == built["test"]
    rows = [json.loads(line) for line in (tmp_path / "run/select/verdicts.jsonl").read_text().splitlines()]
    for task in built["train"]:
        kept = [row["score"] for row in rows if row["task"] == task and row["keep"]]
        left = [row["score"] for row in rows if row["task"] == task and row["selector"] == "top" and not row["keep"]]
        assert min(kept) >= max(left)
    assert read_manifest(tmp_path / "run/tuned").parents.keys() == {"select"}
    report = json.loads((tmp_path / "run/report/report.json").read_text())
    figures = report["selections"][0]["figures"]
    assert figures["num_kept"] == chosen["num_kept"]
    assert [column["name"] for column in figures["columns"]][:2] == ["ifd_loss", "ifd_ppl"]
    assert all("uri" not in picture for picture in report["selections"][0]["pictures"].values())
    page = (tmp_path / "run/report/report.html").read_text()
    assert "What was chosen to train on" in page
    assert f"{chosen['num_kept']} of {chosen['num_rows']} rows kept" in page
    assert "What was chosen to train on" in (tmp_path / "run/report/report.md").read_text()
