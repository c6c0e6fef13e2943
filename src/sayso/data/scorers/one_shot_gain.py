"""One-shot gain: for how many anchors a row, shown as a worked example, makes the right response likelier.

    zero_j = log p(y_j | I_j),   one_j(e) = log p(y_j | e as an earlier turn, I_j),   score(e) = share of anchors j with one_j(e) > zero_j

Source: Nuggets (Li et al. 2024, "One-Shot Learning as Instruction Data Prospector"; checked in code): 100 anchors, the rows nearest to the centres of a k-means on vectors of the instructions; rows
above 0.85 are kept, or the best 1 %. Open there, and ours: an instruction's vector is the mean last hidden state of the scoring model over its tokens; the worked example is an earlier turn of the conversation,
with its pictures; a row is no worked example for itself; anchors that do not fit behind a row do not count for it. `one_shot_gain_nats` is the mean of one_j - zero_j per token of the response.

It costs as many passes as rows times anchors. A worked example is read once for all anchors (where these show no pictures of their own); use a small model and few anchors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from sayso.data.scorers._anchors import nearest_to_centres
from sayso.data.scorers._filling import Filling
from sayso.data.scorers._protocol import Columns, Floats, Scoring, scorers
from sayso.data.scorers._with_model import WithModel
from sayso.instructions.prompting.few_shot import after_turns
from sayso.models.contexts import ContextReader
from sayso.records import Sample

__all__ = ["OneShotGain"]

NAMES = {"one_shot_gain": True, "one_shot_gain_nats": True}
CHUNK = 16
"""Worked examples that are read together."""


@dataclass(frozen=True, kw_only=True)
class _Anchor:
    """A row that stands for many, and the log-probabilities of its response's tokens by itself."""

    row: int
    sample: Sample
    alone: Floats


@scorers.register("one_shot_gain")
@dataclass(kw_only=True)
class OneShotGain(WithModel):
    """Columns `one_shot_gain` (in [0, 1]) and `one_shot_gain_nats`; a row's value depends on the whole pool, whose anchors are asked."""

    num_anchors: Annotated[int, Field(ge=1)] = 100

    per_row = False

    def score(self, samples: Sequence[Sample], *, scoring: Scoring) -> Columns:
        """No number for a row that the model cannot read, or behind which no anchor fits."""
        reader = self.reader(scoring)
        unread = {row: found.why["full"] for row, found in enumerate(reader.read(samples)) if found.why}
        anchors = self._anchors(samples, reader, unread=unread, seed=scoring.seed)
        scoring.progress.start("one-shot gain", total=len(samples))
        filling = Filling(NAMES)
        for start in range(0, len(samples), CHUNK):
            rows = range(start, min(start + CHUNK, len(samples)))
            gains = self._gains({row: samples[row] for row in rows if row not in unread}, anchors, reader)
            for row in rows:
                filling.add(unread.get(row) or _score(gains[row]))
            scoring.progress.advance(len(rows))
        return filling.columns()

    def _anchors(
        self, samples: Sequence[Sample], reader: ContextReader, *, unread: Mapping[int, str], seed: int
    ) -> list[_Anchor]:
        states = {
            row: state.astype(np.float32)
            for row, state in enumerate(reader.instruction_states(samples))
            if row not in unread and not isinstance(state, str)
        }
        if not states:
            return []
        places = list(states)
        chosen = nearest_to_centres(np.stack(list(states.values())), count=self.num_anchors, seed=seed)
        rows = [places[place] for place in chosen]
        found = zip(rows, reader.read(samples[row] for row in rows), strict=True)
        return [_Anchor(row=row, sample=samples[row], alone=-one.values["full"]) for row, one in found]

    def _gains(
        self, shown: Mapping[int, Sample], anchors: Sequence[_Anchor], reader: ContextReader
    ) -> dict[int, list[float]]:
        """For each row the gains per token, in nats, of the anchors that fit behind it."""
        pairs = [(row, one, anchor) for row, one in shown.items() for anchor in anchors if anchor.row != row]
        gains: dict[int, list[float]] = {row: [] for row in shown}
        behind = reader.read(after_turns(anchor.sample, [one]) for _, one, anchor in pairs)
        for (row, _, anchor), found in zip(pairs, behind, strict=True):
            if "full" in found.values:
                told = -found.values["full"][-len(anchor.alone) :]
                gains[row].append(float((told - anchor.alone).mean()))
        return gains


def _score(gains: Sequence[float]) -> dict[str, float | str] | str:
    if not gains:
        return "no other anchor fits behind it"
    return {"one_shot_gain": float(np.mean(np.array(gains) > 0)), "one_shot_gain_nats": float(np.mean(gains))}
