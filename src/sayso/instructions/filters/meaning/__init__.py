"""Meaning: the candidate asks for the same as its parent, as a calibrated probability; see `clues` for what it goes by.

By default nothing is needed but the two texts. With `encoder: minilm` (the extra `encoder`) the cosine of their vectors is one clue
more. With `together: true` candidates that were prepared in one batch are also compared with their siblings: better, but then a
verdict depends on what else was in the batch, so recipes leave it off and `sayso filter`, which sees a whole file, turns it on.
Without a batch, or with too few siblings, the pair alone decides.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from sayso.instructions.filters._protocol import FilterContext, Pairs, filters
from sayso.instructions.filters.meaning.clues import clues
from sayso.instructions.filters.meaning.siblings import FEWEST, Vectors, nearness, sibling_clues
from sayso.instructions.filters.meaning.weighing import load_weights, probability
from sayso.models.encoders import Encoder, encoders
from sayso.records import Template, Verdict

__all__ = ["encoded_clues", "encoded_sibling_clues", "meaning", "MeaningFilter", "plain"]

_MOST_KEPT = 50_000
"""Vectors kept for texts that come again; a parent does so for each of its candidates."""


class MeaningFilter:
    """Weighs clues; keeps nothing but vectors of texts, and the log-odds of a prepared batch."""

    def __init__(self, *, threshold: float | None, encoder: Encoder | None, together: bool) -> None:
        self._threshold, self._encoder, self._together = threshold, encoder, together
        self._vectors: dict[str, Vectors] = {}
        self._odds: dict[tuple[str, str], float] = {}

    def prepare(self, pairs: Pairs) -> None:
        """Encode in batches, and compare siblings where that is asked for."""
        self._encode([template.text for pair in pairs for template in pair])
        if self._together:
            families: dict[str, dict[str, None]] = defaultdict(dict)
            for parent, candidate in pairs:
                families[parent.text][candidate.text] = None
            self._odds = {}
            for parent_text, candidates in families.items():
                self._compare(parent_text, list(candidates))

    def judge(self, candidate: Template, *, context: FilterContext) -> Verdict:
        """Refuse what likely asks for something else; the score is the probability that it does not."""
        pair = context.parent.text, candidate.text
        together = self._odds.get(pair)
        weights = load_weights()[self._set("alone" if together is None else "together")]
        score = probability(weights.log_odds(self._clues(*pair)) if together is None else together)
        threshold = weights.threshold if self._threshold is None else self._threshold
        keep = score >= threshold
        return Verdict(keep=keep, reason="same meaning" if keep else "likely another meaning", score=score)

    def _set(self, known: str) -> str:
        return f"{known}+encoder" if self._encoder else known

    def _clues(self, parent: str, candidate: str) -> dict[str, float]:
        found = clues(parent, candidate)
        if self._encoder:
            self._encode([parent, candidate])
            found.update(encoded_clues(self._vectors[parent], self._vectors[candidate]))
        return found

    def _compare(self, parent: str, candidates: list[str]) -> None:
        if len(candidates) < FEWEST:
            return
        found = sibling_clues(candidates)
        encoded: list[dict[str, float]] = [{} for _ in candidates]
        if self._encoder:
            self._encode([parent, *candidates])
            encoded = encoded_sibling_clues(np.stack([self._vectors[text] for text in candidates]))
        weights = load_weights()[self._set("together")]
        odds = [
            weights.log_odds({**self._clues(parent, text), **one, **two})
            for text, one, two in zip(candidates, found, encoded, strict=True)
        ]
        for text, one in zip(candidates, weights.among(odds), strict=True):
            self._odds[parent, text] = one

    def _encode(self, texts: Sequence[str]) -> None:
        if self._encoder is None:
            return
        new = sorted({text for text in texts if text not in self._vectors})
        if len(self._vectors) + len(new) > _MOST_KEPT:
            self._vectors, new = {}, sorted(set(texts))
        if new:
            self._vectors.update(zip(new, self._encoder.encode([plain(text) for text in new]), strict=True))


def plain(text: str) -> str:
    """A wording as an encoder should read it: slots by their names, and no longer than it reads."""
    return text[:4000].replace("{", "").replace("}", "").replace("_", " ")


def encoded_clues(parent: Vectors, candidate: Vectors) -> dict[str, float]:
    """How far the candidate's vector is from its parent's."""
    return {"far": 1 - float(parent @ candidate)}


def encoded_sibling_clues(vectors: Vectors) -> list[dict[str, float]]:
    """How far each vector is from the middle of the others, and from its nearest ones."""
    middles = vectors.sum(0) - vectors
    middles /= np.maximum(np.linalg.norm(middles, axis=1, keepdims=True), 1e-6)
    to_middle, to_near = (middles * vectors).sum(1), nearness(vectors)
    return [
        {"siblings_middle_far": 1 - float(one), "siblings_near_far": 1 - float(two[0])}
        for one, two in zip(to_middle, to_near, strict=True)
    ]


@filters.register("meaning")
def meaning(*, threshold: float | None = None, encoder: str | None = None, together: bool = False) -> MeaningFilter:
    """The filter `meaning`; `threshold` is the least probability, by default one that keeps 93 % of what is right."""
    found = encoders.build(encoder, {}) if encoder else None
    return MeaningFilter(threshold=threshold, encoder=found, together=together)
