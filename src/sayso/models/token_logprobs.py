"""How likely a model finds single tokens of conversations, each given all before it: teacher-forced, nothing is generated.

Rows that begin alike (a picture, a system prompt, a worked example) may be read behind it, once (`sayso.models.prefixes`), where that
saves enough; numbers are the same up to rounding.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from sayso.models._protocol import ModelBundle
from sayso.models.collate import collate, pad, written_ids
from sayso.models.encode import Encoded
from sayso.models.generate import by_length, num_words, shared_groups
from sayso.models.head import logits_at
from sayso.models.prefixes import MIN_SHARED, Group, Reading, Row, in_batches
from sayso.models.quiet import quiet

__all__ = ["token_logprobs"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

MIN_SAVED = 0.35
"""Share of a group's tokens that reading their prefix once must save; below, what sharing costs besides eats it."""
CHUNK_NUMBERS = 1 << 24
"""Logits that are brought to single precision at once."""


def token_logprobs(
    bundle: ModelBundle,
    rows: Sequence[Encoded],
    *,
    wanted: Sequence[Mask],
    batch_size: int = 8,
    share: bool = False,
    advance: Callable[[int], None] = lambda rows: None,
) -> list[Floats]:
    """For each row the log-probabilities, in nats, of the tokens that its mask (tokens,) wants, in order.

    With `share`, what rows have in common before the first token that they want is read once. The first token of a row has no
    probability; a mask that wants it is a ValueError.
    """
    for row, mask in zip(rows, wanted, strict=True):
        if mask[:1].any():
            raise ValueError(f"row {row.id!r}: its first token has nothing before it; leave it out of the mask")
    found = [np.zeros(0)] * len(rows)
    with quiet(bundle.model):  # once: to walk a model's modules takes as long as a small batch
        for places, values in _batches(bundle, rows, wanted=wanted, batch_size=batch_size, share=share):
            for place, one in zip(places, values, strict=True):
                found[place] = one
            advance(len(places))
    return found


def _batches(
    bundle: ModelBundle, rows: Sequence[Encoded], *, wanted: Sequence[Mask], batch_size: int, share: bool
) -> Iterator[tuple[list[int], list[Floats]]]:
    """Places of rows and their values, first where prefixes are shared."""
    groups: list[Group] = []
    rest = list(range(len(rows)))
    if share:
        groups, rest = _groups(bundle, rows, wanted)
        yield from _read_groups(bundle, groups, rows=rows, wanted=wanted, batch_size=batch_size)
    for numbers in by_length([len(rows[place]) for place in rest], batch_size=batch_size):
        places = [rest[number] for number in numbers]
        yield places, _read(bundle, [rows[place] for place in places], [wanted[place] for place in places])


@torch.inference_mode()
def _read(bundle: ModelBundle, rows: Sequence[Encoded], wanted: Sequence[Mask]) -> list[Floats]:
    """In a quiet model."""
    model = bundle.model
    batch = collate(rows, pad_token_id=bundle.tokenizer.pad_token_id or 0)
    batch = {name: tensor.to(model.device) for name, tensor in batch.items()}
    after = pad([mask.astype(np.int64) for mask in wanted], fill=0).bool().to(model.device)
    logits, _ = logits_at(model, batch, keep=torch.roll(after, -1, dims=1))
    return _split(_chosen(logits, written_ids(batch)[after]), wanted)


def _groups(bundle: ModelBundle, rows: Sequence[Encoded], wanted: Sequence[Mask]) -> tuple[list[Group], list[int]]:
    """Rows whose common beginning is worth reading once, and all others."""
    firsts = [int(mask.argmax()) if mask.any() else len(mask) for mask in wanted]
    if max(firsts, default=0) < MIN_SHARED:
        return [], list(range(len(rows)))
    prompts = [row.first(first) for row, first in zip(rows, firsts, strict=True)]
    lengths = [len(row) for row in rows]
    groups, rest = shared_groups(bundle, prompts, lengths=lengths)
    good = [one for one in groups if _saved(one, lengths) >= MIN_SAVED]
    return good, sorted([*rest, *(row for one in groups if one not in good for row in one.rows)])


def _saved(group: Group, lengths: Sequence[int]) -> float:
    return 1 - group.cost(lengths) / sum(lengths[row] for row in group.rows)


def _read_groups(
    bundle: ModelBundle,
    groups: Sequence[Group],
    *,
    rows: Sequence[Encoded],
    wanted: Sequence[Mask],
    batch_size: int,
) -> Iterator[tuple[list[int], list[Floats]]]:
    lengths = [len(row) for row in rows]
    logits = num_words(bundle) * max((int(mask.sum()) for mask in wanted), default=1)
    for batch in in_batches(groups, lengths=lengths, more=0, batch_size=batch_size, logits=logits):
        places = [row for one in batch for row in one.rows]
        yield places, _read_behind(bundle, batch, rows=rows, wanted=wanted)


@torch.inference_mode()
def _read_behind(
    bundle: ModelBundle, groups: Sequence[Group], *, rows: Sequence[Encoded], wanted: Sequence[Mask]
) -> list[Floats]:
    """Rows behind their groups' prefixes, laid end to end."""
    told = [(rows[row].input_ids[one.length :], wanted[row][one.length :]) for one in groups for row in one.rows]
    reading = Reading(bundle, capacity=max(len(tokens) for tokens, _ in told))
    counts = [len(one.rows) for one in groups]
    reading.open([rows[one.rows[0]].first(one.length) for one in groups], counts=counts)
    mask = np.concatenate([some for _, some in told])
    places = np.flatnonzero(mask)
    logits = reading.read([Row(tokens=tokens) for tokens, _ in told], keep=(places - 1).tolist())
    ids = np.array([token for tokens, _ in told for token in tokens], dtype=np.int64)[places]
    return _split(_chosen(logits, torch.from_numpy(ids).to(logits.device)), [some for _, some in told])


def _chosen(logits: torch.Tensor, ids: torch.Tensor) -> Floats:
    """(N,): the log-probability of each of `ids` under the logits (N, V) of its place."""
    size = max(1, CHUNK_NUMBERS // logits.shape[-1])
    starts = range(0, len(ids), size)
    values = [_of(logits[start : start + size], ids[start : start + size]) for start in starts]
    return torch.cat(values).cpu().numpy() if values else np.zeros(0)


def _of(logits: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    wide = logits.to(torch.promote_types(logits.dtype, torch.float32))
    return wide.log_softmax(-1).gather(-1, ids[:, None])[:, 0].double()  # `logsumexp` takes twice as long on a CPU


def _split(values: Floats, wanted: Sequence[Mask]) -> list[Floats]:
    ends = np.cumsum([0, *(np.count_nonzero(mask) for mask in wanted)]).tolist()
    return [values[start:end] for start, end in pairwise(ends)]
