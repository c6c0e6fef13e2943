"""Annotated pictures as the tensors of one model: pixels as its processor makes them, and labels of every patch."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor

from sayso.errors import ConfigError
from sayso.models._protocol import ModelBundle
from sayso.models.sight import PatchWords, patch_labels
from sayso.models.vision import LoadImage
from sayso.records import AnnotatedItem

__all__ = ["Pictures", "read_pictures"]

CHUNK = 256


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """Pixels (images, channels, height, width) in half precision, and labels (images, patches, kinds)."""

    pixels: Tensor
    labels: Tensor


def read_pictures(
    items: list[AnnotatedItem],
    *,
    bundle: ModelBundle,
    words: PatchWords,
    load: LoadImage,
    advance: Callable[[int], None],
) -> Pictures:
    """All of `items` for one model; they must fit into memory. `advance` is told how many more are read."""
    pixels = torch.cat(list(_pixels(items, bundle=bundle, load=load, advance=advance)))
    labels = [words.encode(patch_labels(item, side=_side(bundle))) for item in items]
    return Pictures(pixels=pixels, labels=torch.tensor(labels))


def _pixels(
    items: list[AnnotatedItem], *, bundle: ModelBundle, load: LoadImage, advance: Callable[[int], None]
) -> Iterator[Tensor]:
    rows = iter(items)
    while chunk := list(islice(rows, CHUNK)):
        images = [load(item.media[0]) for item in chunk]
        made = bundle.processor.image_processor(images=images, return_tensors="pt")
        advance(len(chunk))
        yield made["pixel_values"].half()


def _side(bundle: ModelBundle) -> int:
    """Patches along a side of the picture.

    Raises:
        ConfigError: the model has no vision tower with patches of one size.
    """
    vision = getattr(bundle.model.config, "vision_config", None)
    if vision is None or not getattr(vision, "patch_size", None):
        raise ConfigError("sight needs a model whose vision tower cuts pictures into patches, such as 'tiny'")
    return int(vision.image_size // vision.patch_size)
