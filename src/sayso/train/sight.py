"""The stage `sight`: a vision tower learns what is in each patch of annotated pictures, before any word is read.

As an encoder of photographs comes with CLIP's training, a tower for drawn scenes comes with this one: class, attributes and text of the
object in each patch are read from the model's visual tokens by the model's own vectors for these words, and tower and projector are trained for it. From descriptions alone the same tower needs far longer to tell shapes (docs/lab-notes.md). The folder is that of a train stage, model and
tokenizer. It is short, and starts over if it is killed.
"""

import math
from typing import Any

import torch
from transformers import PreTrainedModel

from sayso.artifacts import StageContext, write_json
from sayso.config import SightConfig
from sayso.data.folder import BuildFolder
from sayso.data.pictured import pictured_items
from sayso.models._protocol import models
from sayso.models.pictures import Pictures, read_pictures
from sayso.models.sight import PatchWords, Readout, visual_tokens, word_vectors
from sayso.seeds import derive
from sayso.sources import load_image
from sayso.train.samples.texts import texts_of

__all__ = ["run"]

FLOOR = 0.05
"""The last rate as a share of the highest."""


def run(context: StageContext) -> dict[str, Any]:
    """Train and write the stage's folder; returns the counts of its manifest.

    Raises:
        ConfigError: the model has no tower with patches.
        DataError: the source has no picture to learn from.
    """
    config: SightConfig = context.config
    builds = [BuildFolder(path) for path in context.inputs_of("build")]
    bundle = models.build(config.model.name, config.model.options).make(texts=texts_of(builds), seed=context.seed)
    items = pictured_items(config.source)
    words = PatchWords.of(items)
    context.progress.start("pictures", total=len(items))
    pictures = read_pictures(items, bundle=bundle, words=words, load=load_image, advance=context.progress.advance)
    vectors = word_vectors(bundle, words=words)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive(context.seed, "sight") % 2**63)
        readout = Readout(vectors.shape[-1], words=words, vectors=vectors)
        places = torch.nn.Linear(vectors.shape[-1], pictures.labels.shape[1])
        losses = _train(bundle.model, (readout, places), pictures=pictures, context=context)
    bundle.save(context.folder / "model")
    write_json(context.folder / "words.json", words.words)
    return {
        "steps": config.max_steps,
        "num_pictures": len(items),
        "num_parameters": bundle.num_parameters,
        "kinds": {kind: len(found) for kind, found in words.words.items()},
        "first_loss": losses[0],
        "final_loss": losses[1],
    }


def _train(
    model: PreTrainedModel, layers: tuple[Readout, torch.nn.Linear], *, pictures: Pictures, context: StageContext
) -> tuple[float, float]:
    """Every step on pictures drawn with replacement; returns the first loss and the mean of the last fifty."""
    config: SightConfig = context.config
    weights = [*_seeing(model), *layers[0].parameters(), *layers[1].parameters()]
    optimizer = torch.optim.AdamW(weights, betas=(0.9, 0.98), weight_decay=config.weight_decay)
    context.progress.start("sight", total=config.max_steps)
    losses = []
    model.train()
    for step in range(config.max_steps):
        optimizer.param_groups[0]["lr"] = config.learning_rate * _share(step + 1, config)
        drawn = torch.randint(len(pictures.pixels), (config.batch_size,))
        loss = _loss(visual_tokens(model, pictures.pixels[drawn].float()), pictures.labels[drawn], layers=layers)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        losses.append(loss.item())
        context.progress.advance()
    return losses[0], sum(losses[-50:]) / len(losses[-50:])


def _loss(
    tokens_BPH: torch.Tensor, labels_BPK: torch.Tensor, *, layers: tuple[Readout, torch.nn.Linear]
) -> torch.Tensor:
    """What lies in a patch, and which patch it is: a token tells both."""
    readout, places = layers
    place_BP = torch.arange(tokens_BPH.shape[1]).expand(tokens_BPH.shape[:2])
    where = torch.nn.functional.cross_entropy(places(tokens_BPH).flatten(0, 1), place_BP.flatten())
    return readout.loss(tokens_BPH, labels_BPK) + where


def _share(step: int, config: SightConfig) -> float:
    """Of the highest rate: a linear rise, then half a cosine down to FLOOR of it."""
    rise = min(1.0, step / max(1, config.warmup_steps))
    fall = 0.5 * (1 + math.cos(math.pi * step / config.max_steps))
    return rise * (FLOOR + (1 - FLOOR) * fall)


def _seeing(model: PreTrainedModel) -> list[torch.nn.Parameter]:
    """Weights of the tower and of the projector."""
    return [
        weight for name, weight in model.named_parameters() if "vision_tower" in name or "multi_modal_projector" in name
    ]
