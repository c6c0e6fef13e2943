"""Padding and step time by how batches are made, and steps with and without kept vision features; the last line is JSON.

    OMP_NUM_THREADS=1 python bench/batches.py [--rad trainset.json --images IMAGES] [--text NATURAL_INSTRUCTIONS]

Steps are forward and backward passes of the model `tiny`, in pairs: each piece is run every way, one after the other, before the next; medians.
Losses of packed and unpacked pieces must agree to 1e-4.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration

from sayso.artifacts import Manifest, StageContext, close_stage, open_stage
from sayso.config import BuildConfig, TrainConfig
from sayso.data import stage as build_stage
from sayso.data.folder import BuildFolder
from sayso.models._protocol import ModelBundle, models
from sayso.models.encode import Encoded, Encoder
from sayso.models.features import keep_features
from sayso.sources import load_image
from sayso.train.batches.batch import make_batch
from sayso.train.batches.settings import grouping_of, packing_of
from sayso.train.batches.supervised import read_targets
from sayso.train.objectives import objectives
from sayso.train.parts import tune
from sayso.train.samples.dataset import Feed, RunDataset
from sayso.train.samples.order import RunOrder
from sayso.train.samples.texts import texts_of

BATCH, NUM_BATCHES, NUM_TIMED = 32, 32, 8
SHAPES = {"name": "shapes", "use": "train", "count": 600, "seed": 2}
TASKS = [
    "counting",
    "color_recognition",
    "object_detection",
    "image_captioning",
    "object_recognition",
    "dense_description",
]


def build(out: Path, sources: Sequence[Mapping[str, Any]], tasks: Sequence[str]) -> BuildFolder:
    config = BuildConfig.model_validate({"sources": sources, "tasks": tasks, "max_bad_rows": 1000})
    manifest = Manifest(node="build", kind="build", digest="bench", config=config.model_dump(mode="json"), seed=1)
    partial_folder = open_stage(out, manifest)
    if partial_folder is None:
        raise SystemExit(f"{out} is there already")
    build_stage.run(StageContext(node="build", config=config, seed=1, inputs=(), folder=partial_folder))
    return BuildFolder(close_stage(partial_folder, manifest))


def dataset_of(folder: BuildFolder, bundle: ModelBundle) -> RunDataset:
    sampler, store = folder.sampler(), folder.store("train")
    order = RunOrder(store.task_sizes, seed=1)
    feed = Feed(examples=store, make_samples=lambda example, epoch: [sampler.train_sample(example, epoch=epoch)])
    encoder = Encoder(bundle.processor, max_tokens=4096, load=load_image)
    return RunDataset(feeds=[feed], order=order, encoder=encoder, total=min(NUM_BATCHES * BATCH, order.num_examples))


def waste(pieces: Sequence[Sequence[Encoded]], collator: Callable[[Sequence[Encoded]], Any]) -> float:
    """The share of places that hold no token of a sample."""
    made = [collator(piece)["loss_samples"] for piece in pieces]
    return 1 - sum(int((one >= 0).sum()) for one in made) / sum(one.numel() for one in made)


def pieces_of(dataset: RunDataset, by: str) -> tuple[list[list[Encoded]], float]:
    """The run's pieces, and the seconds that finding their order took."""
    config = TrainConfig.model_validate({"group_by": by, "per_device_train_batch_size": BATCH})
    start = time.perf_counter()
    numbers: Any = grouping_of(config, dataset, seed=1) or range(dataset.total)
    order = [numbers[k] for k in range(dataset.total)]
    spent = time.perf_counter() - start
    return [dataset.__getitems__(order[k : k + BATCH]) for k in range(0, len(order), BATCH)], spent


def step(model: torch.nn.Module, piece: Any) -> tuple[float, float]:
    start = time.perf_counter()
    read = read_targets(model, piece)
    loss = (read.weights * read.nll).sum() / piece["loss_counts"].sum()
    loss.backward()
    model.zero_grad()
    return time.perf_counter() - start, loss.item()


