"""The stage `train`: examples and weights in, a tuned model out, the same bits whether or not it was killed on the way.

The first `build` among the inputs is trained on, those of its tasks that `tasks` names; a `train` among them gives the weights, otherwise the
recipe's model is made, its tokenizer from the texts of all builds. Where a build writes boxes as bins, the model gets their tokens.
With `replay`, examples of earlier stages are mixed in. Checkpoints hold everything that a step depends on besides the order,
which is computed. Writes what docs/architecture.md lists.
"""

import os
import shutil
from functools import partial
from pathlib import Path
from typing import Any

from transformers import PrinterCallback, ProgressCallback, TrainerCallback, TrainingArguments
from transformers.integrations import TensorBoardCallback

from sayso.artifacts import StageContext, write_json
from sayso.config import TrainConfig
from sayso.data.folder import BuildFolder
from sayso.data.selection import trained_tasks
from sayso.errors import ConfigError, DataError
from sayso.models._protocol import ModelBundle, models
from sayso.models.auto import load_model
from sayso.models.bins import add_bins
from sayso.models.encode import Encoder
from sayso.seeds import derive
from sayso.sources import load_image
from sayso.train.batch import make_batch
from sayso.train.batching import features_of, grouped, packing_of
from sayso.train.dataset import Feed, RunDataset
from sayso.train.log import RunLog
from sayso.train.losses import losses
from sayso.train.order import Order, RunOrder, RunSampler
from sayso.train.replay import with_replay
from sayso.train.texts import texts_of
from sayso.train.trainer import RoleTrainer, last_checkpoint
from sayso.train.weighing import objective_for

__all__ = ["run"]

_NEW_NAME = "activation_checkpointing"  # the name in later versions of transformers
_CHECKPOINTING = _NEW_NAME if hasattr(TrainingArguments, _NEW_NAME) else "gradient_checkpointing"


def run(context: StageContext) -> dict[str, Any]:
    """Train and write the stage's folder; returns the counts of its manifest.

    Raises:
        ConfigError: there is no build among the inputs, or the model cannot be loaded.
        DataError: there is nothing to train on, or a sample cannot be used.
    """
    builds = _builds(context)
    order, fed = _order(context, build=builds[0])
    bundle = _start(context, builds=[*builds, *fed[1:]])
    dataset = _dataset(context, order=order, fed=fed, bundle=bundle)
    checkpoint = last_checkpoint(context.folder / "checkpoints")
    trainer = _trainer(context, bundle=bundle, dataset=dataset, checkpoint=checkpoint)
    with features_of(context, bundle, dataset):
        trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
    _save(bundle, context.folder / "model")
    samples, replayed = dataset.counts()
    return {
        "steps": trainer.state.global_step,
        "num_samples": dataset.total,
        "num_replayed": replayed.total(),
        "samples": dict(samples),
        "replayed": dict(replayed),
        "num_supervised_tokens": trainer.run_log.num_targets,
        "num_parameters": bundle.num_parameters,
        "final_loss": trainer.run_log.final_loss,
    }


def _builds(context: StageContext) -> list[BuildFolder]:
    builds = [BuildFolder(path) for path in context.inputs_of("build")]
    if not builds:
        raise ConfigError(f"stage {context.node!r} needs a build stage to train on; add it to its from:")
    return builds


def _order(context: StageContext, *, build: BuildFolder) -> tuple[Order, list[BuildFolder]]:
    """The places of the run, and the builds that they name."""
    config: TrainConfig = context.config
    sizes = build.store("train").task_sizes
    if not sizes:
        raise DataError(f"{build.path} has no training example; check its sources, tasks and held_out")
    cards = trained_tasks(build.cards, patterns=config.tasks, where=f"{context.node}.tasks")
    order = RunOrder({card.name: sizes[card.name] for card in cards}, seed=context.seed)
    if config.replay is None:
        return order, [build]
    trained = {(build.path, card.name) for card in cards}
    replayed, earlier = with_replay(order, context=context, config=config.replay, trained=trained)
    return replayed, [build, *earlier]


def _start(context: StageContext, *, builds: list[BuildFolder]) -> ModelBundle:
    """The weights before the first step; where they are is written to `untuned.json`, relative to the stage's folder."""
    config: TrainConfig = context.config
    untuned = context.folder / "untuned"
    if parents := context.inputs_of("train"):
        bundle = load_model(parents[0] / "model")
        place = os.path.relpath(parents[0] / "model", context.folder)
    elif untuned.exists():
        bundle, place = load_model(untuned), "untuned"
    else:
        bundle = models.build(config.model.name, config.model.options).make(texts=texts_of(builds), seed=context.seed)
        local = bundle.origin and Path(bundle.origin).exists()
        place = str(Path(bundle.origin).resolve()) if local else bundle.origin
    if any(build.prompt.regions == "bins" for build in builds) and add_bins(bundle, seed=context.seed) and place:
        place = "untuned-with-bins"  # not where it came from: that one cannot be asked in bins
        _save(bundle, context.folder / place)
    if not place:
        _save(bundle, untuned)
        place = "untuned"
    write_json(context.folder / "untuned.json", {"path": place})
    return bundle


