"""An untrained Llama of a few thousand weights with a tokenizer and a chat template, in a folder as any other model."""

from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from sayso.models.vocabulary import train_tokenizer

TEXTS = ["Say it in other words: name the color of the circle.", "How many red circles are there?"] * 3


def save_tiny_chat(folder: Path) -> Path:
    tokenizer = train_tokenizer(TEXTS, vocab_size=400)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        initializer_range=0.2,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
