"""What a train stage leaves is read back as it was: layers not merged, rates, and moments of the right weights."""

import json
import shutil

import pytest
import torch
from warm_run import build_scenes, pool_of, warm_up

from sayso.config import PartConfig
from sayso.errors import ConfigError
from sayso.models.auto import load_model
from sayso.models.collate import collate
from sayso.models.direct import make_encoder
from sayso.models.gradients import GradientReader, Opener, checkpoints_of, choose_weights, open_checkpoint, read_moments
from sayso.sources import load_image

SAVED = ["*lora*", "*projector*"]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("warm")
    build_scenes(folder, count=8)
    return folder


@pytest.fixture(scope="module")
def warm(out):
    changes = {"max_steps": 6, "save_steps": 2, "save_total_limit": 3, "logging_steps": 1}
    return warm_up(out, **changes, per_device_train_batch_size=2, warmup_steps=2)


def logits(bundle, rows):
    batch = collate(rows, pad_token_id=0)
    with torch.no_grad():
        return bundle.model.eval()(**batch).logits


def encoded(bundle, samples):
    return make_encoder(bundle, load=load_image).encode_batch(samples, limit=False)


def test_every_checkpoint_is_there_with_the_mean_rate_of_its_steps(warm):
    found = checkpoints_of(warm.folder)
    log = [json.loads(line) for line in (warm.folder / "log.jsonl").read_text().splitlines()]
    rates = [row["learning_rate"] for row in log]
    assert [one.step for one in found] == [2, 4, 6]
    assert [one.learning_rate for one in found] == pytest.approx([sum(rates[i : i + 2]) / 2 for i in (0, 2, 4)])
    assert checkpoints_of(warm.folder, which="last") == found[-1:]


def test_a_checkpoint_before_the_first_log_has_a_rate_of_the_same_kind(warm, tmp_path):
    shutil.copytree(warm.folder, tmp_path / "stage")
    path = tmp_path / "stage" / "checkpoints" / "checkpoint-6" / "trainer_state.json"
    state = json.loads(path.read_text())
    rates = [row.get("learning_rate") for row in state["log_history"]]
    for last, wanted in ((6, [rates[3], rates[3], rates[5]]), (0, [3e-3] * 3)):  # as with logging_steps 4 and 20
        kept = [row for row in state["log_history"] if row["step"] in (4, 6) and row["step"] <= last]
        path.write_text(json.dumps({**state, "log_history": kept}))
        assert [one.learning_rate for one in checkpoints_of(tmp_path / "stage")] == pytest.approx(wanted)


def test_the_last_checkpoint_is_the_final_model_before_it_was_merged(out, warm):
    opened = open_checkpoint(checkpoints_of(warm.folder)[-1])
    final = load_model(warm.model, device="cpu")
    rows = encoded(final, pool_of(out / "build")[:3])
    names = list(choose_weights(opened.model, "auto").parameters)
    assert names == list(choose_weights(opened.model, "lora").parameters)
    assert {name.rpartition(".lora_")[2][0] for name in names} == {"A", "B"}
    assert set(choose_weights(opened.model, "lora_b").parameters) == {n for n in names if ".lora_B." in n}
    assert torch.allclose(logits(opened, rows), logits(final, rows), atol=1e-4)
    first = open_checkpoint(checkpoints_of(warm.folder)[0])
    assert not torch.allclose(logits(first, rows), logits(final, rows), atol=1e-3)


def test_a_second_stage_is_opened_on_the_model_that_the_first_left(out, warm):
    """A chain of warm-ups: the LoRA of each is its own, beside weights that hold what those before it learned."""
    more = warm_up(out, name="more", after=("build", "warm"), max_steps=2, save_steps=1)
    chain = [*checkpoints_of(warm.folder), *checkpoints_of(more.folder)]
    assert [(one.stage.name, one.step) for one in chain] == [
        ("warm", 2),
        ("warm", 4),
        ("warm", 6),
        ("more", 1),
        ("more", 2),
    ]
    opener, final = Opener(), load_model(more.model, device="cpu")
    rows = encoded(final, pool_of(out / "build")[:3])
    found = [logits(opener.open(one), rows) for one in chain]
    apart = [logits(open_checkpoint(one), rows) for one in chain]
    assert all(torch.equal(a, b) for a, b in zip(found, apart, strict=True))
    assert torch.allclose(found[-1], logits(final, rows), atol=1e-4)


