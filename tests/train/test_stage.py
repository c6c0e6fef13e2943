"""The train stage for real, on a model of a few thousand parameters: what it writes, what it resumes, what it refuses."""

import json
import os
from pathlib import Path

import pytest
from toy_run import BUILD, TRAIN, run_node, run_toy

from sayso.artifacts import Manifest
from sayso.config import PluginConfig
from sayso.errors import ConfigError, DataError
from sayso.models.auto import load_model


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    """An uninterrupted run."""
    out = tmp_path_factory.mktemp("run")
    return out, run_toy(out)


def weights(out: Path, node: str = "train") -> bytes:
    return (out / node / "model" / "model.safetensors").read_bytes()


def rows(out: Path) -> list[dict]:
    return [json.loads(line) for line in (out / "train" / "log.jsonl").read_text().splitlines()]


def test_counts_say_what_was_trained(finished: tuple[Path, Manifest]) -> None:
    out, manifest = finished
    counts = manifest.counts
    assert (counts["steps"], counts["num_samples"]) == (20, 80)
    assert counts["num_supervised_tokens"] == rows(out)[-1]["num_targets"] > 80 * 30
    assert counts["num_parameters"] == load_model(out / "train" / "model", device="cpu").num_parameters
    assert counts["final_loss"] == rows(out)[-1]["loss"]


def test_the_loss_falls(finished: tuple[Path, Manifest]) -> None:
    losses = [row["loss"] for row in rows(finished[0])]
    assert [row["step"] for row in rows(finished[0])] == [5, 10, 15, 20]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] - 0.5


def test_the_loss_curve_is_the_golden_one(finished: tuple[Path, Manifest]) -> None:
    """SAYSO_WRITE_GOLDEN=1 writes it anew, where data or method were changed on purpose."""
    golden = Path(__file__).parents[1] / "golden" / "toy_loss.json"
    losses = [row["loss"] for row in rows(finished[0])]
    if os.environ.get("SAYSO_WRITE_GOLDEN"):
        golden.write_text(json.dumps(losses) + "\n")
    assert losses == pytest.approx(json.loads(golden.read_text()), abs=1e-4)


def test_the_untuned_weights_are_kept(finished: tuple[Path, Manifest]) -> None:
    stage = finished[0] / "train"
    untuned = stage / json.loads((stage / "untuned.json").read_text())["path"]
    assert (untuned / "model.safetensors").read_bytes() != weights(finished[0])
    assert (
        load_model(untuned, device="cpu").tokenizer.get_vocab()
        == load_model(stage / "model", device="cpu").tokenizer.get_vocab()
    )


def test_a_checkpoint_that_was_half_written_is_passed_over(finished: tuple[Path, Manifest], tmp_path: Path) -> None:
    run_node(tmp_path, name="build", kind="build", config=BUILD)
    broken = tmp_path / "train.partial" / "checkpoints" / "checkpoint-12"
    broken.mkdir(parents=True)
    (broken / "trainer_state.json").write_text('{"global_step": 12, "max_st')
    (tmp_path / "train.partial" / "digest").write_text("toy")
    run_toy(tmp_path)
    assert weights(tmp_path) == weights(finished[0])


def test_accumulated_pieces_give_the_loss_of_the_whole_batch(finished: tuple[Path, Manifest], tmp_path: Path) -> None:
    split = {"per_device_train_batch_size": 2, "gradient_accumulation_steps": 2}
    run_toy(tmp_path, train=TRAIN.model_copy(update=split))
    assert [r["loss"] for r in rows(tmp_path)] == pytest.approx([r["loss"] for r in rows(finished[0])], abs=1e-4)


def test_a_second_stage_starts_from_the_first(finished: tuple[Path, Manifest], tmp_path: Path) -> None:
    out = finished[0]
    config = TRAIN.model_copy(update={"max_steps": 2})
    run_node(out, name="more", kind="train", config=config, inputs=("train", "build"))
    stage = out / "more"
    untuned = stage / json.loads((stage / "untuned.json").read_text())["path"]
    assert untuned.resolve() == (out / "train" / "model").resolve()
    assert weights(out, "more") != weights(out)


def test_epochs_take_every_example_once(tmp_path: Path) -> None:
    manifest = run_toy(tmp_path, train=TRAIN.model_copy(update={"max_steps": -1, "num_train_epochs": 1}))
    assert (manifest.counts["num_samples"], manifest.counts["steps"]) == (40, 10)


def test_an_objective_that_weighs_nothing_present_is_an_error(tmp_path: Path) -> None:
    config = TRAIN.model_copy(update={"objective": PluginConfig(name="toy_objectives:system_only"), "preflight": False})
    with pytest.raises(DataError, match="no target token in the batch of step 1"):
        run_toy(tmp_path, train=config)


def test_a_stage_without_a_build_is_refused(finished: tuple[Path, Manifest]) -> None:
    with pytest.raises(ConfigError, match="needs a build stage"):
        run_node(finished[0], name="alone", kind="train", config=TRAIN, inputs=("train",))


def test_tensorboard_gets_the_losses(tmp_path: Path) -> None:
    run_toy(tmp_path, train=TRAIN.model_copy(update={"max_steps": 5, "report_to": ("tensorboard",)}))
    assert list((tmp_path / "train" / "tensorboard").glob("events.out.*"))
