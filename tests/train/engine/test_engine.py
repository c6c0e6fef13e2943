"""What goes through to transformers does what it says there, and what cannot work is refused before anything is lost."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from toy_run import TRAIN, run_toy

from sayso.config import PluginConfig, TrainConfig
from sayso.errors import ConfigError
from sayso.train.engine.trackers import check_trackers

SHORT = TRAIN.model_copy(update={"max_steps": 4, "logging_steps": 1, "save_steps": 4, "weight_decay": 0.1})


def changed(**keys: Any) -> TrainConfig:
    return SHORT.model_copy(update=keys)


def losses(out: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (out / "train" / "log.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four steps in float32 with nothing special."""
    out = tmp_path_factory.mktemp("plain")
    run_toy(out, train=SHORT)
    return out


@pytest.mark.parametrize(
    ("keys", "tolerance"),
    [
        ({"gradient_checkpointing": True}, 1e-6),
        ({"dataloader_num_workers": 2}, 0.0),
        ({"optim": "adamw_torch"}, 1e-5),
        ({"bf16": True}, 0.03),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_the_losses_are_those_of_a_plain_run(
    plain: Path, tmp_path: Path, keys: dict[str, Any], tolerance: float
) -> None:
    run_toy(tmp_path, train=changed(**keys))
    assert losses(tmp_path) == pytest.approx(losses(plain), abs=tolerance)
    if "bf16" in keys:
        assert losses(tmp_path) != losses(plain)


def test_another_optimizer_is_another_run(plain: Path, tmp_path: Path) -> None:
    run_toy(tmp_path, train=changed(optim="sgd"))
    assert losses(tmp_path)[0] == losses(plain)[0]
    assert losses(tmp_path)[1:] != losses(plain)[1:]


def test_norms_and_biases_do_not_decay(plain: Path) -> None:
    (checkpoint,) = (plain / "train" / "checkpoints").iterdir()
    state = torch.load(checkpoint / "optimizer.pt", weights_only=True)
    decays = {group["weight_decay"]: group["params"] for group in state["param_groups"]}
    assert sorted(decays) == [0.0, 0.1]
    axes = {index: entry["exp_avg"].ndim for index, entry in state["state"].items()}
    assert {axes[index] for index in decays[0.0] if index in axes} == {1}
    assert (
        min(axes[index] for index in decays[0.1] if index in axes) == 1
    )  # CLIP's class embedding; all others are matrices


def test_what_does_not_fit_is_said_with_what_to_lower(tmp_path: Path) -> None:
    greedy = changed(losses=(PluginConfig(name="toy_greed:Greedy"),), preflight=False)
    with pytest.raises(
        ConfigError,
        match=r"out of memory at step 1, in a piece of 4 rows of \d+ tokens.*per_device_train_batch_size \(4\)",
    ):
        run_toy(tmp_path, train=greedy)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"fsdp": True}, r"fsdp: True would not shard anything over 1 process\(es\) on cpu"),
        ({"optim": "adamm"}, "stage 'train': .*adamm"),
        ({"report_to": ("tensorbord",)}, "no tracker named 'tensorbord'; did you mean 'tensorboard'"),
    ],
)
def test_what_cannot_work_is_refused(tmp_path: Path, keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        run_toy(tmp_path, train=changed(**keys))
    assert not (tmp_path / "train.partial" / "checkpoints").exists()


def test_a_tracker_that_is_not_installed_says_what_to_type() -> None:
    with pytest.raises(ConfigError, match="flyte is not installed; type: pip install flytekit"):
        check_trackers(["flyte"], project="toy")
