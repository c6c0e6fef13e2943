"""A training step here, in TRL's `SFTTrainer`, in transformers' `Trainer` and in a `Trainer` that asks for logits at targets only.

    python bench/train_step.py --trl /tmp/trl/bin/python
    python bench/train_step.py --models tiny --rounds 3

Every side is a process of its own with the same weights, rows, batches, optimizer and precision (float32, no activation checkpointing); in every round all
sides run one after the other, and a ratio is the median over rounds of the two times of one round. The losses of all steps must be those of
`Trainer`, otherwise there is no figure.

vocab150k  a text model of a Qwen's vocabulary; a fifth of the tokens are responses
tiny       the vision-language model of the package on drawn scenes

Memory is the process' peak less what it had after its imports. `l2t_over_vit` is the time of a step on instructions and responses over one on responses
alone, with logits at all places (what the published cost is about), and beside it with ours. The last line is one JSON object.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__)
BORN = time.time()
BATCH, WARM_UP, STEPS = {"tiny": 32, "vocab150k": 8}, 2, {"tiny": 40, "vocab150k": 5}
SIDES = ("sayso", "trainer", "masked", "trl")
OBJECTIVES = {"vit": "response_only", "l2t": "l2t"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trl", help="the Python of an environment with trl and the same torch and transformers")
    parser.add_argument("--models", nargs="+", default=["tiny", "vocab150k"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--side", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        run_side(options)
    else:
        compare(options)


# ---- all sides, in rounds ------------------------------------------------------------------------------------------------------------


def compare(options: argparse.Namespace) -> None:
    report: dict[str, Any] = {}
    padding = padding_waste()
    with tempfile.TemporaryDirectory() as folder:
        for name in options.models:
            place = Path(folder) / name
            about = prepare(name, folder=place)
            print(f"{name}: {about}, {options.threads} thread(s)", file=sys.stderr)
            report[name] = {"about": about, **measured(name, folder=place, options=options)}
    found = {**headline(report), "padding_waste": padding["grouped"], "padding": padding}
    print(json.dumps({**found, "threads": options.threads, "rounds": options.rounds, "models": report}))


def measured(name: str, *, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    sides = [side for side in SIDES if side != "trl" or options.trl]
    runs = [f"{side}:vit" for side in sides] + ["sayso:l2t", "trainer:l2t"]
    rounds = [
        {run: one_process(run, name=name, folder=folder, options=options) for run in runs}
        for _ in range(options.rounds)
    ]
    for run in runs:
        check_losses(run, rounds[0])
        step, peak = median(rounds, run, "step_s") * 1e3, median(rounds, run, "peak_mb")
        print(f"  {run:12s} {step:8.1f} ms a step, {peak:6.0f} MB", file=sys.stderr)
    sizes = {
        run: {key: median(rounds, run, key) for key in ("step_s", "tokens_per_s", "peak_mb", "first_step_s")}
        for run in runs
    }
    return {"sides": sizes, "ratios": {key: ratio(rounds, *pair) for key, pair in pairs(sides).items()}}


def pairs(sides: list[str]) -> dict[str, tuple[str, str, str]]:
    """Ratio -> (numerator, denominator, what is divided)."""
    found = {f"speed_over_{side}": (f"{side}:vit", "sayso:vit", "step_s") for side in sides[1:]}
    found["memory_over_trainer"] = ("sayso:vit", "trainer:vit", "peak_mb")
    found["memory_over_masked"] = ("sayso:vit", "masked:vit", "peak_mb")
    found["l2t_over_vit"] = ("trainer:l2t", "trainer:vit", "step_s")
    found["l2t_over_vit_at_targets"] = ("sayso:l2t", "sayso:vit", "step_s")
    return found


def headline(report: dict[str, Any]) -> dict[str, Any]:
    names = {
        "speed_over_trl": "speed_over_trl",
        "speed_over_trainer": "speed_over_trainer",
        "speed_over_masked_trainer": "speed_over_masked",
        "memory_over_trainer": "memory_over_trainer",
        "l2t_over_vit": "l2t_over_vit",
        "l2t_over_vit_at_targets": "l2t_over_vit_at_targets",
    }
    return {
        shown: {model: figures["ratios"].get(key) for model, figures in report.items()} for shown, key in names.items()
    }


def one_process(run: str, *, name: str, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    python = options.trl if run.startswith("trl") else sys.executable
    call = [
        python,
        str(HERE),
        "--side",
        run,
        "--models",
        name,
        "--folder",
        str(folder),
        "--threads",
        str(options.threads),
    ]
    environment = {**os.environ, "OMP_NUM_THREADS": str(options.threads), "TOKENIZERS_PARALLELISM": "false"}
    if run.startswith("trl"):
        environment.pop("PYTHONPATH", None)
    done = subprocess.run(call, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{run} failed:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def check_losses(run: str, first: dict[str, Any]) -> None:
    """Equal work is the precondition of every ratio."""
    ours, theirs = first[run]["losses"], first[f"trainer:{run.partition(':')[2]}"]["losses"]
    worst = max(abs(a - b) / abs(b) for a, b in zip(ours, theirs, strict=True))
    if worst > 2e-3:
        raise SystemExit(f"{run} computes other losses than the Trainer: {ours[:4]} and {theirs[:4]}")


def median(rounds: list[dict[str, Any]], run: str, key: str) -> float:
    return statistics.median(one[run][key] for one in rounds)


def ratio(rounds: list[dict[str, Any]], above: str, below: str, key: str) -> float:
    return round(statistics.median(one[above][key] / one[below][key] for one in rounds), 3)


# ---- models and rows -----------------------------------------------------------------------------------------------------------------


def prepare(name: str, *, folder: Path) -> dict[str, Any]:
    """Save weights and rows that need nothing of this package to be read; what they are like is returned."""
    import torch

    rows = {"tiny": tiny, "vocab150k": large_vocabulary}[name](folder, count=BATCH[name] * (WARM_UP + STEPS[name]))
    torch.save(rows, folder / "rows.pt")
    tokens = sum(len(row["input_ids"]) for row in rows)
    shares = {kind: sum(int((row[kind][1:] > 0).sum()) for row in rows) / tokens for kind in OBJECTIVES}
    longest = max(len(row["input_ids"]) for row in rows)
    about = {"batch": BATCH[name], "mean_tokens": round(tokens / len(rows), 1), "max_tokens": longest}
    return {**about, "supervised": {kind: round(share, 3) for kind, share in shares.items()}}


def large_vocabulary(folder: Path, *, count: int) -> list[dict[str, Any]]:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=151_936, hidden_size=256, intermediate_size=704, num_hidden_layers=4, num_attention_heads=4,
        num_key_value_heads=4, tie_word_embeddings=True, bos_token_id=1, eos_token_id=2, pad_token_id=0,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    lengths = torch.randint(64, 129, (count,)).tolist()
    return [made_up_row(torch.randint(3, config.vocab_size, (length,))) for length in lengths]


def made_up_row(ids: Any) -> dict[str, Any]:
    """Template, instruction and response in the shares of question answering."""
    from sayso.models.roles import ROLE_CODE

    parts = {"role_mark": 0.1, "instr_template": 0.3, "instr": 0.4, "response": 0.2}
    ends = [round(len(ids) * sum(list(parts.values())[: n + 1])) for n in range(len(parts))]
    roles = [
        ROLE_CODE[next(role for role, end in zip(parts, ends, strict=True) if place < end)] for place in range(len(ids))
    ]
    return plain_row(ids.tolist(), roles=roles)


def tiny(folder: Path, *, count: int) -> list[dict[str, Any]]:
    import torch

    from sayso.config import load_recipe
    from sayso.data.preview import draw_samples
    from sayso.models._protocol import models
    from sayso.models.encode import Encoder
    from sayso.recipes import find_recipe
    from sayso.sources import load_image

    recipe = load_recipe(find_recipe("quickstart"))
    build = next(node for node in recipe.of_kind("build") if node.name == "build").config
    train = next(node for node in recipe.of_kind("train") if node.name == "train").config
    samples = draw_samples(build, seed=7, count=count, train=train)
    texts = [
        part.text
        for sample in samples
        for message in sample.messages
        for part in message.parts
        if hasattr(part, "text")
    ]
    bundle = models.build("tiny", {}).make(texts=texts, seed=7)
    bundle.save(folder)
    encoded = Encoder(bundle.processor, max_tokens=512, load=load_image).encode_batch(samples)
    return [
        plain_row(row.input_ids, roles=row.roles.tolist())
        | {name: torch.from_numpy(array) for name, array in row.arrays.items()}
        for row in encoded
    ]


def plain_row(ids: list[int], *, roles: list[int]) -> dict[str, Any]:
    import numpy as np
    import torch

    from sayso.models.encode import Encoded
    from sayso.train.objectives import objectives

    row = Encoded(id="", input_ids=ids, roles=np.array(roles, dtype=np.uint8))
    kinds = {
        kind: torch.from_numpy(objectives.build(name, {}).weigh(row).weights > 0) for kind, name in OBJECTIVES.items()
    }
    return {"input_ids": torch.tensor(ids), "roles": torch.tensor(roles, dtype=torch.uint8), **kinds}


def padding_waste() -> dict[str, float]:
    """The share of places that hold no token, on the drawn scenes of `bench/batches.py`, as samples come, grouped by length, and packed."""
    from functools import partial

    import batches

    from sayso.models._protocol import models
    from sayso.train.batches.batch import make_batch
    from sayso.train.batches.settings import packing_of
    from sayso.train.objectives import objectives
    from sayso.train.parts import tune
    from sayso.train.samples.texts import texts_of

    with tempfile.TemporaryDirectory() as folder:
        built = batches.build(Path(folder) / "drawn", [batches.SHAPES], batches.TASKS)
        bundle = models.build("tiny", {}).make(texts=texts_of([built]), seed=1)
        dataset = batches.dataset_of(built, bundle)
        make = partial(make_batch, pad_token_id=0, weigh=objectives.build("response_only", {}).weigh)
        packed = packing_of(bundle, dataset, tuned=tune(bundle.model, None, seed=1), make=make)
        plain, grouped = (batches.pieces_of(dataset, by)[0] for by in ("none", "length"))
        ways = {"as_is": (plain, make), "grouped": (grouped, make), "packed": (plain, packed)}
        return {way: round(batches.waste(*how), 4) for way, how in ways.items()}


# ---- one side ------------------------------------------------------------------------------------------------------------------------


def run_side(options: argparse.Namespace) -> None:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText, logging

    logging.disable_progress_bar()
    torch.set_num_threads(options.threads)
    side, _, kind = options.side.partition(":")
    maker = {"sayso": ours, "trainer": plain, "masked": masked, "trl": trl}[side]()
    before = resident_mb()
    rows = torch.load(options.folder / "rows.pt")
    images = AutoConfig.from_pretrained(options.folder).model_type == "llava"
    loader = AutoModelForImageTextToText if images else AutoModelForCausalLM
    model = loader.from_pretrained(options.folder, dtype=torch.float32)
    clock = Clock()
    trainer = maker(model, rows=rows, kind=kind, name=options.models[0], clock=clock.callback())
    trainer.train()
    losses = [line["loss"] for line in trainer.state.log_history if "loss" in line]
    per_step = statistics.median(b - a for a, b in zip(clock.ends[WARM_UP - 1 :], clock.ends[WARM_UP:], strict=False))
    tokens = sum(len(row["input_ids"]) for row in rows) / len(rows) * BATCH[options.models[0]]
    print(json.dumps({
        "step_s": per_step, "tokens_per_s": tokens / per_step, "peak_mb": peak_mb() - before, "losses": losses,
        "first_step_s": clock.first - BORN,
    }))  # fmt: skip


class Clock:
    """When each step ended."""

    def __init__(self) -> None:
        self.ends: list[float] = []
        self.first = 0.0

    def callback(self) -> Any:
        from transformers import TrainerCallback

        clock = self

        class Watch(TrainerCallback):  # type: ignore[misc]
            def on_step_end(self, *_: Any, **__: Any) -> None:
                clock.ends.append(time.perf_counter())
                clock.first = clock.first or time.time()

        return Watch()


def arguments(name: str, *, kind: type, **more: Any) -> Any:
    return kind(
        output_dir=tempfile.mkdtemp(), per_device_train_batch_size=BATCH[name], max_steps=WARM_UP + STEPS[name], learning_rate=1e-4,
        logging_steps=1, save_strategy="no", report_to=[], disable_tqdm=True, use_cpu=True, bf16=False, seed=3, remove_unused_columns=False,
        dataloader_pin_memory=False, lr_scheduler_type="constant", gradient_checkpointing=False, **more,
    )  # fmt: skip


def padded(rows: list[dict[str, Any]], *, kind: str) -> dict[str, Any]:
    """What people's collators make: ids, mask, labels, pictures."""
    import torch
    from torch.nn.utils.rnn import pad_sequence

    ids = [row["input_ids"] for row in rows]
    labels = [row["input_ids"].masked_fill(~row[kind], -100) for row in rows]
    batch = {
        "input_ids": pad_sequence(ids, batch_first=True, padding_value=0),
        "attention_mask": pad_sequence([torch.ones_like(one) for one in ids], batch_first=True),
        "labels": pad_sequence(labels, batch_first=True, padding_value=-100),
    }
    if "pixel_values" in rows[0]:
        batch["pixel_values"] = torch.cat([row["pixel_values"] for row in rows])
    return batch


