"""What a train stage can be asked for at once: each pair that this page lists works, with equal results, or is refused."""

import json
import shutil
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tiny_families import FAMILIES
from toy_run import TRAIN, run_node

from sayso.artifacts import Manifest, Progress, StageContext
from sayso.config import BuildConfig, PromptConfig, SourceConfig, TrainConfig
from sayso.data.folder import BuildFolder
from sayso.errors import ConfigError
from sayso.pipeline.handing_over import HandOver, hand_over_run
from sayso.train.weights import start_weights

BUILD = BuildConfig(sources=(SourceConfig(name="shapes", count=6),))  # type: ignore[call-arg]
CONSISTENT = [{"name": "wording_consistency", "num_wordings": 2}]
HIDDEN = [{"name": "soft_prompt_alignment", "num_wordings": 2, "where": "hidden"}]
WORST = [{"name": "worst_wording", "num_wordings": 2}]
SEQUENCES = {"name": "l2t", "normaliser": "sequence_mean"}
REPTILE = {"name": "reptile", "inner_steps": 2}


def parts(method: str, **options: Any) -> dict[str, Any]:
    return {"language_model": {"method": method, **options}, "projector": {"method": "full"}}


LORA = parts("lora", rank=4)
DROPPING = parts("lora", rank=4, dropout=0.3)
EXPERTS = parts("moe_lora", rank=4, num_experts=2, dropout=0.0)
PROMPT = parts("prompt", num_tokens=4)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    run_node(folder, name="build", kind="build", config=BUILD)
    return folder


def train(out: Path, name: str, *, after: str | None = None, **changes: Any) -> Manifest:
    """A short stage; every name is used once."""
    quick = {"max_steps": 4, "warmup_steps": 0, "logging_steps": 1, "save_steps": 100, "preflight": False}
    config = TrainConfig.model_validate(TRAIN.model_dump(mode="json") | quick | changes)
    inputs = ("build",) if after is None else (after, "build")
    return run_node(out, name=name, kind="train", config=config, inputs=inputs)


def losses(stage: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (stage / "log.jsonl").read_text().splitlines()]


def weights(stage: Path) -> bytes:
    files = (stage / "model" / name for name in ("model.safetensors", "parts.safetensors"))
    return b"".join(file.read_bytes() for file in files if file.exists())


def listed(stage: Path) -> list[str]:
    return [json.loads(line)["sample"] for line in (stage / "truncated.jsonl").read_text().splitlines()]


# Packing changes the layout and nothing else.

PACKED: dict[str, dict[str, Any]] = {
    "lora_recomputed": {"parts": LORA, "gradient_checkpointing": True},
    "experts_and_kept_features": {"parts": EXPERTS, "cache_features": True},
    "hidden_states_of_several_wordings": {"losses": HIDDEN, "gradient_checkpointing": True},
    "samples_that_count_by_sequence_and_task": {"objective": SEQUENCES, "task_weights": {"counting": 3.0, "vqa/*": 0.5}},
    "groups_of_wordings_in_uneven_pieces": {
        "losses": CONSISTENT, "group_by": "length", "gradient_accumulation_steps": 3, "per_device_train_batch_size": 10, "max_steps": -1,
        "tasks": ["counting", "dense_description"],
    },
    "what_is_too_long_and_dropped": {"truncation": "drop", "max_tokens": 60, "dataloader_num_workers": 1},
}  # fmt: skip


@pytest.mark.parametrize("name", PACKED)
def test_packing_with(out: Path, name: str) -> None:
    plain, packed = train(out, name, **PACKED[name]), train(out, f"{name}-packed", packing=True, **PACKED[name])
    np.testing.assert_allclose(losses(out / f"{name}-packed"), losses(out / name), atol=1e-5)
    assert packed.counts["num_supervised_tokens"] == plain.counts["num_supervised_tokens"]
    one, other = (load_file(out / node / "model" / "model.safetensors") for node in (name, f"{name}-packed"))
    assert all(torch.allclose(one[key], other[key], atol=2e-4) for key in one)


def test_packing_a_model_whose_q_former_reads_the_instruction(out: Path, tmp_path: Path) -> None:
    bundle = deepcopy(FAMILIES["instructblip_vicuna"]().bundle)
    for name in ("hidden_dropout_prob", "attention_probs_dropout_prob"):  # packed samples come in another order
        setattr(bundle.model.config.qformer_config, name, 0.0)
    bundle.save(tmp_path / "model")
    seen = {"model": {"name": "auto", "path": str(tmp_path / "model")}, "tasks": ["vqa/*"], "cache_features": True}
    seen |= {"parts": LORA, "max_tokens": 2048, "max_steps": 2}
    train(out, "q-former", **seen)
    train(out, "q-former-packed", packing=True, **seen)
    np.testing.assert_allclose(losses(out / "q-former-packed"), losses(out / "q-former"), atol=1e-5)


# Pre-flight leaves no trace, and a run that was cut ends in the same bits.

