"""Yes or no as a probability: how likely a model's reply begins with "Yes", and with "No", in one forward pass, with nothing generated.

    p(yes) = product of p(token) over the tokens of "Yes" up to and with the one in which "Yes" and "No" differ

over the whole vocabulary, so that a model that would rather say something else gives both a small probability.

Source: Genixer, Zhao et al. 2023, arXiv 2312.06731; its code samples a reply and takes the geometric mean of the probabilities of its tokens. This is deterministic.
"""

from collections.abc import Sequence

import numpy as np

from sayso.errors import DataError
from sayso.models._protocol import ModelBundle
from sayso.models.direct import make_encoder
from sayso.models.encode import Encoded
from sayso.models.likelihood import OptionScores, score_options
from sayso.models.rating import room_for
from sayso.models.vision import LoadImage
from sayso.models.writing import Unread
from sayso.records import Sample

__all__ = ["YesNo"]

WORDS = ("Yes", "No")


class YesNo:
    """Decides prompts with one model."""

    def __init__(
        self,
        bundle: ModelBundle,
        *,
        words: tuple[str, str] = WORDS,
        load: LoadImage | None = None,
        batch_size: int = 16,
    ) -> None:
        self._bundle, self._words, self._batch_size = bundle, list(words), batch_size
        self._encoder = make_encoder(bundle, max_tokens=room_for(bundle, new_tokens=4), load=load, num_cached=64)
        self._encoder.remedy = "decide with a model that has more positions"

    def probabilities(self, prompts: Sequence[Sample]) -> list[tuple[float, float] | Unread]:
        """p(yes) and p(no) behind each prompt, whose last turn is the user's, or why there are none.

        Raises:
            BackendError: the model's logits are no numbers.
        """
        rows = [self._encoded(one) for one in prompts]
        good = [row for row in rows if isinstance(row, Encoded)]
        options = [self._words] * len(good)
        scores = iter(score_options(self._bundle, prompts=good, options=options, batch_size=self._batch_size))
        return [row if isinstance(row, Unread) else _both(next(scores)) for row in rows]

    def _encoded(self, prompt: Sample) -> Encoded | Unread:
        try:
            return self._encoder.encode(prompt, response=False)
        except DataError as error:
            return Unread(error)


def _both(scores: OptionScores) -> tuple[float, float] | Unread:
    depth = next((d for d, (yes, no) in enumerate(zip(*scores.tokens, strict=False)) if yes != no), None)
    if depth is None:
        return Unread("the model's tokenizer does not tell yes from no")
    yes, no = (float(np.exp(sum(values[: depth + 1]))) for values in scores.logprobs)
    return yes, no
