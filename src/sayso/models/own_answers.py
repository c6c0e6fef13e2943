"""What a model answers, and how likely it finds that same answer when the prompt is put in other words."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sayso.models.contexts import ContextReader
from sayso.models.encode import Encoded
from sayso.models.generate import generate
from sayso.models.likelihood import score_options
from sayso.records import Sample

__all__ = ["own_probabilities"]

Floats = NDArray[np.float64]


def own_probabilities(
    reader: ContextReader, prompts: Sequence[Sequence[Sample]], *, max_new_tokens: int
) -> list[Floats | str]:
    """For each list of samples, which are one prompt and changes of it, the probabilities (prompts,) of the answer to the first under each, or why there are none.

    An answer is the likeliest token at each place, at most `max_new_tokens`; its probability is the geometric mean over its tokens, the end of the turn included. NaN stands for a changed
    prompt that cannot be read.
    """
    rows = [reader.prompts(some, room=max_new_tokens) for some in prompts]
    good = {place: first for place, (first, *_) in enumerate(rows) if not isinstance(first, str)}
    written = generate(
        reader.bundle, prompts=list(good.values()), max_new_tokens=max_new_tokens, batch_size=reader.batch_size
    )
    answers = dict(zip(good, written, strict=True))
    found: list[Floats | str] = [first if isinstance(first, str) else "" for first, *_ in rows]
    for place, values in _probabilities(reader, {place: rows[place] for place in good}, answers).items():
        found[place] = values
    return found


def _probabilities(
    reader: ContextReader, rows: dict[int, list[Encoded | str]], answers: dict[int, str]
) -> dict[int, Floats]:
    asked = [(place, number, row) for place, some in rows.items() for number, row in enumerate(some)]
    told = [(place, number, row) for place, number, row in asked if not isinstance(row, str)]
    scores = score_options(
        reader.bundle,
        prompts=[row for *_, row in told],
        options=[[answers[place]] for place, *_ in told],
        batch_size=reader.batch_size,
    )
    found = {place: np.full(len(some), np.nan) for place, some in rows.items()}
    for (place, number, _), score in zip(told, scores, strict=True):
        found[place][number] = np.exp(score.sums(normalise=True)[0])
    return found
