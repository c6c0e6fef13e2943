"""A dual encoder such as CLIP or SigLIP: a picture and a text become vectors in one space, and their cosine says how well they go together.

Vectors are brought to length 1 first. Published thresholds on raw inner products (Genixer's filter of boxes keeps those over 60) are on another scale, which differs
from model to model, and cannot be carried over.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from transformers import AutoModel, AutoProcessor
from transformers.utils import logging

from sayso.errors import ConfigError

__all__ = ["DualEncoder"]

Floats = npt.NDArray[np.float64]
logging.disable_progress_bar()  # sayso draws its own


class DualEncoder:
    """The model of a folder or hub id.

    Raises:
        ConfigError: there is none, or it is of another kind.
    """

    def __init__(self, path: str, *, batch_size: int = 32, device: str | None = None) -> None:
        try:
            self._processor: Any = AutoProcessor.from_pretrained(path)
            self._model, told = AutoModel.from_pretrained(path, output_loading_info=True)
        except (ImportError, OSError, ValueError) as error:
            said = " ".join(str(error).split())[:300]
            raise ConfigError(f"dual encoder {path!r} cannot be loaded: {said}; give a folder or a hub id") from error
        lacking = [name for name in ("get_image_features", "get_text_features") if not hasattr(self._model, name)]
        if lacking or told["missing_keys"]:
            kind = type(self._model).__name__
            raise ConfigError(f"{path!r} is a {kind} and no dual encoder of pictures and texts; give one such as CLIP")
        self._model.to(device or ("cuda" if torch.cuda.is_available() else "cpu")).eval()
        self._batch_size = batch_size
        self._fixed = self._model.config.model_type.startswith("siglip")  # trained with texts filled up to one length
        config = self._model.config.text_config
        self.max_tokens = min(self._processor.tokenizer.model_max_length, int(config.max_position_embeddings))
        """What a text may have, its special tokens included."""

    def num_tokens(self, text: str) -> int:
        """The length of a text, its special tokens included."""
        return len(self._processor.tokenizer(text)["input_ids"])

    def cosines(self, images: Sequence[Image.Image], texts: Sequence[str]) -> Floats:
        """(N,) in [-1, 1]: how well each picture goes with its text; texts beyond `max_tokens` are cut."""
        starts = range(0, len(texts), self._batch_size)
        parts = [self._cosines(images[n : n + self._batch_size], texts[n : n + self._batch_size]) for n in starts]
        return np.concatenate(parts) if parts else np.zeros(0)

    @torch.inference_mode()
    def _cosines(self, images: Sequence[Image.Image], texts: Sequence[str]) -> Floats:
        seen = self._processor.image_processor(images=list(images), return_tensors="pt").to(self._model.device)
        padding = "max_length" if self._fixed else True
        said = self._processor.tokenizer(
            list(texts), padding=padding, truncation=True, max_length=self.max_tokens, return_tensors="pt"
        ).to(self._model.device)
        one, other = _vectors(self._model.get_image_features(**seen)), _vectors(self._model.get_text_features(**said))
        values: Floats = torch.nn.functional.cosine_similarity(one, other, dim=-1).cpu().numpy()
        return values


def _vectors(out: Any) -> torch.Tensor:
    """(N, d): newer models of transformers give an output that has them, older ones the vectors themselves."""
    found: torch.Tensor = getattr(out, "pooler_output", out)
    return found.double()
