"""Reward: what a reward model gives the last answer of a conversation.

    {name: reward, path: OpenAssistant/reward-model-deberta-v3-large-v2}

MoDS keeps what is over 0 before anything else. Rewards of two models do not compare. A reward model reads text: samples with pictures have no reward, unless
`without_pictures` says that the texts alone are to be judged.

Source: MoDS, Du et al. 2023, arXiv 2311.15653, and its code (CASIA-LM/MoDS).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sayso.data.scorers._protocol import Column, Columns, Scoring, scorers
from sayso.data.scorers._rewarding import Rewarding
from sayso.models.reward import Layout
from sayso.records import Sample

__all__ = ["reward", "Reward"]


@dataclass(kw_only=True)
class Reward:
    """The column `reward`."""

    rewarding: Rewarding
    per_row: bool = True
    reads_trained: bool = False
    reads_target: bool = False

    def score(self, samples: Sequence[Sample], *, scoring: Scoring) -> Columns:
        """One column.

        Raises:
            ConfigError: there is no such reward model.
            BackendError: memory does not suffice.
        """
        del scoring
        found = self.rewarding.rewards(samples)
        why = {row: one for row, one in enumerate(found) if isinstance(one, str)}
        values = np.array([np.nan if isinstance(one, str) else one for one in found], dtype=np.float64)
        return {"reward": Column(values=values, why=why)}


@scorers.register("reward")
def reward(
    *,
    path: str,
    layout: Layout = "auto",
    without_pictures: bool = False,
    batch_size: int = 16,
    device: str | None = None,
) -> Reward:
    """The column `reward` by the sequence classifier at `path`; `layout` says how texts are given to it (`sayso.models.reward`)."""
    rewarding = Rewarding(
        path=path, layout=layout, without_pictures=without_pictures, batch_size=batch_size, device=device
    )
    return Reward(rewarding=rewarding)
