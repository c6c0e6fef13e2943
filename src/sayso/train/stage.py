"""The stage `train`: examples and weights in, a tuned model out, the same bits whether or not it was killed on the way.

The first `build` among the inputs is trained on, those of its tasks that `tasks` names; a `train` among them gives the weights, otherwise the
recipe's model is made, its tokenizer from the texts of all builds. Where a build writes boxes as bins, the model gets their tokens.
With `replay`, examples of earlier stages are mixed in. Checkpoints hold everything that a step depends on besides the order,
which is computed. Writes what docs/architecture.md lists.

Under a launcher every process runs this for its share of each batch. The first writes; the others only read.
"""

import json
import os
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import torch
from transformers import PrinterCallback, ProgressCallback

from sayso.artifacts import StageContext, write_json
from sayso.config import TrainConfig
from sayso.data.folder import BuildFolder
from sayso.data.selection import trained_tasks
from sayso.errors import ConfigError, DataError
from sayso.instructions.task_templates.marking import make_marker
from sayso.models._protocol import ModelBundle, models
from sayso.models.auto import load_model
from sayso.models.bins import add_bins
from sayso.models.direct import make_encoder
from sayso.records import Example, Sample
from sayso.sources import load_image
from sayso.train.arguments import samples_per_step, training_arguments
from sayso.train.batch import make_batch
from sayso.train.batching import check_batches, features_of, grouped, packing_of
from sayso.train.dataset import Feed, RunDataset
from sayso.train.filling import Filled
from sayso.train.log import RunLog
from sayso.train.loops import LoopCallback, OuterLoop, loops, stretched
from sayso.train.losses import LossTerm, build_terms
from sayso.train.media_position import check_media_position
from sayso.train.order import Order, RunOrder, RunSampler
from sayso.train.parts import Tuned, tune
from sayso.train.preflight import preflight
from sayso.train.replay import with_replay
from sayso.train.role_shares import count_roles
from sayso.train.texts import texts_of
from sayso.train.trackers import check_trackers, tensorboard
from sayso.train.trainer import RoleTrainer, last_checkpoint
from sayso.train.truncation import Truncated, Truncation
from sayso.train.weighing import objective_for

__all__ = ["open_run", "run"]


def run(context: StageContext) -> dict[str, Any]:
    """Train and write the stage's folder; returns the counts of its manifest.

    Raises:
        ConfigError: there is no build among the inputs, or the model cannot be loaded.
        DataError: there is nothing to train on, or a sample cannot be used.
    """
    terms, _ = _terms(context.config)  # which refuses losses that do not go together before anything is read
    check_batches(context.config, terms=terms, loop=_loop(context))
    check_trackers(context.config.report_to, project=context.folder.absolute().parent.name)
    bundle, dataset = open_run(context)
    if context.writes:
        write_json(context.folder / "roles.json", count_roles(dataset))
    tuned = tune(bundle.model, context.config.parts, seed=context.seed)
    if tuned.by_parts:
        context.progress.note(tuned.table())
    counts = tuned.counts
    checkpoint = last_checkpoint(context.folder / "checkpoints", num_processes=context.num_processes)
    trainer = _trainer(context, bundle=bundle, tuned=tuned, dataset=dataset, checkpoint=checkpoint)
    if checkpoint is None and context.config.preflight:
        preflight(trainer, context=context, bundle=bundle, dataset=dataset)
    with features_of(context, bundle, dataset):
        trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
    state = trainer.whole_state()
    if context.writes:
        _write(context, bundle=bundle, tuned=tuned, state=state)
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


def open_run(context: StageContext) -> tuple[ModelBundle, RunDataset]:
    """What a run begins with: the weights before the first step, and its samples place by place.

    Raises:
        ConfigError: there is no build among the inputs, or the model cannot be loaded.
        DataError: there is nothing to train on.
    """
    builds = _builds(context)
    order, fed = _order(context, build=builds[0])
    check_media_position(fed, weigh=objective_for(context).weigh)
    bundle = _start(context, builds=[*builds, *fed[1:]])
    return bundle, _dataset(context, order=order, fed=fed, bundle=bundle)


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
    loop = _loop(context)
    if loop.by != "all":
        length = loop.inner_steps * samples_per_step(config, num_processes=context.num_processes)
        length //= _terms(config)[1]
        return stretched(cards, sizes=sizes, by=loop.by, seed=context.seed, length=length), [build]
    order = RunOrder({card.name: sizes[card.name] for card in cards}, seed=context.seed)
    if config.replay is None:
        return order, [build]
    trained = {(build.path, card.name) for card in cards}
    replayed, earlier = with_replay(order, context=context, config=config.replay, trained=trained)
    return replayed, [build, *earlier]


