"""What a process that is not the first waits for, and what it makes of its environment."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sayso.artifacts import Manifest, close_stage, open_stage
from sayso.errors import ConfigError
from sayso.pipeline.processes import Processes, launched, wait_for_finished, wait_for_open

WANTED = Manifest(node="train", kind="train", digest="a1", config={}, seed=0, parents={})


def after(seconds: float, do: object) -> threading.Timer:
    timer = threading.Timer(seconds, do)  # type: ignore[arg-type]
    timer.start()
    return timer


def test_a_follower_joins_the_stage_that_the_first_process_opened(tmp_path: Path) -> None:
    final = tmp_path / "train"
    stale = open_stage(final, Manifest(node="train", kind="train", digest="other", config={}, seed=0, parents={}))
    assert stale is not None
    timer = after(0.2, lambda: open_stage(final, WANTED))
    assert wait_for_open(final, WANTED) == tmp_path / "train.partial"
    assert (tmp_path / "train.partial" / "digest").read_text() == "a1"
    timer.join()


def test_a_follower_skips_what_is_finished_and_waits_for_what_is_not(tmp_path: Path) -> None:
    final = tmp_path / "train"
    partial = open_stage(final, WANTED)
    assert partial is not None
    timer = after(0.2, lambda: close_stage(partial, WANTED))
    assert wait_for_finished(final, WANTED) == WANTED
    assert wait_for_open(final, WANTED) is None
    timer.join()


def test_without_a_launcher_there_is_one_process() -> None:
    assert launched({}) == Processes(rank=0, count=1)


def test_what_the_launcher_says_is_read_or_refused() -> None:
    assert launched({"RANK": "1", "WORLD_SIZE": "2"}) == Processes(rank=1, count=2)
    for rank, count in (("2", "2"), ("first", "2"), ("0", "")):
        with pytest.raises(ConfigError, match=f"RANK={rank} and WORLD_SIZE={count} in the environment"):
            launched({"RANK": rank, "WORLD_SIZE": count})


def test_processes_of_one_launch_cannot_share_stages_with_other_runs(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("name: one\nstages:\n  build: {from: [], sources: [{name: shapes, count: 4}]}\n")
    command = [
        sys.executable,
        "-m",
        "sayso",
        "run",
        str(path),
        "--out",
        str(tmp_path / "out"),
        "--shared",
        str(tmp_path),
    ]
    environment = {**os.environ, "RANK": "0", "WORLD_SIZE": "2"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "while 2 processes run one recipe" in " ".join(done.stderr.split())
