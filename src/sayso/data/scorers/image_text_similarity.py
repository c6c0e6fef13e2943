"""Image-text similarity: the cosine of a picture and a text under a dual encoder such as CLIP or SigLIP, in [-1, 1].

    {name: image_text_similarity, path: openai/clip-vit-base-patch32}
    {name: image_text_similarity, path: openai/clip-vit-large-patch14, crop: true}

`text` says which text: the response, the instruction, or both. Of several pictures the best counts. A text that is too long for the encoder has no score; `cut: true` reads as
much as goes in. With `crop`, the box that stands in one side of a sample is cut out of the picture and compared with the words of the other side, as Genixer filters its boxes; a
crop with a side under `min_side` pixels has no score. Boxes are read in the style of the prompt (`regions`).

Cosines are between vectors of length 1. Genixer's threshold of 60 is of raw inner products and cannot be used here: choose by share, or look at the values first.

Source: Genixer, Zhao et al. 2023, arXiv 2312.06731, and its code (the filter of grounded data).
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
from PIL import Image

from sayso.data.scorers._protocol import Column, Columns, Scoring, scorers
from sayso.data.scorers._rating import NO_EXCHANGE
from sayso.errors import ConfigError, DataError
from sayso.instructions.exchanges import Exchange, exchanges
from sayso.instructions.regions import REGION_STYLES, parse_regions
from sayso.models.dual_encoder import DualEncoder
from sayso.records import Region, Sample, TextPart
from sayso.sources import load_image

__all__ = ["image_text_similarity", "ImageTextSimilarity"]

Which: TypeAlias = Literal["response", "instruction", "both"]
Pair: TypeAlias = tuple[Image.Image, str]
CHUNK = 32
NUMBERS = re.compile(r"<bin_\d+>|[\d\s.,\[\]()]")


@dataclass(kw_only=True)
class ImageTextSimilarity:
    """The column `image_text_similarity`."""

    path: str
    text: Which
    cut: bool
    crop: bool
    regions: str
    min_side: int
    per_row: bool = True
    reads_trained: bool = False
    reads_target: bool = False

    @cached_property
    def encoder(self) -> DualEncoder:
        """Loaded once."""
        return DualEncoder(self.path)

    def score(self, samples: Sequence[Sample], *, scoring: Scoring) -> Columns:
        """One column.

        Raises:
            ConfigError: there is no such encoder.
        """
        del scoring
        values, why = np.full(len(samples), np.nan), dict[int, str]()
        pending: list[tuple[int, Pair]] = []
        for row, sample in enumerate(samples):
            found = self._pairs(sample)
            if isinstance(found, str):
                why[row] = found
            else:
                pending += [(row, one) for one in found]
            if len(pending) >= CHUNK or row == len(samples) - 1:
                self._read(pending, values)
                pending = []
        return {"image_text_similarity": Column(values=values, why=why)}

    def _read(self, pending: Sequence[tuple[int, Pair]], values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
        cosines = self.encoder.cosines([image for _, (image, _) in pending], [text for _, (_, text) in pending])
        for (row, _), value in zip(pending, cosines.tolist(), strict=True):
            values[row] = np.fmax(values[row], value)

    def _pairs(self, sample: Sample) -> list[Pair] | str:
        """Pictures with the text that each is compared with, or why there are none."""
        said = exchanges(sample.messages)
        if not sample.media or not said:
            return "no picture" if not sample.media else NO_EXCHANGE
        try:
            pairs = self._cropped(sample, said[-1]) if self.crop else self._whole(sample, said[-1])
        except DataError as error:
            return str(error)
        if isinstance(pairs, str):
            return pairs
        return self._too_long(pairs[0][1]) or pairs

    def _whole(self, sample: Sample, said: Exchange) -> list[Pair] | str:
        texts = {"instruction": said.instruction, "response": said.response}
        text = "\n".join(texts.values()) if self.text == "both" else texts[self.text]
        if not text.strip():
            return f"the {self.text} has no words"
        return [(load_image(medium), text) for medium in sample.media]

    def _cropped(self, sample: Sample, said: Exchange) -> list[Pair] | str:
        if len(sample.media) > 1:
            return f"{len(sample.media)} pictures, and no word of which the box is on"
        sides = (said.instruction, said.response)
        boxes = [parse_regions(side, style=self.regions, media=sample.media) for side in sides]
        if sum(map(len, boxes)) != 1:
            return f"{sum(map(len, boxes))} boxes in the style {self.regions!r}; one is needed"
        phrase = said.response if boxes[0] else _filled(sample, said)
        if not NUMBERS.sub("", phrase).strip():
            return "no words for the box"
        image = _cut_out(load_image(sample.media[0]), [*boxes[0], *boxes[1]][0])
        if min(image.size) < self.min_side:
            return f"the box is {image.width} x {image.height} pixels, a side under {self.min_side}"
        return [(image, phrase)]

    def _too_long(self, text: str) -> str:
        length = 0 if self.cut else self.encoder.num_tokens(text)
        most = self.encoder.max_tokens if length else 0
        return (
            f"the text has {length} tokens, over the encoder's {most} (cut: true reads the first)"
            if length > most
            else ""
        )


def _filled(sample: Sample, said: Exchange) -> str:
    """What fills the slots of a template, or all of an instruction that was not rendered from one."""
    parts = [part for part in sample.messages[said.asked].parts if isinstance(part, TextPart)]
    spans = [(part.text[span.start : span.end], span.role) for part in parts for span in part.spans]
    filled = [text for text, role in spans if role == "instr"]
    return " ".join(filled) if filled else said.instruction


def _cut_out(image: Image.Image, box: Region) -> Image.Image:
    """Whole pixels that the box touches."""
    left, top = math.floor(box.x1 * image.width), math.floor(box.y1 * image.height)
    right, bottom = math.ceil(box.x2 * image.width), math.ceil(box.y2 * image.height)
    return image.crop((left, top, right, bottom))


@scorers.register("image_text_similarity")
def image_text_similarity(
    *,
    path: str,
    text: Which = "response",
    cut: bool = False,
    crop: bool = False,
    regions: str = "unit",
    min_side: int = 50,
) -> ImageTextSimilarity:
    """The column `image_text_similarity` by the dual encoder at `path`.

    Raises:
        ConfigError: no such style of boxes.
    """
    if regions not in REGION_STYLES:
        raise ConfigError(f"regions {regions!r} is none of {', '.join(REGION_STYLES)}")
    return ImageTextSimilarity(path=path, text=text, cut=cut, crop=crop, regions=regions, min_side=min_side)
