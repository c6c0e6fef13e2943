"""Commands on data: what they print, what they end with, and what they leave behind."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import chdir

import pytest

from sayso.cli.console import ConsoleProgress
from sayso.cli.main import main

RECIPE = """
name: mine
augment: {tasks: [counting], max_wordings: 6}
build:
  sources: [{name: shapes, count: 40, use: split, test_fraction: 0.3}]
  tasks: [counting]
"""


@pytest.fixture
def sayso(tmp_path, capsys):
    """Type a command in a folder that holds mine.yaml."""
    (tmp_path / "mine.yaml").write_text(RECIPE)

    def call(*words):
        with chdir(tmp_path), pytest.raises(SystemExit) as left:
            main(list(words))
        shown = capsys.readouterr()
        return left.value.code, shown.out, shown.err

    return call


def last_json(text):
    return json.loads(text.splitlines()[-1])


def test_build_ends_with_its_folders_and_says_on_standard_error_how_it_went(sayso, tmp_path):
    code, out, err = sayso("build", "mine.yaml", "--json")
    assert code == 0
    assert last_json(out)["stages"] == {"augment": "runs/mine/augment", "build": "runs/mine/build"}
    assert "build: done in" in err
    assert "num_items 40" in err
    assert len(out.splitlines()) == 1
    assert (tmp_path / "runs" / "mine" / "build" / "manifest.json").exists()
    assert "build: there already" in sayso("build", "mine.yaml")[2]


def test_augment_makes_nothing_else(sayso, tmp_path):
    assert sayso("augment", "mine.yaml", "--out", "here")[0] == 0
    assert [path.name for path in (tmp_path / "here").iterdir() if path.name != ".lock"] == ["augment"]


def test_check_says_good_and_writes_nothing(sayso, tmp_path):
    code, out, _ = sayso("check", "mine.yaml", "--json")
    assert code == 0
    assert "40 items, 40 media decoded" in out
    assert last_json(out)["ok"] is True
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]


def test_check_of_bad_data_ends_with_json_and_exit_code_3(sayso, tmp_path):
    (tmp_path / "rows.jsonl").write_text("{broken\n")
    source = "build.sources=[{name: jsonl, path: rows.jsonl}]"
    code, out, err = sayso("check", "mine.yaml", "--json", "--set", source)
    assert code == 3
    assert last_json(out)["ok"] is False
    assert last_json(out)["stages"]["build"]["problems"][0]["places"] == ["rows.jsonl:1"]
    assert "rows.jsonl:1" in err
    assert "Traceback" not in err


def test_several_settings_may_follow_one_set(sayso, tmp_path):
    code, _, err = sayso("build", "mine.yaml", "--set", "build.sources.0.count=9", "seed=4", "--set", "name=other")
    assert code == 0, err
    manifest = json.loads((tmp_path / "runs" / "other" / "build" / "manifest.json").read_text())
    assert (manifest["seed"], manifest["counts"]["num_items"]) == (4, 9)


def test_preview_prints_the_conversation_and_the_legend(sayso):
    code, out, _ = sayso("preview", "mine.yaml", "--count", "2")
    assert code == 0
    assert "instr_template" in out.splitlines()[0]
    assert out.count("user:") == out.count("assistant:") == 2


def test_preview_shows_tokens_where_it_is_asked_to(sayso):
    pytest.importorskip("torch")
    code, out, _ = sayso("preview", "mine.yaml", "--count", "1", "--tokens")
    assert code == 0
    assert "resp_end" in out.splitlines()[0]
    assert "<|assistant|>" in out
    code, out, _ = sayso("preview", "mine.yaml", "--count", "1", "--tokens", "--json")
    assert {token[2] for token in last_json(out)[0]["tokens"]} >= {"bos", "response", "resp_end"}


def test_export_says_how_much_and_where(sayso, tmp_path):
    sayso("build", "mine.yaml")
    code, out, _ = sayso("export", "runs/mine", "--out", "given", "--split", "test", "--json")
    assert code == 0
    rows = json.loads((tmp_path / "given" / "conversations.json").read_text())
    told = last_json(out)
    assert told == {"build": "runs/mine/build", "path": "given", "num_samples": len(rows), "left_out": {}}
    assert f"{len(rows)} samples of runs/mine/build written to given" in out
    code, _, err = sayso("export", "runs/mine", "--out", "given")
    assert (code, "choose another --out" in err) == (3, True)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["train", "mine.yaml"], 2, "recipe 'mine' has no train stage; add a section train: to it"),
        (["evaluate", "mine.yaml"], 2, "has no evaluate stage"),
        (["build", "none.yaml"], 2, "recipe none.yaml does not exist"),
        (["build", "mine.yml"], 2, "does not exist"),
        (["build", "quickstrat"], 2, "did you mean 'quickstart'"),
        (["build", "mine.yaml", "--out", "mine.yaml"], 2, "cannot write to the folder mine.yaml"),
        (["build", "mine.yaml", "--set", "build.prompt.regions=pixel"], 2, "'unit', 'percent', 'pixels' or 'bins'"),
        (["check", "mine.yaml", "--set", "build.sources.0.cuont=3"], 2, "no option 'cuont'; did you mean 'count'"),
        (["preview", "mine.yaml", "--stage", "bild"], 2, "did you mean 'build'"),
        (["preview", "mine.yaml", "--count", "-1"], 2, "preview of -1 samples"),
        (["preview", "mine.yaml", "--count", "many"], 2, "sayso preview --help"),
        (["export", "runs/none", "--out", "x"], 3, "holds no build stage"),
        (["export", "runs/none", "--out", "x", "--to", "lava"], 2, "did you mean 'llava'"),
        (["export", "runs/none", "--out", "x", "--split", "val"], 2, "no split 'val'; known: test, train"),
        (["export", "mine.yaml", "--to", "trl", "--out", "x"], 2, "recipe 'mine' has no train stage"),
        (["export", "runs/none", "--to", "trl", "--out", "x"], 2, "no recipe 'runs/none'"),
        (["tasks", "show", "count"], 2, "known: "),
    ],
)
def test_what_cannot_be_done_is_one_message_with_its_exit_code(sayso, tmp_path, words, code, told):
    before = sorted(path.name for path in tmp_path.rglob("*"))
    given, _, err = sayso(*words)
    assert (given, told in err) == (code, True), err
    assert "Traceback" not in err
    assert err.count("sayso: ") == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_a_source_of_somebody_elses_that_fails_is_named_with_what_it_raised(sayso, tmp_path):
    (tmp_path / "faulty_source_of_mine.py").write_text("from sayso.sources import Source\ndef make():\n    return 5\n")
    sys.path.insert(0, str(tmp_path))
    try:
        code, _, err = sayso("build", "mine.yaml", "--set", "build.sources.0={name: 'faulty_source_of_mine:make'}")
    finally:
        sys.path.remove(str(tmp_path))
    assert (code, "Traceback" in err) == (3, False)
    assert "source 'faulty_source_of_mine:make': AttributeError" in err


def spawn(tmp_path, *words, **more):
    (tmp_path / "mine.yaml").write_text(RECIPE)
    command = [sys.executable, "-m", "sayso", *words]
    return subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "OMP_NUM_THREADS": "1"}, text=True, **more)


def test_a_reader_that_leaves_is_no_success_and_no_traceback(tmp_path):
    """As in `sayso tasks list --json | head -1`."""
    reading, writing = os.pipe()
    os.close(reading)
    process = spawn(tmp_path, "tasks", "list", stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    _, err = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "Traceback" not in err


def test_ctrl_c_in_the_middle_of_a_build_is_130_and_the_same_command_goes_on(tmp_path):
    large = ["build", "mine.yaml", "--set", "build.sources.0.count=60000"]
    process = spawn(tmp_path, *large, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    partial = tmp_path / "runs" / "mine" / "build.partial" / "progress.json"
    deadline = time.monotonic() + 60
    while not partial.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "run the same command again to go on" in err
    assert "Traceback" not in err
    assert not (tmp_path / "runs" / "mine" / "build").exists()
    assert partial.exists()


def test_progress_away_from_a_terminal_is_a_line_now_and_then(capsys):
    with ConsoleProgress() as progress:
        progress.LINE_EVERY_S = 0.0
        progress.start("rows", total=1000)
        time.sleep(0.002)
        progress.advance(64)
        progress.note("something to [read]")
    shown = capsys.readouterr().err
    assert "rows ..." in shown
    assert "rows: 64 of 1,000 after" in shown
    assert "something to [read]" in shown
