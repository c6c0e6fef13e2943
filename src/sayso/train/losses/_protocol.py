"""What a loss term is: a further number to make small, beside the weighted cross entropy of the objective.

A term may want several wordings of every example side by side (`num_wordings`); they then stand in one piece and share a number in
`loss_groups`. It may choose, before anything is differentiated, which samples a step is made of. Like the objective's, its sum is
divided by its count over the whole accumulated batch and all processes, so that it does not depend on how a batch is cut.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch

from sayso.models.collate import Batch
from sayso.registry import Registry
from sayso.train.batches.supervised import Supervised

__all__ = ["losses", "LossTerm", "Score"]

Score: TypeAlias = Callable[[Batch], torch.Tensor]
"""Piece -> the mean loss of each of its samples, (S,), without a gradient."""


@dataclass(frozen=True, kw_only=True)
class LossTerm:
    """Base of the terms; one that overrides nothing adds nothing."""

    weight: float = 1.0
    num_wordings: int = 1
    """How many wordings of an example stand side by side."""

    @property
    def needs_hidden(self) -> bool:
        """Whether `measure` reads hidden states."""
        return False

    @property
    def chooses(self) -> bool:
        """Whether `choose` leaves out wordings, so that no other term can compare them."""
        return False

    @property
    def written_first(self) -> bool:
        """Whether the first of the wordings is to be one that somebody wrote."""
        return False

    def choose(self, pieces: Sequence[Batch], *, score: Score) -> list[Batch]:
        """The pieces that the step is made of."""
        return list(pieces)

    def count(self, piece: Batch) -> float:
        """What the piece adds to the sum that this term is divided by."""
        return 0.0

    def measure(self, read: Supervised, *, piece: Batch) -> torch.Tensor:
        """The piece's sum; a scalar."""
        return read.logits.new_zeros(())


losses: Registry[LossTerm] = Registry("loss", "sayso.train.losses")
"""Loss terms by name; a factory's keyword arguments are the options of an entry of a recipe's `losses:`."""
