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


def launch(path: Path, *, out: Path, verb: str = "train") -> subprocess.CompletedProcess[str]:
    command = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command += ["-m", "sayso", verb, str(path), "--out", str(out), "--json"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, timeout=240, check=False
    )


def log(out: Path, node: str = "train") -> list[dict]:
    return [json.loads(line) for line in (out / node / "log.jsonl").read_text().splitlines()]


def counts(out: Path, node: str = "train") -> dict:
    return json.loads((out / node / "manifest.json").read_text())["counts"]


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
    assert counts(alone)["samples"] == counts(together)["samples"]
    assert not list(together.glob("*.partial"))


# Pieces of equal size, so that groups are the same; 8 samples a step, as 4 pieces of one process or 2 of each of two.
COMBINED = """
name: combined
seed: 5
stages:
  build:
    from: []
    sources: [{{name: shapes, count: 3}}, {{name: natural_instructions, path: {text}}}]
    tasks: [counting, dense_description, region_caption_matching, "*echo*"]
  groups_of_wordings: {{kind: train, from: [build], packing: true, group_by: length, losses: [{{name: wording_consistency}}]}}
  worst: {{kind: train, from: [build], losses: [{{name: worst_wording, num_wordings: 2}}]}}
  sequences:
    kind: train
    from: [build]
    objective: {{name: l2t, normaliser: sequence_mean}}
    truncation: drop
    max_tokens: 70
    max_steps: -1
    parts: {{projector: {{method: full}}, language_model: {{method: lora, rank: 4}}}}
  pictures_or_text: {{kind: train, from: [build], group_by: modality, gradient_checkpointing: true}}
  in_rounds: {{kind: train, from: [build], mixer: {{name: adaptive, num_examples: 2}}, num_rounds: 2}}
train:
  model: {{name: tiny, hidden_size: 32, vision_hidden_size: 32, num_layers: [1, 1], num_heads: 2, vocab_size: 420}}
  max_steps: 4
  per_device_train_batch_size: 2
  gradient_accumulation_steps: {pieces}
  learning_rate: 0.003
  logging_steps: 1
  report_to: []
"""
TEXT = {
    "Definition": ["Write what is given."],
    "Instances": [{"input": f"word {number}", "output": [f"word {number}"]} for number in range(12)],
}
NODES = ("groups_of_wordings", "worst", "sequences", "pictures_or_text", "in_rounds")


def combined(folder: Path, *, pieces: int) -> Path:
    (folder / "echo.json").write_text(json.dumps(TEXT))
    path = folder / f"in_{pieces}.yaml"
    path.write_text(COMBINED.format(text=folder / "echo.json", pieces=pieces))
    return path


def test_two_processes_do_at_once_what_one_does(tmp_path: Path) -> None:
    alone, together = tmp_path / "alone", tmp_path / "together"
    run_recipe(load_recipe(combined(tmp_path, pieces=4)), out=alone)
    done = launch(combined(tmp_path, pieces=2), out=together, verb="run")
    assert done.returncode == 0, done.stderr
    for node in NODES:
        one, two = log(alone, node), log(together, node)
        assert [row["num_targets"] for row in two] == [row["num_targets"] for row in one]
        assert [row["loss"] for row in two] == pytest.approx([row["loss"] for row in one], abs=1e-5), node
        assert counts(together, node) | {"final_loss": 0} == counts(alone, node) | {"final_loss": 0}
    assert counts(alone, "sequences")["truncated"]["drop"] > 0


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
    assert [row.input_ids[0] for row in rows] == [0, 1, 2, 3, 4, 4, 4, 4]
    assert len({row.place for row in rows[4:]}) == 4, "wordings of no one example"
    assert [int(row.roles[0]) for row in rows] == [7] * 5 + [0] * 3
