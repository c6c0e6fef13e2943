"""What a model makes of conversations and pictures, as one vector each: states of a layer, and features of the vision tower.

Rows of a batch are padded and masked, and each comes out as it would alone, up to rounding. Nothing is cut: a conversation that is too long has no vector, nor has one that the
model cannot read, such as a text with a control token in it.
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from sayso.errors import ConfigError, DataError
from sayso.models._protocol import ModelBundle
from sayso.models.collate import collate
from sayso.models.direct import make_encoder
from sayso.models.encode import Encoded, Encoder
from sayso.models.generate import by_kind_and_length
from sayso.models.quiet import quiet
from sayso.models.vision import LoadImage
from sayso.records import Media, Message, Sample, Span, TextPart

__all__ = ["layer_states", "picture_features", "Reading"]

Floats = NDArray[np.float64]
NUM_AXES = 4  # of pixels that are one picture a row: picture, channel, height, width


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How conversations are read: no longer than `max_tokens` (the model's positions where None), so many at once, pictures opened by `load`."""

    load: LoadImage
    max_tokens: int | None = None
    batch_size: int = 16


def layer_states(
    bundle: ModelBundle, samples: Sequence[Sample], *, layer: int, last: bool, response: bool, reading: Reading
) -> Floats:
    """The state of a layer for each sample, (N, hidden size), the mean over its tokens or the `last` one's; zeros where it is too long, or cannot be read.

    Raises:
        ConfigError: the model has no such layer, or reads no conversation at all.
    """
    encoder = make_encoder(bundle, load=reading.load)
    rows = _encoded(encoder, samples, response=response)
    if rows and not any(rows):
        _check_reads(encoder)
    most = reading.max_tokens or _positions(bundle)
    fitting = {n: row for n, row in enumerate(rows) if row is not None and max(len(row), len(row.beside_roles)) <= most}
    found = np.zeros((len(rows), _width(bundle)))
    places, some = list(fitting), list(fitting.values())
    for numbers in by_kind_and_length(some, batch_size=reading.batch_size):
        states = _states([some[number] for number in numbers], bundle=bundle, layer=layer, last=last)
        found[[places[number] for number in numbers]] = states
    return found


def _encoded(encoder: Encoder, samples: Sequence[Sample], *, response: bool) -> list[Encoded | None]:
    """All at once; where that fails one by one, and None for those that cannot be read."""
    try:
        return list(encoder.encode_batch(samples, response=response, limit=False)) if len(samples) else []
    except (ConfigError, DataError):
        if len(samples) == 1:
            return [None]
        return [row for sample in samples for row in _encoded(encoder, [sample], response=response)]


def _check_reads(encoder: Encoder) -> None:
    """Whether it is the model that cannot, and not these conversations."""
    said = (TextPart(text="A", spans=(Span(start=0, end=1, role="instr"),)),)
    messages = (Message(role="user", parts=said), Message(role="assistant", parts=said))
    with suppress(DataError):
        encoder.encode(Sample(id="plain", example="plain", task="plain", template="plain", messages=messages))


def _states(rows: Sequence[Encoded], *, bundle: ModelBundle, layer: int, last: bool) -> Floats:
    model = bundle.model
    batch = collate(rows, pad_token_id=bundle.tokenizer.pad_token_id or 0)
    fewer = {"logits_to_keep": 1} if "logits_to_keep" in inspect.signature(model.forward).parameters else {}
    with quiet(model):
        given = {name: tensor.to(model.device) for name, tensor in batch.items()}
        out = model(**given, output_hidden_states=True, **fewer)
    layers = getattr(out, "hidden_states", None) or getattr(out, "decoder_hidden_states", None) or ()
    if not -len(layers) <= layer < len(layers):
        raise ConfigError(
            f"layer {layer} of {type(model).__name__}: it gives {len(layers)} hidden states, so -{len(layers)} to {len(layers) - 1} would do"
        )
    states = layers[layer].double()
    lengths = torch.tensor([len(row) for row in rows], device=states.device)
    at = torch.arange(states.shape[1], device=states.device)
    wanted = at == lengths[:, None] - 1 if last else at < lengths[:, None]
    mean: Floats = (torch.einsum("bt,btd->bd", wanted.double(), states) / wanted.sum(1, keepdim=True)).cpu().numpy()
    return mean


def picture_features(bundle: ModelBundle, media: Sequence[Media], *, load: LoadImage, batch_size: int = 32) -> Floats:
    """The mean over patches of the vision tower's last states for each picture, (pictures, tower's width).

    Raises:
        ConfigError: the model reads no pictures, or its tower does not say what it made of them.
        DataError: a picture cannot be read.
    """
    if not media:  # how wide the vectors would be
        return np.zeros((0, len(next(_pictures([Image.new("RGB", (32, 32))], bundle=bundle)))))
    batches = (media[start : start + batch_size] for start in range(0, len(media), batch_size))
    return np.stack([row for batch in batches for row in _pictures([load(one) for one in batch], bundle=bundle)])


def _pictures(images: Sequence[Any], *, bundle: ModelBundle) -> Iterator[Floats]:
    """All pictures at once where each is one row of pixels, else one by one."""
    look = _tower(bundle)
    prepare = bundle.processor.image_processor
    together = prepare(images=list(images), return_tensors="pt")
    if set(together) == {"pixel_values"} and together["pixel_values"].ndim == NUM_AXES:
        states = look(together)
        if states.ndim == 3 and len(states) == len(images):
            yield from states.mean(1).cpu().numpy()
            return
    for image in images:
        states = look(prepare(images=[image], return_tensors="pt"))
        yield states.flatten(0, -2).mean(0).cpu().numpy()


def _tower(bundle: ModelBundle) -> Callable[[Any], torch.Tensor]:
    """What gives the tower's states, (..., patches, width), of what the processor made of pictures."""
    owner = next((one for one in (bundle.model, bundle.model.base_model) if hasattr(one, "get_image_features")), None)
    kind = type(bundle.model).__name__
    if not bundle.images or owner is None:
        raise ConfigError(f"{kind} has no vision tower that could be read; name a model that reads pictures")
    known = inspect.signature(owner.get_image_features).parameters

    def look(inputs: Any) -> torch.Tensor:
        given = {name: value.to(bundle.model.device) for name, value in inputs.items() if name in known}
        lacking = [name for name, one in known.items() if one.default is one.empty and name not in {*given, "kwargs"}]
        if lacking:
            raise ConfigError(
                f"{kind} reads pictures together with {', '.join(lacking)}, not alone; name another model"
            )
        with quiet(bundle.model):
            states = getattr(owner.get_image_features(**given), "last_hidden_state", None)
        if not isinstance(states, torch.Tensor) or states.ndim not in (2, 3):
            shape = getattr(states, "shape", None)
            raise ConfigError(
                f"{kind} gives vision states of shape {shape} where one vector a patch is read; name another model"
            )
        return states.double()

    return look


def _positions(bundle: ModelBundle) -> float:
    """How long a conversation may be for this model."""
    text = bundle.model.config.get_text_config()
    return getattr(text, "max_position_embeddings", None) or float("inf")


def _width(bundle: ModelBundle) -> int:
    return int(bundle.model.config.get_text_config().hidden_size)
