"""A model that computes otherwise is noticed, whatever it is called."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from tiny_families import llama, llama_text
from transformers import LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM

from sayso.config import PartConfig
from sayso.models._protocol import ModelBundle
from sayso.models.encode import Encoded
from sayso.models.generate import generate, generate_apart, shared_groups
from sayso.models.prefixes import judge
from sayso.models.prefixes.trust import _verdicts
from sayso.train.parts import tune

IDS = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]


def row(*more: int) -> Encoded:
    ids = [*IDS, *more]
    return Encoded(id="r", input_ids=ids, roles=np.full(len(ids), 7, dtype=np.uint8))


def bundle_of(model: LlamaForCausalLM) -> ModelBundle:
    return ModelBundle(model=model.eval(), processor=llama_text().bundle.processor)


class Counting(LlamaForCausalLM):
    """Adds to its logits how many tokens it sees at once."""

    def forward(self, input_ids=None, logits_to_keep=0, **options):
        out = super().forward(input_ids=input_ids, logits_to_keep=logits_to_keep, **options)
        out.logits = out.logits * input_ids.shape[1]
        return out


class OwnAttention(LlamaForCausalLM):
    """Its second layer does not ask for attention in the common way."""

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__(config)
        self.model.layers[1].self_attn.forward = lambda hidden_states, **_: (hidden_states, None)


class NoLogitsToKeep(LlamaForCausalLM):
    def forward(self, input_ids=None, attention_mask=None, position_ids=None, past_key_values=None, use_cache=None):
        raise NotImplementedError


def made(kind: type[LlamaForCausalLM], *, layers: int = 1) -> ModelBundle:
    config = llama(llama_text().bundle.tokenizer)
    config.num_hidden_layers = layers
    torch.manual_seed(0)
    model = kind(config)
    model.generation_config.eos_token_id = model.generation_config.pad_token_id = config.eos_token_id
    return bundle_of(model)


def test_logits_that_depend_on_the_call_are_noticed() -> None:
    bundle = made(Counting)
    assert "off behind a shared prefix" in str(judge(bundle, prompt=row(1, 2, 3), length=11).reason)
    assert generate(bundle, prompts=[row(1), row(2)], max_new_tokens=3) == generate_apart(
        bundle, prompts=[row(1), row(2)], max_new_tokens=3
    )


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (OwnAttention, "not every layer asks for attention in the common way"),
        (NoLogitsToKeep, "cannot give the logits of chosen tokens alone"),
    ],
)
def test_what_cannot_be_shared_is_named(kind: type[LlamaForCausalLM], reason: str) -> None:
    assert reason in str(judge(made(kind, layers=2), prompt=row(1, 2), length=11).reason)


def test_the_verdict_is_kept_for_the_model_and_goes_with_it() -> None:
    bundle = made(LlamaForCausalLM)
    assert judge(bundle, prompt=row(1, 2), length=11).reason is None
    assert bundle.model in _verdicts
    again = bundle_of(deepcopy(bundle.model))
    assert again.model not in _verdicts
    count = len(_verdicts)
    del bundle
    assert len(_verdicts) == count - 1


def test_settings_of_the_model_that_change_its_words_are_heeded() -> None:
    bundle = made(LlamaForCausalLM)
    prompts = [row(1, 2), row(2, 1)]
    before = generate(bundle, prompts=prompts, max_new_tokens=6)
    bundle.model.generation_config.repetition_penalty = 9.0
    after = generate(bundle, prompts=prompts, max_new_tokens=6)
    assert after == generate_apart(bundle, prompts=prompts, max_new_tokens=6)
    assert after != before


def test_every_end_token_of_a_model_ends_its_answer() -> None:
    bundle = made(LlamaForCausalLM)
    prompts = [row(*range(number, 40)) for number in range(20, 26)]
    whole = generate(bundle, prompts=prompts, max_new_tokens=8)
    first = int(bundle.model(torch.tensor([prompts[0].input_ids])).logits[0, -1].argmax())
    bundle.model.generation_config.eos_token_id = [bundle.tokenizer.eos_token_id, first]
    cut = generate(bundle, prompts=prompts, max_new_tokens=8)
    assert cut == generate_apart(bundle, prompts=prompts, max_new_tokens=8)
    assert cut[0] == bundle.tokenizer.decode(first).strip()
    assert len(cut[0]) < len(whole[0])


def test_what_is_longer_than_a_window_is_read_whole() -> None:
    tokenizer = llama_text().bundle.tokenizer
    sizes = llama(tokenizer).to_dict()
    names = ("hidden_size", "intermediate_size", "num_attention_heads", "num_key_value_heads", "vocab_size")
    torch.manual_seed(0)
    config = MistralConfig(**{name: sizes[name] for name in names}, num_hidden_layers=2, sliding_window=20)
    bundle = ModelBundle(model=MistralForCausalLM(config).double().eval(), processor=tokenizer)
    for end in (13, 18, 40):  # within, over while writing, over from the start
        prompts = [row(*range(20, 8 + end), number) for number in range(3)]
        made = generate(bundle, prompts=prompts, max_new_tokens=6)
        assert made == generate_apart(bundle, prompts=prompts, max_new_tokens=6)
        groups, rest = shared_groups(bundle, prompts, lengths=[len(prompt) + 6 for prompt in prompts])
        assert bool(groups) == (end == 13)
        assert len(rest) == (0 if groups else 3)


@pytest.mark.parametrize("seed", range(3))
def test_rows_that_end_at_different_steps_leave_the_others_alone(seed: int) -> None:
    bundle = made(LlamaForCausalLM, layers=2)
    torch.manual_seed(seed)
    for tensor in bundle.model.double().parameters():
        torch.nn.init.normal_(tensor, std=0.5)
    heads = torch.randint(5, 300, (3, 20)).tolist()
    prompts = [
        Encoded(id="r", input_ids=[*head, *range(5, 6 + number)], roles=np.full(21 + number, 7, dtype=np.uint8))
        for head in heads
        for number in range(6)
    ]
    bundle.model.generation_config.eos_token_id = list(range(0, 320, 5))
    answers = generate(bundle, prompts=prompts, max_new_tokens=12)
    assert answers == generate_apart(bundle, prompts=prompts, max_new_tokens=12)
    assert answers == generate(bundle, prompts=prompts, max_new_tokens=12, batch_size=2)
    assert len({len(bundle.tokenizer(answer)["input_ids"]) for answer in answers}) > 3


@pytest.mark.parametrize("method", ["prompt", "prefix", "adapter", "lora"])
def test_what_is_attached_is_read_with_the_prefix(method: str) -> None:
    bundle = made(LlamaForCausalLM, layers=2)
    bundle.model.double()
    prompts = [row(*range(20, 20 + number)) for number in range(5)]
    before = generate(bundle, prompts=prompts, max_new_tokens=6)
    tuned = tune(bundle.model, {"language_model": PartConfig(method=method)}, seed=1).model.double().eval()
    for tensor in tuned.parameters():
        if tensor.requires_grad:
            torch.nn.init.normal_(tensor, std=0.5)
    changed = ModelBundle(model=tuned, processor=bundle.processor)
    after = generate(changed, prompts=prompts, max_new_tokens=6)
    assert after == generate_apart(changed, prompts=prompts, max_new_tokens=6)
    assert after != before
    assert judge(changed, prompt=prompts[-1], length=11).reason is None
