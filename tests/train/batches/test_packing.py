"""Packed samples do not see one another, and nothing about the loss changes."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from packed_families import PAD, WITH_PICTURES, conversation, make, text_model
from toy_run import TRAIN, run_toy
from transformers import LlamaForCausalLM, PreTrainedModel, T5Config, T5ForConditionalGeneration

from sayso.errors import ConfigError
from sayso.models.collate import Batch
from sayso.models.encode import Encoded
from sayso.train.batches.batch import split_batch, supervised_positions
from sayso.train.batches.packing import MAX_WASTE, Packing, Way, choose_rows, fill_rows
from sayso.train.batches.packing_probe import find_packing
from sayso.train.batches.supervised import read_targets

FIRST, SECOND = 7, 5


@cache
def model_of(kind: str) -> PreTrainedModel:
    return WITH_PICTURES[kind]() if kind in WITH_PICTURES else text_model(kind)


def samples_of(kind: str, sizes: list[tuple[int, int]]) -> list[Encoded]:
    """Of (words, pictures) each."""
    pictures = kind in WITH_PICTURES
    return [conversation(kind, words=w, images=i * pictures, seed=n) for n, (w, i) in enumerate(sizes)]


def packing_of(kind: str, way: Way) -> Packing:
    return Packing(model=model_of(kind), make=make, way=way, pad_token_id=PAD)


def loss_of(model: PreTrainedModel, piece: Batch) -> torch.Tensor:
    read = read_targets(model, piece)
    return (read.weights * read.nll).sum() / piece["loss_counts"].sum()


# The ways in which packing leaks without a word, each shown to leak, and ours beside it.


def two_in_a_row(first: torch.Tensor, **options: Any) -> torch.Tensor:
    """What a model says of the second of two sequences; the second is always the same."""
    second = torch.arange(20, 20 + SECOND)[None]
    return options.pop("model")(torch.cat([first, second], 1), **options).logits[:, FIRST:]


def moves(model: PreTrainedModel, **options: Any) -> float:
    """How much the second sequence's logits move when the first is another one."""
    one, other = torch.arange(30, 30 + FIRST)[None], torch.arange(40, 40 + FIRST)[None]
    with torch.no_grad():
        far = two_in_a_row(one, model=model, **options) - two_in_a_row(other, model=model, **options)
    return float(far.abs().max())


