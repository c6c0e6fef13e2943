"""`wording_consistency`: the same question, put in other words, is to get the same prediction.

Divergence between a model's predictions of the response under several wordings of one example, in nats per response token. In the spirit of
R-Drop (Liang et al. 2021), whose two passes differ in dropout: here they differ in wording.
"""

from dataclasses import dataclass

import torch

from sayso.errors import ConfigError
from sayso.models.collate import Batch
from sayso.train.batches.supervised import Supervised
from sayso.train.losses._agreement import (
    Detach,
    Form,
    Positions,
    aligned_targets,
    check_several,
    divergence,
    num_aligned,
)
from sayso.train.losses._protocol import LossTerm, losses

__all__ = ["WordingConsistency"]


@losses.register("wording_consistency")
@dataclass(frozen=True, kw_only=True)
class WordingConsistency(LossTerm):
    """`weight` times the mean divergence over all response tokens of examples that have several wordings.

    `detach` counts for the form `to_first` alone; in `to_mean` a fixed mean has the same gradient as one that moves.

    Raises:
        ConfigError: fewer than two wordings, a negative weight, or a temperature of 0 or less.
    """

    num_wordings: int = 2
    form: Form = "symmetric"
    detach: Detach = "first"
    temperature: float = 1.0
    positions: Positions = "response"

    def __post_init__(self) -> None:
        check_several("wording_consistency", self.num_wordings, weight=self.weight)
        if self.temperature <= 0:
            raise ConfigError(f"loss 'wording_consistency' has temperature {self.temperature}; give a number above 0")

    def count(self, piece: Batch) -> float:
        """Response tokens that are predicted under several wordings; each counts once."""
        return num_aligned(piece, positions=self.positions)

    def measure(self, read: Supervised, *, piece: Batch) -> torch.Tensor:
        """The sum of their divergences."""
        total = read.logits.new_zeros((), dtype=torch.float32)
        for places in aligned_targets(piece, positions=self.positions):
            where = torch.from_numpy(places).to(read.logits.device)
            total = total + divergence(
                read.logits[where], form=self.form, detach=self.detach, temperature=self.temperature
            )
        return total
