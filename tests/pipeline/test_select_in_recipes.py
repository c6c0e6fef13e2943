"""A selection in a recipe: taken for a build by whatever comes after it, checked before anything runs, and with a user's own scorer."""

import json
from contextlib import chdir

import pytest

from sayso.artifacts import BUILDS, StageContext, read_manifest, serves_as, stage_folders
from sayso.cli.main import main
from sayso.config import TrainConfig, load_recipe
from sayso.data.folder import BuildFolder
from sayso.errors import ConfigError
from sayso.pipeline import check_recipe, export_run, run_recipe
from sayso.pipeline.running import run_stages

SCORER = '''"""How many different words an answer has: a scorer of somebody's own."""

from dataclasses import dataclass

import numpy as np

from sayso.data.scorers import Column


@dataclass(frozen=True, kw_only=True)
class Different:
    per_row: bool = True

    def score(self, samples, *, scoring):
        answers = [sample.messages[-1].text.split() for sample in samples]
        return {"different": Column(values=np.array([float(len(set(words))) for words in answers]))}
'''

RECIPE = """
name: chosen
seed: 3
build:
  sources:
    - {name: conversations, path: train.jsonl}
    - {name: conversations, path: test.jsonl, use: test, split: t}
  tasks: [conversation]
select:
  scorers: [{name: "my_scorers:Different"}]
  selectors: [{name: top, by: different}]
  budget: 0.25
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "my_scorers.py").write_text(SCORER)
    (tmp_path / "chosen.yaml").write_text(RECIPE)
    for name, count in (("train", 20), ("test", 4)):
        rows = (
            {"instruction": f"{name} {number}", "input": "", "output": " ".join(f"w{k}" for k in range(number + 1))}
            for number in range(count)
        )
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with chdir(tmp_path):
        yield tmp_path


def recipe(folder, *overrides, text=RECIPE):
    (folder / "other.yaml").write_text(text)
    return load_recipe(folder / "other.yaml", overrides=overrides)


def test_a_scorer_of_fifteen_lines_in_a_file_of_the_user(folder):
    assert len(SCORER.splitlines()) <= 17
    results = run_recipe(recipe(folder), out=folder / "run")
    assert [result.manifest.kind for result in results] == ["build", "select"]
    rows = [json.loads(line) for line in (folder / "run/select/verdicts.jsonl").read_text().splitlines()]
    assert [row["score"] for row in rows if row["keep"]] == [16, 17, 18, 19, 20]
    assert {row["reason"] for row in rows} == {"top by different", "top: the budget was full"}


def test_a_scorer_that_was_changed_scores_again(folder):
    run_recipe(recipe(folder), out=folder / "run")
    assert len(list((folder / "run" / "columns.cache").iterdir())) == 1
    (folder / "my_scorers.py").write_text(SCORER + "# changed\n")
    run_recipe(recipe(folder, "select.budget=3"), out=folder / "run2")
    with pytest.raises(ConfigError, match=r"select was made with another config \(budget: 0.25 -> 3\)"):
        run_recipe(recipe(folder, "select.budget=3"), out=folder / "run")


def test_a_finished_selection_is_not_made_again(folder):
    run_recipe(recipe(folder), out=folder / "run")
    assert all(result.skipped for result in run_recipe(recipe(folder), out=folder / "run"))


def test_a_selection_serves_as_a_build_and_nothing_else_does():
    assert {"build", "select"} == BUILDS
    assert serves_as("select", "build")
    assert not serves_as("build", "select")
    assert not serves_as("train", "build")
    assert serves_as("train", "train")


def test_whoever_reads_the_nearest_build_finds_the_selection(folder):
    run_recipe(recipe(folder), out=folder / "run")
    run = folder / "run"
    context = StageContext(node="x", config=TrainConfig(), seed=3, inputs=(run / "select",), folder=run)
    assert context.nearest("build") == run / "select"
    assert context.inputs_of("build") == [run / "select"]
    assert [path.name for path in stage_folders(run, kind="build")] == ["build", "select"]
    assert [path.name for path in stage_folders(run, kind="select")] == ["select"]


def test_a_selection_is_exported_by_its_folder(folder):
    run_recipe(recipe(folder), out=folder / "run")
    assert export_run(folder / "run" / "select", to="alpaca", out=folder / "kept")["num_samples"] == 5
    assert export_run(folder / "run", to="alpaca", out=folder / "all")["num_samples"] == 20


STAGES = """
stages:
  build: {}
  warm: {kind: train, from: build}
  select: {from: [build, warm]}
  train: {from: select}
  evaluate: {from: train}