def _save(bundle: ModelBundle, folder: Path) -> None:
    """Write a model folder whole or not at all."""
    partial_folder = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial_folder, ignore_errors=True)
    bundle.save(partial_folder)
    shutil.rmtree(folder, ignore_errors=True)
    partial_folder.rename(folder)


def _dataset(context: StageContext, *, order: Order, fed: list[BuildFolder], bundle: ModelBundle) -> RunDataset:
    config: TrainConfig = context.config
    return RunDataset(
        feeds=[_feed(build, config=config) for build in fed],
        order=order,
        encoder=Encoder(bundle.processor, max_tokens=config.max_tokens, load=load_image),
        total=_num_samples(config, order=order),
    )


def _feed(build: BuildFolder, *, config: TrainConfig) -> Feed:
    sampler = build.sampler(drawing=config.drawing)
    return Feed(
        examples=build.store("train"),
        make_sample=lambda example, epoch: sampler.train_sample(example, epoch=epoch, wording=config.wording),
    )


def _num_samples(config: TrainConfig, *, order: Order) -> int:
    """Samples of the whole run: as many as `max_steps` takes, otherwise all examples of all epochs and what is replayed meanwhile."""
    if config.max_steps > 0:
        return config.max_steps * config.per_device_train_batch_size * config.gradient_accumulation_steps
    return order.places_of(config.num_train_epochs * order.num_examples)


def _trainer(
    context: StageContext, *, bundle: ModelBundle, dataset: RunDataset, checkpoint: Path | None
) -> RoleTrainer:
    config: TrainConfig = context.config
    batch = config.per_device_train_batch_size * config.gradient_accumulation_steps
    steps = -(-dataset.total // batch)
    done = 0 if checkpoint is None else int(checkpoint.name.rpartition("-")[2])
    make = partial(make_batch, pad_token_id=bundle.tokenizer.pad_token_id or 0, weigh=objective_for(context).weigh)
    log = RunLog(
        context.folder / "log.jsonl",
        progress=context.progress,
        steps_per_epoch=dataset.order.places_of(dataset.order.num_examples) / batch,
    )
    trainer = RoleTrainer(
        sampler=RunSampler(dataset.total, start=min(done * batch, dataset.total)),
        terms=[losses.build(loss.name, loss.options) for loss in config.losses],
        log=log,
        model=bundle.model,
        args=_arguments(context, steps=steps),
        train_dataset=grouped(config, dataset, seed=context.seed),
        data_collator=packing_of(bundle, dataset, make=make) if config.packing else make,
        processing_class=bundle.processor,
    )
    for printer in (PrinterCallback, ProgressCallback):
        trainer.remove_callback(printer)
    if "tensorboard" in config.report_to:
        trainer.add_callback(_tensorboard(context.folder / "tensorboard", done=done))
    return trainer


def _arguments(context: StageContext, *, steps: int) -> TrainingArguments:
    config: TrainConfig = context.config
    same = (
        "per_device_train_batch_size", "gradient_accumulation_steps", "learning_rate", "lr_scheduler_type", "warmup_steps",
        "weight_decay", "adam_beta2", "max_grad_norm", "save_steps", "logging_steps", "bf16",
    )  # fmt: skip
    return TrainingArguments(
        output_dir=str(context.folder / "checkpoints"),
        max_steps=steps,
        seed=derive(context.seed, "train") % 2**32,
        report_to=[name for name in config.report_to if name != "tensorboard"],
        save_strategy="steps",
        save_total_limit=2,
        ignore_data_skip=True,
        remove_unused_columns=False,
        logging_nan_inf_filter=False,
        disable_tqdm=True,
        dataloader_pin_memory=False,
        **{name: getattr(config, name) for name in same},
        **({_CHECKPOINTING: True} if config.gradient_checkpointing else {}),
    )


def _tensorboard(folder: Path, *, done: int) -> TrainerCallback:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise ConfigError("report_to: tensorboard is not installed; type: pip install 'sayso[train]'") from error
    return TensorBoardCallback(SummaryWriter(str(folder), purge_step=done + 1 if done else None))
