"""Finished stages that several runs have in common."""

import os
import threading

from sayso.config import load_recipe
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


def test_without_a_shelf_nothing_is_kept(tmp_path):
    shelf = Shelf(None)
    with shelf.turn("abc"):
        assert not shelf.take("abc", node="build", final=tmp_path / "x")
        shelf.put("abc", tmp_path)
    assert list(tmp_path.iterdir()) == []
