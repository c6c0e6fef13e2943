"""`soft_prompt_alignment`: where the first word of the answer is decided, every wording is to look like the one that somebody wrote.

In the spirit of Sun, Shaib and Wallace (2023), who freeze the model, put a soft prompt in front, and add to the cross entropy of all wordings
lambda times the mean over the paraphrases i of KL(P_original || P_i) at the first answer token. Which side is held fixed, and whether predictions or hidden
states are compared, is open in the paper as we have it: `detach` and `where`. Hidden states are made distributions by a softmax over their
dimensions, which is ours. The term trains whatever the recipe's parts train; the paper's setting is a prompt in front of a frozen language model.
"""

from dataclasses import dataclass
from typing import Literal

import torch

from sayso.models.collate import Batch
from sayso.train.batches.supervised import Supervised
from sayso.train.losses._agreement import Detach, aligned_targets, check_several, divergence, num_aligned
from sayso.train.losses._protocol import LossTerm, losses

__all__ = ["SoftPromptAlignment"]


@losses.register("soft_prompt_alignment")
@dataclass(frozen=True, kw_only=True)
class SoftPromptAlignment(LossTerm):
    """`weight` (the paper's lambda) times the mean over examples of the divergence of paraphrases from their original.

    Raises:
        ConfigError: fewer than two wordings, or a negative weight.
    """

    num_wordings: int = 2
    where: Literal["logits", "hidden"] = "logits"
    detach: Detach = "first"

    def __post_init__(self) -> None:
        check_several("soft_prompt_alignment", self.num_wordings, weight=self.weight)

    @property
    def needs_hidden(self) -> bool:
        """Whether it is hidden states that are compared."""
        return self.where == "hidden"

    @property
    def written_first(self) -> bool:
        """The paraphrases are compared with an original."""
        return True

    def count(self, piece: Batch) -> float:
        """Examples that stand there under several wordings."""
        return num_aligned(piece, positions="first")

    def measure(self, read: Supervised, *, piece: Batch) -> torch.Tensor:
        """The sum over them of the mean divergence of the other wordings from the first."""
        scores = read.logits if read.hidden is None or not self.needs_hidden else read.hidden
        total = scores.new_zeros((), dtype=torch.float32)
        for places in aligned_targets(piece, positions="first"):
            where = torch.from_numpy(places).to(scores.device)
            total = total + divergence(scores[where], form="to_first", detach=self.detach)
        return total
