"""Losses whose every part is known: hand-made samples, and a model that gives each of their tokens the probability it is told to.

Every token of the samples has an id of its own. So a table of V x V logits, row t for what follows token t, is a whole language model that knows
each probability exactly, however samples are cut into pieces, padded or packed.
"""

import math
from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import torch

from sayso.models.collate import Batch
from sayso.models.encode import Encoded
from sayso.models.roles import ROLE_CODE, turns_of
from sayso.train.batches.batch import make_batch
from sayso.train.batches.supervised import read_targets
from sayso.train.objectives import Weigh

PAD = 0


class Bigrams(torch.nn.Module):
    """The logits of the next token are a row of `table`."""

    def __init__(self, table: torch.Tensor) -> None:
        super().__init__()
        self.table = torch.nn.Parameter(table)

    def forward(self, *, input_ids, **_):
        return SimpleNamespace(logits=self.table[input_ids])


def make_rows(*samples: Sequence[str], tasks: Sequence[str] = ()) -> list[Encoded]:
    """One sample per list of roles; ids count from 1 over all of them."""
    rows, start = [], 1
    for number, names in enumerate(samples):
        roles = np.array([ROLE_CODE[name] for name in names], dtype=np.uint8)
        rows.append(
            Encoded(
                id=f"s{number}",
                input_ids=list(range(start, start + len(names))),
                roles=roles,
                turns=turns_of(roles),
                task=tasks[number] if tasks else "t",
                example=f"e{number}",
            )
        )
        start += len(names)
    return rows


def speaking(rows: Sequence[Encoded], *, probabilities: Sequence[float]) -> Bigrams:
    """A model that gives the tokens of all rows, in their order, these probabilities; those of first tokens are not used."""
    size = 2 + sum(len(row) for row in rows)
    table = torch.zeros(size, size, dtype=torch.float64)
    told = iter(probabilities)
    for row in rows:
        for token, probability in zip(row.input_ids, told, strict=False):
            table[token - 1] = math.log((1 - probability) / (size - 1))
            table[token - 1, token] = math.log(probability)
    return Bigrams(table)


def pieces_of(rows: Sequence[Encoded], *, weigh: Weigh, sizes: Sequence[int] = ()) -> list[Batch]:
    """The rows as pieces of so many samples each, whatever is left over as one more."""
    pieces, start = [], 0
    for size in [*sizes, len(rows)]:
        if some := rows[start : start + size]:
            pieces.append(make_batch(some, pad_token_id=PAD, weigh=weigh))
        start += size
    return pieces


def accumulated_loss(model: torch.nn.Module, pieces: Sequence[Batch]) -> torch.Tensor:
    """The loss of a step as the trainer has it: the sum over all pieces, divided by the sum of their counts."""
    reads = [read_targets(model, piece) for piece in pieces]
    total = sum((read.weights * read.nll).sum() for read in reads)
    return total / sum(piece["loss_counts"].sum() for piece in pieces)


def wider(piece: Batch, *, by: int) -> Batch:
    """The piece with so many more columns of padding on the right."""
    fills = {"input_ids": PAD, "loss_samples": -1}
    return {
        name: torch.nn.functional.pad(value, (0, by), value=fills.get(name, 0))
        if value.shape[:2] == piece["input_ids"].shape
        else value
        for name, value in piece.items()
    }
