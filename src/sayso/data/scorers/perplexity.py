"""Perplexity of the response: exp of the mean negative log-probability of its tokens, low where a model would have said the same.

Source: EasyInstruct's perplexity selector (Ou et al. 2024; checked in its code), which reads the response alone, with GPT-2, and keeps what is at most 200. Here the model is any, and
`context` says what it reads before the response: nothing but the assistant's header (`bare`, the default), the whole conversation (`full`), or the conversation without its pictures
(`no_media`). Its window of 512 with a stride is not needed where a conversation fits.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sayso.data.scorers._filling import Filling
from sayso.data.scorers._protocol import Columns, Scoring, scorers
from sayso.data.scorers._ratios import exp
from sayso.data.scorers._with_model import WithModel
from sayso.models.contexts import Context
from sayso.records import Sample

__all__ = ["Perplexity"]


@scorers.register("perplexity")
@dataclass(kw_only=True)
class Perplexity(WithModel):
    """Column `perplexity`, lower is better."""

    context: Context = "bare"

    per_row = True

    def score(self, samples: Sequence[Sample], *, scoring: Scoring) -> Columns:
        """Exp of the loss per token; no number without a response that the model can read."""
        filling = Filling({"perplexity": False})
        for found in self.reader(scoring).read(samples, [self.context]):
            loss = found.mean(self.context)
            filling.add({"perplexity": loss if isinstance(loss, str) else exp(loss)})
        return filling.columns()