def masked_batch(rows: list[dict[str, Any]], *, kind: str) -> dict[str, Any]:
    """The same, with what asks for logits at the targets only."""
    import torch

    batch = padded(rows, kind=kind)
    shifted = torch.nn.functional.pad(batch["labels"], (0, 1), value=-100)[:, 1:]
    keep = shifted != -100
    return batch | {"logits_to_keep": keep, "shift_labels": shifted[keep]}


def plain() -> Callable[..., Any]:
    return in_trainer(padded)


def masked() -> Callable[..., Any]:
    return in_trainer(masked_batch)


def in_trainer(collate: Callable[..., Any]) -> Callable[..., Any]:
    from transformers import PrinterCallback, Trainer, TrainingArguments

    def make(model: Any, *, rows: list[Any], kind: str, name: str, clock: Any) -> Any:
        args = arguments(name, kind=TrainingArguments, train_sampling_strategy="sequential")
        trainer = Trainer(
            model=model,
            args=args,
            train_dataset=rows,
            data_collator=lambda some: collate(some, kind=kind),
            callbacks=[clock],
        )
        trainer.remove_callback(PrinterCallback)
        return trainer

    return make


def trl() -> Callable[..., Any]:
    import datasets
    from transformers import PrinterCallback
    from trl import SFTConfig, SFTTrainer

    def make(model: Any, *, rows: list[Any], kind: str, name: str, clock: Any) -> Any:
        from transformers import AutoProcessor

        args = arguments(
            name,
            kind=SFTConfig,
            train_sampling_strategy="sequential",
            dataset_kwargs={"skip_prepare_dataset": True},
            max_length=None,
        )
        table = datasets.Dataset.from_list([{"input_ids": [0], "row": number} for number in range(len(rows))])
        folder = model.config._name_or_path
        processing = AutoProcessor.from_pretrained(folder) if "pixel_values" in rows[0] else tokenizer_of_nothing()
        trainer = SFTTrainer(
            model=model, args=args, train_dataset=table, processing_class=processing, callbacks=[clock],
            data_collator=lambda some: padded([rows[one["row"]] for one in some], kind=kind),
        )  # fmt: skip
        trainer.remove_callback(PrinterCallback)
        return trainer

    return make