CUT: dict[str, dict[str, Any]] = {
    "the_worst_wording_with_dropout": {"losses": WORST, "parts": DROPPING, "dataloader_num_workers": 1},
    "packed_groups_of_wordings": {"losses": CONSISTENT, "packing": True, "group_by": "length"},
    "an_outer_loop_over_a_prompt": {"loop": REPTILE, "parts": PROMPT, "gradient_accumulation_steps": 2},
    "dropped_samples_in_groups": {"truncation": "drop", "max_tokens": 60, "group_by": "modality_length"},
}


def cut(out: Path, name: str, *, step: int) -> None:
    """The folder of a finished stage as a kill after a checkpoint would have left it."""
    partial = out / f"{name}-again.partial"
    shutil.copytree(out / name / "checkpoints" / f"checkpoint-{step}", partial / "checkpoints" / f"checkpoint-{step}")
    for kept in ("untuned", "log.jsonl", "truncated.jsonl"):
        place = out / name / kept
        if place.exists():
            (shutil.copytree if place.is_dir() else shutil.copy)(place, partial / kept)
    (partial / "digest").write_text("toy")


@pytest.mark.parametrize("name", CUT)
def test_a_run_that_was_looked_at_before_and_cut_is_the_same(out: Path, name: str) -> None:
    whole = train(out, name, save_steps=3, preflight=True, **CUT[name])
    assert (out / name / "preflight.json").exists()
    cut(out, name, step=3)
    again = train(out, f"{name}-again", save_steps=3, **CUT[name])
    assert weights(out / f"{name}-again") == weights(out / name)
    assert losses(out / f"{name}-again") == losses(out / name)
    assert again.counts == whole.counts
    train(out, f"{name}-unseen", **CUT[name])
    assert weights(out / f"{name}-unseen") == weights(out / name)


@pytest.mark.parametrize("method", ["prompt", "adapter"])
def test_everything_is_trained_on_after_something_was_attached_and_cut(out: Path, method: str) -> None:
    train(out, f"{method}-before", parts=parts(method), max_steps=1)
    whole = train(out, f"{method}-after", after=f"{method}-before", save_steps=3)
    assert weights(out / f"{method}-after") != weights(out / f"{method}-before")
    cut(out, f"{method}-after", step=3)
    assert train(out, f"{method}-after-again", after=f"{method}-before", save_steps=3).counts == whole.counts
    assert weights(out / f"{method}-after-again") == weights(out / f"{method}-after")


# The list of what was too long.


def test_each_sample_is_listed_once_however_many_read_ahead(out: Path) -> None:
    long = {
        "truncation": "drop",
        "max_tokens": 60,
        "max_steps": 8,
        "tasks": ["counting", "region_caption_matching"],
        "wording": "fixed",
    }
    found = [train(out, f"read-by-{n}", dataloader_num_workers=n, **long) for n in (0, 2)]
    names = [listed(out / f"read-by-{n}") for n in (0, 2)]
    assert names[0] == names[1] == sorted(set(names[0]))
    assert found[0].counts["truncated"] == found[1].counts["truncated"] == {"drop": len(names[0])}
    assert losses(out / "read-by-0") == losses(out / "read-by-2")


# What is refused, or said.


@dataclass
class Heard(Progress):
    """Keeps what a person should read."""

    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        self.notes.append(text)


def test_words_for_bins_that_no_part_trains_are_told(tmp_path: Path) -> None:
    boxes = BuildConfig(
        sources=(SourceConfig(name="shapes", count=4),),  # type: ignore[call-arg]
        tasks=("visual_grounding",),
        prompt=PromptConfig(regions="bins"),
    )
    run_node(tmp_path, name="build", kind="build", config=boxes)
    for number, (tuned, warned) in enumerate([(None, False), (LORA, True), (parts("full"), False)]):
        folder, heard = tmp_path / f"train-{number}.partial", Heard()
        folder.mkdir()
        config = TrainConfig.model_validate(TRAIN.model_dump(mode="json") | {"parts": tuned})
        inputs = (tmp_path / "build",)
        context = StageContext(node="train", config=config, seed=5, inputs=inputs, folder=folder, progress=heard)
        start_weights(context, builds=[BuildFolder(inputs[0])])
        assert any("location bins are new words" in note for note in heard.notes) == warned


def test_vectors_of_an_earlier_stage_are_in_the_way_of_packing_and_of_other_tools(out: Path, tmp_path: Path) -> None:
    train(out, "prompted", parts=PROMPT, max_steps=1)
    with pytest.raises(ConfigError, match="a soft prompt or prefix serves the first sample of a row alone"):
        train(out, "packed-behind-a-prompt", after="prompted", packing=True)
    train(out, "behind-a-prompt", after="prompted", max_steps=1)
    for inexact in (False, True):
        how = HandOver(to="trl", stage="behind-a-prompt", inexact=inexact)
        with pytest.raises(ConfigError, match=r"attached modules \(prompt\) of an earlier stage"):
            hand_over_run(out, how=how, out=tmp_path / "handed")
