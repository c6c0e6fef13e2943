"""IFD of a pool against the forward passes alone that it takes: what everything around them costs.

    python bench/ifd.py
    python bench/ifd.py --pools text --rows 512 --rounds 7

text     a Llama of 4 layers, 384 wide, over a vocabulary of about 4,000; samples of about 100 tokens that have nothing in common
scenes   the shipped `tiny_base` on drawn scenes, one task (no two samples show one picture)
shared   the same with six tasks on every picture, which `ifd` reads once

scorer   the scorer `ifd` from samples to columns: rendering, tokens, roles, pictures, the two contexts, both forward passes, reasons
forward  the same rows under both contexts, encoded and collated before, in the same batches, through the model with logits at the response alone; the log of the softmax is not taken
whole    the same with logits at every token, as a script pays that hands over labels
script   batches of one with labels, as the published scripts read (text alone, and a quarter of the rows)

A round runs all sides one after the other; a ratio is the median over rounds of the scorer's time over the other side's in one round. Times are of the processor, so that other work on the machine hardly matters. Losses of all sides must agree, otherwise there is no figure. Pictures are read once, before the rounds,
on both sides: what drawing scenes and the processor cost is `pictures`, beside. The last line is one JSON object.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from sayso.data.scorers import Scoring, scorers
from sayso.models._protocol import ModelBundle
from sayso.models.auto import load_model
from sayso.models.collate import collate, pad
from sayso.models.contexts import ContextReader
from sayso.models.generate import by_length
from sayso.models.tiny_base import weights_folder
from sayso.models.vocabulary import train_tokenizer
from sayso.records import Message, Sample, Span, TextPart
from sayso.seeds import Stream
from sayso.sources import load_image

TASKS = {
    "scenes": ("image_captioning",),
    "shared": (
        "counting",
        "color_recognition",
        "object_recognition",
        "image_captioning",
        "dense_description",
        "object_detection",
    ),
}
BATCH = 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pools", nargs="+", default=["text", "scenes", "shared"])
    parser.add_argument("--rows", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    report: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in options.pools:
            samples, model = POOLS[name](Path(folder) / name, options.rows)
            report[name] = measured(samples, model, folder=Path(folder), rounds=options.rounds)
            print(f"{name}: {json.dumps(report[name])}", file=sys.stderr)
    heads = {f"{name}_over_forward": found["over_forward"] for name, found in report.items()}
    print(
        json.dumps(
            {**heads, "rows": options.rows, "rounds": options.rounds, "threads": options.threads, "pools": report}
        )
    )


# ---- the sides -----------------------------------------------------------------------------------------------------------------------


def measured(samples: Sequence[Sample], model: Path, *, folder: Path, rounds: int) -> dict[str, Any]:
    bundle = load_model(model)
    made = scorers.build("ifd", {"model": {"name": "auto", "path": str(model)}, "batch_size": BATCH})
    given = Scoring(seed=0, store=folder / "replies.sqlite", columns=folder / "columns")
    batches = encoded(bundle, samples)
    sides: dict[str, Callable[[], Any]] = {
        "scorer": lambda: made.score(samples, scoring=given),
        "forward": lambda: forward(bundle, batches, whole=False),
        "whole": lambda: forward(bundle, batches, whole=True),
    }
    if not any(sample.media for sample in samples):
        sides["script"] = lambda: script(bundle, batches)
    else:
        sides["pictures"] = lambda: pictures(bundle, samples)
    losses = {name: run() for name, run in sides.items()}  # nothing is timed that is not warm
    check(losses, samples)
    turns = [{name: timed(run) for name, run in sides.items()} for _ in range(rounds)]
    ratios = {f"over_{name}": median(turns, "scorer", name) for name in sides if name not in ("scorer", "pictures")}
    if "script" in sides:
        ratios["over_script"] /= 4
    tokens = sum(int(batch["attention_mask"].sum()) for batch, _ in batches)
    return {
        **ratios,
        "cpu_seconds": {name: statistics.median(turn[name] for turn in turns) for name in turns[0]},
        "tokens_of_both_passes": tokens,
        "parameters": bundle.num_parameters,
    }


def encoded(bundle: ModelBundle, samples: Sequence[Sample]) -> list[tuple[dict[str, torch.Tensor], torch.Tensor]]:
    """Batches with the mask of the places whose logits predict the response, all rows under `full` and then under `bare`."""
    reader = ContextReader(bundle, load=load_image, batch_size=BATCH)
    batches = []
    for rows in reader.encode(samples, ["full", "bare"]).values():
        for places in by_length([len(row.encoded) for row in rows], batch_size=BATCH):
            batch = collate([rows[place].encoded for place in places], pad_token_id=bundle.tokenizer.pad_token_id)
            mask = pad([rows[place].mask.astype(np.int64) for place in places], fill=0).bool()
            batches.append((batch, torch.roll(mask, -1, dims=1)))
    return batches


@torch.inference_mode()
def forward(
    bundle: ModelBundle, batches: Sequence[tuple[dict[str, torch.Tensor], torch.Tensor]], *, whole: bool
) -> float:
    """The sum of the logits that are looked at, so that none is not computed."""
    model = bundle.model.eval()
    total = 0.0
    for batch, mask in batches:
        logits = (
            model(**batch, use_cache=False).logits[mask]
            if whole
            else model(**batch, use_cache=False, logits_to_keep=mask).logits
        )
        total += float(logits.sum())
    return total


@torch.inference_mode()
def script(bundle: ModelBundle, batches: Sequence[tuple[dict[str, torch.Tensor], torch.Tensor]]) -> float:
    """A quarter of the rows, one at a time, with labels."""
    model = bundle.model.eval()
    total = 0.0
    for batch, mask in batches:
        for row in range(0, len(mask), 4):
            length = int(batch["attention_mask"][row].sum())
            ids = batch["input_ids"][row : row + 1, :length]
            labels = torch.where(torch.roll(mask[row : row + 1], 1, dims=1)[:, :length], ids, -100)
            total += float(model(input_ids=ids, labels=labels).loss)
    return total


def pictures(bundle: ModelBundle, samples: Sequence[Sample]) -> None:
    """Each different picture drawn and brought into the processor's shape, once."""
    for medium in {sample.media[0].key: sample.media[0] for sample in samples}.values():
        bundle.processor.image_processor(images=[load_image(medium)], return_tensors="np")