"""


def test_check_shows_what_is_chosen_from_and_trained_on(folder):
    text = RECIPE + "train: {max_steps: 2}\nevaluate: {}\n" + STAGES
    shown = check_recipe(recipe(folder, text=text)).as_json()
    assert shown["ok"]
    assert shown["nodes"]["select"] == {"kind": "select", "from": ["build", "warm"], "tasks": None}
    named = check_recipe(recipe(folder, "select.tasks=[conversation]", "train.tasks=['conv*']", text=text)).as_json()
    assert named["nodes"]["select"]["tasks"] == named["nodes"]["train"]["tasks"] == ["conversation"]


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (["select.scorers=[lenght]"], "stage 'select': no scorer named 'lenght'; did you mean 'length'"),
        (["select.selectors=[tpo]"], "stage 'select': no selector named 'tpo'"),
        (["select.selectors=[{name: k_center, features: sentense}]"], "no (selector|feature) named"),
        (["select.scorers=[]"], r"select.selectors.0 \(top\) reads the column 'different', which no scorer gives"),
        (["select.scorers=[{name: length, as: words}]"], r"which no scorer gives \(known: words\)"),
        (["select.selectors=[{name: top, by: different, keeep: lowest}]"], "no option 'keeep'; did you mean 'keep'"),
        (["select.budget=1.5"], "budget 1.5 is neither a share"),
        (["select.scorers=[]", "select.selectors=[]", "select.budget=null"], "has neither scorers nor selectors"),
        (["stages.select.from=[warm]"], "needs a build or select stage to choose from"),
        (["stages.select.from=[build, evaluate]", "stages.evaluate.from=[build]"], "neither examples nor weights"),
        (
            ["stages.goal={kind: build, from: []}", "stages.select.from=[build, goal]", "select.target=train.jsonl"],
            r"several targets \(goal, train.jsonl\)",
        ),
        (["stages.train.from=[warm]"], "needs a build stage to train on"),
        (["stages.train.tasks=[counting]"], "'counting' matches no task of the build"),
    ],
)
def test_what_cannot_work_is_said_before_anything_runs(folder, overrides, told):
    text = (
        RECIPE
        + "train: {max_steps: 2}\nevaluate: {backend: {name: file, path: x.jsonl}, conditions: [plain]}\n"
        + STAGES
    )
    with pytest.raises(ConfigError, match=told):
        check_recipe(recipe(folder, *overrides, text=text))


def test_options_of_scorers_are_tried_before_the_first_stage_of_a_run(folder):
    with pytest.raises(ConfigError, match=r"select.scorers.0 \(length\): .*no option 'unti'; did you mean 'unit'"):
        run_recipe(recipe(folder, "select.scorers=[{name: length, unti: words}]"), out=folder / "run")
    assert not (folder / "run" / "build").exists()


def test_patterns_are_held_against_the_build_and_then_against_the_selection(folder):
    text = RECIPE + "train: {max_steps: 2, tasks: [counting]}\n"
    with pytest.raises(ConfigError, match=r"train.tasks: 'counting' matches no task"):
        list(run_stages(recipe(folder, text=text), out=folder / "run", only=("select",)))
    assert not (folder / "run" / "select").exists()
    assert (folder / "run" / "build").exists()


def test_the_command_runs_the_stages_of_a_recipe(folder, capsys):
    with pytest.raises(SystemExit) as left:
        main(["select", "chosen.yaml", "--out", "run", "--set", "select.budget=4", "--json"])
    shown = capsys.readouterr()
    assert left.value.code == 0
    assert json.loads(shown.out.splitlines()[-1])["stages"] == {"build": "run/build", "select": "run/select"}
    assert "num_kept 4" in shown.err
    assert BuildFolder(folder / "run" / "select").cards[0].num_train == 4
    assert read_manifest(folder / "run" / "select").counts["test"] == {"conversation": 4}