def tokenizer_of_nothing() -> Any:
    """SFTTrainer wants a tokenizer; the rows are ids already."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from transformers import PreTrainedTokenizerFast

    words = {"<pad>": 0, "<bos>": 1, "<eos>": 2}
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(WordLevel(words, unk_token="<pad>")),
        pad_token="<pad>",
        bos_token="<bos>",
        eos_token="<eos>",
    )


def ours() -> Callable[..., Any]:
    from functools import partial

    from transformers import PrinterCallback, TrainingArguments

    from sayso.artifacts import Progress
    from sayso.models.encode import Encoded
    from sayso.train.batches.batch import make_batch
    from sayso.train.engine.log import RunLog
    from sayso.train.engine.trainer import RoleTrainer
    from sayso.train.objectives import objectives
    from sayso.train.samples.order import RunSampler

    def make(model: Any, *, rows: list[Any], kind: str, name: str, clock: Any) -> Any:
        args = arguments(name, kind=TrainingArguments)
        encoded = [
            Encoded(id=str(n), example=str(n), input_ids=row["input_ids"].tolist(), roles=row["roles"].numpy(),
                    arrays={"pixel_values": row["pixel_values"].numpy()} if "pixel_values" in row else {})
            for n, row in enumerate(rows)
        ]  # fmt: skip
        weigh = objectives.build(OBJECTIVES[kind], {}).weigh
        log = RunLog(Path(args.output_dir) / "log.jsonl", progress=Progress(), steps_per_epoch=len(rows) / BATCH[name])
        trainer = RoleTrainer(
            sampler=RunSampler(len(rows)), terms=(), log=log, model=model, args=args, train_dataset=encoded,
            data_collator=partial(make_batch, pad_token_id=0, weigh=weigh),
        )  # fmt: skip
        trainer.add_callback(clock)
        trainer.remove_callback(PrinterCallback)
        return trainer

    return make


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
