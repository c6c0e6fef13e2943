"""The whole of pre-flight: look, check, measure, tell, and write `preflight.json` and `preflight.html` into the stage's folder.

It takes a few seconds, changes no bit of what is trained afterwards, and is left out when a run goes on from a checkpoint.
"""

import math
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch.nn import Parameter

from sayso.artifacts import StageContext, write_json, write_text
from sayso.errors import BackendError
from sayso.models._protocol import ModelBundle
from sayso.train.engine.trainer import RoleTrainer
from sayso.train.objectives import Objective
from sayso.train.preflight.checking import refuse_bad, warnings_of
from sayso.train.preflight.looking import Facts, by_task, choose_places, look, total
from sayso.train.preflight.measuring import Measured, measure
from sayso.train.preflight.memory import MemoryNeed, available_bytes, optimizer_bytes, refuse_short
from sayso.train.preflight.tokens import TokenView, page, view
from sayso.train.samples.dataset import RunDataset
from sayso.train.weighing import ByTask, objective_for

__all__ = ["duration", "preflight"]

NUM_LOOKED = 256
"""Samples that are looked at, at most."""
LOOK_S = 20.0
"""Seconds after which no further sample is looked at."""
NUM_SHOWN = 4
"""Samples that are shown, of as many tasks."""
ABSURD = 2.0
"""Times ln(V), the loss of a model that knows nothing, from which a first loss is worth a warning."""


def preflight(trainer: RoleTrainer, *, context: StageContext, bundle: ModelBundle, dataset: RunDataset) -> None:
    """Look before the first step.

    Raises:
        DataError: samples cannot be trained on (too long, no response, no target).
        ConfigError: the model cannot read them, its loss is no finite number, nothing learns, or memory is short.
        BackendError: the disk cannot hold the checkpoints.
    """
    config = context.config
    objective = objective_for(context)
    batch = config.per_device_train_batch_size
    places, started = choose_places(dataset.total, count=NUM_LOOKED), time.perf_counter()
    facts = look(dataset, places=places, weigh=objective.weigh, limit_s=LOOK_S)
    sample_s = (time.perf_counter() - started) / len(facts)
    refuse_bad(facts, dataset=dataset, bundle=bundle, batch=batch * config.gradient_accumulation_steps)
    _refuse_full_disk(trainer, folder=context.folder)
    largest = sorted(facts, key=lambda one: -one.num_tokens)[:batch]
    told = _facts_told(facts, dataset=dataset) | _tokens_told(bundle)
    warnings = list(warnings_of(facts, weights=objective.weights, bundle=bundle))
    if not (trainer.is_fsdp_enabled or trainer.is_deepspeed_enabled):  # a whole model may not fit where its shards do
        measured = _measure(trainer, dataset=dataset, largest=largest, batch=batch)
        need = _need(trainer, measured=measured, largest=largest)
        refuse_short(need)
        vocabulary = bundle.model.get_input_embeddings().num_embeddings
        told |= {"loss": measured.loss, "ln_vocabulary": math.log(vocabulary), "memory": asdict(need)}
        told |= _time_told(trainer, measured=measured, sample_s=sample_s)
        if measured.loss > ABSURD * math.log(vocabulary):
            warnings.append(_absurd(measured.loss, vocabulary=vocabulary))
    if trainer.is_world_process_zero():
        views = _views(facts, dataset=dataset, objective=objective, bundle=bundle)
        _tell(told | {"warnings": warnings}, views=views, context=context)


def _measure(trainer: RoleTrainer, *, dataset: RunDataset, largest: Sequence[Facts], batch: int) -> Measured:
    collate = trainer.data_collator
    return measure(
        trainer,
        first=collate(dataset.__getitems__(list(range(min(batch, dataset.total))))),
        largest=collate(dataset.__getitems__(_whole([one.place for one in largest], dataset=dataset))),
        names=[one.id for one in largest],
    )


