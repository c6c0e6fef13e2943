"""Instruction-following difficulty: how little the instruction helps a model to say the response.

    ifd_loss = L(y | instruction, input) / L(y)                 ratio of losses, as in the code of Cherry_LLM
    ifd_ppl  = exp(L(y | instruction, input) - L(y))            ratio of perplexities, as in the code of Superfiltering

L is the mean negative log-probability of the response's tokens, in nats; L(y) reads the response behind the bare header. The two rank differently, so both are there, and the two losses
(`ifd_loss_full`, `ifd_loss_bare`). High means difficult and is kept first; above 1 the instruction makes the response less likely, which the paper takes for a sign that the two do not
belong together: put a `threshold` with `max: 1` on the column before `top`. Source: Li et al. 2024, "From Quantity to Quality" (checked in code); its brief tuning of the model on about 1,000 rows
first is a train stage before this one.

For rows with pictures the bare header shows none, so the number is the difficulty of picture and instruction together; `ifd_media` is the same number for those rows alone and no number for all others.
That reading is ours. What the picture alone does is `visual_dependence`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sayso.data.scorers._filling import Filling
from sayso.data.scorers._protocol import Columns, Scoring, scorers
from sayso.data.scorers._ratios import exp, ratio
from sayso.data.scorers._with_model import WithModel
from sayso.models.contexts import Nlls
from sayso.records import Sample

__all__ = ["Ifd", "ifd_of"]

NAMES = {"ifd_loss": True, "ifd_ppl": True, "ifd_media": True, "ifd_loss_full": True, "ifd_loss_bare": True}


@scorers.register("ifd")
@dataclass(kw_only=True)
class Ifd(WithModel):
    """Columns `ifd_loss`, `ifd_ppl`, `ifd_media`, `ifd_loss_full`, `ifd_loss_bare`; two forward passes a row."""

    per_row = True

    def score(self, samples: Sequence[Sample], *, scoring: Scoring) -> Columns:
        """No number where the response is empty, the conversation is too long for the model, or it cannot be read."""
        filling = Filling(NAMES)
        pictured = (bool(sample.media) for sample in samples)
        for found, has_picture in zip(self.reader(scoring).read(samples, ["full", "bare"]), pictured, strict=True):
            filling.add(ifd_of(found, has_picture=has_picture))
        return filling.columns()


def ifd_of(found: Nlls, *, has_picture: bool) -> dict[str, float | str]:
    """The columns of one row, from its losses under `full` and `bare`."""
    full, bare = found.mean("full"), found.mean("bare")
    losses = {"ifd_loss_full": full, "ifd_loss_bare": bare}
    both = ratio(full, bare)
    if isinstance(full, str) or isinstance(bare, str):
        return {"ifd_loss": both, "ifd_ppl": both, "ifd_media": both, **losses}
    return {"ifd_loss": both, "ifd_ppl": exp(full - bare), "ifd_media": both if has_picture else "no picture", **losses}