def check(losses: dict[str, Any], samples: Sequence[Sample]) -> None:
    columns = losses["scorer"]
    if columns["ifd_loss"].why:
        raise SystemExit(f"not every row was read: {columns['ifd_loss'].why}")
    if abs(losses["forward"] - losses["whole"]) > 1e-3 * abs(losses["whole"]) + 1:
        raise SystemExit(f"logits differ: {losses['forward']} and {losses['whole']}")
    if "script" in losses:
        mean = float(columns["ifd_loss_full"].values.mean() + columns["ifd_loss_bare"].values.mean()) / 2
        if abs(losses["script"] / (len(samples) / 2) - mean) > 0.1 * mean:
            raise SystemExit(f"losses differ: {losses['script'] / (len(samples) / 2)} and {mean}")


def timed(run: Callable[[], Any]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def median(turns: Sequence[dict[str, float]], above: str, below: str) -> float:
    return round(statistics.median(turn[above] / turn[below] for turn in turns), 3)


# ---- the pools -----------------------------------------------------------------------------------------------------------------------


def texts(folder: Path, rows: int) -> tuple[list[Sample], Path]:
    chance = Stream(1, "bench ifd")
    words = [
        "".join(chance.choice("bcdfgklmnprstv") + chance.choice("aeiou") for _ in range(1 + chance.below(3)))
        for _ in range(3000)
    ]
    say = [" ".join(chance.choice(words) for _ in range(20 + chance.below(40))) for _ in range(2 * rows)]
    tokenizer = train_tokenizer(say, vocab_size=4000)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=384, intermediate_size=1024, num_hidden_layers=4, num_attention_heads=6, num_key_value_heads=6, max_position_embeddings=1024,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    torch.manual_seed(0)
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return [sample(str(row), say[2 * row], say[2 * row + 1]) for row in range(rows)], folder


def sample(name: str, asked: str, said: str) -> Sample:
    turns = (("user", asked, "instr"), ("assistant", said, "response"))
    messages = tuple(
        Message(role=role, parts=(TextPart(text=text, spans=(Span(start=0, end=len(text), role=kind),)),))
        for role, text, kind in turns
    )
    return Sample(id=name, example=name, task="text", template="w", messages=messages)


def scenes(name: str) -> Callable[[Path, int], tuple[list[Sample], Path]]:
    def make(folder: Path, rows: int) -> tuple[list[Sample], Path]:
        from batches import build

        built = build(folder, [{"name": "shapes", "count": rows}], TASKS[name])
        sampler = built.sampler()
        found = [sampler.train_sample(example, epoch=0) for example in built.store("train").iter()]
        return found[: rows if name == "scenes" else None], weights_folder()

    return make


POOLS: dict[str, Callable[[Path, int], tuple[list[Sample], Path]]] = {
    "text": texts,
    "scenes": scenes("scenes"),
    "shared": scenes("shared"),
}

if __name__ == "__main__":
    main()
