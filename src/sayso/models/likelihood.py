"""How likely a model finds given responses: the log-probability of each option's text after a prompt.

The options of a prompt share it, so it is read once and its cache is repeated; a model whose cache cannot be repeated reads prompt and option
together, with the same result up to rounding. An option's tokens are those of the conversation in which it is the response, its end-of-turn token
included, so that "blue" does not win for being the start of "blue green".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import DynamicCache

from sayso.models._protocol import ModelBundle
from sayso.models.collate import Batch, collate, written_ids
from sayso.models.direct import make_encoder
from sayso.models.encode import Encoded, Encoder
from sayso.models.generate import by_length

__all__ = ["option_logprobs"]

IGNORE = -100


@dataclass(frozen=True, kw_only=True)
class _Row:
    """One prompt and the tokens of its options; the prompt has lost the tokens that fuse with a response."""

    prompt: Encoded
    options: list[list[int]]


def option_logprobs(
    bundle: ModelBundle,
    *,
    prompts: Sequence[Encoded],
    options: Sequence[Sequence[str]],
    normalise: bool = False,
    batch_size: int = 64,
    advance: Callable[[int], None] = lambda rows: None,
) -> list[list[float]]:
    """For each prompt (encoded without its response) the log-probability of each of its options, in nats.

    `normalise` divides by the number of tokens. `advance` is told after each batch how many prompts are done.
    """
    encoder = make_encoder(bundle, max_tokens=0)
    rows = [_row(p, some, encoder=encoder) for p, some in zip(prompts, options, strict=True)]
    scores: list[list[float]] = [[] for _ in rows]
    for batch in by_length([len(row.prompt) for row in rows], batch_size=batch_size):
        sums = _score([rows[index] for index in batch], bundle=bundle)
        for index, values in zip(batch, sums, strict=True):
            lengths = [len(tokens) if normalise else 1 for tokens in rows[index].options]
            scores[index] = [value / length for value, length in zip(values, lengths, strict=True)]
        advance(len(batch))
    return scores


def _row(prompt: Encoded, options: Sequence[str], *, encoder: Encoder) -> _Row:
    fused, continued = encoder.continuations(prompt, options)
    return _Row(prompt=prompt.first(len(prompt) - fused), options=continued)


@torch.inference_mode()
def _score(rows: Sequence[_Row], *, bundle: ModelBundle) -> list[list[float]]:
    model = bundle.model.eval()
    pad = bundle.tokenizer.pad_token_id or 0
    if rows[0].prompt.beside:
        return _score_whole(rows, model=model, pad=pad)
    batch = collate([row.prompt for row in rows], pad_token_id=pad, side="left")
    batch = {name: tensor.to(model.device) for name, tensor in batch.items()}
    if not _positions_are_plain(model):
        return _score_whole(rows, model=model, pad=pad)
    mask = batch["attention_mask"]
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    out = model(**batch, position_ids=positions, use_cache=True, logits_to_keep=1)
    if type(out.past_key_values) is not DynamicCache or not _plain_layers(out.past_key_values):
        return _score_whole(rows, model=model, pad=pad)
    return _continue(rows, out=out, mask=mask, model=model)


def _positions_are_plain(model: Any) -> bool:
    """Whether a token's position is one number (not time, height and width as in Qwen-VL)."""
    return not any(hasattr(part, "get_rope_index") for part in (model, getattr(model, "model", None)))


def _plain_layers(cache: DynamicCache) -> bool:
    return all(type(layer).__name__ == "DynamicLayer" for layer in cache.layers)


def _continue(rows: Sequence[_Row], *, out: Any, mask: torch.Tensor, model: Any) -> list[list[float]]:
    """Read all options of all prompts on the repeated cache; rows with fewer options are filled up."""
    most = max(len(row.options) for row in rows)
    ids = _option_ids(rows, most=most).to(mask.device)
    cache = out.past_key_values
    cache.batch_repeat_interleave(most)
    wide = mask.repeat_interleave(most, dim=0)
    read = ids.clamp(min=0)
    places = wide.sum(1, keepdim=True) + torch.arange(ids.shape[1], device=ids.device)
    whole = torch.cat([wide, torch.ones_like(ids)], dim=1)
    rest = model(
        input_ids=read, attention_mask=whole, position_ids=places, past_key_values=cache, use_cache=True
    ).logits
    logits = torch.cat([out.logits[:, -1:].repeat_interleave(most, dim=0), rest[:, :-1]], dim=1)
    sums = _sums(logits, ids).view(len(rows), most).tolist()
    return [values[: len(row.options)] for values, row in zip(sums, rows, strict=True)]


def _option_ids(rows: Sequence[_Row], *, most: int) -> torch.Tensor:
    """(prompts x most, tokens), filled up with IGNORE."""
    width = max((len(ids) for row in rows for ids in row.options), default=1)
    out = torch.full((len(rows) * most, width), IGNORE)
    for place, row in enumerate(rows):
        for number, ids in enumerate(row.options):
            out[place * most + number, : len(ids)] = torch.tensor(ids)
    return out


def _sums(logits: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    """Sum over tokens of the log-probability of `ids`, which `logits` at the same place predict; IGNORE counts nothing."""
    chosen = logits.float().log_softmax(-1).gather(-1, ids.clamp(min=0).unsqueeze(-1)).squeeze(-1)
    return (chosen * (ids != IGNORE)).sum(-1)


def _score_whole(rows: Sequence[_Row], *, model: Any, pad: int) -> list[list[float]]:
    """Prompt and option together, one row for each pair."""
    return [_score_row(row, model=model, pad=pad) for row in rows]


def _score_row(row: _Row, *, model: Any, pad: int) -> list[float]:
    if not row.options:
        return []
    joined = [_joined(row.prompt, ids) for ids in row.options]
    batch: Batch = {name: tensor.to(model.device) for name, tensor in collate(joined, pad_token_id=pad).items()}
    start = len(row.prompt)
    ids = written_ids(batch)[:, start:].clone()
    for number, option in enumerate(row.options):
        ids[number, len(option) :] = IGNORE
    logits = model(**batch).logits[:, start - 1 : -1]
    values: list[float] = _sums(logits, ids).tolist()
    return values


def _joined(prompt: Encoded, option: list[int]) -> Encoded:
    extra = [0] * len(option)
    roles = torch.cat([torch.from_numpy(prompt.roles), torch.zeros(len(option), dtype=torch.uint8)]).numpy()
    per_token = {name: values + extra for name, values in prompt.per_token.items()}
    return Encoded(
        id=prompt.id,
        input_ids=prompt.input_ids + option,
        roles=roles,
        arrays=prompt.arrays,
        per_token=per_token,
        beside=prompt.beside,
    )
