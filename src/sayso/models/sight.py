"""What a model sees of each patch of a picture, read by one linear layer: for teaching a vision tower to see, and for measuring whether it does.

A patch is labelled with what is annotated of the object whose centre lies in it: its class, attributes and text, each a word of its
own kind. Where nothing lies the word of every kind is `NOTHING`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from sayso.errors import ConfigError
from sayso.records import AnnotatedItem, AnnotatedObject

__all__ = ["NOTHING", "patch_labels", "PatchWords", "Readout", "visual_tokens"]

NOTHING = ""
PLACES = ("position",)
"""Attributes that the patch itself tells."""


class PatchWords:
    """The words that patches are labelled with, by kind (`label`, `color`, `text` ...); `NOTHING` is the first of each."""

    def __init__(self, words: Mapping[str, Sequence[str]]) -> None:
        self.words = {kind: (NOTHING, *sorted(set(found) - {NOTHING})) for kind, found in sorted(words.items())}
        self._index = {kind: {word: i for i, word in enumerate(found)} for kind, found in self.words.items()}

    @classmethod
    def of(cls, items: Iterable[AnnotatedItem]) -> "PatchWords":
        """All words that items use of their objects."""
        words: dict[str, set[str]] = {}
        for item in items:
            for one in item.objects:
                for kind, word in _words(one).items():
                    words.setdefault(kind, set()).add(word)
        return cls({kind: sorted(found) for kind, found in words.items()})

    @property
    def sizes(self) -> list[int]:
        """Number of words of each kind."""
        return [len(found) for found in self.words.values()]

    def encode(self, patches: Sequence[Mapping[str, str]]) -> list[list[int]]:
        """For every patch the index of its word of each kind; -1 for a word that is not among them."""
        return [[index.get(patch.get(kind, NOTHING), -1) for kind, index in self._index.items()] for patch in patches]


def patch_labels(item: AnnotatedItem, *, side: int) -> list[dict[str, str]]:
    """Words by kind for each of `side` x `side` patches, row by row; of two objects in one patch the first counts."""
    patches: list[dict[str, str]] = [{} for _ in range(side * side)]
    for one in item.objects:
        if one.region is None:
            continue
        column = min(side - 1, int(side * (one.region.x1 + one.region.x2) / 2))
        row = min(side - 1, int(side * (one.region.y1 + one.region.y2) / 2))
        patches[row * side + column] = patches[row * side + column] or _words(one)
    return patches


def _words(one: AnnotatedObject) -> dict[str, str]:
    words = {"label": one.label, **{kind: word for kind, word in one.attributes.items() if kind not in PLACES}}
    return words | ({"text": one.text} if one.text else {})


class Readout(nn.Module):
    """One linear layer from a visual token to the words of every kind."""

    def __init__(self, hidden_size: int, *, words: PatchWords) -> None:
        super().__init__()
        self.sizes = words.sizes
        self.linear = nn.Linear(hidden_size, sum(self.sizes))

    def forward(self, tokens_BPH: Tensor) -> tuple[Tensor, ...]:
        """Logits (images, patches, words) of each kind."""
        return torch.split(self.linear(tokens_BPH), self.sizes, dim=-1)

    def loss(self, tokens_BPH: Tensor, labels_BPK: Tensor) -> Tensor:
        """Sum over kinds of the mean cross-entropy over patches; labels of -1 do not count."""
        logits = self(tokens_BPH)
        terms = [
            nn.functional.cross_entropy(kind.flatten(0, 1), labels_BPK[..., k].flatten(), ignore_index=-1)
            for k, kind in enumerate(logits)
        ]
        return torch.stack(terms).sum()


def visual_tokens(model: Any, pixel_values: Tensor) -> Tensor:
    """What the language model reads of pictures, (images, patches, hidden size): behind the tower and the projector.

    Raises:
        ConfigError: the model does not give a picture one token a patch.
    """
    found = model.get_image_features(pixel_values=pixel_values)
    found = getattr(found, "pooler_output", found)
    tokens = torch.stack(tuple(found)) if not isinstance(found, Tensor) else found
    if tokens.dim() != 3 or len(tokens) != len(pixel_values):
        raise ConfigError(
            f"{type(model).__name__} gives visual tokens of shape {tuple(tokens.shape)} for {len(pixel_values)} pictures; use one like 'tiny'"
        )
    return tokens
