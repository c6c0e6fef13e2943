"""What a processor makes of a sample's media, kept for the next time the same media come by."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from inspect import signature
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from transformers import PreTrainedTokenizerBase, ProcessorMixin

from sayso.errors import ConfigError, DataError
from sayso.records import Media, Sample, TextPart

__all__ = ["LoadImage", "MAX_CACHED_BYTES", "MediaReader", "medium_key", "Vision"]

MAX_CACHED_BYTES = 256 << 20
"""What a reader keeps of the processor's media arrays."""

LoadImage: TypeAlias = Callable[[Media], Image.Image]
"""Opens a medium as an RGB picture."""

_NOT_ARRAYS = ("input_ids", "attention_mask", "token_type_ids", "mm_token_type_ids", "text_replacement_offsets")


@dataclass(frozen=True, kw_only=True)
class Vision:
    """What the processor made of a sample's media: model inputs, and the text that stands for each medium.

    `expansions` is None where the processor does not tell; then `images` are kept, for it to read with the text.
    """

    arrays: dict[str, NDArray[Any]]
    expansions: tuple[str, ...] | None
    images: tuple[Image.Image, ...]

    @property
    def num_bytes(self) -> int:
        """Size of the arrays."""
        return sum(array.nbytes for array in self.arrays.values())


class MediaReader:
    """Gives media to one processor; keeps what it made of the last `num_cached` samples' media, within MAX_CACHED_BYTES."""

    def __init__(
        self, processor: ProcessorMixin | PreTrainedTokenizerBase, *, load: LoadImage | None, num_cached: int
    ) -> None:
        self._processor = processor
        self._load = load
        self._num_cached = num_cached
        self._kept: OrderedDict[tuple[str, ...], Vision] = OrderedDict()
        self._bytes = 0
        self._reads_media = getattr(processor, "image_processor", None) is not None
        self._token = str(getattr(processor, "image_token", None) or "")
        self._tells = _tells(type(processor))

    def read(self, sample: Sample, *, images: Sequence[Image.Image] | None) -> Vision:
        """The sample's media in the order in which its text names them; `images` are in the order of `sample.media`.

        Raises:
            DataError: the model reads no media, or a medium cannot be opened.
            ConfigError: the processor changes what the chat template wrote.
        """
        order = self._order(sample)
        if images is not None:
            return self._look([images[index] for index in order])
        key = tuple(medium_key(sample.media[index]) for index in order)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        vision = self._look([self._open(sample, index) for index in order])
        if all(key):
            self._keep(key, vision)
        return vision

    def together(self, text: str, *, sample: Sample, images: Sequence[Image.Image] | None) -> Any:
        """What the processor makes of a text as it is with all of the sample's media; nothing is kept.

        Raises:
            DataError: the model reads no media or cannot do without, or a medium cannot be opened.
        """
        order = self._order(sample)
        opened = [images[index] if images is not None else self._open(sample, index) for index in order]
        if not opened and getattr(self._processor, "qformer_tokenizer", None) is not None:
            raise DataError(f"sample {sample.id!r} has no image, and {type(self._processor).__name__} needs one")
        return self._processor(text=[text], images=opened or None)

    def _order(self, sample: Sample) -> list[int]:
        order = [part.index for message in sample.messages for part in message.parts if not isinstance(part, TextPart)]
        if order and not self._reads_media:
            raise DataError(f"sample {sample.id!r} has {len(order)} media, but the model reads text only")
        return order

    def expand(self, text: str, *, images: Sequence[Image.Image], add_special_tokens: bool) -> Any:
        """Everything the processor makes of one text and its images, given to it as `apply_chat_template` does.

        Raises:
            ConfigError: it fails, as one that counts on tensors where lists are asked for.
        """
        extra = {"return_text_replacement_offsets": True} if self._tells else {}
        try:
            return self._processor(text=[text], images=[list(images)], add_special_tokens=add_special_tokens, **extra)
        except (AttributeError, TypeError, KeyError) as error:
            raise ConfigError(
                f"{type(self._processor).__name__} fails on {len(images)} images without tensors: {error}; use another model, or another "
                "version of transformers"
            ) from error

    def _keep(self, key: tuple[str, ...], vision: Vision) -> None:
        self._kept[key] = vision
        self._bytes += vision.num_bytes
        while len(self._kept) > self._num_cached or self._bytes > MAX_CACHED_BYTES:
            self._bytes -= self._kept.popitem(last=False)[1].num_bytes

    def _open(self, sample: Sample, index: int) -> Image.Image:
        if self._load is None:
            raise DataError(f"sample {sample.id!r} has media, but no images were given; pass images= or load=")
        return self._load(sample.media[index])

    def _look(self, images: Sequence[Image.Image]) -> Vision:
        if not images:
            return Vision(arrays={}, expansions=(), images=())
        made = self.expand(self._token * len(images), images=images, add_special_tokens=False)
        if "cross_attention_mask" in made:
            raise ConfigError(
                f"{type(self._processor).__name__} says per token which images it may see (cross_attention_mask), which samples "
                "encoded piece by piece do not have; use a model that reads images as tokens"
            )
        arrays = {name: np.asarray(value) for name, value in made.items() if name not in _NOT_ARRAYS}
        replaced = made.get("text_replacement_offsets")
        if not replaced:
            return Vision(arrays=arrays, expansions=None, images=tuple(images))
        expansions = tuple(entry["replacement"] for entry in replaced[0])
        self._check(list(made["input_ids"][0]), "".join(expansions))
        return Vision(arrays=arrays, expansions=expansions, images=())

    def _check(self, ids: list[int], expanded: str) -> None:
        """A processor may write many tokens for a medium, but nothing else."""
        tokenizer = self._processor.tokenizer
        if ids != tokenizer(expanded, add_special_tokens=False)["input_ids"]:
            raise ConfigError(
                f"{type(self._processor).__name__} writes {tokenizer.decode(ids)[-40:]!r} for {expanded[-40:]!r}: it changes the text "
                "that its chat template wrote, so what a token is for cannot be known; use another model"
            )


def medium_key(medium: Media) -> str:
    """Its path, or a digest of the bytes that it holds; empty where it has neither."""
    return medium.path or (blake2b(medium.data, digest_size=16).hexdigest() if medium.data else "")


def _tells(kind: type) -> bool:
    """Whether a processor can be asked what it wrote for each medium: it builds on transformers' own and passes options on."""
    replaces = getattr(kind, "replace_image_token", ProcessorMixin.replace_image_token)
    takes = signature(kind.__call__).parameters.values()
    return replaces is not ProcessorMixin.replace_image_token and any(p.kind is p.VAR_KEYWORD for p in takes)
