"""Finished stages that several runs have in common."""

import os
import threading
from pathlib import Path

import pytest

from sayso.artifacts import Manifest
from sayso.config import load_recipe
from sayso.errors import ConfigError
from sayso.evaluate.trained import model_folders
from sayso.pipeline.running import run_stages
from sayso.pipeline.sharing import Shelf

RECIPE = """
build:
  sources: [{name: shapes, use: train, count: 20}]
  tasks: [image_captioning]
"""


def run(tmp_path, name, *overrides):
    (tmp_path / "r.yaml").write_text(RECIPE)
    recipe = load_recipe(tmp_path / "r.yaml", overrides=overrides)
    return list(run_stages(recipe, out=tmp_path / name, shared=tmp_path / "shared"))


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_stage_that_another_run_made_is_taken_whole_and_stored_once(tmp_path):
    (first,), (second,) = run(tmp_path, "a"), run(tmp_path, "b")
    assert (first.skipped, second.skipped) == (False, True)
    assert contents(tmp_path / "a" / "build") == contents(tmp_path / "b" / "build")
    assert os.path.samefile(first.folder / "cards.json", second.folder / "cards.json")
    assert not list((tmp_path / "b").glob("*.partial"))


def test_another_config_or_seed_is_made_anew(tmp_path):
    run(tmp_path, "a")
    assert [result.skipped for result in run(tmp_path, "b", "seed=3")] == [False]
    assert [result.skipped for result in run(tmp_path, "c", "build.max_examples_per_task=5")] == [False]


def test_runs_at_the_same_time_wait_for_the_one_that_makes_the_stage(tmp_path):
    inside, most = [], []
    shelf = Shelf(tmp_path)

    def work():
        with shelf.turn("abc"):
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 8


TRAINED = """
stages:
  build: {from: [], sources: [{name: shapes, use: train, count: 20}], tasks: [image_captioning]}
  BASE: {kind: train, from: [build]}
  tune: {kind: train, from: [build, BASE]}
train:
  model: {name: tiny, hidden_size: 32, vision_hidden_size: 32}
  max_steps: 1
  per_device_train_batch_size: 2
  report_to: []
"""


@pytest.mark.slow
def test_a_stage_that_read_one_of_another_name_is_made_anew_so_that_its_references_hold(tmp_path):
    skipped, before = {}, {}
    for base in ("base", "start"):
        (tmp_path / "r.yaml").write_text(TRAINED.replace("BASE", base))
        recipe = load_recipe(tmp_path / "r.yaml")
        results = list(run_stages(recipe, out=tmp_path / base / "run", shared=tmp_path / "shared"))
        skipped[base] = [result.skipped for result in results]
        before[base] = Path(model_folders(results[-1].folder)["untuned"])
        assert set(results[-1].manifest.parents) == {"build", base}
    assert skipped == {"base": [False] * 3, "start": [True, False, False]}
    assert all(folder.exists() and base in folder.resolve().parts for base, folder in before.items())


def test_what_a_killed_copy_left_is_no_stage_and_goes_with_the_next(tmp_path):
    (first,) = run(tmp_path, "a")
    shelf = tmp_path / "shared"
    (kept,) = [path for path in shelf.iterdir() if path.is_dir()]
    kept.rename(shelf / f".{kept.name}.copy")
    (shelf / f".{kept.name}.copy" / "manifest.json").unlink()
    assert [result.skipped for result in run(tmp_path, "b")] == [False]
    assert [result.skipped for result in run(tmp_path, "c")] == [True]
    assert [path.name for path in shelf.iterdir() if path.is_dir()] == [kept.name]
    assert first.manifest.digest == kept.name


def test_a_stage_half_made_before_it_was_on_the_shelf_is_taken_from_there(tmp_path):
    run(tmp_path, "a")
    half = tmp_path / "b" / "build.partial"
    half.mkdir(parents=True)
    (half / "rest").write_text("half")
    assert [result.skipped for result in run(tmp_path, "b")] == [True]
    assert not half.exists()


def test_a_shelf_that_is_a_file_is_refused_by_name(tmp_path):
    (tmp_path / "shared").write_text("")
    with pytest.raises(ConfigError, match=r"--shared .*shared is not a folder"):
        run(tmp_path, "a")


def test_without_a_shelf_nothing_is_kept(tmp_path):
    shelf = Shelf(None)
    with shelf.turn("abc"):
        assert not shelf.take(
            Manifest(node="build", kind="build", digest="abc", config={}, seed=0), final=tmp_path / "x"
        )
        shelf.put("abc", tmp_path)
    assert list(tmp_path.iterdir()) == []
