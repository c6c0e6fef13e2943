"""The stage `train`: examples and weights in, a tuned model out, the same bits whether or not it was killed on the way.

Which examples and which weights a run begins with is in `opening` and `weights`. Checkpoints hold everything that a step depends on besides the
order, which is computed. Writes what docs/architecture.md lists.

Under a launcher every process runs this for its share of each batch. The first writes; the others only read.
"""

from functools import partial
from pathlib import Path
from typing import Any

from transformers import PrinterCallback, ProgressCallback

from sayso.artifacts import StageContext
from sayso.config import TrainConfig
from sayso.models._protocol import ModelBundle
from sayso.train.batches.batch import make_batch
from sayso.train.batches.filling import Filled
from sayso.train.batches.packing import Make
from sayso.train.batches.settings import check_batches, features_of, grouped, packing_of
from sayso.train.engine.arguments import samples_per_step, training_arguments
from sayso.train.engine.log import RunLog
from sayso.train.engine.trackers import check_trackers, tensorboard
from sayso.train.engine.trainer import RoleTrainer, last_checkpoint
from sayso.train.loops import LoopCallback
from sayso.train.opening import loop_of, open_run, terms_of
from sayso.train.parts import Tuned, tune
from sayso.train.preflight import preflight
from sayso.train.rounds import MeasuredOrder
from sayso.train.rounds.callback import RoundsCallback
from sayso.train.rounds.measuring import held_back_losses
from sayso.train.samples.dataset import RunDataset
from sayso.train.samples.order import RunSampler
from sayso.train.weighing import objective_for
from sayso.train.weights import write_weights

__all__ = ["run"]


def run(context: StageContext) -> dict[str, Any]:
    """Train and write the stage's folder; returns the counts of its manifest.

    Raises:
        ConfigError: there is no build among the inputs, or the model cannot be loaded.
        DataError: there is nothing to train on, or a sample cannot be used.
    """
    terms, _ = terms_of(context.config)  # which refuses losses that do not go together before anything is read
    check_batches(context.config, terms=terms, loop=loop_of(context))
    check_trackers(context.config.report_to, project=context.folder.absolute().parent.name)
    bundle, dataset = open_run(context)
    tuned = tune(bundle.model, context.config.parts, seed=context.seed)
    if tuned.by_parts:
        context.progress.note(tuned.table())
    counts = tuned.counts
    checkpoint = last_checkpoint(context.folder / "checkpoints", num_processes=context.num_processes)
    trainer = _trainer(context, bundle=bundle, tuned=tuned, dataset=dataset, checkpoint=checkpoint)
    if checkpoint is not None:
        context.progress.note(f"goes on from {checkpoint.name}")
    elif context.config.preflight:
        preflight(trainer, context=context, bundle=bundle, dataset=dataset)
    with features_of(context, bundle, dataset):
        trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
    state = trainer.whole_state()
    if context.writes:
        write_weights(context, bundle=bundle, tuned=tuned, state=state)
        if dataset.truncation:
            dataset.truncation.truncated.settle()
    samples, replayed = dataset.counts()
    return {
        "steps": trainer.state.global_step,
        "num_samples": dataset.total,
        "num_replayed": replayed.total(),
        "samples": dict(samples),
        "replayed": dict(replayed),
        "truncated": dataset.truncation.truncated.counts() if dataset.truncation else {},
        "num_supervised_tokens": trainer.run_log.num_targets,
        "num_parameters": bundle.num_parameters,
        "num_trainable_parameters": sum(part["trainable"] for part in counts.values()),
        "parts": counts,
        "final_loss": trainer.run_log.final_loss,
    }


def _trainer(
    context: StageContext, *, bundle: ModelBundle, tuned: Tuned, dataset: RunDataset, checkpoint: Path | None
) -> RoleTrainer:
    config: TrainConfig = context.config
    batch = samples_per_step(config, num_processes=context.num_processes)
    several = context.num_processes > 1
    done = 0 if checkpoint is None else int(checkpoint.name.rpartition("-")[2])
    make = partial(make_batch, pad_token_id=bundle.tokenizer.pad_token_id or 0, weigh=objective_for(context).weigh)
    log = RunLog(
        context.folder / "log.jsonl",
        progress=context.progress,
        steps_per_epoch=dataset.order.places_of(dataset.order.num_examples) * dataset.num_wordings / batch,
    )
    placed = grouped(config, dataset, seed=context.seed, num_processes=context.num_processes)
    order = dataset.order
    measured = order if isinstance(order, MeasuredOrder) and order.steps else None
    sampler = RunSampler(
        dataset.total,
        multiple=batch // config.gradient_accumulation_steps if several else 1,
        part=measured.steps * batch if measured else None,
    )
    trainer = RoleTrainer(
        sampler=sampler,
        terms=terms_of(config)[0],
        log=log,
        tuned=tuned,
        model=tuned.model,
        args=training_arguments(context, steps=-(-dataset.total // batch)),
        train_dataset=Filled(placed) if several else placed,
        data_collator=packing_of(bundle, dataset, tuned=tuned, make=make) if config.packing else make,
        processing_class=bundle.processor,
    )
    for printer in (PrinterCallback, ProgressCallback):
        trainer.remove_callback(printer)
    if (loop := loop_of(context)).inner_steps:
        trainer.add_callback(LoopCallback(loop, checkpoint=checkpoint))
    if measured is not None:
        trainer.add_callback(_rounds(measured, trainer=trainer, sampler=sampler, dataset=dataset, make=make))
    if "tensorboard" in config.report_to and context.writes:
        trainer.add_callback(tensorboard(context.folder / "tensorboard", done=done))
    return trainer


def _rounds(
    order: MeasuredOrder, *, trainer: RoleTrainer, sampler: RunSampler, dataset: RunDataset, make: Make
) -> RoundsCallback:
    """Asks the mixer where a round begins, with losses that are measured there."""
    return RoundsCallback(
        order,
        sampler=sampler,
        measure=partial(held_back_losses, trainer, dataset=dataset, held_back=order.held_back, make=make),
        wait=trainer.accelerator.wait_for_everyone,
    )
