"""Greedy decoding in batches: prompts in, the model's own words out.

Prompts are padded on the left, so that every row continues at its end, and sorted by length, so that little is padding. Decoding is
transformers' `generate` without sampling: the same prompt gives the same words, up to the rounding that a batch's shape brings.
"""

from collections.abc import Callable, Sequence

import torch

from sayso.models._protocol import ModelBundle
from sayso.models.collate import collate, written_ids
from sayso.models.encode import Encoded

__all__ = ["by_length", "generate"]


def generate(
    bundle: ModelBundle,
    *,
    prompts: Sequence[Encoded],
    max_new_tokens: int,
    batch_size: int = 64,
    advance: Callable[[int], None] = lambda rows: None,
) -> list[str]:
    """What the model answers to each prompt, control tokens and outer whitespace removed; at most `max_new_tokens` tokens each.

    `advance` is told after each batch how many prompts are done.
    """
    answers = [""] * len(prompts)
    for batch in by_length([len(prompt) for prompt in prompts], batch_size=batch_size):
        texts = _answer([prompts[index] for index in batch], bundle=bundle, max_new_tokens=max_new_tokens)
        for index, text in zip(batch, texts, strict=True):
            answers[index] = text
        advance(len(batch))
    return answers


def by_length(lengths: Sequence[int], *, batch_size: int) -> list[list[int]]:
    """Positions in batches of similar length, longest first, so that a lack of memory shows at once."""
    order = sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


@torch.inference_mode()
def _answer(prompts: Sequence[Encoded], *, bundle: ModelBundle, max_new_tokens: int) -> list[str]:
    tokenizer, model = bundle.tokenizer, bundle.model.eval()
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    batch = collate(prompts, pad_token_id=pad, side="left")
    batch = {name: tensor.to(model.device) for name, tensor in batch.items()}
    width = written_ids(batch).shape[1]
    out = model.generate(**batch, max_new_tokens=max_new_tokens, do_sample=False, num_beams=1, pad_token_id=pad)
    texts: list[str] = tokenizer.batch_decode(out[:, width:], skip_special_tokens=True)
    return [text.strip() for text in texts]
