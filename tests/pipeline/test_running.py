"""Stages run once, go on where they were killed, and are never mistaken for those of another recipe."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap

import pytest

from sayso.artifacts import Manifest, Progress, open_stage, read_manifest
from sayso.errors import BackendError, ConfigError, DataError
from sayso.pipeline import run_stages

TASK = "description_question_answering"


def skipped(results):
    return {result.manifest.node: result.skipped for result in results}


def test_a_recipe_makes_one_whole_folder_a_stage(kitchen):
    results = kitchen.run()
    assert skipped(results) == {"augment": False, "build": False}
    assert sorted(path.name for path in kitchen.out.iterdir()) == [".lock", "augment", "build"]
    manifest = read_manifest(kitchen.out / "build")
    assert manifest.parents == {"augment": read_manifest(kitchen.out / "augment").digest}
    assert (manifest.node, manifest.kind, manifest.seed) == ("build", "build", 3)
    assert manifest.counts["num_items"] == 12
    assert {"sayso", "python"} <= set(manifest.versions)
    assert manifest.wall_s >= 0


def test_the_same_recipe_again_does_nothing(kitchen):
    kitchen.run()
    before = {path: path.stat().st_mtime_ns for path in kitchen.out.rglob("*") if path.name != ".lock"}
    assert skipped(kitchen.run()) == {"augment": True, "build": True}
    assert {path: path.stat().st_mtime_ns for path in kitchen.out.rglob("*") if path.name != ".lock"} == before


def test_a_skipped_stage_gives_the_manifest_of_the_first_time(kitchen):
    first = kitchen.run()
    assert [result.manifest for result in kitchen.run()] == [result.manifest for result in first]


def test_two_runs_of_a_recipe_are_byte_for_byte_the_same(kitchen):
    kitchen.run()
    first = kitchen.files("augment"), kitchen.files("build")
    shutil.rmtree(kitchen.out)
    kitchen.run()
    assert (kitchen.files("augment"), kitchen.files("build")) == first


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("seed=4", "seed: 3 -> 4"),
        ("build.prompt.options=lettered", "prompt.options: 'multi_instruct' -> 'lettered'"),
        ("build.sources.0.test_fraction=0.5", "sources.0.test_fraction: 0.4 -> 0.5"),
        ("build.max_examples_per_task=2", "max_examples_per_task: None -> 2"),
        ("build.held_out.tasks=[counting]", r"held_out.tasks: \[\] -> \['counting'\]"),
    ],
)
def test_a_changed_key_is_refused_by_name(kitchen, override, told):
    kitchen.run()
    before = kitchen.files()
    with pytest.raises(ConfigError, match=f"{told}.*--out"):
        kitchen.run(override)
    assert kitchen.files() == before


def test_only_the_stages_after_the_change_are_refused(kitchen):
    kitchen.run()
    stages = run_stages(kitchen.recipe("build.max_bad_rows=1"), out=kitchen.out)
    assert next(stages).manifest.node == "augment"
    with pytest.raises(ConfigError, match="run/build was made with another config"):
        next(stages)


def test_a_stage_that_is_deleted_is_made_again_and_what_reads_it_stays(kitchen):
    kitchen.run()
    before = kitchen.files()
    shutil.rmtree(kitchen.out / "augment")
    assert skipped(kitchen.run()) == {"augment": False, "build": True}
    shutil.rmtree(kitchen.out / "build")
    assert skipped(kitchen.run()) == {"augment": True, "build": False}
    assert kitchen.files() == before


def test_an_input_that_is_made_otherwise_makes_what_reads_it_stale(kitchen):
    kitchen.run()
    shutil.rmtree(kitchen.out / "augment")
    with pytest.raises(ConfigError, match=r"run/build was made with another config \(from\.augment: '\w+' -> '\w+'\)"):
        kitchen.run("augment.max_wordings=5")


def test_only_what_is_asked_for_and_what_it_reads_is_run(kitchen):
    text = kitchen.text + "report: {}\n"
    kitchen.text = text
    assert [result.manifest.node for result in kitchen.run_only("augment")] == ["augment"]
    assert skipped(kitchen.run_only("build")) == {"augment": True, "build": False}
    assert not (kitchen.out / "report").exists()


def test_a_stage_that_the_recipe_does_not_have_is_told_before_anything_is_written(kitchen):
    with pytest.raises(ConfigError, match=r"no stage 'biuld'; did you mean 'build'"):
        kitchen.run_only("biuld")
    assert not kitchen.out.exists()


def test_a_plugin_that_does_not_exist_is_told_before_anything_runs(kitchen):
    with pytest.raises(ConfigError, match="stage 'train': no model named 'tinny'; did you mean 'tiny'"):
        kitchen.run("train={model: {name: tinny}}")
    assert not kitchen.out.exists()


def test_two_runs_at_once_in_one_folder_are_refused(kitchen):
    kitchen.out.mkdir()
    with (kitchen.out / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(ConfigError, match=r"another sayso is writing to .*run; wait for it"):
            kitchen.run()
    assert skipped(kitchen.run()) == {"augment": False, "build": False}


def test_a_second_run_may_begin_once_the_first_was_left(kitchen):
    first = run_stages(kitchen.recipe(), out=kitchen.out)
    next(first)
    with pytest.raises(ConfigError, match="another sayso is writing"):
        kitchen.run()
    first.close()
    assert skipped(kitchen.run()) == {"augment": True, "build": False}


def test_an_out_that_is_a_file_is_explained(kitchen):
    kitchen.out.write_text("mine")
    with pytest.raises(ConfigError, match=r"cannot write to the folder .*run \(File exists\); choose another --out"):
        kitchen.run()
    assert kitchen.out.read_text() == "mine"


def test_a_folder_of_somebody_elses_is_left_alone(kitchen):
    (kitchen.out / "build").mkdir(parents=True)
    (kitchen.out / "build" / "thesis.txt").write_text("mine")
    with pytest.raises(ConfigError, match=r"run/build is in the way: it has no manifest\.json"):
        kitchen.run()
    assert (kitchen.out / "build" / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"node": "build"}'])
def test_a_damaged_manifest_is_named_with_what_to_delete(kitchen, content):
    kitchen.run()
    (kitchen.out / "augment" / "manifest.json").write_text(content)
    with pytest.raises(DataError, match=r"manifest\.json cannot be read .*; delete .*augment and run its recipe again"):
        kitchen.run()


def test_a_manifest_of_a_later_version_with_more_keys_is_read(kitchen):
    kitchen.run()
    path = kitchen.out / "build" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "invented_later": 1}))
    assert skipped(kitchen.run()) == {"augment": True, "build": True}


def test_a_stage_that_fails_leaves_no_folder_of_its_name_and_the_next_try_goes_on(kitchen):
    good = (kitchen.folder / "rows.jsonl").read_text()
    (kitchen.folder / "rows.jsonl").write_text(good + "{broken\n")
    with pytest.raises(DataError, match=r"rows\.jsonl:13"):
        kitchen.run()
    assert not (kitchen.out / "build").exists()
    (kitchen.folder / "rows.jsonl").write_text(good)
    assert skipped(kitchen.run()) == {"augment": True, "build": False}
    assert read_manifest(kitchen.out / "build").counts["num_bad_rows"] == 0


def test_a_stage_without_what_it_needs_says_what_to_add(kitchen):
    with pytest.raises(ConfigError, match="stage 'report' has no evaluate stage before it; add evaluate"):
        kitchen.run(text="report: {}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_explained(kitchen):
    kitchen.run_only("augment")
    kitchen.out.chmod(0o500)
    try:
        with pytest.raises(BackendError, match="Permission denied"):
            kitchen.run()
    finally:
        kitchen.out.chmod(0o700)


KILLED_WHILE_CLOSING = """
import os, signal, sys
from pathlib import Path
from sayso.artifacts import Manifest, open_stage, write_json, MANIFEST
import msgspec
wanted = msgspec.json.decode(sys.argv[2], type=Manifest)
partial = open_stage(Path(sys.argv[1]), wanted)
(partial / "piece").write_text("hours of work")
write_json(partial / MANIFEST, msgspec.to_builtins(wanted))  # all that close_stage does before the last rename
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_stage_killed_just_before_it_gets_its_name_keeps_its_pieces(tmp_path):
    wanted = Manifest(node="train", kind="train", digest="d", config={}, seed=0)
    text = json.dumps({"node": "train", "kind": "train", "digest": "d", "config": {}, "seed": 0})
    command = [sys.executable, "-c", textwrap.dedent(KILLED_WHILE_CLOSING), str(tmp_path / "train"), text]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    partial = open_stage(tmp_path / "train", wanted)
    assert (partial / "piece").read_text() == "hours of work"


class Interrupting(Progress):
    """Stops a run as Ctrl-C does, at the first sign of a label."""

    def __init__(self, label):
        self.label = label

    def start(self, label, *, total=None):
        if label == self.label:
            raise KeyboardInterrupt


@pytest.mark.parametrize("label", ["augment", "rows"])
def test_an_interrupted_run_ends_as_one_that_was_not(kitchen, label):
    kitchen.run()
    expected = kitchen.files("augment"), kitchen.files("build")
    shutil.rmtree(kitchen.out)
    with pytest.raises(KeyboardInterrupt):
        kitchen.run(progress=Interrupting(label))
    assert not (kitchen.out / "build").exists()
    kitchen.run()
    assert (kitchen.files("augment"), kitchen.files("build")) == expected
