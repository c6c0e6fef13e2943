"""`kill -9` in the middle of any stage, then the same command again: it goes on, and the numbers are the same."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("torch")

MINI = Path(__file__).with_name("mini.yaml")
MIDDLE = {
    "augment": "augment.partial/tasks/*",
    "build": "build.partial/examples/*/*",
    "train": "train.partial/checkpoints/checkpoint-*/trainer_state.json",
    "evaluate": "evaluate.partial/predictions/*/*",
}
WAIT_S = 180


def command(out):
    return [sys.executable, "-m", "sayso", "run", str(MINI), "--out", str(out), "--json"]


def environment():
    return {**os.environ, "OMP_NUM_THREADS": "1"}


def finish(out):
    done = subprocess.run(command(out), capture_output=True, text=True, env=environment(), timeout=WAIT_S)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def kill_in(stage, out):
    """Start the run and kill it as soon as the stage has written a piece; True where it died before the stage was whole."""
    with (out.parent / f"{stage}.log").open("w") as log:
        process = subprocess.Popen(command(out), stdout=log, stderr=log, env=environment())
        deadline = time.monotonic() + WAIT_S
        while process.poll() is None and time.monotonic() < deadline:
            if any(out.glob(MIDDLE[stage])):
                process.send_signal(signal.SIGKILL)
                process.wait()
                return not (out / stage).exists()
            time.sleep(0.002)
    raise AssertionError(f"{stage} ended before it could be killed: {(out.parent / f'{stage}.log').read_text()}")


def numbers(summary):
    return {key: summary[key] for key in summary if key not in {"run_dir", "report_html", "stages"}}


def weights(out):
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((out / "train" / "model").glob("*.safetensors"))
    }


@pytest.mark.slow
def test_killed_in_every_stage_a_run_ends_with_the_same_numbers_and_weights(tmp_path):
    whole = finish(tmp_path / "whole")
    killed = {stage: kill_in(stage, tmp_path / "killed") for stage in MIDDLE}
    resumed = finish(tmp_path / "killed")
    assert numbers(resumed) == numbers(whole)
    assert weights(tmp_path / "killed") == weights(tmp_path / "whole") != {}
    assert killed["train"], "the run was killed only after training had ended"
    assert finish(tmp_path / "killed")["held_in"] == whole["held_in"]