def _loop(context: StageContext) -> OuterLoop:
    config: TrainConfig = context.config
    loop = loops.build(config.loop.name, config.loop.options)
    if loop.by != "all" and config.replay is not None:
        raise ConfigError(
            f"stage {context.node!r} has both replay and loop {config.loop.name!r}, whose stretches are of one {loop.by} each; take one out"
        )
    return loop


def _terms(config: TrainConfig) -> tuple[list[LossTerm], int]:
    """The loss terms, and how many wordings of an example stand side by side for them."""
    return build_terms(config.losses, batch_size=config.per_device_train_batch_size)


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
    if context.writes:
        if place in ("", "untuned-with-bins"):
            _save(bundle, context.folder / (place or "untuned"))
        write_json(context.folder / "untuned.json", {"path": place or "untuned"})
    return bundle


def _write(context: StageContext, *, bundle: ModelBundle, tuned: Tuned, state: dict[str, torch.Tensor] | None) -> None:
    """The tuned model, and unmerged what peft reads.

    Weights that are spread over processes are put together on a copy of the model: a share of a weight cannot be merged into.
    """
    if state is not None and tuned.by_parts:
        bundle = load_model(_untuned(context.folder))
        tuned = tune(bundle.model, context.config.parts, seed=context.seed)
        tuned.model.load_state_dict(state, strict=False)
        state = None
    if tuned.by_parts:
        tuned.save(context.folder / "adapter", base=json.loads((context.folder / "untuned.json").read_text())["path"])
        tuned.merge()
    _save(bundle, context.folder / "model", state=state)


def _untuned(folder: Path) -> str:
    """The folder or hub id of the weights before the first step."""
    place: str = json.loads((folder / "untuned.json").read_text())["path"]
    return str(folder / place) if (folder / place).exists() else place


def _save(bundle: ModelBundle, folder: Path, *, state: dict[str, torch.Tensor] | None = None) -> None:
    """Write a model folder whole or not at all."""
    partial_folder = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial_folder, ignore_errors=True)
    bundle.save(partial_folder, state=state)
    shutil.rmtree(folder, ignore_errors=True)
    partial_folder.rename(folder)


def _dataset(context: StageContext, *, order: Order, fed: list[BuildFolder], bundle: ModelBundle) -> RunDataset:
    config: TrainConfig = context.config
    return RunDataset(
        feeds=[_feed(build, config=config) for build in fed],
        order=order,
        encoder=make_encoder(bundle, max_tokens=config.max_tokens, load=load_image),
        total=_num_samples(context, order=order),
        num_wordings=_terms(config)[1],
        truncation=_truncation(context),
    )


def _truncation(context: StageContext) -> Truncation:
    config: TrainConfig = context.config
    if config.truncation == "drop" and (count := _terms(config)[1]) > 1:
        raise ConfigError(
            f"truncation drop would tear {count} wordings of one example apart, which its losses compare; use turns, response or refuse"
        )
    return Truncation(how=config.truncation, truncated=Truncated(context.folder / "truncated.jsonl"))


def _feed(build: BuildFolder, *, config: TrainConfig) -> Feed:
    sampler, marker = build.sampler(drawing=config.drawing), make_marker(config.task_templates)
    terms, count = _terms(config)
    written_first = any(term.written_first for term in terms)

    def make_samples(example: Example, epoch: int) -> list[Sample]:
        drawn = sampler.train_samples(
            example, epoch=epoch, count=count, wording=config.wording, written_first=written_first
        )
        return [marker.mark(sample) for sample in drawn]

    return Feed(examples=build.store("train"), make_samples=make_samples)


def _num_samples(context: StageContext, *, order: Order) -> int:
    """Samples of the whole run: as many as `max_steps` takes, otherwise all examples of all epochs and what is replayed meanwhile, by wordings."""
    config: TrainConfig = context.config
    if config.max_steps > 0:
        return config.max_steps * samples_per_step(config, num_processes=context.num_processes)
    return order.places_of(config.num_train_epochs * order.num_examples) * _terms(config)[1]


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
    trainer = RoleTrainer(
        sampler=RunSampler(dataset.total, multiple=batch // config.gradient_accumulation_steps if several else 1),
        terms=_terms(config)[0],
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
    if (loop := _loop(context)).inner_steps:
        trainer.add_callback(LoopCallback(loop, checkpoint=checkpoint))
    if "tensorboard" in config.report_to and context.writes:
        trainer.add_callback(tensorboard(context.folder / "tensorboard", done=done))
    return trainer
