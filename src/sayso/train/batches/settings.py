"""The settings of a train stage that are about its batches: packed rows, samples that are alike, pictures that were seen before."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from sayso.artifacts import StageContext
from sayso.config import TrainConfig
from sayso.errors import ConfigError
from sayso.models._protocol import ModelBundle
from sayso.models.collate import collate
from sayso.models.encode import Encoded
from sayso.models.features import FeatureStore, keep_features
from sayso.train.batches.grouping import Grouped, Grouping, Size, measure_samples
from sayso.train.batches.packing import Make, Packing
from sayso.train.batches.packing_probe import find_packing
from sayso.train.engine.arguments import samples_per_step
from sayso.train.loops import OuterLoop
from sayso.train.losses import LossTerm
from sayso.train.parts import Tuned
from sayso.train.samples.dataset import RunDataset, Samples

__all__ = ["check_batches", "features_of", "grouped", "grouping_of", "packing_of"]

_LOOKED_AT = 256
_TRIED = 2


def check_batches(config: TrainConfig, *, terms: Sequence[LossTerm], loop: OuterLoop) -> None:
    """Refuse what does not go together, before anything is read.

    Raises:
        ConfigError: packing with a loss that takes single samples out of a batch, or grouping with a loop whose stretches are of one task each.
    """
    choosing = [loss.name for loss, term in zip(config.losses, terms, strict=True) if term.chooses]
    if config.packing and choosing:
        raise ConfigError(
            f"packing and the loss {choosing[0]!r}, which takes single samples out of a batch, do not go together; take one out"
        )
    if config.group_by != "none" and loop.by != "all":
        raise ConfigError(
            f"group_by: {config.group_by} and the loop {config.loop.name!r}, whose stretches are of one {loop.by} each, do not go together; take one out"
        )


def grouping_of(config: TrainConfig, dataset: RunDataset, *, seed: int, num_processes: int = 1) -> Grouping | None:
    """The order in which the samples of a run come, or None where they come as they are."""
    if config.group_by == "none":
        return None

    def measure(numbers: Sequence[int]) -> Sequence[Size]:
        return measure_samples(dataset.encoder, [dataset.sample(k) for k in numbers])

    return Grouping(
        config.group_by,
        total=dataset.total,
        sizes=(config.per_device_train_batch_size, samples_per_step(config, num_processes=num_processes)),
        measure=measure,
        seed=seed,
        together=dataset.num_wordings,
    )


def grouped(config: TrainConfig, dataset: RunDataset, *, seed: int, num_processes: int = 1) -> Samples:
    """The samples of a run in the order in which they come; the dataset itself where they come as they are."""
    grouping = grouping_of(config, dataset, seed=seed, num_processes=num_processes)
    return dataset if grouping is None else Grouped(dataset, grouping=grouping)


def packing_of(bundle: ModelBundle, dataset: RunDataset, *, tuned: Tuned, make: Make) -> Packing:
    """How the model's samples are packed, tried out on samples of the run: two with media and two without, where it has such early on.

    Raises:
        ConfigError: the model does not keep packed samples apart.
    """
    if not tuned.packable:
        raise ConfigError("packing: a soft prompt or prefix serves the first sample of a row alone; turn packing off")
    return find_packing(
        bundle.model, make=make, samples=_first_ones(dataset), pad_token_id=bundle.tokenizer.pad_token_id or 0
    )


@contextmanager
def features_of(context: StageContext, bundle: ModelBundle, dataset: RunDataset) -> Iterator[None]:
    """While it lasts, the model's vision tower is asked once for each picture, if the stage's config says so.

    Raises:
        ConfigError: the tower trains, the model does not take kept features, or no sample early on has a picture.
    """
    wanted = context.config.cache_features
    if not wanted:
        yield
        return
    seen = next((k for k in range(min(dataset.total, _LOOKED_AT)) if dataset.sample(k).media), None)
    if seen is None:
        raise ConfigError(f"cache_features: none of the first {_LOOKED_AT} samples has a picture; leave it out")
    folder = context.folder.parent / "features" if wanted is True else Path(wanted)
    piece = collate([dataset[seen]], pad_token_id=bundle.tokenizer.pad_token_id or 0)
    kept = keep_features(bundle.model, folder=folder, piece=piece)
    try:
        yield
    finally:
        kept.release()
        context.progress.note(_told(kept.store))


def _told(store: FeatureStore) -> str:
    return (
        f"vision features: {store.num_found:,} found and {store.num_made:,} made, "
        f"{store.bytes_made / 1e6:,.1f} MB more in {store.folder}"
    )


def _first_ones(dataset: RunDataset) -> list[Encoded]:
    seen = [(k, bool(dataset.sample(k).media)) for k in range(min(dataset.total, _LOOKED_AT))]
    chosen = [k for wanted in (True, False) for k in islice((k for k, media in seen if media == wanted), _TRIED)]
    return dataset.__getitems__(chosen)
