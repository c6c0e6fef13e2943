"""A language model of a few thousand weights that has learned a few conversations by heart, in a folder as any other model."""

from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from sayso.models.vocabulary import train_tokenizer

__all__ = ["teach"]

IGNORE = -100


def teach(folder: Path, talks: Sequence[Sequence[str]], *, steps: int = 120) -> Path:
    """Each of `talks` is what user and assistant say in turn, of which the last turn is learned."""
    tokenizer = train_tokenizer([said for talk in talks for said in talk] * 5, vocab_size=600)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=4, max_position_embeddings=512,
        initializer_range=0.1, tie_word_embeddings=True, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        model = LlamaForCausalLM(config)
        _learn(model, *_batch(tokenizer, talks), steps=steps)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _batch(tokenizer, talks: Sequence[Sequence[str]]) -> tuple[torch.Tensor, torch.Tensor]:
    rows, starts = [], []
    for talk in talks:
        turns = [{"role": ("user", "assistant")[n % 2], "content": said} for n, said in enumerate(talk)]
        prompt = tokenizer.apply_chat_template(turns[:-1], tokenize=False, add_generation_prompt=True)
        whole = tokenizer.apply_chat_template(turns, tokenize=False)
        rows.append(tokenizer(whole)["input_ids"])
        starts.append(len(tokenizer(prompt)["input_ids"]))
    width = max(map(len, rows))
    ids = torch.tensor([row + [tokenizer.pad_token_id] * (width - len(row)) for row in rows])
    labels = torch.full_like(ids, IGNORE)
    for number, (row, start) in enumerate(zip(rows, starts, strict=True)):
        labels[number, start : len(row)] = ids[number, start : len(row)]
    return ids, labels


def _learn(model: LlamaForCausalLM, ids: torch.Tensor, labels: torch.Tensor, *, steps: int) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.0)
    for _ in range(steps):
        model(input_ids=ids, labels=labels).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
