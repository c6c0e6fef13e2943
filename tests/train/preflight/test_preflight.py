"""Pre-flight finds what would fail or train nothing, and leaves no trace in what is trained afterwards."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from toy_run import BUILD, TINY, TRAIN, run_node, run_toy

from sayso.artifacts import StageContext
from sayso.config import PartConfig, PluginConfig
from sayso.errors import BackendError, ConfigError, DataError
from sayso.models.auto import load_model
from sayso.train.objectives import objectives
from sayso.train.opening import open_run
from sayso.train.parts import tune
from sayso.train.preflight.checking import refuse_bad, warnings_of
from sayso.train.preflight.flight import _refuse_full_disk, duration
from sayso.train.preflight.looking import Facts, choose_places, look
from sayso.train.preflight.measuring import explained, measure, untouched
from sayso.train.preflight.memory import MemoryNeed, available_bytes, optimizer_bytes, peak_memory, refuse_short
from sayso.train.stage import _trainer

FEW = TRAIN.model_copy(update={"max_steps": 4, "logging_steps": 1, "save_steps": 2, "preflight": True})


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    run_toy(out, train=FEW)
    return out


@pytest.fixture(scope="module")
def opened(finished, tmp_path_factory):
    """A run before its first step: (trainer, bundle, dataset)."""
    folder = tmp_path_factory.mktemp("opened")
    context = StageContext(node="train", config=FEW, seed=5, inputs=(finished / "build",), folder=folder)
    bundle, dataset = open_run(context)
    tuned = tune(bundle.model, None, seed=5)
    return _trainer(context, bundle=bundle, tuned=tuned, dataset=dataset, checkpoint=None), bundle, dataset


def told(out):
    return json.loads((out / "train" / "preflight.json").read_text())


def trained_on(folder, tmp_path, **changes):
    """A run of one step from the model in a folder."""
    run_node(tmp_path, name="build", kind="build", config=BUILD)
    model = PluginConfig(name="auto", path=str(folder), device="cpu")
    config = FEW.model_copy(update={"model": model, "max_steps": 1, **changes})
    return run_node(tmp_path, name="train", kind="train", config=config, inputs=("build",))


def fact(**changes):
    usual = {"place": 0, "id": "s", "task": "t", "num_tokens": 9, "max_token_id": 5, "ends": frozenset({2})}
    usual |= {"turns": 1, "turns_all_template": 0}
    usual |= {"tokens": {"instr": 5, "response": 3, "resp_end": 1}, "targets": {"response": 3, "resp_end": 1}}
    return Facts(**(usual | changes))


def test_what_is_trained_is_the_same_to_the_bit_with_and_without(finished, tmp_path):
    run_toy(tmp_path, train=FEW.model_copy(update={"preflight": False}))
    assert not (tmp_path / "train" / "preflight.json").exists()
    for name in ("model/model.safetensors", "log.jsonl"):
        assert (tmp_path / "train" / name).read_bytes() == (finished / "train" / name).read_bytes()


def test_it_says_in_numbers_what_will_be_trained(finished):
    found = told(finished)
    first = json.loads((finished / "train" / "log.jsonl").read_text().splitlines()[0])
    assert found["loss"] == pytest.approx(first["loss"], abs=1e-5)
    assert found["num_looked"] == found["num_samples"] == 16
    assert found["targets"] == {role: found["tokens"][role] for role in ("response", "resp_end")}
    assert found["supervised_fraction"] == pytest.approx(
        sum(found["targets"].values()) / sum(found["tokens"].values()), abs=1e-3
    )
    assert 0 < found["least_supervised_fraction"] <= found["supervised_fraction"]
    assert found["num_steps"] == 4
    assert found["estimated_s"] == pytest.approx(4 * found["step_s"], abs=0.1)
    assert found["memory"]["num_tokens"] == found["longest"]["num_tokens"] <= found["max_tokens"]
    assert found["ln_vocabulary"] == pytest.approx(np.log(420), abs=0.01)
    assert found["warnings"] == []


def test_the_shown_sample_is_the_one_that_is_trained_on(finished, opened):
    _, bundle, dataset = opened
    (shown,) = told(finished)["shown"]
    ids = [token for _, token, _, _, times in shown["tokens"] for _ in range(times)]
    row = dataset.encoder.encode(dataset.sample(0))
    assert ids == row.input_ids
    targets = [token for _, token, _, weight, _ in shown["tokens"] if weight]
    answer = bundle.tokenizer.decode(targets, skip_special_tokens=True).strip()
    assert answer == dataset.sample(0).messages[-1].parts[0].text
    assert "target" in (finished / "train" / "preflight.html").read_text()


def test_a_run_that_goes_on_does_not_look_again(finished, tmp_path):
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    stage = tmp_path / "train"
    for name in ("manifest.json", "preflight.json"):
        (stage / name).unlink()
    (stage / "digest").write_text("toy")
    shutil.rmtree(stage / "model")
    stage.rename(tmp_path / "train.partial")
    run_toy(tmp_path, train=FEW)
    assert not (stage / "preflight.json").exists()
    assert (stage / "model" / "model.safetensors").read_bytes() == (
        finished / "train" / "model" / "model.safetensors"
    ).read_bytes()


def test_too_long_samples_are_refused_at_once_with_the_longest(tmp_path, finished):
    longest = told(finished)["longest"]
    text = (
        rf"samples looked at are over max_tokens 60: the longest, '{longest['id']}', has {longest['num_tokens']} tokens"
    )
    with pytest.raises(DataError, match=text) as caught:
        run_toy(tmp_path, train=FEW.model_copy(update={"max_tokens": 60}))
    assert f"--set train.max_tokens={longest['num_tokens']}" in str(caught.value)
    assert caught.value.exit_code == 3


def test_what_truncation_cannot_help_is_refused_at_once(tmp_path):
    with pytest.raises(DataError, match=r"truncation turns finds nothing that it may cut.*train\.truncation=drop"):
        run_toy(tmp_path, train=FEW.model_copy(update={"max_tokens": 60, "truncation": "turns"}))


def test_an_objective_without_a_target_is_refused_before_the_first_step(tmp_path):
    config = FEW.model_copy(update={"objective": PluginConfig(name="toy_objectives:system_only")})
    with pytest.raises(
        DataError, match=r"no target token in the batch of step 1, whose tokens are of the roles .*response"
    ):
        run_toy(tmp_path, train=config)
    assert not (tmp_path / "train.partial" / "log.jsonl").exists()


def test_weights_that_are_no_numbers_are_refused(finished, tmp_path):
    bundle = load_model(finished / "train" / "model", device="cpu")
    with torch.no_grad():
        bundle.model.get_input_embeddings().weight[3:] = float("nan")
    bundle.save(tmp_path / "broken")
    with pytest.raises(ConfigError, match="the loss of the first batch is nan before the first step"):
        trained_on(tmp_path / "broken", tmp_path)


def test_a_processor_that_counts_image_tokens_otherwise_is_refused(finished, tmp_path):
    bundle = load_model(finished / "train" / "model", device="cpu")
    bundle.processor.num_additional_image_tokens = 0  # it then writes one placeholder too few
    bundle.save(tmp_path / "broken")
    with pytest.raises(ConfigError, match=r"the model cannot read the first batch: ValueError: .*tokens"):
        trained_on(tmp_path / "broken", tmp_path)


def test_weights_that_belong_to_another_tokenizer_get_a_warning(finished, tmp_path):
    bundle = load_model(finished / "train" / "model", device="cpu")
    with torch.no_grad():
        for parameter in bundle.model.parameters():
            parameter.mul_(-8.0)
    bundle.save(tmp_path / "odd")
    trained_on(tmp_path / "odd", tmp_path)
    (warning,) = told(tmp_path)["warnings"]
    assert "times that of guessing" in warning


def test_frozen_everything_is_refused(opened):
    trainer, _, dataset = opened
    batch = trainer.data_collator(dataset.__getitems__([0, 1]))
    wanted = [one for one in trainer.model.parameters() if one.requires_grad]
    for one in wanted:
        one.requires_grad = False
    try:
        with pytest.raises(ConfigError, match=r"none of the \d+ tensors of the model is trained; set a part"):
            measure(trainer, first=batch, largest=batch, names=["a", "b"])
    finally:
        for one in wanted:
            one.requires_grad = True


@pytest.mark.parametrize(
    ("facts", "error", "text"),
    [
        (
            [fact(), fact(tokens={"instr": 5}, targets={})],
            DataError,
            "1 of 2 samples looked at have no response, such as 's'",
        ),
        ([fact(), fact(targets={})], DataError, "1 of 2 samples looked at have no target token under the objective"),
        ([fact(max_token_id=10**6)], ConfigError, "has token id 1000000, but the model embeds 420 ids"),
    ],
)
def test_samples_that_teach_nothing_are_refused(opened, facts, error, text):
    _, bundle, dataset = opened
    with pytest.raises(error, match=text):
        refuse_bad(facts, dataset=dataset, bundle=bundle, batch=1)


def test_what_somebody_may_have_meant_is_only_said(opened):
    _, bundle, dataset = opened
    stop = frozenset({bundle.tokenizer.eos_token_id})
    usual = {"response": 1.0, "resp_end": 1.0}
    assert list(warnings_of([fact(ends=stop)], weights=usual, bundle=bundle)) == []
    (roles,) = warnings_of([fact(ends=stop)], weights={**usual, "options": 0.5}, bundle=bundle)
    assert "weighs instructions (roles options), but no sample" in roles
    assert list(warnings_of([fact(ends=stop)], weights={**usual, "instr": 1.0, "options": 1.0}, bundle=bundle)) == []
    (never,) = warnings_of([fact(ends=frozenset({7}))], weights=usual, bundle=bundle)
    assert "never shown where to stop" in never
    (untaught,) = warnings_of([fact(ends=stop, targets={"response": 3})], weights=usual, bundle=bundle)
    assert "not taught where to stop" in untaught
    facts = look(dataset, places=[0], weigh=objectives.build("vit", {}).weigh, limit_s=9)
    assert list(warnings_of(facts, weights=usual, bundle=bundle)) == []


def test_nothing_inside_leaves_a_trace(opened):
    trainer, bundle, _ = opened
    model = bundle.model
    model.model.vision_tower.eval()
    model.register_buffer("seen", torch.zeros(3))
    torch.manual_seed(3)
    np.random.seed(3)  # noqa: NPY002
    wanted = torch.rand(4), np.random.rand()  # noqa: NPY002
    torch.manual_seed(3)
    np.random.seed(3)  # noqa: NPY002
    with pytest.raises(KeyError), untouched(trainer):  # noqa: PT012
        torch.rand(7)
        np.random.rand(7)  # noqa: NPY002
        model.seen += 1
        assert model.model.vision_tower.training
        model.get_input_embeddings().weight.sum().backward()
        raise KeyError("and also where it fails")
    assert torch.equal(torch.rand(4), wanted[0])
    assert np.random.rand() == wanted[1]  # noqa: NPY002
    assert not model.seen.any()
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not model.model.vision_tower.training
    del model.seen


def test_memory_that_does_not_suffice_is_refused_with_what_to_lower():
    def need(available):
        sizes = {"step_bytes": 3 << 30, "optimizer_bytes": 2 << 30, "available_bytes": available}
        return MemoryNeed(device="cuda:0", num_samples=32, num_tokens=512, **sizes)

    refuse_short(need(5 << 30))
    refuse_short(need(None))
    with pytest.raises(
        ConfigError, match=r"needs 5.00 GiB beside the weights .* but cuda:0 has 4.00 GiB left"
    ) as caught:
        refuse_short(need(4 << 30))
    assert "--set train.per_device_train_batch_size=16 train.gradient_checkpointing=true" in str(caught.value)


def test_memory_is_measured_at_its_peak():
    cpu = torch.device("cpu")
    pieces = [bytearray(60_000) for _ in range(5_000)]
    pieces[:-1] = []  # 300 MB below the last one: freed, and kept by the process
    with peak_memory(cpu) as peak:
        torch.ones(40_000_000)  # 160 MB, gone again at once
    assert len(pieces) == 1
    assert 150e6 < peak.num_bytes < 400e6
    assert available_bytes(cpu) > 0
    assert available_bytes(torch.device("meta")) is None


@pytest.mark.parametrize(
    ("name", "num_bytes"), [("adamw_torch", 800), ("adamw_bnb_8bit", 200), ("sgd", 400), ("adafactor", 0)]
)
def test_states_of_optimizers(name, num_bytes):
    assert optimizer_bytes([torch.nn.Parameter(torch.zeros(10, 10))], name=name) == num_bytes


def test_out_of_memory_is_told_apart_from_what_cannot_be_read():
    for error, kind, text in (
        (torch.OutOfMemoryError("CUDA out of memory"), ConfigError, "memory does not suffice for a: .*_batch_size=2"),
        (IndexError("index out of range"), ConfigError, "the model cannot read a: IndexError: index out of range"),
        (DataError("as it is"), DataError, "^as it is$"),
    ):
        with pytest.raises(kind, match=text), explained("a", num_samples=4):
            raise error


def test_a_disk_that_cannot_hold_the_checkpoints_is_refused(opened, tmp_path):
    trainer, _, _ = opened
    kept = trainer.args.save_total_limit
    trainer.args.save_total_limit = 10**9
    try:
        with pytest.raises(BackendError, match=r"the checkpoints of this run take .* GiB, but .* left"):
            _refuse_full_disk(trainer, folder=tmp_path)
    finally:
        trainer.args.save_total_limit = kept
    _refuse_full_disk(trainer, folder=tmp_path)


def test_checkpoints_by_parts_are_counted_as_what_trains_alone(opened, finished, tmp_path):
    trainer, _, dataset = opened
    model = load_model(finished / "train" / "model", device="cpu")
    context = StageContext(node="train", config=FEW, seed=5, inputs=(finished / "build",), folder=tmp_path)
    tuned = tune(model.model, {"projector": PartConfig(method="full")}, seed=5)
    by_parts = _trainer(context, bundle=model, tuned=tuned, dataset=dataset, checkpoint=None)
    whole = sum(one.numel() * one.element_size() for one in model.model.parameters())
    by_parts.args.save_total_limit = trainer_limit = int(1.5 * shutil.disk_usage(tmp_path).free / whole)
    _refuse_full_disk(by_parts, folder=tmp_path)
    kept, trainer.args.save_total_limit = trainer.args.save_total_limit, trainer_limit
    with pytest.raises(BackendError, match="the checkpoints of this run"):
        _refuse_full_disk(trainer, folder=tmp_path)
    trainer.args.save_total_limit = kept


@given(total=st.integers(1, 3000), count=st.integers(1, 300))
def test_places_are_the_first_ones_and_others_over_the_whole_run(total, count):
    places = choose_places(total, count=count)
    assert places == sorted(set(places))
    assert len(places) == min(total, count)
    assert places[: (len(places) + 1) // 2] == list(range((len(places) + 1) // 2))
    assert max(places) < total
    if total >= 3000 and count >= 100:
        assert max(places) > 0.95 * total


@pytest.mark.parametrize(("seconds", "words"), [(3, "3 s"), (180, "3 min"), (7200, "2.0 h"), (5e5, "5.8 days")])
def test_times_are_told_in_the_largest_unit_that_says_enough(seconds, words):
    assert duration(seconds) == words


def test_gradient_checkpointing_is_on_while_memory_is_measured(tmp_path):
    run_toy(tmp_path, train=FEW.model_copy(update={"gradient_checkpointing": True, "max_steps": 1, "model": TINY}))
    assert told(Path(tmp_path))["memory"]["step_bytes"] >= 0
