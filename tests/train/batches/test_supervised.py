"""Logits at the targets alone are those of all logits picked there, whatever stands around the model; the cross entropy is torch's."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peft import LoraConfig, PrefixTuningConfig, PromptTuningConfig, get_peft_model
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel
from transformers import LlamaConfig, LlamaForCausalLM, T5Config, T5ForConditionalGeneration

from sayso.models.collate import Batch
from sayso.train.batches.supervised import cross_entropies, read_targets

pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")  # by peft

SIZES = {"vocab_size": 50, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}


class Elsewhere(LlamaForCausalLM):
    """A model of somebody who knows nothing of `logits_to_keep`."""

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, use_cache: bool = False, **_: object
    ) -> object:
        return super().forward(input_ids=input_ids, attention_mask=attention_mask, use_cache=use_cache)


def llama(kind: type[LlamaForCausalLM] = LlamaForCausalLM) -> LlamaForCausalLM:
    torch.manual_seed(0)
    return kind(LlamaConfig(**SIZES)).eval()


def piece(weights: torch.Tensor | None = None) -> Batch:
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(3, 50, (2, 9), generator=generator)
    if weights is None:
        weights = torch.zeros(2, 9)
        weights[0, 4:7], weights[1, 1], weights[1, 8] = 1.0, 0.5, 2.0
    return {
        "input_ids": ids,
        "attention_mask": torch.ones_like(ids),
        "loss_weights": weights,
        "loss_roles": torch.arange(18, dtype=torch.uint8).view(2, 9),
        "loss_samples": torch.tensor([[0] * 9, [1] * 9]),
        "loss_counts": torch.ones(2),
        "loss_groups": torch.arange(2),
    }


def test_targets_stand_one_place_after_what_predicts_them() -> None:
    batch = piece()
    read = read_targets(llama(), batch)
    picked = batch["loss_weights"] > 0
    assert torch.equal(read.targets, batch["input_ids"][picked])
    assert read.weights.tolist() == [1.0, 1.0, 1.0, 0.5, 2.0]
    assert read.roles.tolist() == [4, 5, 6, 10, 17]
    assert read.samples.tolist() == [0, 0, 0, 1, 1]
    everything = llama()(input_ids=batch["input_ids"]).logits
    assert torch.allclose(read.logits, everything[torch.roll(picked, -1, dims=1)], atol=1e-6)


def soft_prompt(kind: type) -> Callable[[], torch.nn.Module]:
    return lambda: get_peft_model(llama(), kind(task_type="CAUSAL_LM", num_virtual_tokens=3)).eval()


@pytest.mark.parametrize(
    ("around", "plain"),
    [
        (lambda: llama(Elsewhere), llama),
        (lambda: get_peft_model(llama(), LoraConfig(task_type="CAUSAL_LM", r=2)).eval(), llama),
    ],
    ids=["no mask", "lora"],
)
def test_whatever_stands_around_a_model_its_logits_are_the_same(
    around: Callable[[], torch.nn.Module], plain: Callable[[], torch.nn.Module]
) -> None:
    with torch.no_grad():
        there, here = read_targets(around(), piece()), read_targets(plain(), piece())
    assert there.logits.shape == (5, 50)
    assert torch.allclose(there.logits, here.logits, atol=1e-6)


@pytest.mark.parametrize("kind", [PromptTuningConfig, PrefixTuningConfig])
def test_places_of_a_soft_prompt_are_not_taken_for_those_of_the_text(kind: type) -> None:
    torch.manual_seed(2)
    model, batch = soft_prompt(kind)(), piece()
    with torch.no_grad():
        read = read_targets(model, batch, hidden=True)
        everything = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits[:, -9:]
    picked = torch.roll(batch["loss_weights"] > 0, -1, dims=1)
    assert torch.allclose(read.logits, everything[picked], atol=1e-6)
    assert read.hidden is not None
    assert torch.allclose(model.get_base_model().lm_head(read.hidden), read.logits, atol=1e-6)


def test_an_encoder_decoder_predicts_what_its_decoder_reads() -> None:
    torch.manual_seed(0)
    model = T5ForConditionalGeneration(
        T5Config(vocab_size=50, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2)
    ).eval()
    batch = piece()
    source = {"input_ids": torch.full((2, 5), 7), "attention_mask": torch.ones(2, 5, dtype=torch.long)}
    ids = batch["input_ids"]
    with torch.no_grad():
        read = read_targets(model, batch | source | {"decoder_input_ids": ids})
        everything = model(**source, decoder_input_ids=ids).logits
    picked = batch["loss_weights"] > 0
    assert torch.equal(read.targets, ids[picked])
    assert torch.allclose(read.logits, everything[torch.roll(picked, -1, dims=1)], atol=1e-6)


def test_a_share_without_a_target_goes_along_with_a_gradient_of_zero(tmp_path: Path) -> None:
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path / 'meet'}", rank=0, world_size=1)
    try:
        model = DistributedDataParallel(llama().train())
        read = read_targets(model, piece(weights=torch.zeros(2, 9)))
        (read.weights * read.nll).sum().backward()
    finally:
        torch.distributed.destroy_process_group()
    assert read.logits.shape == (0, 50)
    gradients = [parameter.grad for parameter in model.parameters()]
    assert all(gradient is not None and not gradient.any() for gradient in gradients)


@settings(deadline=None, max_examples=30)
@given(
    n=st.integers(0, 6), v=st.integers(2, 40), seed=st.integers(0, 1000), dtype=st.sampled_from(["float32", "bfloat16"])
)
def test_the_cross_entropy_and_its_gradient_are_those_of_torch(n: int, v: int, seed: int, dtype: str) -> None:
    generator = torch.Generator().manual_seed(seed)
    ours = (5 * torch.randn(n, v, generator=generator)).to(getattr(torch, dtype)).requires_grad_()
    theirs = ours.detach().float().requires_grad_()
    targets, weights = torch.randint(0, v, (n,), generator=generator), torch.rand(n, generator=generator)
    (weights * cross_entropies(ours, targets)).sum().backward()
    (weights * cross_entropy(theirs, targets, reduction="none")).sum().backward()
    assert torch.equal(cross_entropies(ours, targets), cross_entropy(theirs, targets, reduction="none"))
    assert ours.grad is not None
    assert theirs.grad is not None
    assert ours.grad.dtype == ours.dtype
    assert torch.allclose(ours.grad.float(), theirs.grad, atol=1e-6 if dtype == "float32" else 4e-3)
