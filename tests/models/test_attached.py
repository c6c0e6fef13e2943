"""Modules attached to a model: exactly what they add, in every family, with caches and without, and in a folder."""

import copy
from pathlib import Path

import pytest
import torch
from tiny_parts import FAMILIES, IMAGE, make_family, make_inputs
from transformers import DynamicCache

from sayso.config import PartConfig
from sayso.errors import ConfigError
from sayso.models.attached import plain, reattach, save_attached
from sayso.train.parts import tune

READING = sorted(set(FAMILIES) - {"instructblip"})
GREEDY = {
    "max_new_tokens": 6,
    "do_sample": False,
    "pad_token_id": 0,
    "eos_token_id": 119,
    "suppress_tokens": [IMAGE + n for n in range(4)],
    "output_logits": True,
    "return_dict_in_generate": True,
}


def tuned(family, method, **options):
    model = make_family(family)
    return tune(model, {"language_model": PartConfig(method=method, **options)}, seed=1)


def tokens(*shape):
    return torch.randint(3, 99, shape, generator=torch.Generator().manual_seed(11))


def assert_close(a, b):
    torch.testing.assert_close(a, b, atol=2e-5, rtol=0)


@pytest.mark.parametrize("family", READING)
@pytest.mark.parametrize("method", ["prompt", "prefix"])
@torch.no_grad()
def test_vectors_in_front_are_kept_by_the_cache_and_unseen_by_callers(family, method):
    if (family, method) == ("gemma3", "prefix"):
        with pytest.raises(ConfigError, match="DynamicSlidingWindowLayer"):
            tuned(family, method)
        return
    model, inputs = tuned(family, method, num_tokens=3).model, make_inputs(family)
    whole = model(**inputs).logits
    assert whole.shape[:2] == inputs["input_ids"].shape
    keep = torch.zeros_like(inputs["input_ids"], dtype=torch.bool)
    keep[0, 12], keep[1, 12:14] = True, True
    assert_close(model(**inputs, logits_to_keep=keep, use_cache=False).logits, whole[keep])
    cached, bare = model.generate(**inputs, **GREEDY), model.generate(**inputs, use_cache=False, **GREEDY)
    assert torch.equal(cached.sequences, bare.sequences)
    assert_close(torch.stack(cached.logits), torch.stack(bare.logits))


@pytest.mark.parametrize("family", ["llama", "qwen3", "opt"])
@torch.no_grad()
def test_a_prompt_of_words_is_as_good_as_the_words(family):
    words, ids = tokens(1, 4), tokens(2, 9)
    model = make_family(family)
    expected = model(torch.cat([words.expand(2, -1), ids], dim=1)).logits[:, 4:]
    one = tuned(family, "prompt", num_tokens=4)
    embeddings = one.model.get_input_embeddings()
    embeddings.sayso_prompt.vectors.copy_(embeddings.weight[words[0]])
    assert_close(one.model(ids).logits, expected)
    assert_close(one.model(inputs_embeds=embeddings.weight[ids]).logits, expected)


@torch.no_grad()
def test_a_prefix_of_words_is_as_good_as_the_words():
    words, ids = tokens(1, 4), tokens(2, 9)
    model = make_family("llama")
    expected = model(torch.cat([words.expand(2, -1), ids], dim=1)).logits[:, 4:]
    cache = model(words, use_cache=True, past_key_values=DynamicCache(config=model.config)).past_key_values
    one = tuned("llama", "prefix", num_tokens=4)
    rows = [
        states[0].transpose(0, 1).flatten(1) for layer in cache.layers for states in (layer.keys, layer.values)
    ]  # each (4, heads * size)
    one.model.get_decoder().sayso_prefix.encoder.embedding.weight.copy_(torch.cat(rows, dim=1))
    assert_close(one.model(ids).logits, expected)


@pytest.mark.parametrize("method", ["prompt", "prefix"])
@torch.no_grad()
def test_padding_on_either_side_changes_nothing(method):
    model = tuned("llama", method, num_tokens=3).model
    ids, fill = tokens(1, 7), torch.zeros(1, 4, dtype=torch.long)
    alone = model(ids).logits
    mask = torch.cat([torch.ones_like(ids), fill], dim=1)
    right = model(torch.cat([ids, fill], dim=1), attention_mask=mask).logits[:, :7]
    mask = mask.flip(1)
    places = (mask.cumsum(1) - 1).clamp(min=0)
    left = model(torch.cat([fill, ids], dim=1), attention_mask=mask, position_ids=places).logits[:, 4:]
    assert_close(right, alone)
    assert_close(left, alone)
    short = model.generate(ids, attention_mask=torch.ones_like(ids), **GREEDY)
    padded = model.generate(torch.cat([fill, ids], dim=1), attention_mask=mask, **GREEDY)
    assert torch.equal(short.sequences[:, 7:], padded.sequences[:, 11:])


