"""A run that is killed in the middle of an epoch ends in the same bits: order, wordings, accumulated pieces, and dropout."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
import toy_run
from toy_run import TRAIN, run_toy

from sayso.artifacts import Manifest
from sayso.config import PluginConfig, TrainConfig
from sayso.errors import ConfigError
from sayso.train.engine.trainer import last_checkpoint

DROPPING = TRAIN.model_copy(
    update={
        "model": PluginConfig(name="tiny", **{**TRAIN.model.options, "attention_dropout": 0.3}),
        "max_steps": -1,
        "num_train_epochs": 5,  # 200 samples, 12 a step: 17 steps, and the last is made of two pieces instead of three
        "gradient_accumulation_steps": 3,
    }
)
AHEAD = DROPPING.model_copy(update={"dataloader_num_workers": 1})


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    """An uninterrupted run."""
    out = tmp_path_factory.mktemp("run")
    return out, run_toy(out, train=DROPPING)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run leaves behind that is killed after its tenth step; a process of its own reads samples ahead."""
    out = tmp_path_factory.mktemp("killed")
    kill_in_training(out, config=AHEAD)
    return out


def kill_in_training(out: Path, *, config: TrainConfig) -> None:
    command = [sys.executable, toy_run.__file__, str(out), config.model_dump_json()]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    log = out / "train.partial" / "log.jsonl"
    deadline = time.monotonic() + 120
    while not (log.exists() and log.read_text().count("\n") >= 2) and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def weights(out: Path) -> bytes:
    return (out / "train" / "model" / "model.safetensors").read_bytes()


def rows(out: Path) -> list[dict]:
    return [json.loads(line) for line in (out / "train" / "log.jsonl").read_text().splitlines()]


def again(killed: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A copy of what was left behind, and its newest checkpoint."""
    out = tmp_path / "run"
    shutil.copytree(killed, out)
    checkpoint = last_checkpoint(out / "train.partial" / "checkpoints")
    assert checkpoint is not None
    return out, checkpoint


def test_a_run_killed_in_training_ends_in_the_same_bits(
    finished: tuple[Path, Manifest], killed: Path, tmp_path: Path
) -> None:
    out, _ = again(killed, tmp_path)
    manifest = run_toy(out, train=AHEAD)
    assert weights(out) == weights(finished[0])
    assert rows(out) == rows(finished[0])
    assert manifest.counts == finished[1].counts
    assert manifest.counts["steps"] == 17


def test_another_random_state_would_end_elsewhere(
    finished: tuple[Path, Manifest], killed: Path, tmp_path: Path
) -> None:
    """What the test above would not notice in a model without dropout."""
    out, checkpoint = again(killed, tmp_path)
    states = torch.load(checkpoint / "rng_state.pth", weights_only=False)
    with torch.random.fork_rng(devices=[]):
        states["cpu"] = torch.manual_seed(0).get_state()
    torch.save(states, checkpoint / "rng_state.pth")
    run_toy(out, train=AHEAD)
    assert weights(out) != weights(finished[0])


def test_a_checkpoint_without_its_random_state_is_passed_over(killed: Path, tmp_path: Path) -> None:
    out, checkpoint = again(killed, tmp_path)
    (checkpoint / "rng_state.pth").unlink()
    before = last_checkpoint(out / "train.partial" / "checkpoints")
    assert before is None or before.name < checkpoint.name


def test_a_checkpoint_of_other_processes_is_refused(killed: Path, tmp_path: Path) -> None:
    out, _ = again(killed, tmp_path)
    with pytest.raises(ConfigError, match=r"written by 1 process\(es\), but this run has 2"):
        last_checkpoint(out / "train.partial" / "checkpoints", num_processes=2)
