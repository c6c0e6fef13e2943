"""Bad input ends in its exit code and one message that names the place, with nothing half-written."""

import fcntl
import io
import json
import os
import subprocess
import sys
import textwrap
from contextlib import chdir, redirect_stderr, redirect_stdout
from types import SimpleNamespace

import pytest
from PIL import Image

from sayso.cli.main import main


def spawned(*arguments, cwd):
    """A command in a process of its own."""
    command = [sys.executable, "-m", "sayso", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120)


def sayso(*arguments, cwd):
    """The same in this one, since a process for each of so many takes half a minute."""
    out, err = io.StringIO(), io.StringIO()
    with chdir(cwd), redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as left:
        main(list(map(str, arguments)))
    assert "Traceback" not in err.getvalue(), err.getvalue()
    return SimpleNamespace(returncode=left.value.code, stdout=out.getvalue(), stderr=err.getvalue())


@pytest.fixture
def folder(tmp_path):
    """Three good pictures with rows in our own format, and a recipe that reads them."""
    images = tmp_path / "images"
    images.mkdir()
    rows = []
    for number in range(3):
        Image.new("RGB", (64, 48), (number * 80, 40, 90)).save(images / f"{number}.png")
        rows.append({"id": f"r{number}", "images": [f"images/{number}.png"], "captions": [f"picture number {number}."]})
    write_rows(tmp_path, rows)
    write_recipe(tmp_path)
    return tmp_path


def write_rows(folder, rows):
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    (folder / "rows.jsonl").write_text("\n".join(lines) + "\n")


def write_recipe(folder, *, extra="", tasks="[image_captioning]"):
    text = """
        name: mine
        build:
          sources: [{name: jsonl, path: rows.jsonl, use: split, test_fraction: 0.4}]
          tasks: TASKS
        """
    (folder / "mine.yaml").write_text(textwrap.dedent(text).replace("TASKS", tasks) + extra)


def expect(done, code, *parts):
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    for part in parts:
        assert part in done.stderr, (part, done.stderr)


def nothing_finished(folder):
    return not (folder / "runs" / "mine" / "build").exists()


def test_the_good_folder_is_built_and_checked(folder):
    expect(spawned("check", "mine.yaml", cwd=folder), 0)
    done = spawned("build", "mine.yaml", "--json", cwd=folder)
    expect(done, 0)
    assert (folder / "runs" / "mine" / "build" / "manifest.json").exists()
    assert json.loads(done.stdout.splitlines()[-1])["held_in"] is None


