"""Two processes train as one does: gloo on loopback, started by torchrun as a user would."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from sayso.config import load_recipe
from sayso.models.encode import Encoded
from sayso.pipeline import run_recipe
from sayso.train.batches.filling import Filled
from sayso.train.samples.order import RunSampler

RECIPE = """
name: together
seed: 5
stages:
  build: {{from: [], sources: [{{name: shapes, count: 21}}], tasks: [dense_description]}}
  train:
    model: {{name: tiny, hidden_size: 32, vision_hidden_size: 32, num_layers: [1, 1], num_heads: 2, vocab_size: 420}}
    per_device_train_batch_size: {size}
    gradient_accumulation_steps: 2
    learning_rate: 0.003
    save_steps: 2
    logging_steps: 1
    report_to: []
    objective: {{name: prompt_loss_weight, weight: 0.1, options: 0.5}}
"""


def recipe(folder: Path, *, size: int) -> Path:
    path = folder / f"of_{size}.yaml"
    path.write_text(RECIPE.format(size=size))
    return path


def launch(path: Path, *, out: Path) -> subprocess.CompletedProcess[str]:
    command = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command += ["-m", "sayso", "train", str(path), "--out", str(out), "--json"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, timeout=240, check=False
    )


def log(out: Path) -> list[dict]:
    return [json.loads(line) for line in (out / "train" / "log.jsonl").read_text().splitlines()]


def test_two_processes_train_as_one_does(tmp_path: Path) -> None:
    """Counts are of weights, no whole numbers. 21 samples, 8 a step: the last piece of the second process has none of them, and is filled up with silent ones."""
    alone, together = tmp_path / "alone", tmp_path / "together"
    run_recipe(load_recipe(recipe(tmp_path, size=4)), out=alone)
    done = launch(recipe(tmp_path, size=2), out=together)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 1, "one process speaks"
    assert [row["num_targets"] for row in log(together)] == [row["num_targets"] for row in log(alone)]
    assert [row["loss"] for row in log(together)] == pytest.approx([row["loss"] for row in log(alone)], abs=1e-5)
    one, two = (load_file(out / "train" / "model" / "model.safetensors") for out in (alone, together))
    assert all(torch.allclose(one[name], two[name], atol=2e-5) for name in one)
    counts = [json.loads((out / "train" / "manifest.json").read_text())["counts"] for out in (alone, together)]
    assert counts[0]["samples"] == counts[1]["samples"]
    assert not list(together.glob("*.partial"))


class Numbers:
    """Samples whose one token is their place."""

    def __getitems__(self, places: list[int]) -> list[Encoded]:
        roles = torch.full((1,), 7, dtype=torch.uint8).numpy()
        return [Encoded(id=str(k), input_ids=[k], roles=roles) for k in places]

    def __len__(self) -> int:
        return 5


def test_what_fills_up_the_last_piece_is_read_and_never_learned() -> None:
    filled = Filled(Numbers())
    rows = filled.__getitems__(list(RunSampler(len(filled), multiple=4)))
    assert [row.input_ids[0] for row in rows] == list(range(8))
    assert [int(row.roles[0]) for row in rows] == [7] * 5 + [0] * 3
