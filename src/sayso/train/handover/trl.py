"""TRL: `data/`, `sft.json` with the arguments of SFTConfig, and `train.py`, which needs trl, transformers and datasets alone.

Three ways, the first that is exact for the objective: prompt and completion, as texts and pictures, with the loss on the completion; for models
of text alone, rows of ids and labels, which say any mask; the whole conversation with the loss on all of it. Checked with trl 1.16.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sayso.artifacts import write_json, write_jsonl, write_text
from sayso.data.formats import formats
from sayso.train.handover._protocol import Handed, Outcome, Tool, tools
from sayso.train.handover._settings import common_settings, lost_settings, refuse_targets
from sayso.train.handover._targets import Targets
from sayso.train.objectives import labels_of

__all__ = ["Trl", "trl"]

SCRIPT = '''"""Trains with TRL what sayso handed over: python train.py [key=value ...], each a setting of SFTConfig with a JSON value."""

import json
import os
import sys
from pathlib import Path

from datasets import Image, List, load_dataset
from trl import SFTConfig, SFTTrainer

here = Path(__file__).resolve().parent
given = json.loads((here / "sft.json").read_text())
settings = given["settings"] | {key: json.loads(value) for key, value in (one.split("=", 1) for one in sys.argv[1:])}
settings["output_dir"] = str(here / settings["output_dir"])
model = str(here / given["model"]) if (here / given["model"]).exists() else given["model"]
os.chdir(here / "data")  # pictures are named from there
rows = load_dataset("json", data_files=given["data"], split="train").select_columns(given["columns"])
if "images" in rows.column_names:
    rows = rows.cast_column("images", List(Image()))
SFTTrainer(model=model, args=SFTConfig(**settings), train_dataset=rows).train()
'''
DIVISION = "the loss is a mean over the targets of the accumulated batch of all processes, as in sayso"
CHECKED = "what is trained on was compared token by token on {n:,} samples"
NEAREST = "the objective trains on {told}; here the loss is on {here} (written with --inexact)"
COMPLETION, WHOLE = "all after the prompt", "every token, those of pictures included"


@tools.register("trl")
def trl() -> Tool:
    """TRL's SFTTrainer."""
    return Trl()


class Trl:
    """Writes `train.py`, `sft.json` and `data/`."""

    def write(self, handed: Handed, *, out: Path) -> Outcome:
        """Write them.

        Raises:
            ConfigError: TRL cannot train on the same tokens.
            DataError: a sample cannot be encoded or written.
        """
        lost, targets = lost_settings(handed, tool="TRL"), handed.targets
        if targets.fits("completion"):
            return _finish(
                handed, out, way="prompt_completion", lost=lost, equal=(CHECKED.format(n=targets.num_looked),)
            )
        if targets.binary and not handed.images:
            return _finish(
                handed, out, way="tokens", lost=lost, equal=("ids and labels are those of sayso, token by token",)
            )
        if targets.nearly("completion"):
            return _finish(handed, out, way="prompt_completion", lost=(*lost, _around(targets)), equal=())
        if targets.fits("all_tokens"):
            return _finish(handed, out, way="messages", lost=lost, equal=(CHECKED.format(n=targets.num_looked),))
        can = f"{COMPLETION}, or {WHOLE}, in a model that sees" if handed.images else "tokens of one weight"
        refuse_targets(handed, tool="TRL", can=can)
        here, way = (COMPLETION, "prompt_completion") if targets.responses_alone else (WHOLE, "messages")
        return _finish(handed, out, way=way, lost=(*lost, NEAREST.format(told=targets.told, here=here)), equal=())


def _around(targets: Targets) -> str:
    (count,) = targets.differences["completion"].values()
    return (
        f"TRL also trains on {count:,} of {targets.num_tokens:,} tokens that the chat template writes around responses (white space), and sayso "
        f"does not; counted on {targets.num_looked:,} samples"
    )


def _finish(handed: Handed, out: Path, *, way: str, lost: tuple[str, ...], equal: tuple[str, ...]) -> Outcome:
    written, left_out, columns = _write_data(handed, out / "data", way=way)
    settings = common_settings(handed) | {
        "max_length": None,
        "packing": False,
        "train_sampling_strategy": "sequential",
        "model_init_kwargs": {"dtype": "auto"},
        "completion_only_loss": True if way == "prompt_completion" else None,
    }
    write_json(
        out / "sft.json", {"model": handed.model, "data": f"{way}.jsonl", "columns": columns, "settings": settings}
    )
    write_text(out / "train.py", SCRIPT)
    return Outcome(
        command="python train.py",
        num_samples=written,
        left_out=left_out,
        equal=("settings, seed, weights and chat template (in the model's folder)", *equal, DIVISION),
        lost=(
            *lost,
            f"max_length is none: TRL would cut what is longer; sayso refuses samples over max_tokens ({handed.config.max_tokens})",
            "dropout and the like draw other chances",
        ),
    )


def _write_data(handed: Handed, folder: Path, *, way: str) -> tuple[int, dict[str, int], list[str]]:
    if way == "tokens":
        return write_jsonl(folder / f"{way}.jsonl", _token_rows(handed)), {}, ["input_ids", "labels"]
    outcome = formats.build(f"trl_{way}", {}).write(handed.samples(), out=folder)
    columns = ["prompt", "completion"] if way == "prompt_completion" else ["messages"]
    images = ["images"] if (folder / "images").exists() else []
    return outcome.num_samples, outcome.left_out, columns + images


def _token_rows(handed: Handed) -> Iterator[dict[str, Any]]:
    for place in range(handed.dataset.total):
        for row in handed.dataset.encoder.encode_batch([handed.dataset.sample(place)]):
            targets = handed.weigh(row).weights > 0  # all of one weight, or the export would have been refused
            yield {
                "id": row.id,
                "input_ids": row.input_ids,
                "labels": labels_of(row.input_ids, weights=targets).tolist(),
            }
