"""A model that sees and has learned by heart what an endpoint answered, in a folder as any other model: it can stand behind a server in that endpoint's place.

Talks are the bodies of requests as they went over the wire, each with the reply. The model is the `tiny` one from a config, so that it is quick to learn and quick to ask.
"""

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from sayso.models._protocol import ModelBundle, models

__all__ = ["teach_replies"]

Talk = tuple[Mapping[str, Any], str]
SIZES = {"hidden_size": 64, "vision_hidden_size": 32, "num_layers": (1, 2), "num_heads": 4, "vocab_size": 2048}
IGNORE, BATCH, WARMUP, MOST_ROUNDS, SURE = -100, 8, 30, 100, 0.7


def teach_replies(folder: Path, talks: Sequence[Talk]) -> Path:
    """Learns until every token of every reply has p > 0.7."""
    told = [_messages(body) for body, _ in talks]
    texts = [part["text"] for turns in told for turn in turns for part in turn["content"] if "text" in part]
    bundle = models.build("tiny", SIZES).make(texts=[*texts, *(reply for _, reply in talks)] * 3, seed=1)
    rows = [_row(bundle, turns, reply) for turns, (_, reply) in zip(told, talks, strict=True)]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        _learn(bundle.model, _batches(rows, pad=bundle.tokenizer.pad_token_id))
    bundle.model.save_pretrained(folder)
    bundle.processor.save_pretrained(folder)
    return folder


def _messages(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """With pictures opened and every content a list of parts."""
    return [{"role": turn["role"], "content": [_part(part) for part in _parts(turn)]} for turn in body["messages"]]


def _parts(turn: Mapping[str, Any]) -> list[dict[str, Any]]:
    content = turn["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    if part["type"] == "text":
        return dict(part)
    raw = base64.b64decode(part["image_url"]["url"].partition(",")[2])
    return {"type": "image", "image": Image.open(io.BytesIO(raw)).convert("RGB")}


def _row(bundle: ModelBundle, turns: Sequence[Mapping[str, Any]], reply: str) -> dict[str, torch.Tensor]:
    processor, tokenizer = bundle.processor, bundle.tokenizer
    prompt = processor.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    images = [part["image"] for turn in turns for part in turn["content"] if "image" in part]
    row = dict(processor(text=[prompt], images=images or None, return_tensors="pt", add_special_tokens=False))
    said = tokenizer(f" {reply}{tokenizer.eos_token}", add_special_tokens=False, return_tensors="pt")["input_ids"]
    row["labels"] = torch.cat([torch.full_like(row["input_ids"], IGNORE), said], dim=1)[0]
    row["input_ids"] = torch.cat([row["input_ids"], said], dim=1)[0]
    return {name: row[name] for name in ("input_ids", "labels", "pixel_values") if name in row}


def _batches(rows: Sequence[dict[str, torch.Tensor]], *, pad: int) -> list[dict[str, torch.Tensor]]:
    """Rows of like length, those with pictures apart."""
    found = []
    for seen in (False, True):
        some = sorted((row for row in rows if ("pixel_values" in row) is seen), key=lambda row: len(row["input_ids"]))
        for start in range(0, len(some), BATCH):
            few = some[start : start + BATCH]
            batch = {
                name: _padded([row[name] for row in few], fill)
                for name, fill in (("input_ids", pad), ("labels", IGNORE))
            }
            batch["attention_mask"] = _padded([torch.ones_like(row["input_ids"]) for row in few], 0)
            found.append(batch | ({"pixel_values": torch.cat([row["pixel_values"] for row in few])} if seen else {}))
    return found


def _padded(rows: Sequence[torch.Tensor], fill: int) -> torch.Tensor:
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=fill)


def _learn(model: torch.nn.Module, batches: Sequence[dict[str, torch.Tensor]]) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.0, betas=(0.9, 0.99))
    last = MOST_ROUNDS * len(batches)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, step / WARMUP) * (1 - step / last))
    for _ in range(MOST_ROUNDS):
        surest = 1.0
        for number in torch.randperm(len(batches)).tolist():
            out = model(**batches[number])
            out.loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            surest = min(surest, _least_sure(out.logits.detach(), batches[number]["labels"]))
        if surest > SURE:
            return
    raise AssertionError(f"not learned by heart after {MOST_ROUNDS} rounds: a token has p = {surest:.2f}")


def _least_sure(logits: torch.Tensor, labels: torch.Tensor) -> float:
    """The smallest probability of a token that is learned."""
    wanted = labels[:, 1:]
    learned = wanted != IGNORE
    probabilities = logits[:, :-1][learned].softmax(-1)
    return probabilities.gather(-1, wanted[learned][:, None]).min().item()