@torch.no_grad()
def test_an_adapter_adds_its_bottleneck_to_what_the_network_wrote():
    one = tuned("llama", "adapter", reduction=4)
    network = one.model.model.layers[0].mlp
    adapter = network.sayso_adapter
    adapter.up.weight.normal_()
    x = torch.randn(1, 3, 32)
    with plain(one.model):
        hidden = network.down_proj(network.act_fn(network.gate_proj(x)) * network.up_proj(x))
    assert_close(network(x), hidden + adapter.up(torch.relu(adapter.down(hidden))))


@torch.no_grad()
def test_a_parallel_adapter_reads_what_the_network_reads():
    one = tuned("llama", "adapter", reduction=4, parallel=True, scale=0.5, after=["attention", "ffn"])
    layer = one.model.model.layers[0]
    assert layer.self_attn.sayso_adapter.down.in_features == 32
    before = layer.mlp(x := torch.randn(1, 3, 32))
    layer.mlp.sayso_adapter.up.weight.normal_()
    assert_close(layer.mlp(x), before + 0.5 * layer.mlp.sayso_adapter(x))


@torch.no_grad()
def test_experts_are_weighed_by_a_softmax_over_all_of_them():
    one = tuned("llama", "moe_lora", rank=6, num_experts=3, alpha=12, dropout=0.0)
    linear = one.model.model.layers[0].self_attn.q_proj
    experts = linear.sayso_moe_lora
    experts.up.weight.normal_()
    x = torch.randn(1, 3, 32)
    gates = torch.softmax(x @ experts.router.weight.T, dim=-1)
    a, b = experts.down.weight.view(3, 2, 32), experts.up.weight.view(32, 3, 2)
    added = sum(gates[..., e : e + 1] * (x @ a[e].T @ b[:, e].T) for e in range(3))
    assert_close(linear(x), x @ linear.weight.T + 12 / 6 * added)


@pytest.mark.parametrize("method", ["prompt", "prefix", "adapter", "moe_lora"])
@torch.no_grad()
def test_a_copy_of_the_model_has_modules_of_its_own(method):
    model = tuned("llama", method).model
    twin = copy.deepcopy(model)
    ids = tokens(1, 6)
    before = model(ids).logits
    for name, parameter in twin.named_parameters():
        if ".sayso_" in name:
            parameter.add_(1.0)
    assert torch.equal(model(ids).logits, before)
    assert not torch.allclose(twin(ids).logits, before)


@torch.no_grad()
def test_several_kinds_at_once_come_back_from_a_folder(tmp_path: Path):
    model = make_family("llava")
    parts = {
        "vision_tower": PartConfig(method="adapter"),
        "language_model": PartConfig(method="moe_lora", rank=4, num_experts=2),
    }
    tune(model, parts, seed=1)
    tune(model, {"language_model": PartConfig(method="prompt", num_tokens=3)}, seed=1)
    inputs = make_inputs("llava")
    for name, parameter in model.named_parameters():
        if ".sayso_" in name:
            parameter.add_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)), alpha=0.1)
    expected = model(**inputs).logits
    with plain(model):
        model.save_pretrained(tmp_path)
    save_attached(model, tmp_path)
    again = type(model).from_pretrained(tmp_path).eval()
    bare = again(**inputs).logits
    assert not torch.allclose(bare, expected)
    reattach(again, tmp_path)
    assert torch.equal(again(**inputs).logits, expected)


def test_weights_that_do_not_belong_to_the_list_are_refused(tmp_path: Path):
    save_attached(tuned("llama", "prompt").model, tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    save_attached(tuned("llama", "adapter").model, other)
    (other / "parts.safetensors").write_bytes((tmp_path / "parts.safetensors").read_bytes())
    with pytest.raises(ConfigError, match="does not hold what sayso_parts"):
        reattach(make_family("llama"), other)


@pytest.mark.parametrize("method", ["prompt", "prefix"])
def test_only_one_kind_of_vectors_stands_in_front_and_only_of_a_sequence(method):
    model = tuned("llava", "prompt").model
    with pytest.raises(ConfigError, match="has vectors before its first token already"):
        tune(model, {"language_model": PartConfig(method="prefix")})
    with pytest.raises(ConfigError, match="only the part language_model reads a sequence"):
        tune(make_family("llava"), {"vision_tower": PartConfig(method=method)})


def test_a_prefix_says_that_checkpointing_would_lose_it():
    one = tuned("llama", "prefix")
    one.model.train()
    one.model.activation_checkpointing_enable()
    with pytest.raises(ConfigError, match="gradient_checkpointing"):
        one.model(tokens(1, 5))


def test_packed_rows_are_refused_where_it_shows():
    with pytest.raises(ConfigError, match="pack no samples"):
        tuned("llama", "prompt").model(tokens(1, 5), attention_mask=torch.ones(1, 1, 5, 5))
