"""Samples of a recipe as the model of its train stage will read them, before anything is built or trained.

A model that makes its tokenizer from the data makes it from these samples here, and from all of them in the run: its tokens may then be
cut otherwise. Of a model that is loaded only the processor is read, unless it has no chat template.
"""

from collections.abc import Sequence

from sayso.config import TrainConfig
from sayso.models._protocol import models
from sayso.models.bins import add_bins
from sayso.models.direct import make_encoder
from sayso.models.encode import Encoder
from sayso.records import Sample, TextPart
from sayso.sources import load_image
from sayso.train.objectives import objectives
from sayso.train.preflight.looking import UNLIMITED
from sayso.train.preflight.tokens import TokenView, view

__all__ = ["view_samples"]


def view_samples(samples: Sequence[Sample], *, train: TrainConfig, seed: int, bins: bool) -> list[TokenView]:
    """The tokens of samples under the objective of `train`; with `bins` the model gets their tokens first.

    Raises:
        ConfigError: the model cannot be loaded.
        DataError: a sample cannot be encoded.
    """
    encoder = _encoder(samples, train=train, seed=seed, bins=bins)
    objective = objectives.build(train.objective.name, train.objective.options)
    return [view(row, weigh=objective.weigh, tokenizer=encoder.tokenizer) for row in encoder.encode_batch(samples)]


def _encoder(samples: Sequence[Sample], *, train: TrainConfig, seed: int, bins: bool) -> Encoder:
    maker = models.build(train.model.name, train.model.options)
    processor = maker.open_processor() if hasattr(maker, "open_processor") and not bins else None
    if getattr(processor, "chat_template", None):
        return Encoder(processor, max_tokens=UNLIMITED, load=load_image)
    texts = [part.text for sample in samples for m in sample.messages for part in m.parts if isinstance(part, TextPart)]
    bundle = maker.make(texts=texts, seed=seed)
    if bins:
        add_bins(bundle, seed=seed)
    return make_encoder(bundle, max_tokens=UNLIMITED, load=load_image)
