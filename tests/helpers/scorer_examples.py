"""What scorers need besides samples and trained models to be tried out: options by name. A scorer that needs none has no entry."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import GPT2Config, GPT2LMHeadModel

from sayso.models.vocabulary import train_tokenizer

__all__ = ["options_for", "save_plain"]

JUDGE = {"name": "scripted", "replies": {"*": "It will do. Rating: 4"}}


def save_plain(folder: Path, *, texts: list[str]) -> Path:
    """An untrained GPT-2 of a few thousand weights: no chat template, no token of beginning, one token that ends texts."""
    tokenizer = train_tokenizer(texts, vocab_size=420)
    tokenizer.chat_template = None
    config = GPT2Config(
        vocab_size=len(tokenizer), n_embd=32, n_layer=2, n_head=2, n_positions=128, initializer_range=0.3,
        bos_token_id=tokenizer.eos_token_id, eos_token_id=tokenizer.eos_token_id,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        GPT2LMHeadModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _plain(folder: Path) -> dict[str, Any]:
    return {"path": str(save_plain(folder / "gpt2", texts=["How many red circles are there?", "two"] * 3))}


def _reward(folder: Path) -> dict[str, Any]:
    from scoring_models import save_reward

    return {"path": str(save_reward(folder / "reward"))}


def _dual(folder: Path) -> dict[str, Any]:
    from scoring_models import save_dual_encoder

    return {"path": str(save_dual_encoder(folder / "dual"))}


OPTIONS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "image_text_similarity": _dual,
    "insta": lambda folder: {"encoder": {"name": "toy_encoder:letters"}},
    "less": lambda folder: {"dimensions": 64},
    "necessity": lambda folder: {"judge": JUDGE, "max_new_tokens": 4},
    "one_shot_gain": lambda folder: {"num_anchors": 3},
    "prompt_uncertainty": lambda folder: {"num_prompts": 3, "num_inputs": 2, "max_new_tokens": 4},
    "recost": lambda folder: {"num_shown": 1, "encoder": {"name": "toy_encoder:letters"}},
    "reward": _reward,
    "superfiltering": _plain,
}


def options_for(name: str, folder: Path) -> dict[str, Any]:
    """The options to try a scorer with; models that they name are made in `folder`."""
    return OPTIONS[name](folder) if name in OPTIONS else {}
