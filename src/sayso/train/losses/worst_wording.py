"""`worst_wording`: every step is made of the wording that each example is worst at.

All wordings of an example are scored without a gradient and without dropout; the one with the largest mean loss over its weighed tokens is trained
on, the first of equals. This is the adversarial training over instructions that MultiInstruct (Xu et al. 2023) names as future work; the
inner maximisation is over wordings at hand. The cost is one forward pass over all wordings beside the step: with k wordings, and a step as three
forward passes, (k + 3) / 3 steps for each example, and a step has 1 / k of the batch's samples.

With a `temperature` above 0 all wordings are kept, weighed by softmax(loss / temperature) within each example, much as group DRO weighs groups
(Sagawa et al. 2020, whose weights move slowly; these are made anew each step): (k + 3 k) / 3 steps for each example.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from sayso.errors import ConfigError
from sayso.models.collate import Batch
from sayso.train.batches.batch import take_rows
from sayso.train.losses._agreement import check_several
from sayso.train.losses._protocol import LossTerm, Score, losses

__all__ = ["WorstWording"]


@losses.register("worst_wording")
@dataclass(frozen=True, kw_only=True)
class WorstWording(LossTerm):
    """The worst of `num_wordings`, or all of them by how bad they are.

    Raises:
        ConfigError: fewer than two wordings, or a negative temperature.
    """

    num_wordings: int = 4
    temperature: float = 0.0

    def __post_init__(self) -> None:
        check_several("worst_wording", self.num_wordings, weight=self.weight)
        if self.temperature < 0:
            raise ConfigError(f"loss 'worst_wording' has temperature {self.temperature}; give 0 or more")

    @property
    def chooses(self) -> bool:
        """Whether the other wordings are left out."""
        return self.temperature == 0

    def choose(self, pieces: Sequence[Batch], *, score: Score) -> list[Batch]:
        """The same pieces with the worst wordings alone, or with all of them weighed.

        Raises:
            ConfigError: samples are packed several to a row.
        """
        return [self._chosen(piece, score(piece).float().cpu()) for piece in pieces]

    def _chosen(self, piece: Batch, scores: torch.Tensor) -> Batch:
        groups = piece["loss_groups"].tolist()
        if self.chooses:
            return take_rows(piece, worst_of(scores.tolist(), groups=groups, order=piece["loss_wordings"].tolist()))
        shares = _shares(scores / self.temperature, groups=groups).to(piece["loss_weights"].device)
        spread = torch.cat([shares, shares.new_zeros(1)])[piece["loss_samples"]]  # -1, which padding has, is the zero
        return piece | {
            "loss_weights": piece["loss_weights"] * spread,
            "loss_counts": piece["loss_counts"] * shares,
        }


def worst_of(scores: Sequence[float], *, groups: Sequence[int], order: Sequence[int]) -> list[int]:
    """Of each group the number of its highest score, of equals the one that is first by `order`; ascending."""
    best: dict[int, int] = {}
    for number in sorted(range(len(groups)), key=lambda number: order[number]):
        group = groups[number]
        if group not in best or scores[number] > scores[best[group]]:
            best[group] = number
    return sorted(best.values())


def _shares(scores: torch.Tensor, *, groups: Sequence[int]) -> torch.Tensor:
    shares = torch.zeros_like(scores)
    for group in dict.fromkeys(groups):
        mine = torch.tensor([other == group for other in groups])
        shares[mine] = torch.softmax(scores[mine], dim=0)
    return shares