POSITIONS = torch.cat([torch.arange(FIRST), torch.arange(SECOND)])[None]
SEEN = torch.block_diag(torch.ones(FIRST, FIRST), torch.ones(SECOND, SECOND)).tril().bool()[None, None]
ADDED = torch.zeros(SEEN.shape).masked_fill(~SEEN, torch.finfo(torch.float32).min)
LEAKS = {
    "the_default_cache": ("sdpa", {"position_ids": POSITIONS}),
    "the_default_cache_eager": ("eager", {"position_ids": POSITIONS}),
    "an_all_ones_mask": ("sdpa", {"position_ids": POSITIONS, "use_cache": False, "attention_mask": torch.ones(1, 12)}),
    "an_all_ones_mask_eager": (
        "eager",
        {"position_ids": POSITIONS, "use_cache": False, "attention_mask": torch.ones(1, 12)},
    ),
    "a_boolean_4d_mask_in_eager_attention": ("eager", {"use_cache": False, "attention_mask": SEEN}),
    "positions_that_run_on": ("sdpa", {"use_cache": False}),
}
EXACT = {
    "positions_without_mask_and_cache": {"position_ids": POSITIONS, "use_cache": False},
    "a_float_4d_mask": {"position_ids": POSITIONS, "use_cache": False, "attention_mask": ADDED},
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_known_leak_leaks(name: str) -> None:
    attention, options = LEAKS[name]
    assert moves(text_model("llama", attention=attention), **options) > 0.1


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("name", EXACT)
def test_what_packing_uses_does_not_leak(name: str, attention: str) -> None:
    assert moves(text_model("llama", attention=attention), **EXACT[name]) == 0


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("way", ["positions", "masks"])
def test_a_packed_piece_has_none_of_what_leaks(attention: str, way: Way) -> None:
    packing = Packing(model=text_model("llama", attention=attention), make=make, way=way, pad_token_id=PAD)
    piece = packing.lay([samples_of("llama", [(7, 0), (5, 0)])])
    assert piece["position_ids"].tolist() == POSITIONS.tolist()
    if way == "positions":
        assert "attention_mask" not in piece
    else:
        assert torch.equal(piece["attention_mask"], ADDED)
    assert "use_cache" not in piece  # the trainer says False, see sayso.train.batches.supervised


# No sample sees another, whatever their lengths and pictures.

SIZES = st.lists(st.tuples(st.integers(2, 12), st.integers(0, 2)), min_size=2, max_size=5)


def logits_of(packing: Packing, samples: list[Encoded]) -> dict[str, torch.Tensor]:
    piece = packing.lay([samples])
    with torch.no_grad():
        logits = packing.model(**split_batch(piece)[0], use_cache=False).logits
    return {one.id: logits[piece["loss_samples"] == number] for number, one in enumerate(samples)}


@pytest.mark.parametrize(
    ("kind", "way"),
    [("llama", "positions"), ("llama", "masks"), ("qwen2_5_vl", "positions"), ("idefics3", "positions"), ("gemma3", "masks")],
)  # fmt: skip
@settings(max_examples=15, deadline=None)
@given(sizes=SIZES, data=st.data())
def test_no_sample_sees_another(kind: str, way: Way, sizes: list[tuple[int, int]], data: st.DataObject) -> None:
    packing, samples = packing_of(kind, way), samples_of(kind, sizes)
    changed = data.draw(st.integers(0, len(samples) - 1))
    before = logits_of(packing, samples)
    words, images = sizes[changed]
    other = conversation(kind, words=words, images=images * (kind in WITH_PICTURES), seed=99)
    samples[changed] = replace(other, id=samples[changed].id)
    after = logits_of(packing, samples)
    for number, one in enumerate(samples):
        same = torch.equal(before[one.id], after[one.id])
        assert same != (number == changed), one.id


@pytest.mark.parametrize(
    ("kind", "way"),
    [("llama", "positions"), ("qwen2_5_vl", "positions"), ("qwen3_vl", "positions"), ("internvl", "positions"), ("gemma3", "masks"),
     ("paligemma", "masks")],
)  # fmt: skip
@settings(max_examples=8, deadline=None)
@given(sizes=SIZES)
def test_loss_and_gradients_are_those_of_unpacked_rows(kind: str, way: Way, sizes: list[tuple[int, int]]) -> None:
    packing, samples = packing_of(kind, way), samples_of(kind, sizes)
    model = packing.model
    found = {}
    for name, piece in {"unpacked": make(samples), "packed": packing(samples)}.items():
        loss = loss_of(model, piece)
        loss.backward()
        gradients = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
        model.zero_grad()
        found[name] = (loss.item(), gradients)
    assert found["packed"][0] == pytest.approx(found["unpacked"][0], abs=1e-5)
    assert found["packed"][1].keys() == found["unpacked"][1].keys()
    scale = max(float(one.abs().max()) for one in found["unpacked"][1].values())
    for name, gradient in found["unpacked"][1].items():
        assert torch.allclose(found["packed"][1][name], gradient, rtol=1e-3, atol=1e-5 * scale), name


# Which way a model keeps to is found out.


@pytest.mark.parametrize(
    ("kind", "way"),
    [("llama", "positions"), ("qwen2_5_vl", "positions"), ("qwen3_vl", "positions"), ("idefics3", "positions"),
     ("internvl", "positions"), ("gemma3", "masks"), ("paligemma", "masks")],
)  # fmt: skip
def test_the_way_of_a_model_is_found(kind: str, way: Way) -> None:
    samples = samples_of(kind, [(6, 0), (9, 1), (7, 2)])
    assert find_packing(model_of(kind), make=make, samples=samples, pad_token_id=PAD).way == way


@pytest.mark.parametrize(
    ("kind", "options", "way"),
    [("mistral", {"sliding_window": 4}, "positions"), ("gemma2", {"sliding_window": 4}, "positions"), ("gpt2", {}, "positions"),
     ("opt", {"word_embed_proj_dim": 32, "ffn_dim": 64}, "masks")],
)  # fmt: skip
def test_the_way_of_a_text_model_is_found(kind: str, options: dict[str, Any], way: Way) -> None:
    model = text_model(kind, **options)
    samples = samples_of(kind, [(14, 0), (9, 0), (7, 0)])
    packing = find_packing(model, make=make, samples=samples, pad_token_id=PAD)
    assert packing.way == way
    assert loss_of(model, packing(samples)).item() == pytest.approx(loss_of(model, make(samples)).item(), abs=1e-5)


def test_a_model_that_carries_a_state_along_is_refused() -> None:
    samples = samples_of("mamba", [(8, 0), (9, 0)])
    with pytest.raises(ConfigError, match=r"type 'mamba' does not keep packed samples apart .*logits of sample 2 are"):
        find_packing(text_model("mamba"), make=make, samples=samples, pad_token_id=PAD)


class Prompted(LlamaForCausalLM):
    """A model with something in front of its rows, which says so when it is given several samples in one."""

    def forward(self, *args: Any, attention_mask: torch.Tensor | None = None, **options: Any) -> Any:
        if attention_mask is None or attention_mask.ndim != 2:
            raise ConfigError(f"a prompt stands before rows, not before samples: {attention_mask is None}")
        return super().forward(*args, attention_mask=attention_mask, **options)


def test_what_a_model_says_itself_is_told() -> None:
    model = Prompted(text_model("llama").config)
    with pytest.raises(ConfigError, match="with positions it fails: ConfigError: a prompt stands before rows"):
        find_packing(model, make=make, samples=samples_of("llama", [(6, 0), (7, 0)]), pad_token_id=PAD)


def test_an_encoder_decoder_is_refused() -> None:
    config = T5Config(vocab_size=64, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
    with pytest.raises(ConfigError, match="'t5' is an encoder-decoder"):
        find_packing(T5ForConditionalGeneration(config), make=make, samples=[], pad_token_id=PAD)


def test_a_sample_that_stands_alone_is_tried_beside_itself() -> None:
    samples = samples_of("llama", [(6, 0)])
    assert find_packing(model_of("llama"), make=make, samples=samples, pad_token_id=PAD).way == "positions"


def test_trying_leaves_the_model_as_it_was() -> None:
    model = text_model("llama").train()
    state = torch.random.get_rng_state()
    find_packing(model, make=make, samples=samples_of("llama", [(6, 0), (7, 0)]), pad_token_id=PAD)
    assert all(module.training for module in model.modules())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert torch.equal(state, torch.random.get_rng_state())


# Rows.

LENGTHS = st.lists(st.integers(1, 400), min_size=1, max_size=64)


@given(lengths=LENGTHS, hidden_size=st.sampled_from([32, 128, 2048]))
def test_rows_hold_every_sample_once_and_waste_little(lengths: list[int], hidden_size: int) -> None:
    rows = choose_rows(lengths, hidden_size=hidden_size)
    assert sorted(index for row in rows for index in row) == list(range(len(lengths)))
    width = max(sum(lengths[index] for index in row) for row in rows)
    assert 1 - sum(lengths) / (len(rows) * width) <= MAX_WASTE + 1e-9
    assert rows == choose_rows(lengths, hidden_size=hidden_size)


def test_short_rows_are_chosen_where_attention_costs_most() -> None:
    lengths = [100] * 32
    assert len(choose_rows(lengths, hidden_size=32)) == 32
    assert len(choose_rows(lengths, hidden_size=32, one=True)) == 1


@given(lengths=LENGTHS, number=st.integers(1, 64))
def test_rows_are_about_equal(lengths: list[int], number: int) -> None:
    loads = [sum(lengths[index] for index in row) for row in fill_rows(lengths, number)]
    assert max(loads) <= sum(lengths) / number + max(lengths)


@given(sizes=SIZES)
def test_everything_known_of_a_token_moves_with_it(sizes: list[tuple[int, int]]) -> None:
    samples = samples_of("qwen2_5_vl", sizes)
    piece = packing_of("qwen2_5_vl", "positions")(samples)
    assert piece["position_ids"].shape == (4, *piece["input_ids"].shape)
    assert not supervised_positions(piece)[:, -1].any()
    for number in range(len(samples)):
        here = piece["loss_samples"] == number
        ids = piece["input_ids"][here].tolist()
        row = next(one for one in samples if one.input_ids == ids)
        assert piece["loss_roles"][here].tolist() == row.roles.tolist()
        assert piece["mm_token_type_ids"][here].tolist() == row.per_token["mm_token_type_ids"]
        assert piece["position_ids"][0][here].tolist() == list(range(len(row)))
        assert piece["loss_weights"][here][0] == 0
        assert piece["loss_weights"][here].sum() == piece["loss_counts"][number]
    padding = piece["loss_samples"] == -1
    assert not piece["loss_weights"][padding].any()
    assert (piece["input_ids"][padding] == PAD).all()


# The real stage.


@pytest.fixture(scope="module")
def losses(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, list[float]]:
    return {packed: run_losses(tmp_path_factory.mktemp("run"), packing=packed) for packed in (False, True)}


def run_losses(out: Path, **changes: Any) -> list[float]:
    run_toy(out, train=TRAIN.model_copy(update={"logging_steps": 1, "max_steps": 8, **changes}))
    return [json.loads(line)["loss"] for line in (out / "train" / "log.jsonl").read_text().splitlines()]


def test_a_packed_run_has_the_losses_of_an_unpacked_one(losses: dict[bool, list[float]]) -> None:
    assert len(losses[True]) == 8
    np.testing.assert_allclose(losses[True], losses[False], atol=1e-5)


def test_so_has_one_in_pieces(losses: dict[bool, list[float]], tmp_path: Path) -> None:
    pieces = run_losses(tmp_path, packing=True, per_device_train_batch_size=2, gradient_accumulation_steps=2)
    np.testing.assert_allclose(pieces, losses[False], atol=1e-5)