def _whole(places: list[int], *, dataset: RunDataset) -> list[int]:
    """As many places, with all wordings of an example that stand side by side, since losses may compare them."""
    each = dataset.num_wordings
    groups = dict.fromkeys(place // each for place in places)
    return [group * each + wording for group in groups for wording in range(each)][: len(places)]


def _need(trainer: RoleTrainer, *, measured: Measured, largest: Sequence[Facts]) -> MemoryNeed:
    device = trainer.args.device
    trained = [one for one in trainer.model.parameters() if one.requires_grad]
    return MemoryNeed(
        device=str(device),
        num_samples=len(largest),
        num_tokens=largest[0].num_tokens,
        step_bytes=measured.step_bytes,
        optimizer_bytes=optimizer_bytes(trained, name=str(getattr(trainer.args.optim, "value", trainer.args.optim))),
        available_bytes=available_bytes(device),
    )


def _refuse_full_disk(trainer: RoleTrainer, *, folder: Path) -> None:
    """So many checkpoints with their optimizer stay as the recipe keeps, one more is there while it is written, and then the model.

    A checkpoint by parts holds what trains and nothing of the rest.
    """
    every = list(trainer.model.parameters())
    trained = [one for one in every if one.requires_grad]
    kept = trainer.args.save_total_limit + 1
    held = _bytes(every if trainer.tuned is None else trained) + optimizer_bytes(trained, name="adamw")
    wanted = _bytes(every) + kept * held
    if (free := shutil.disk_usage(folder).free) < wanted:
        raise BackendError(
            f"the checkpoints of this run take {wanted / 2**30:.1f} GiB, but {folder} has {free / 2**30:.1f} GiB left; free some, or "
            "choose another --out"
        )


def _bytes(parameters: Sequence[Parameter]) -> int:
    return sum(one.numel() * one.element_size() for one in parameters)


def _facts_told(facts: Sequence[Facts], *, dataset: RunDataset) -> dict[str, Any]:
    tokens, targets = total([one.tokens for one in facts]), total([one.targets for one in facts])
    longest = max(facts, key=lambda one: one.num_tokens)
    shares = [sum(one.targets.values()) / one.num_tokens for one in facts]
    return {
        "num_looked": len(facts),
        "num_samples": dataset.total,
        "max_tokens": dataset.encoder.max_tokens,
        "longest": {"id": longest.id, "num_tokens": longest.num_tokens},
        "tokens": tokens,
        "tasks": by_task(facts),
        "targets": targets,
        "supervised_fraction": round(sum(targets.values()) / sum(tokens.values()), 4),
        "least_supervised_fraction": round(min(shares), 4),
    }


def _tokens_told(bundle: ModelBundle) -> dict[str, Any]:
    """Where padding and the end are one token nothing is lost: what is padding is known by its place, never by its id."""
    pad, eos = bundle.tokenizer.pad_token, bundle.tokenizer.eos_token
    return {"pad_token": pad, "eos_token": eos, "pad_is_eos": pad == eos}


def _time_told(trainer: RoleTrainer, *, measured: Measured, sample_s: float) -> dict[str, Any]:
    """Seconds of the whole run: passes forward and back, and reading the samples where no worker does it meanwhile."""
    args = trainer.args
    pieces = args.gradient_accumulation_steps
    reading = sample_s * args.per_device_train_batch_size
    piece = max(measured.step_s, reading) if args.dataloader_num_workers else measured.step_s + reading
    return {
        "num_steps": args.max_steps,
        "step_s": round(pieces * piece, 6),
        "sample_s": round(sample_s, 6),
        "estimated_s": round(args.max_steps * pieces * piece, 1),
    }


def _absurd(loss: float, *, vocabulary: int) -> str:
    return (
        f"the first loss is {loss:.2f}, over {ABSURD:g} times that of guessing among {vocabulary:,} tokens ({math.log(vocabulary):.2f}); "
        "check that weights, tokenizer and chat template belong together"
    )


def _views(
    facts: Sequence[Facts], *, dataset: RunDataset, objective: Objective | ByTask, bundle: ModelBundle
) -> list[TokenView]:
    """The first sample of each of a few tasks."""
    first = {one.task: one.place for one in reversed(facts)}
    places = sorted(first.values())[:NUM_SHOWN]
    rows = dataset.__getitems__(places)
    return [view(row, weigh=objective.weigh, tokenizer=bundle.tokenizer) for row in rows]


def _tell(told: dict[str, Any], *, views: list[TokenView], context: StageContext) -> None:
    notes = list(_lines(told))
    write_json(context.folder / "preflight.json", told | {"shown": [one.as_json() for one in views]})
    write_text(context.folder / "preflight.html", page(f"Pre-flight of {context.node}", notes=notes, views=views))
    for one in views:
        context.progress.show(one.as_markup())
    for note in notes:
        context.progress.note(note)


def _lines(told: dict[str, Any]) -> list[str]:
    by_role = ", ".join(f"{role} {count:,} of {told['tokens'][role]:,}" for role, count in told["targets"].items())
    lines = [
        f"looked at {told['num_looked']:,} of {told['num_samples']:,} samples: {told['supervised_fraction']:.1%} of tokens are targets "
        f"({by_role}); longest {told['longest']['num_tokens']} of at most {told['max_tokens']} tokens"
    ]
    if "estimated_s" in told:
        memory = told["memory"]
        more = memory["step_bytes"] + memory["optimizer_bytes"]
        lines.append(
            f"about {duration(told['estimated_s'])} for {told['num_steps']:,} steps; {more / 2**20:,.0f} MiB beside the weights for the largest; "
            f"first loss {told['loss']:.2f} (guessing: {told['ln_vocabulary']:.2f})"
        )
    if told["pad_is_eos"]:
        lines.append(
            f"padding and the end are one token, {told['eos_token']!r}: what is padding is known by its place, so ends are trained"
        )
    return [*lines, *(f"warning: {warning}" for warning in told["warnings"])]


def duration(seconds: float) -> str:
    """Seconds in the largest unit that says enough: `40 s`, `3 min`, `5.2 h`, `2.5 days`."""
    for limit, unit, divisor, digits in ((90, "s", 1, 0), (5400, "min", 60, 0), (172800, "h", 3600, 1)):
        if seconds < limit:
            return f"{seconds / divisor:.{digits}f} {unit}"
    return f"{seconds / 86400:.1f} days"
