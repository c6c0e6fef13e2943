"""Studies: what an axis changes, what is claimed of the numbers, and a grid that is run, shared and taken up again."""

import json
import multiprocessing
import os
import re
import signal
import sys
import time
from pathlib import Path
from statistics import stdev

import pytest
import yaml

from sayso.artifacts import Progress
from sayso.config import load_recipe
from sayso.data.plan import plan_tasks
from sayso.data.wordings import task_wordings
from sayso.errors import ConfigError, DataError
from sayso.pipeline.studying import AXES, Study, _folder_labels, find_axis, run_study
from sayso.pipeline.studying.axes import Subject
from sayso.pipeline.studying.figure import draw_figure
from sayso.pipeline.studying.grid import Cell, run_cells
from sayso.pipeline.studying.table import interval, rows_of, verdict

LINE = """
build:
  sources: [{name: shapes, use: train, count: 40, seed: 1}, {name: shapes, use: test, count: 8, start: 40, seed: 1}]
  tasks: [image_captioning, grounded_captioning, visual_grounding, visual_spatial_relationship]
  prompt: {regions: percent}
train:
  model: {name: tiny, hidden_size: 32, vision_hidden_size: 32}
  max_steps: 2
  per_device_train_batch_size: 4
  report_to: []
evaluate: {conditions: [plain], models: [tuned], max_examples_per_task: 4, num_resamples: 20, max_new_tokens: 4}
"""
STAGED = (
    LINE
    + """
stages:
  data: {kind: build, from: []}
  base: {kind: train, from: [data]}
  tune: {kind: train, from: [data, base]}
  test: {kind: evaluate}
"""
)


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "line.yaml"
    path.write_text(LINE)
    return path


@pytest.fixture
def staged(tmp_path):
    path = tmp_path / "staged.yaml"
    path.write_text(STAGED)
    return path


def changes(axis, path, value, seed=1):
    return find_axis(axis).changes(Subject.of(path), value, seed)


@pytest.mark.parametrize("axis", AXES)
def test_every_axis_changes_a_recipe_into_one_that_can_be_loaded(axis, recipe, staged):
    value = {"model_size": "64", "objectives": "l2t"}.get(axis, "1")
    for path in (recipe, staged):
        assert load_recipe(path, overrides=changes(axis, path, value)) != load_recipe(path)


def test_only_the_stage_that_is_studied_is_changed(staged):
    changed = load_recipe(staged, overrides=changes("categories", staged, "1"))
    assert changed.node("base").config == load_recipe(staged).node("base").config
    assert len(changed.node("tune").config.tasks) == 1
    assert Subject.of(staged).evaluate == "test"


def test_a_larger_number_of_tasks_takes_in_the_smaller_one_and_seeds_differ(recipe):
    def trained(number, seed):
        return set(load_recipe(recipe, overrides=changes("tasks", recipe, number, seed)).node("train").config.tasks)

    for seed in range(5):
        assert trained("1", seed) < trained("2", seed) < trained("all", seed)
    assert len({frozenset(trained("1", seed)) for seed in range(10)}) > 1


def test_fewer_wordings_are_trained_on_and_all_wordings_of_unseen_tasks_stay(recipe):
    changed = load_recipe(recipe, overrides=changes("wordings", recipe, "1"))
    config = changed.node("build").config
    for plan in plan_tasks(config):
        if plan.brought:
            continue
        wordings = task_wordings(plan, config=config, seed=1)
        trained = [template for template in wordings if not template.held_out]
        assert (len(trained) == 1) == (plan.held_out is None)
        assert len(wordings) - len(trained) >= 3


