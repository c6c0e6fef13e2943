"""How likely a model finds given responses: the log-probability of every token of each option's text after a prompt.

Prompts that share a prefix are read behind it, and all options of a prompt in one go, as a tree in which equal beginnings are one
(`sayso.models.prefixes`, `sayso.models.option_trees`).
Otherwise the options of a prompt share it, so it is read once and its cache is repeated; a model whose cache cannot be repeated reads prompt and option
together, with the same result up to rounding. An option's tokens are those of the conversation in which it is the response, its end-of-turn token
included, so that "blue" does not win for being the start of "blue green".
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import DynamicCache

from sayso.errors import BackendError
from sayso.models._protocol import ModelBundle
from sayso.models.collate import Batch, collate, written_ids
from sayso.models.direct import make_encoder
from sayso.models.encode import Encoded, Encoder
from sayso.models.generate import by_length, num_words, shared_groups
from sayso.models.option_trees import OptionTree
from sayso.models.prefixes import Group, Reading, in_batches

__all__ = ["likeliest_path", "option_logprobs", "OptionScores", "score_options"]

IGNORE = -100


@dataclass(frozen=True, kw_only=True)
class OptionScores:
    """The tokens of each option behind one prompt, and the log-probability of each token, in nats."""

    tokens: list[list[int]]
    logprobs: list[list[float]]

    def sums(self, *, normalise: bool = False) -> list[float]:
        """Of each option; `normalise` divides by the number of its tokens."""
        return [sum(values) / (max(1, len(values)) if normalise else 1) for values in self.logprobs]


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
    scores = score_options(bundle, prompts=prompts, options=options, batch_size=batch_size, advance=advance)
    return [row.sums(normalise=normalise) for row in scores]


def score_options(
    bundle: ModelBundle,
    *,
    prompts: Sequence[Encoded],
    options: Sequence[Sequence[str]],
    batch_size: int = 64,
    share: bool = True,
    advance: Callable[[int], None] = lambda rows: None,
) -> list[OptionScores]:
    """For each prompt (encoded without its response) the tokens of its options with their log-probabilities.

    `advance` is told after each batch how many prompts are done. Without `share` no prefix is shared between prompts.

    Raises:
        BackendError: the model's logits are no numbers.
    """
    encoder = make_encoder(bundle, max_tokens=0)
    rows = [_row(p, some, encoder=encoder) for p, some in zip(prompts, options, strict=True)]
    found: list[list[list[float]]] = [[] for _ in rows]
    for places, values in _batches(rows, bundle=bundle, batch_size=batch_size, share=share):
        for place, value in zip(places, values, strict=True):
            found[place] = value
        advance(len(places))
    _check_numbers(found)
    return [OptionScores(tokens=row.options, logprobs=values) for row, values in zip(rows, found, strict=True)]


def likeliest_path(scores: OptionScores) -> int:
    """The option that greedy decoding writes where only the texts of options can be written; the first shown wins a tie."""
    left = list(range(len(scores.tokens)))
    for depth in range(max(map(len, scores.tokens))):
        going = [number for number in left if depth < len(scores.tokens[number])]
        if not going:
            break
        best = max(going, key=lambda number: (scores.logprobs[number][depth], -number))
        left = [number for number in going if scores.tokens[number][depth] == scores.tokens[best][depth]]
    return left[0]


def _check_numbers(found: Sequence[Sequence[Sequence[float]]]) -> None:
    if any(math.isnan(value) for row in found for option in row for value in option):
        raise BackendError(
            "the model's logits are no numbers (NaN), so that options cannot be compared; "
            "its weights are broken, or it needs another dtype (float32)"
        )


def _row(prompt: Encoded, options: Sequence[str], *, encoder: Encoder) -> _Row:
    fused, continued = encoder.continuations(prompt, options)
    return _Row(prompt=prompt.first(len(prompt) - fused), options=continued)


def _batches(
    rows: Sequence[_Row], *, bundle: ModelBundle, batch_size: int, share: bool
) -> Iterator[tuple[list[int], list[list[list[float]]]]]:
    """Places of rows and what their options score, first where prefixes are shared."""
    prompts = [row.prompt for row in rows]
    trees = [OptionTree.of(row.options) for row in rows]
    lengths = [len(row.prompt) + len(tree) for row, tree in zip(rows, trees, strict=True)]
    groups, rest = shared_groups(bundle, prompts, lengths=lengths) if share else ([], list(range(len(rows))))
    logits = num_words(bundle) * max((len(set(tree.parents)) for tree in trees), default=1)
    for batch in in_batches(groups, lengths=lengths, more=0, batch_size=batch_size, logits=logits):
        places = [place for one in batch for place in one.rows]
        yield places, _score_trees(batch, rows=rows, trees=trees, bundle=bundle)
    for some in by_length([len(prompts[place]) for place in rest], batch_size=batch_size):
        places = [rest[number] for number in some]
        yield places, _score([rows[place] for place in places], bundle=bundle)


@torch.inference_mode()
def _score_trees(
    groups: Sequence[Group], *, rows: Sequence[_Row], trees: Sequence[OptionTree], bundle: ModelBundle
) -> list[list[list[float]]]:
    """All options of all prompts behind shared prefixes."""
    told = [(rows[place].prompt.input_ids[one.length :], trees[place]) for one in groups for place in one.rows]
    reading = Reading(bundle, capacity=max(len(rest) + len(tree) for rest, tree in told))
    prefixes = [rows[one.rows[0]].prompt.first(one.length) for one in groups]
    reading.open(prefixes, counts=[len(one.rows) for one in groups])
    starts: list[tuple[int, dict[int, int]]] = []
    kept: list[int] = []
    end = 0
    for rest, tree in told:
        inner = tree.inner
        starts.append((len(kept), {parent: number for number, parent in enumerate(inner)}))
        kept += [end + len(rest) + parent for parent in inner]
        end += len(rest) + len(tree)
    logits = reading.read([tree.behind(rest) for rest, tree in told], keep=kept)
    before = [
        start + inner[parent] for (start, inner), (_, tree) in zip(starts, told, strict=True) for parent in tree.parents
    ]
    flat = _chosen(logits, before, [token for _, tree in told for token in tree.tokens])
    return list(_by_tree(flat, [tree for _, tree in told]))


def _chosen(logits: torch.Tensor, before: Sequence[int], tokens: Sequence[int]) -> list[float]:
    """The log-probability of each token after the place before it."""
    wide = torch.promote_types(logits.dtype, torch.float32)
    norm = logits.to(wide).logsumexp(-1)
    index, read = torch.tensor(before, device=logits.device).long(), torch.tensor(tokens, device=logits.device).long()
    values: list[float] = (logits[index, read].to(wide) - norm[index]).tolist()
    return values


def _by_tree(flat: Sequence[float], trees: Sequence[OptionTree]) -> Iterator[list[list[float]]]:
    start = 0
    for tree in trees:
        yield tree.by_option(flat[start : start + len(tree)])
        start += len(tree)


@torch.inference_mode()
def _score(rows: Sequence[_Row], *, bundle: ModelBundle) -> list[list[list[float]]]:
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


def _continue(rows: Sequence[_Row], *, out: Any, mask: torch.Tensor, model: Any) -> list[list[list[float]]]:
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
    values = _values(logits, ids).view(len(rows), most, -1).tolist()
    return [_cut(some, row.options) for some, row in zip(values, rows, strict=True)]


def _cut(values: Sequence[list[float]], options: Sequence[Sequence[int]]) -> list[list[float]]:
    """Without what rows and options were filled up with."""
    return [some[: len(option)] for some, option in zip(values, options, strict=False)]


def _option_ids(rows: Sequence[_Row], *, most: int) -> torch.Tensor:
    """(prompts x most, tokens), filled up with IGNORE."""
    width = max((len(ids) for row in rows for ids in row.options), default=1)
    out = torch.full((len(rows) * most, width), IGNORE)
    for place, row in enumerate(rows):
        for number, ids in enumerate(row.options):
            out[place * most + number, : len(ids)] = torch.tensor(ids)
    return out


def _values(logits: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    """The log-probability of each of `ids`, which `logits` at the same place predict."""
    wide = torch.promote_types(logits.dtype, torch.float32)
    return logits.to(wide).log_softmax(-1).gather(-1, ids.clamp(min=0).unsqueeze(-1)).squeeze(-1)


def _score_whole(rows: Sequence[_Row], *, model: Any, pad: int) -> list[list[list[float]]]:
    """Prompt and option together, one row for each pair."""
    return [_score_row(row, model=model, pad=pad) for row in rows]


def _score_row(row: _Row, *, model: Any, pad: int) -> list[list[float]]:
    if not row.options:
        return []
    joined = [_joined(row.prompt, ids) for ids in row.options]
    batch: Batch = {name: tensor.to(model.device) for name, tensor in collate(joined, pad_token_id=pad).items()}
    start = len(row.prompt)
    ids = written_ids(batch)[:, start:].clone()
    for number, option in enumerate(row.options):
        ids[number, len(option) :] = IGNORE
    logits = model(**batch).logits[:, start - 1 : -1]
    return _cut(_values(logits, ids).tolist(), row.options)


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
