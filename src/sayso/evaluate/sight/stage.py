"""The stage `pack`: probe a trained model, write its card, and pack it in half precision.

Writes `probes.json` and `model/`, a transformers folder with float16 weights that its config asks to be computed with in float32, and README.md.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from sayso.artifacts import StageContext, write_json, write_text
from sayso.config import PackConfig
from sayso.data.pictured import pictured_items
from sayso.evaluate.sight.card import write_card
from sayso.evaluate.sight.probes import Views, fit_probes, patch_pixels
from sayso.models._protocol import ModelBundle
from sayso.models.auto import load_model
from sayso.models.pictures import read_pictures
from sayso.models.sight import PatchWords, visual_tokens
from sayso.records import AnnotatedItem
from sayso.seeds import derive
from sayso.sources import load_image

__all__ = ["run"]

CHUNK = 256
FIT = "fit"


def run(context: StageContext) -> dict[str, Any]:
    """Probe, describe and pack; returns the counts of the manifest.

    Raises:
        ConfigError: there is no trained model among the inputs.
        DataError: a source has no picture.
    """
    parent = context.nearest("train")
    bundle = load_model(parent / "model", device="cpu")
    table = _table(context, bundle=bundle)
    write_json(context.folder / "probes.json", table)
    _pack(bundle, context.folder / "model")
    weights = context.folder / "model" / "model.safetensors"
    card = write_card(context, table=table, num_parameters=bundle.num_parameters, weights=weights)
    write_text(context.folder / "model" / "README.md", card)
    return {"num_parameters": bundle.num_parameters, "probes": table["tokens"], "bytes": _size(context.folder)}


def _table(context: StageContext, *, bundle: ModelBundle) -> dict[str, Any]:
    """For tokens and for pixels, what a probe fitted on `source` tells on every set of `tests`."""
    config: PackConfig = context.config
    sets = {name: pictured_items(source) for name, source in {FIT: config.source, **config.tests}.items()}
    context.progress.start("probes", total=len(sets))
    words = PatchWords.of(sets[FIT])
    views: dict[str, dict[str, Views]] = {"tokens": {}, "pixels": {}}
    for name, items in sets.items():
        for kind, found in _views(items, bundle=bundle, words=words).items():
            views[kind][name] = found
        context.progress.advance()
    return {kind: _read(found, words=words, seed=context.seed) for kind, found in views.items()}


def _read(views: Mapping[str, Views], *, words: PatchWords, seed: int) -> dict[str, dict[str, float | None]]:
    probes = fit_probes(views[FIT], words=words, seed=derive(seed, "probes") % 2**63)
    return {name: probes.read(view) for name, view in views.items() if name != FIT or len(views) == 1}


def _views(items: list[AnnotatedItem], *, bundle: ModelBundle, words: PatchWords) -> dict[str, Views]:
    pictures = read_pictures(items, bundle=bundle, words=words, load=load_image, advance=lambda _: None)
    counts = torch.tensor([sum("color" in one.attributes for one in item.objects) for item in items])
    tokens = _tokens(bundle, pictures.pixels)
    pixels = patch_pixels(pictures.pixels.float(), side=round(tokens.shape[1] ** 0.5))
    features = {"tokens": tokens, "pixels": pixels}
    return {kind: Views(tokens=found, labels=pictures.labels, counts=counts) for kind, found in features.items()}


@torch.no_grad()
def _tokens(bundle: ModelBundle, pixels: Tensor) -> Tensor:
    bundle.model.eval()
    return torch.cat([visual_tokens(bundle.model, chunk.float()) for chunk in torch.split(pixels, CHUNK)])


def _pack(bundle: ModelBundle, folder: Path) -> None:
    bundle.model.half()
    bundle.save(folder)
    config = json.loads((folder / "config.json").read_text())
    write_json(folder / "config.json", config | {"dtype": "float32"})


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in (folder / "model").rglob("*") if path.is_file())
