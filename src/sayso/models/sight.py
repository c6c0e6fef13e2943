"""What a model sees of each patch of a picture, read by one linear layer: for teaching a vision tower to see, and for measuring whether it does.

A patch is labelled with what is annotated of the object whose centre lies in it: its class, attributes and text, each a word of its
own kind. Where nothing lies the word of every kind is `NOTHING`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from sayso.errors import ConfigError
from sayso.models._protocol import ModelBundle
from sayso.records import AnnotatedItem, AnnotatedObject

__all__ = ["NOTHING", "patch_labels", "PatchWords", "Readout", "visual_tokens", "word_vectors"]

NOTHING = ""
SHARPNESS = 4.0
"""How far apart the logits of two words are for a token of length 1; a token of unit features is about eleven long."""


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
    words = {"label": one.label, **one.attributes}
    return words | ({"text": one.text} if one.text else {})


class Readout(nn.Module):
    """From a visual token to the words of every kind, by the model's own vectors for these words, or by a linear layer.

    With `vectors` (words, hidden size), one for each word of each kind, a token that means `large red star` comes to lie near the sum of the
    three vectors: what the language model reads is then written in its own words. The vectors stay; that of `NOTHING` is learned.
    """

    def __init__(self, hidden_size: int, *, words: PatchWords, vectors: Tensor | None = None) -> None:
        super().__init__()
        self.sizes = words.sizes
        self.linear = nn.Linear(hidden_size, sum(self.sizes))
        self.vectors: Tensor | None
        self.register_buffer("vectors", vectors)

    def forward(self, tokens_BPH: Tensor) -> tuple[Tensor, ...]:
        """Logits (images, patches, words) of each kind."""
        return torch.split(nn.functional.linear(tokens_BPH, self._weight(), self.linear.bias), self.sizes, dim=-1)

    def _weight(self) -> Tensor:
        """Rows of the layer: the words' vectors brought to length SHARPNESS, and the learned ones of `NOTHING`."""
        if self.vectors is None:
            return self.linear.weight
        found = SHARPNESS * nn.functional.normalize(self.vectors, dim=-1)
        return torch.where(_first_of_each(self.sizes)[:, None], self.linear.weight, found)

    def loss(self, tokens_BPH: Tensor, labels_BPK: Tensor) -> Tensor:
        """Sum over kinds of the mean cross-entropy over patches; labels of -1 do not count."""
        logits = self(tokens_BPH)
        terms = [
            nn.functional.cross_entropy(kind.flatten(0, 1), labels_BPK[..., k].flatten(), ignore_index=-1)
            for k, kind in enumerate(logits)
        ]
        return torch.stack(terms).sum()


def _first_of_each(sizes: Sequence[int]) -> Tensor:
    """Of all words of all kinds in a row, which are `NOTHING`."""
    return torch.cat([torch.arange(size) == 0 for size in sizes])


@torch.no_grad()
def word_vectors(bundle: ModelBundle, *, words: PatchWords) -> Tensor:
    """The mean of the input vectors of each word's tokens, (words, hidden size), kind by kind in order."""
    table = bundle.model.get_input_embeddings().weight
    rows = [
        table[bundle.tokenizer(f" {word or '.'}", add_special_tokens=False)["input_ids"]].mean(0)
        for found in words.words.values()
        for word in found
    ]
    return torch.stack(rows).clone()


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