def test_rows_of_lora_are_read_at_once_and_right(out, warm):
    bundle = open_checkpoint(checkpoints_of(warm.folder)[-1])
    weights, rows = choose_weights(bundle.model, "lora"), encoded(bundle, pool_of(out / "build")[::5])
    reader = GradientReader(bundle, weights=weights, batch_size=4)
    alone = GradientReader(bundle, weights=weights, together=False)
    for (places, found), (same, wanted) in zip(reader.read(rows), alone.read(rows), strict=False):
        if places == same:
            assert torch.allclose(found, wanted, atol=1e-6, rtol=1e-3)
    assert reader.together is True


@pytest.mark.parametrize("parts", [True, False], ids=["by parts", "whole"])
def test_moments_are_those_of_the_weights_of_that_name(out, parts):
    """After one step on one sample the first moment is a tenth of that sample's gradient."""
    one_step = {"max_steps": 1, "per_device_train_batch_size": 1, "learning_rate": 1e-9, "max_grad_norm": 0.0}
    changes = one_step if parts else {**one_step, "parts": None}
    stage = warm_up(out, name=f"one-{parts}", **changes)
    (checkpoint,) = checkpoints_of(stage.folder)
    bundle = open_checkpoint(checkpoint)
    weights = choose_weights(bundle.model, SAVED if parts else "all")
    moments = read_moments(checkpoint, weights=weights)
    reader = GradientReader(bundle, weights=weights)
    off = [
        float((gradient - moments.first / 0.1).norm() / gradient.norm())
        for _, gradients in reader.read(encoded(bundle, pool_of(out / "build")))
        for gradient in gradients
    ]
    assert min(off) < 1e-3
    assert sorted(off)[1] > 0.05
    assert torch.allclose(moments.second, moments.first.square() / 0.01 * 0.001, rtol=1e-3)
    assert moments.betas == (0.9, 0.999)


def test_modules_that_stay_attached_are_read_too(out):
    parts = {"language_model": PartConfig(method="adapter", reduction=4)}  # type: ignore[call-arg]
    stage = warm_up(out, name="adapted", max_steps=2, parts=parts)
    bundle = open_checkpoint(checkpoints_of(stage.folder)[-1])
    weights = choose_weights(bundle.model)
    assert all("sayso_adapter" in name for name in weights.parameters)
    assert len(read_moments(checkpoints_of(stage.folder)[-1], weights=weights).first) == len(weights)
    found = dict(bundle.model.named_parameters())
    for name, value in load_model(stage.model, device="cpu").model.named_parameters():
        assert torch.equal(found[name], value)


def test_what_is_missing_is_said(out, warm, tmp_path):
    with pytest.raises(ConfigError, match="holds no checkpoint"):
        checkpoints_of(out / "build")
    copied = shutil.copytree(warm.folder, tmp_path / "copied")
    last = checkpoints_of(copied)[-1]
    bundle = open_checkpoint(last)
    with pytest.raises(ConfigError, match="did not train; choose other weights"):
        read_moments(last, weights=choose_weights(bundle.model, ["*base_layer*"]))
    (last.folder / "parameter_names.json").unlink()
    with pytest.raises(
        ConfigError, match=r"has no optimizer.pt with parameter_names.json; .* preconditioner: estimated"
    ):
        read_moments(last, weights=choose_weights(bundle.model, "lora"))


def test_an_optimizer_without_moments_is_refused(out):
    stage = warm_up(out, name="sgd", max_steps=1, optim="sgd")
    last = checkpoints_of(stage.folder)[-1]
    with pytest.raises(ConfigError, match="was not trained by an Adam"):
        read_moments(last, weights=choose_weights(open_checkpoint(last).model, "lora"))
