"""Linear probes: how well one linear layer on frozen visual tokens tells what is in a picture.

Attributes and text are read from the token of the patch, and so is which patch it is; the number of things from the mean of all tokens. The same
layer on the pixels of the patch shows what of it the tower has made readable. A probe is fitted on one set of pictures and read on others.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sayso.models.sight import PatchWords, Readout

__all__ = ["COUNT", "fit_probes", "PATCH", "patch_pixels", "Probes", "Views"]

PATCH, COUNT = "patch", "count"
STEPS = 300
RATE = 0.03


@dataclass(frozen=True, kw_only=True)
class Views:
    """Frozen features (images, patches, features) of pictures, with labels (images, patches, kinds) and counts (images)."""

    tokens: Tensor
    labels: Tensor
    counts: Tensor


@dataclass(frozen=True, kw_only=True)
class Probes:
    """Fitted layers: `readout` for the words of a patch, `places` for which patch it is, `counts` for the number of things."""

    words: PatchWords
    readout: Readout
    places: nn.Linear
    counts: nn.Linear
    mean: Tensor
    scale: Tensor

    @torch.no_grad()
    def read(self, views: Views) -> dict[str, float | None]:
        """The share that is right by kind: of patches where the kind has a word; None where no patch has."""
        tokens = self.normal(views.tokens)
        shares = {
            kind: _share(logits.argmax(-1), views.labels[..., k], counted=views.labels[..., k] > 0)
            for k, (kind, logits) in enumerate(zip(self.words.words, self.readout(tokens), strict=True))
        }
        place = torch.arange(tokens.shape[1]).expand(tokens.shape[:2])
        shares[PATCH] = _share(self.places(tokens).argmax(-1), place, counted=place >= 0)
        counted = views.counts < self.counts.out_features
        shares[COUNT] = _share(self.counts(tokens.mean(1)).argmax(-1), views.counts, counted=counted)
        return shares

    def normal(self, tokens: Tensor) -> Tensor:
        """Features brought to the mean and deviation of those that the probes were fitted on."""
        return (tokens - self.mean) / self.scale


def fit_probes(views: Views, *, words: PatchWords, seed: int) -> Probes:
    """Fit all layers together on `views`, with Adam for 300 full steps; features are brought to mean 0 and deviation 1 first."""
    flat = views.tokens.flatten(0, 1)
    patches, width = views.tokens.shape[1:]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        probes = Probes(
            words=words,
            readout=Readout(width, words=words),
            places=nn.Linear(width, patches),
            counts=nn.Linear(width, int(views.counts.max()) + 1),
            mean=flat.mean(0),
            scale=flat.std(0) + 1e-6,
        )
    _fit(probes, views)
    return probes


def _fit(probes: Probes, views: Views) -> None:
    tokens = probes.normal(views.tokens)
    pooled = tokens.mean(1)
    place = torch.arange(tokens.shape[1]).repeat(len(tokens))
    layers: Iterable[nn.Module] = (probes.readout, probes.places, probes.counts)
    optimizer = torch.optim.Adam([weight for layer in layers for weight in layer.parameters()], lr=RATE)
    for _ in range(STEPS):
        loss = probes.readout.loss(tokens, views.labels)
        loss = loss + nn.functional.cross_entropy(probes.places(tokens).flatten(0, 1), place)
        loss = loss + nn.functional.cross_entropy(probes.counts(pooled), views.counts)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()


def patch_pixels(pixels: Tensor, *, side: int) -> Tensor:
    """Pixels (images, channels, height, width) cut into `side` x `side` patches: (images, patches, features)."""
    size = pixels.shape[-1] // side
    cut = pixels.unfold(2, size, size).unfold(3, size, size)
    return cut.permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2)


def _share(found: Tensor, right: Tensor, *, counted: Tensor) -> float | None:
    if not counted.any():
        return None
    return float((found == right)[counted].float().mean())