def padding(name: str, folder: BuildFolder) -> dict[str, Any]:
    bundle = models.build("tiny", {"max_tokens": 4096}).make(texts=texts_of([folder]), seed=1)
    dataset = dataset_of(folder, bundle)
    make = partial(make_batch, pad_token_id=0, weigh=objectives.build("response_only", {}).weigh)
    packing = packing_of(bundle, dataset, tuned=tune(bundle.model, None, seed=1), make=make)
    pieces, order_s = {}, {}
    for by in ("none", "length", "modality", "modality_length"):
        pieces[by], order_s[by] = pieces_of(dataset, by)
    ways = {"unpacked": ("none", make), "length": ("length", make), "packed": ("none", packing)}
    seconds = {way: [] for way in ways}
    for number in range(min(NUM_TIMED, len(pieces["none"]))):
        losses = {}
        for way, (by, collator) in ways.items():
            spent, losses[way] = step(bundle.model, collator(pieces[by][number]))
            seconds[way].append(spent)
        if abs(losses["packed"] - losses["unpacked"]) > 1e-4:
            raise SystemExit(f"{name}: losses differ: {losses}")
    tokens = {by: [sum(map(len, piece)) for piece in pieces[by][:NUM_TIMED]] for by in ("none", "length")}
    result = {
        "samples": dataset.total,
        "waste": {by: round(waste(some, make), 4) for by, some in pieces.items()}
        | {"packed": round(waste(pieces["none"], packing), 4), "length_and_packed": round(waste(pieces["length"], packing), 4)},
        "tokens_per_s": {way: round(sum(tokens[ways[way][0]]) / sum(spent)) for way, spent in seconds.items()},
        "order_s_per_1000": round(order_s["length"] / dataset.total * 1000, 3),
    }  # fmt: skip
    print(name, json.dumps(result))
    return result


def heavy() -> LlavaForConditionalGeneration:
    """A tower of 12 layers on pictures of 224 pixels before a decoder of 4, 22 and 4 million parameters."""
    vision = CLIPVisionConfig(
        hidden_size=384, intermediate_size=1536, num_hidden_layers=12, num_attention_heads=6, image_size=224, patch_size=16
    )  # fmt: skip
    text = LlamaConfig(
        vocab_size=2000, hidden_size=256, intermediate_size=688, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=4
    )  # fmt: skip
    config = LlavaConfig(vision_config=vision, text_config=text, image_token_index=7, image_seq_length=196)
    torch.manual_seed(1)
    return LlavaForConditionalGeneration(config)


def features(name: str, model: Any, *, side: int, tokens: int, batch: int) -> dict[str, Any]:
    model.get_encoder(modality="image").requires_grad_(False)
    ids = torch.randint(10, 400, (batch, tokens + 40))
    ids[:, :tokens] = model.config.image_token_id
    piece = {"input_ids": ids, "pixel_values": torch.randn(batch, 3, side, side), "loss_counts": torch.ones(1)}
    piece["loss_weights"] = torch.zeros(ids.shape).index_fill(1, torch.arange(tokens + 30, tokens + 40), 1.0)
    piece |= {"loss_roles": torch.zeros_like(ids), "loss_samples": torch.zeros_like(ids)}
    first = {name: value[:1] for name, value in piece.items() if not name.startswith("loss_")}
    seconds: dict[str, list[float]] = {"tower": [], "kept": []}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(6):
            losses = {}
            spent, losses["tower"] = step(model, piece)
            kept = keep_features(model, folder=Path(folder), piece=first)
            if not turn:
                step(model, piece)
            more, losses["kept"] = step(model, piece)
            size = sum(path.stat().st_size for path in Path(folder).rglob("*.safetensors")) / batch
            kept.release()
            if losses["tower"] != losses["kept"]:
                raise SystemExit(f"{name}: losses differ: {losses}")
            if turn:
                seconds["tower"].append(spent)
                seconds["kept"].append(more)
    medians = {way: round(statistics.median(some), 4) for way, some in seconds.items()}
    result = {
        "step_s": medians,
        "gain": round(medians["tower"] / medians["kept"], 2),
        "kept_bytes_per_picture": round(size),
    }
    print(name, json.dumps(result))
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rad", help="trainset.json of VQA-RAD")
    parser.add_argument("--images", help="its pictures")
    parser.add_argument("--text", help="task files of Natural Instructions")
    given = parser.parse_args()
    rad = {"name": "vqa_rad", "use": "train", "path": given.rad, "images": given.images}
    text = {
        "name": "natural_instructions",
        "use": "train",
        "path": given.text,
        "max_instances": 15,
        "max_characters": 600,
    }
    sources = {"drawn": ([SHAPES], TASKS)}
    if given.rad:
        sources["vqa_rad"] = ([rad], ["open_domain_vqa", "visual_question_answering"])
    if given.text:
        sources["drawn_and_text"] = ([SHAPES, text], [*TASKS, "text.*/*"])
    with tempfile.TemporaryDirectory() as folder:
        found = {name: padding(name, build(Path(folder) / name, *one)) for name, one in sources.items()}
    tiny = models.build("tiny", {}).make(texts=["one two"], seed=1).model
    tiny.config.image_token_id = 7
    kept = {
        "tiny": features("tiny", tiny, side=48, tokens=9, batch=32),
        "heavier": features("heavier", heavy(), side=224, tokens=196, batch=4),
    }
    print(json.dumps({"padding": found, "features": kept, "threads": torch.get_num_threads()}))


if __name__ == "__main__":
    main()