@pytest.mark.parametrize(
    ("axis", "value", "message"),
    [("wordings", "none", "'none' is not a number"), ("rows", "0", "'0' is not"), ("tasks", "9", "9 tasks, but .* on 3"),
     ("model_size", "100", "'100' is not a multiple of 8"),
     ("objectives", "l2", "no objective named 'l2'"), ("objectives", "wit,prompt", "'prompt' sets nothing")],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused_before_anything_runs(axis, value, message, recipe, tmp_path):
    study = Study(
        axis=find_axis(axis), values=({"model_size": "64", "objectives": "vit"}.get(axis, "1"), value), seeds=(1,)
    )
    with pytest.raises(ConfigError, match=message):
        run_study(study, recipe=recipe, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_size_reaches_the_stage_that_makes_the_model_and_keeps_its_other_options(staged):
    own = "stages:\n  data: {kind: build, from: []}\n  base: {kind: train, from: [data], model: {name: tiny, patch_size: 24}}"
    staged.write_text(
        STAGED.replace("stages:\n  data: {kind: build, from: []}\n  base: {kind: train, from: [data]}", own)
    )
    assert "patch_size" in staged.read_text()
    changed = load_recipe(staged, overrides=changes("model_size", staged, "64"))
    wanted = {"patch_size": 24, "hidden_size": 64, "vision_hidden_size": 64}
    assert changed.node("base").config.model.options == wanted


def test_a_model_may_have_any_path_and_a_number_needs_a_model_that_takes_it(recipe):
    changed = load_recipe(recipe, overrides=changes("model_size", recipe, "my models/a, b: {c}"))
    assert changed.node("train").config.model.options == {"path": "my models/a, b: {c}"}
    recipe.write_text(LINE.replace("{name: tiny, hidden_size: 32, vision_hidden_size: 32}", "{name: auto, path: x}"))
    with pytest.raises(ConfigError, match="a number is a hidden size of tiny, but stage 'train' trains 'auto'"):
        changes("model_size", recipe, "64")


@pytest.mark.parametrize("axis", ["rows", "tasks", "categories"])
def test_epochs_that_grow_with_the_data_are_refused(axis, recipe):
    recipe.write_text(LINE.replace("max_steps: 2", "num_train_epochs: 2"))
    with pytest.raises(ConfigError, match=r"2 epochs, which are longer with more data.*--set train\.max_steps=1000"):
        changes(axis, recipe, "1")


def test_stages_are_found_however_the_recipe_is_written(staged):
    staged.write_text(json.dumps(yaml.safe_load(STAGED)))
    assert changes("rows", staged, "5") == ["stages.data.max_examples_per_task=5"]


def test_models_of_the_same_last_name_are_different_runs():
    assert _folder_labels(("here/model", "there/model", "128")) == ["here_model", "there_model", "128"]


class Sleep(Cell):
    """A run that is a nap, with its own mark in the list of processes."""

    def command(self, recipe, *, shared):
        return [sys.executable, "-c", f"import time; open({str(self.folder / 'up')!r}, 'w'); time.sleep(60)"]


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_study_that_is_stopped_takes_its_runs_with_it(sent, tmp_path):
    study = multiprocessing.get_context("fork").Process(target=nap, args=(tmp_path,))
    study.start()
    wait_for(lambda: all((tmp_path / str(seed) / "up").exists() for seed in (1, 2)))
    naps = [int(pid) for pid in Path(f"/proc/{study.pid}/task").glob("*/children") for pid in pid.read_text().split()]
    os.kill(study.pid, sent)
    study.join(timeout=20)
    assert study.exitcode == 130
    assert len(naps) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in naps)


def nap(folder):
    cells = [Sleep(value="1", seed=seed, changes=(), folder=folder / str(seed)) for seed in (1, 2)]
    try:
        run_cells(cells, recipe=folder, shared=folder, jobs=2, progress=Progress())
    except KeyboardInterrupt:
        sys.exit(130)


def wait_for(there):
    until = time.monotonic() + 30
    while not there():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_an_unknown_axis_one_value_or_a_recipe_without_evaluation_is_refused(recipe):
    with pytest.raises(ConfigError, match="no axis 'wording'"):
        find_axis("wording")
    with pytest.raises(ConfigError, match="two different ones"):
        Study(axis=find_axis("rows"), values=("5",), seeds=(1,))
    recipe.write_text(LINE[: LINE.index("evaluate")])
    with pytest.raises(ConfigError, match="0 evaluate stages"):
        Subject.of(recipe)


def summary(mean, sensitivity, held_in):
    rows = [{"task": "b", "metric": "accuracy", "group": "held_out_task", "mean": mean, "sensitivity": sensitivity}]
    rows += [{"task": "a", "metric": "accuracy", "group": "held_in", "mean": 1.0, "sensitivity": 0.7}]
    whole = {"held_in": {"mean": held_in}, "held_out_wordings": None, "sensitivity": {"mean": 0.5}}
    return {"by_task": rows, "wordings": wordings(), **whole}


def wordings():
    """Means 0.4 and 0.6 over the held-out wordings of the held-in task; everything else is there to mislead."""
    told = {"model": "tuned", "condition": "plain", "task": "a", "metric": "accuracy", "template_held_out": True}
    rows = [{**told, "mean": 0.4}, {**told, "mean": 0.6}, {**told, "mean": None}]
    others = (
        {"task": "b"},
        {"metric": "iou"},
        {"template_held_out": False},
        {"condition": "blind"},
        {"model": "untuned"},
    )
    return rows + [{**told, **other, "mean": 0.99} for other in others]


def test_sensitivity_on_held_in_tasks_is_over_the_wordings_that_no_run_was_trained_on():
    rows = {row.measure.name: row for row in rows_of({("1", 1): summary(0.2, 0.9, 0.5)}, values=("1",))}
    assert rows["sensitivity"].points[0].mean == pytest.approx(0.02**0.5 / 0.5)
    assert rows["unseen_sensitivity"].points[0].mean == 0.9


def test_intervals_are_students_over_seeds():
    point = interval([0.1, 0.2, 0.3])
    assert point.mean == pytest.approx(0.2)
    assert point.high - point.mean == pytest.approx(4.302653 * 0.1 / 3**0.5)
    assert interval([0.4]).low is None
    many = [0.0, 1.0] * 10
    assert interval(many).high - 0.5 == pytest.approx(2.093 * stdev(many) / 20**0.5, rel=1e-3)


def test_a_seed_without_a_value_leaves_the_pairs_of_the_others_as_they_are():
    first, last = {1: 0.1, 2: None, 3: 0.5, 4: 0.7}, {1: 0.2, 2: 0.9, 3: 0.6, 4: None}
    found = {("1", seed): summary(mean, 0.5, 0.5) for seed, mean in first.items()}
    found |= {("5", seed): summary(mean, 0.5, 0.5) for seed, mean in last.items()}
    row = rows_of(found, values=("1", "5"))[0]
    assert (row.change.n, row.change.mean) == (2, pytest.approx(0.1))
    assert [point.n for point in row.points] == [3, 3]


def test_values_that_few_seeds_have_at_both_ends_are_not_told_to_be_one_seed():
    found = {("1", seed): summary(0.1 if seed == 1 else None, 0.5, 0.5) for seed in (1, 2, 3)}
    found |= {("5", seed): summary(0.2, 0.5, 0.5) for seed in (1, 2, 3)}
    said = verdict(rows_of(found, values=("1", "5"))[0], first="1", last="5")
    assert said.endswith("at both 1 and 5 with 1 of 3 seeds, too few to tell a direction.")


def test_a_direction_is_claimed_only_where_the_interval_leaves_out_no_change():
    clear = {("1", s): summary(0.2 + 0.01 * s, 0.5, 0.5) for s in (1, 2, 3)}
    clear |= {("5", s): summary(0.4 + 0.011 * s, 0.2 + 0.01 * s, 0.5 + 0.1 * (-1) ** s) for s in (1, 2, 3)}
    rows = {row.measure.name: row for row in rows_of(clear, values=("1", "5"))}
    said = {name: verdict(row, first="1", last="5") for name, row in rows.items()}
    assert said["unseen_tasks"].startswith("unseen tasks, mean over their wordings: +20.2 from 1 to 5")
    assert said["unseen_tasks"].endswith("it gets better.")
    assert said["unseen_sensitivity"].endswith("it gets better.")
    assert said["held_in"].endswith("no direction can be told.")
    assert "held_out_wordings" not in rows
    alone = rows_of({key: value for key, value in clear.items() if key[1] == 1}, values=("1", "5"))
    assert all("one seed tells nothing" in verdict(row, first="1", last="5") for row in alone)


def test_the_figure_has_a_panel_per_measure_a_dot_per_seed_and_escapes_what_it_is_told():
    summaries = {(value, s): summary(0.2, 0.5, 0.5) for value in ("1", "<b>") for s in (1, 2)}
    rows = rows_of(summaries, values=("1", "<b>"))
    drawn = draw_figure(rows, values=("1", "<b>"), label="a & b")
    assert drawn.count('class="title"') == len(rows) == 4
    assert drawn.count('class="seed"') == 4 * len(rows)
    assert "<b>" not in drawn
    assert "a &amp; b" in drawn


@pytest.mark.slow
def test_a_study_is_run_shared_written_and_taken_up_again(recipe, tmp_path):
    study = Study(axis=find_axis("wordings"), values=("1", "3"), seeds=(1,))
    out = tmp_path / "out"
    found = run_study(study, recipe=recipe, out=out, jobs=2)
    page = (out / "study.html").read_text()
    assert (out / "study.svg").read_text() in page
    assert not re.search(r"<(?:script|link|img)\b", page)
    table = (out / "study.md").read_text()
    assert all(sentence in table for sentence in found["verdicts"])
    assert json.loads((out / "study.json").read_text())["values"] == ["1", "3"]
    cells = sorted(path.name for path in (out / "cells").iterdir())
    assert cells == ["wordings-1-seed1", "wordings-3-seed1"]
    started = time.time()
    assert run_study(study, recipe=recipe, out=out, jobs=2) == found
    made = [path for path in (out / "cells").rglob("manifest.json") if path.stat().st_mtime > started]
    assert not made


@pytest.mark.slow
def test_what_a_failing_run_says_ends_the_study_and_names_its_log(recipe, tmp_path):
    study = Study(axis=find_axis("wordings"), values=("1", "3"), seeds=(1,))
    with pytest.raises(DataError, match=r"exit code 3[\s\S]*log\.txt ends:[\s\S]*max_tokens"):
        run_study(study, recipe=recipe, overrides=["train.max_tokens=8"], out=tmp_path / "out")


def paraphraser_of(path, value, seed=1):
    recipe = load_recipe(path, overrides=changes("meta_prompts", path, value, seed))
    build = next(node for node in recipe.of_kind("build") if "augment" in node.inputs)
    return recipe.node("augment").config.paraphraser, build


def test_operations_are_left_out_by_number_or_by_name_and_a_missing_augment_stage_is_added(recipe, staged):
    for path, build in ((recipe, "build"), (staged, "data")):
        every, read_by = paraphraser_of(path, "all")
        assert (every.options["without"], read_by.name) == (["perspective"], build)
        assert set(paraphraser_of(path, "-synonyms")[0].options["without"]) == {"perspective", "synonyms"}
    sizes = [len(paraphraser_of(recipe, value)[0].options["without"]) for value in ("1", "3", "all")]
    assert sizes[0] - 2 == sizes[1] == sizes[2] + (sizes[0] - sizes[2]) - 2
    one, three = ({*paraphraser_of(recipe, value)[0].options["without"]} for value in ("1", "3"))
    assert three < one


def test_a_recipes_own_paraphraser_keeps_its_options_along_the_operations(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        LINE
        + "augment: {paraphraser: {name: model, model: {name: scripted, replies: {}}, operations: [synonyms, reorder]}}\n"
    )
    (change,) = changes("meta_prompts", path, "-reorder")
    config = load_recipe(path, overrides=[change]).node("augment").config.paraphraser
    assert config.options["operations"] == ["synonyms", "reorder"]
    assert config.options["without"] == ["perspective", "reorder"]


@pytest.mark.parametrize(
    ("value", "told"), [("-synonym", "did you mean 'synonyms'"), ("99", "99 operations"), ("x", "is not a number")]
)
def test_operations_that_do_not_exist_are_told(recipe, value, told):
    with pytest.raises(ConfigError, match=told):
        changes("meta_prompts", recipe, value)


def test_a_paraphraser_without_operations_cannot_be_studied(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(LINE + "augment: {paraphraser: {name: scripted, wordings: {}}}\n")
    with pytest.raises(ConfigError, match="'scripted' has no operations"):
        changes("meta_prompts", path, "1")


def test_an_objective_takes_its_options_along(recipe):
    (change,) = changes("objectives", recipe, "wit,prompt=0.3,response=0.9")
    objective = load_recipe(recipe, overrides=[change]).node("train").config.objective
    assert objective.model_dump() == {"name": "wit", "prompt": 0.3, "response": 0.9}
