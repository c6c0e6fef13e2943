"""BLEU-1 to BLEU-4 of a corpus, as coco-caption computes them.

Counts of n-grams are clipped by the reference that has most of each, and summed over the corpus before any ratio is taken; a corpus that is shorter than
its references, each time the reference nearest in length (the shorter of two), is penalised. BLEU-n is the geometric mean of the precisions up to n.
There is no smoothing, only the guards against division by zero, 1e-15 above and 1e-9 below: where no n-gram exists at all, as in
captions of three words for n = 4, a precision is 1e-6 and not 0, and perfect captions score 0.03.

Source: Papineni et al. 2002, "BLEU", as in coco-caption (pycocoevalcap 1.2). sacrebleu's with `tokenize="none"`, over 100, is the same number
where every count is above 0; of whole text it is not, since it cuts words otherwise.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sayso.evaluate.corpus._captions import Caption, Tokens, captions, tally
from sayso.evaluate.corpus._protocol import Answer, Tally, corpus_metrics
from sayso.evaluate.metrics import MetricCard
from sayso.evaluate.ptb import PTB
from sayso.evaluate.sensitivity import Floats

__all__ = ["Bleu", "bleu", "ngrams"]

MOST = 4
ABOVE, BELOW = 1e-15, 1e-9
SOURCE = "Papineni et al. 2002, as in coco-caption (pycocoevalcap 1.2): corpus, closest reference length, no smoothing"
CARDS = {n: MetricCard(name=f"bleu_{n}", source=SOURCE, tokeniser=PTB) for n in (4, 1, 2, 3)}
WIDTH = 2 * MOST + 3
"""Clipped matches and n-grams for n of 1 to 4, words, words of the references, captions."""


def ngrams(words: Tokens, n: int) -> Counter[Tokens]:
    """How often each run of `n` words occurs."""
    return Counter(words[start : start + n] for start in range(len(words) - n + 1))


def _row(caption: Caption) -> list[float]:
    if not caption.references:
        return [0.0] * WIDTH
    said = len(caption.said)
    lengths = [len(reference) for reference in caption.references]
    nearest = min(lengths, key=lambda length: (abs(length - said), length))
    matches = [_matches(caption, n) for n in range(1, MOST + 1)]
    return [*matches, *(max(0, said - n + 1) for n in range(1, MOST + 1)), said, nearest, 1]


def _matches(caption: Caption, n: int) -> int:
    most: Counter[Tokens] = Counter()
    for reference in caption.references:
        most |= ngrams(reference, n)
    return (ngrams(caption.said, n) & most).total()


@dataclass(frozen=True)
class Bleu:
    """Four figures in [0, 1], BLEU-4 first."""

    @property
    def cards(self) -> tuple[MetricCard, ...]:
        """One for each n."""
        return tuple(CARDS.values())

    def tally(self, answers: Sequence[Answer]) -> Tally:
        """An answer that could not be read is an empty caption; one without references is left out."""
        return tally(answers, rows=[_row(caption) for caption in captions(answers)], width=WIDTH)

    def figures(self, sums_RK: Floats) -> Mapping[str, Floats]:
        """BLEU of every sum; NaN where no caption has references."""
        matches, candidates = sums_RK[:, :MOST] + ABOVE, sums_RK[:, MOST : 2 * MOST] + BELOW
        said, wanted, number = sums_RK[:, 2 * MOST :].T
        length = (said + ABOVE) / (wanted + BELOW)
        penalty = np.where(number > 0, np.exp(np.minimum(0.0, 1 - 1 / length)), np.nan)
        precision = np.cumprod(matches / candidates, axis=1)
        return {card.name: np.asarray(precision[:, n - 1] ** (1 / n) * penalty) for n, card in CARDS.items()}


@corpus_metrics.register("bleu")
def bleu() -> Bleu:
    """BLEU-1 to BLEU-4."""
    return Bleu()