BAD_ROWS = {
    "missing image": ({"id": "x", "images": ["images/none.png"], "captions": ["a."]}, ["none.png", "rows.jsonl"]),
    "path that leaves its root": ({"id": "x", "images": ["../secret.png"], "captions": ["a."]}, ["secret.png"]),
    "broken JSON line": ('{"id": "x", "images": [', ["rows.jsonl:4"]),
    "unknown key": ({"id": "x", "caption": "a."}, ["caption", "rows.jsonl:4"]),
    "box outside the image": (
        {"id": "x", "images": ["images/0.png"], "objects": [{"label": "a", "box": [10, 10, 900, 20]}]},
        ["900", "rows.jsonl:4"],
    ),
    "box of no area": (
        {"id": "x", "images": ["images/0.png"], "objects": [{"label": "a", "box": [10, 10, 10, 20]}]},
        ["rows.jsonl:4"],
    ),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_is_named_and_nothing_is_written(folder, name):
    row, parts = BAD_ROWS[name]
    good = (folder / "rows.jsonl").read_text().splitlines()
    write_rows(folder, [*good, row])
    (folder.parent / "secret.png").write_bytes((folder / "images" / "0.png").read_bytes())
    expect(sayso("build", "mine.yaml", cwd=folder), 3, *parts)
    assert nothing_finished(folder)
    expect(sayso("check", "mine.yaml", cwd=folder), 3)


@pytest.mark.parametrize("name", BAD_ROWS)
def test_bad_rows_are_quarantined_up_to_the_recipes_limit(folder, name):
    row, _ = BAD_ROWS[name]
    good = (folder / "rows.jsonl").read_text().splitlines()
    write_rows(folder, [*good, row])
    expect(sayso("build", "mine.yaml", "--set", "build.max_bad_rows=1", cwd=folder), 0)
    quarantine = (folder / "runs" / "mine" / "build" / "quarantine.jsonl").read_text().splitlines()
    assert len(quarantine) == 1
    assert json.loads(quarantine[0])["reason"]


def test_a_truncated_image_is_found_by_check(folder):
    picture = folder / "images" / "1.png"
    Image.effect_noise((200, 200), 80).save(picture)
    picture.write_bytes(picture.read_bytes()[:2000])
    expect(sayso("check", "mine.yaml", cwd=folder), 3, "1.png")


def test_a_decompression_bomb_is_refused_unread(folder):
    Image.new("1", (20000, 20000)).save(folder / "images" / "2.png")
    expect(sayso("check", "mine.yaml", cwd=folder), 3, "2.png", "more than 50,000,000 pixels")


def test_an_empty_data_set_says_so(folder):
    (folder / "rows.jsonl").write_text("")
    expect(sayso("build", "mine.yaml", cwd=folder), 3, "empty")
    assert nothing_finished(folder)


def test_a_missing_file_says_so(folder):
    (folder / "rows.jsonl").unlink()
    expect(sayso("build", "mine.yaml", cwd=folder), 3, "rows.jsonl")


def test_a_task_whose_needs_are_not_met_says_which(folder):
    write_recipe(folder, tasks="[counting]")
    expect(sayso("build", "mine.yaml", cwd=folder), 3, "counting", "objects")


@pytest.mark.parametrize(
    ("extra", "parts"),
    [
        ("trian: {}\n", ["trian", "did you mean 'train'", "line 6"]),
        ("train: {learning_rat: 1}\n", ["learning_rat", "did you mean 'learning_rate'"]),
        ("augment: {paraphraser: {name: gramar}}\n", ["gramar", "did you mean 'grammar'"]),
        ("augment: {filters: [{name: lenght}]}\n", ["lenght", "did you mean 'length'"]),
        ("train: {model: {name: tinny}}\n", ["tinny", "did you mean 'tiny'"]),
    ],
)
def test_unknown_keys_and_plugins_are_refused_before_anything_runs(folder, extra, parts):
    write_recipe(folder, extra=extra)
    expect(sayso("check", "mine.yaml", cwd=folder), 2, *parts)
    assert nothing_finished(folder)


def test_an_unknown_source_or_task_suggests_the_nearest(folder):
    expect(sayso("build", "mine.yaml", "--set", "build.sources.0.name=jsnl", cwd=folder), 2, "did you mean 'jsonl'")
    expect(sayso("build", "mine.yaml", "--set", "build.tasks=[image_caption]", cwd=folder), 0)
    expect(
        sayso("build", "mine.yaml", "--set", "build.tasks=[image_captionin]", "--out", "b", cwd=folder), 2, "image_cap"
    )


@pytest.mark.parametrize(
    ("task", "template", "parts"),
    [
        ("image_captioning", "Describe {picture}.", ["{picture}"]),
        ("image_captioning", "Describe {0}.", ["is not a slot"]),
        ("image_captioning", "Describe {x.__class__}.", ["is not a slot"]),
        ("description_question_answering", "Read {passage}.", ["missing slot {question}"]),
        ("description_question_answering", "{passage} {question} {question}", ["appears 2 times"]),
        ("description_question_answering", "{passage} {questoin}", ["did you mean 'question'"]),
        ("image_caption", "Say {what.", ["more.jsonl, line 2"]),
    ],
)
def test_a_template_with_a_wrong_slot_is_named_by_check_and_by_augment(folder, task, template, parts):
    good = json.dumps({"task": "image_captioning", "template": "Say what you see."})
    (folder / "more.jsonl").write_text(f"{good}\n{json.dumps({'task': task, 'template': template})}\n")
    write_recipe(folder, extra="augment: {tasks: [image_captioning], templates: more.jsonl}\n")
    for command in ("check", "augment"):
        expect(sayso(command, "mine.yaml", cwd=folder), 3, "more.jsonl, line 2", *parts)
    assert not (folder / "runs" / "mine" / "augment").exists()


def test_an_id_that_comes_twice_is_named_with_both_places(folder):
    good = (folder / "rows.jsonl").read_text().splitlines()
    write_rows(folder, [*good, good[0]])
    for command in ("check", "build"):
        expect(sayso(command, "mine.yaml", cwd=folder), 3, "r0 was read before", "rows.jsonl:1", "rows.jsonl:4")
    assert nothing_finished(folder)


def test_a_source_that_changed_under_the_same_recipe_is_not_taken_for_the_old_one(folder):
    expect(sayso("build", "mine.yaml", cwd=folder), 0)
    good = (folder / "rows.jsonl").read_text().splitlines()
    write_rows(folder, good[:2])
    expect(sayso("build", "mine.yaml", cwd=folder), 2, "the file rows.jsonl changed", "--out")
    write_rows(folder, good)
    expect(sayso("build", "mine.yaml", cwd=folder), 0, "there already")


def test_a_run_in_a_folder_that_another_one_writes_is_refused(folder):
    out = folder / "runs" / "mine"
    out.mkdir(parents=True)
    with (out / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        expect(sayso("build", "mine.yaml", cwd=folder), 2, "another sayso is writing to runs/mine")
    expect(sayso("build", "mine.yaml", cwd=folder), 0)


def test_a_run_folder_of_another_config_is_refused_with_the_keys(folder):
    expect(sayso("build", "mine.yaml", cwd=folder), 0)
    done = sayso("build", "mine.yaml", "--set", "build.prompt.regions=pixels", cwd=folder)
    expect(done, 2, "prompt.regions", "'unit' -> 'pixels'", "--out")


def test_a_mistyped_command_recipe_or_option_is_usage(folder):
    expect(sayso("trian", "mine.yaml", cwd=folder), 2)
    expect(sayso("run", "quikstart", cwd=folder), 2, "did you mean 'quickstart'")
    expect(sayso("build", "mine.yaml", "--set", "build.tasks", cwd=folder), 2, "PATH=VALUE")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="a small disk needs root to mount it")
def test_a_full_disk_is_explained_and_the_run_goes_on_once_there_is_space(folder):
    small = folder / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        shapes = ["--set", "build.sources=[{name: shapes, count: 3000, use: split}]", "--out", small / "run"]
        done = sayso("build", "mine.yaml", *shapes, cwd=folder)
        expect(done, 4, "space")
        assert not (small / "run" / "build").exists()
        subprocess.run(["mount", "-o", "remount,size=64m", small], check=True)
        expect(sayso("build", "mine.yaml", *shapes, cwd=folder), 0)
    finally:
        subprocess.run(["umount", small], check=False)
