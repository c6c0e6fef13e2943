"""The train stage by parts, for real: what it writes, how it goes on, what comes after it."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from toy_conversation import make_sample, text
from toy_run import BUILD, TRAIN, run_node

from sayso.artifacts import Manifest, read_manifest
from sayso.config import PartConfig, TrainConfig, load_recipe
from sayso.errors import ConfigError
from sayso.models.auto import load_model
from sayso.models.encode import Encoder
from sayso.models.generate import generate
from sayso.models.likelihood import option_logprobs
from sayso.pipeline import check_recipe

ALIGN = {"projector": PartConfig(method="full", learning_rate=2e-3)}
MERGED = {
    "vision_tower": PartConfig(method="bitfit", learning_rate=1e-3),
    "projector": PartConfig(method="full", learning_rate=2e-3),
    "language_model": PartConfig(method="lora", rank=4, dropout=0.2),
}
ATTACHED = {
    "vision_tower": PartConfig(method="adapter", reduction=4),
    "projector": PartConfig(method="moe_lora", rank=4, num_experts=2, dropout=0.2),
    "language_model": PartConfig(method="prompt", num_tokens=4),
}
PREFIXED = {
    "vision_tower": PartConfig(method="ia3"),
    "language_model": PartConfig(method="prefix", num_tokens=4, projection=True, hidden_size=8),
}
RUNS = {"merged": MERGED, "attached": ATTACHED, "prefixed": PREFIXED}


def config(parts, **changes) -> TrainConfig:
    given = {"max_steps": 4, "warmup_steps": 0, "save_steps": 2, "logging_steps": 1, "parts": parts, **changes}
    return TRAIN.model_copy(update=given)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    run_node(folder, name="build", kind="build", config=BUILD)
    return folder


def train(out: Path, name: str, parts, *, after: str | None = None, **changes) -> Manifest:
    inputs = ("build",) if after is None else (after, "build")
    return run_node(out, name=name, kind="train", config=config(parts, **changes), inputs=inputs)


def made(out: Path, name: str) -> Path:
    """The stage of one of the runs."""
    if not (out / name).exists():
        train(out, name, RUNS[name])
    return out / name


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


def untuned(stage: Path) -> Path:
    return stage / json.loads((stage / "untuned.json").read_text())["path"]


def interrupted(out: Path, name: str) -> None:
    """The folder of a finished stage as a kill after its second step would have left it."""
    partial = out / f"{name}-again.partial"
    (partial / "checkpoints").mkdir(parents=True)
    shutil.copytree(out / name / "checkpoints" / "checkpoint-2", partial / "checkpoints" / "checkpoint-2")
    shutil.copytree(out / name / "untuned", partial / "untuned")
    shutil.copy(out / name / "log.jsonl", partial / "log.jsonl")
    (partial / "digest").write_text("toy")


@pytest.mark.parametrize("name", RUNS)
def test_a_cut_run_ends_in_the_same_bits(out: Path, name: str) -> None:
    whole = read_manifest(made(out, name))
    interrupted(out, name)
    assert train(out, f"{name}-again", RUNS[name]).counts == whole.counts
    for file in ("model.safetensors", "parts.safetensors"):
        first, again = out / name / "model" / file, out / f"{name}-again" / "model" / file
        assert first.exists() == again.exists()
        assert not first.exists() or first.read_bytes() == again.read_bytes()
    assert (out / name / "log.jsonl").read_text() == (out / f"{name}-again" / "log.jsonl").read_text()


def test_first_align_the_projector_then_tune_the_rest(out: Path) -> None:
    manifest = train(out, "align", ALIGN)
    before, aligned = weights(untuned(out / "align")), weights(out / "align" / "model")
    assert set(before) == set(aligned)
    changed = {name for name in aligned if not torch.equal(before[name], aligned[name])}
    assert changed == {name for name in aligned if "multi_modal_projector" in name}
    parts = manifest.counts["parts"]
    assert manifest.counts["num_trainable_parameters"] == parts["projector"]["trainable"] == parts["projector"]["total"]
    assert parts["vision_tower"] == {"method": "frozen", "trainable": 0, "total": parts["vision_tower"]["total"]}
    train(out, "tune", MERGED, after="align")
    tuned = weights(out / "tune" / "model")
    assert set(tuned) == set(aligned)
    assert untuned(out / "tune").resolve() == (out / "align" / "model").resolve()
    assert (out / "tune" / "adapter" / "language_model" / "adapter_config.json").exists()
    frozen = {name for name in tuned if torch.equal(tuned[name], aligned[name])}
    assert {name for name in frozen if "language_model" in name} == {
        name for name in tuned if "language_model" in name and not name.endswith("proj.weight")
    }


def test_a_checkpoint_holds_what_trains_and_no_more(out: Path) -> None:
    checkpoint = made(out, "attached") / "checkpoints" / "checkpoint-4"
    kept = load_file(checkpoint / "trained.safetensors")
    assert kept
    assert all(".sayso_" in name for name in kept)
    assert not (checkpoint / "model.safetensors").exists()


@pytest.mark.parametrize("name", ["attached", "prefixed"])
def test_what_is_attached_answers_from_the_folder_and_leaves_the_base_alone(out: Path, name: str) -> None:
    folder = made(out, name) / "model"
    before, after = weights(untuned(out / name)), weights(folder)
    assert set(before) == set(after)
    changed = {one for one in before if not torch.equal(before[one], after[one])}
    assert all(name == "prefixed" and "vision" in one for one in changed)  # what IA3 was merged into
    bundle = load_model(folder, device="cpu")
    picture = Image.new("RGB", (48, 48), (255, 0, 0))
    encoder = Encoder(bundle.processor, max_tokens=256)
    samples = [
        make_sample(prompt=text((words, "instr"))) for words in ("what is it?", "say what this is in a few words")
    ]
    prompts = [encoder.encode(sample, images=[picture], response=False) for sample in samples]
    together = generate(bundle, prompts=prompts, max_new_tokens=5)
    assert together == [generate(bundle, prompts=[one], max_new_tokens=5)[0] for one in prompts]
    options = [["red", "two circles"]] * 2
    (first, _), (alone,) = (
        option_logprobs(bundle, prompts=some, options=options[: len(some)]) for some in (prompts, prompts[:1])
    )
    assert first == pytest.approx(alone, abs=1e-4)


def test_a_stage_after_goes_on_with_what_is_attached(out: Path) -> None:
    first = load_file(made(out, "attached") / "model" / "parts.safetensors")
    only = {"language_model": ATTACHED["language_model"]}
    train(out, "on", only, after="attached", max_steps=2)
    train(out, "off", {"language_model": PartConfig(method="lora", rank=2)}, after="attached", max_steps=2)
    on, off = (load_file(out / name / "model" / "parts.safetensors") for name in ("on", "off"))
    assert set(first) == set(on) == set(off)
    assert {name for name in first if not torch.equal(first[name], on[name])} == {
        name for name in first if "sayso_prompt" in name
    }
    assert all(torch.equal(first[name], off[name]) for name in first)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ("{language_model: {method: lorra}}", "stage 'train': no method named 'lorra'.*lora"),
        ("{visual_tower: {method: full}}", "visual_tower"),
        ("{projector: {method: full, learning_rate: 0}}", "learning_rate"),
    ],
)
def test_a_recipe_is_refused_before_anything_runs(tmp_path: Path, parts: str, words: str) -> None:
    recipe = tmp_path / "bad.yaml"
    recipe.write_text(f"name: bad\nbuild: {{sources: [{{name: shapes, count: 5}}]}}\ntrain: {{parts: {parts}}}\n")
    with pytest.raises(ConfigError, match=words):
        check_recipe(load_recipe(recipe))
