"""The pretrained `tiny`: about a million parameters that lie in this package, so that tuning begins with a model that sees and reads.

It was made by `sayso run tiny_base` from drawn scenes, captions, regions and instructions without answers, and does not follow
instructions; `pretrained/README.md` is its card. The weights are kept in half precision and computed with in single.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from sayso.models._protocol import ModelBundle, models
from sayso.models.auto import AutoModel

__all__ = ["TinyBase", "weights_folder"]


def weights_folder() -> Path:
    """Where the weights lie, as a transformers folder."""
    with as_file(files("sayso.models") / "pretrained") as folder:
        return folder


@models.register("tiny_base")
@dataclass(frozen=True, kw_only=True)
class TinyBase:
    """The shipped base; `make` gives the same weights and the same tokenizer whatever the texts and the seed are."""

    def make(self, *, texts: Iterable[str], seed: int) -> ModelBundle:
        """The model, in single precision."""
        return AutoModel(path=str(weights_folder()), dtype="float32").make(texts=texts, seed=seed)
