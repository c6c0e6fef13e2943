"""What a train stage asks for of its batches, through the stage itself."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from toy_run import BUILD, TINY, TRAIN, run_node, run_toy

from sayso.artifacts import Progress, StageContext
from sayso.config import PartConfig, PluginConfig
from sayso.data.folder import BuildFolder
from sayso.errors import ConfigError
from sayso.models._protocol import ModelBundle, models
from sayso.models.collate import collate
from sayso.models.encode import Encoder
from sayso.sources import load_image
from sayso.train.batches.settings import features_of, grouping_of
from sayso.train.samples.dataset import Feed, RunDataset
from sayso.train.samples.order import RunOrder


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> BuildFolder:
    out = tmp_path_factory.mktemp("run")
    run_node(out, name="build", kind="build", config=BUILD)
    return BuildFolder(out / "build")


@pytest.fixture(scope="module")
def bundle() -> ModelBundle:
    made = models.build(TINY.name, TINY.options).make(texts=["a red circle"], seed=1)
    made.model.get_encoder(modality="image").requires_grad_(False)
    return made


def dataset_of(build: BuildFolder, bundle: ModelBundle) -> RunDataset:
    sampler, store = build.sampler(), build.store("train")
    feed = Feed(examples=store, make_samples=lambda example, epoch: [sampler.train_sample(example, epoch=epoch)])
    encoder = Encoder(bundle.processor, max_tokens=2048, load=load_image)
    return RunDataset(feeds=[feed], order=RunOrder(store.task_sizes, seed=1), encoder=encoder, total=40)


class Heard(Progress):
    """Keeps what a person should read."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


def context_of(folder: Path, **config: Any) -> StageContext:
    changed = TRAIN.model_copy(update=config)
    return StageContext(
        node="train", config=changed, seed=5, inputs=(), folder=folder / "train.partial", progress=Heard()
    )


@pytest.mark.parametrize("wanted", [True, "elsewhere"])
def test_features_are_kept_beside_the_stage_or_in_a_named_folder(
    wanted: bool | str, build: BuildFolder, bundle: ModelBundle, tmp_path: Path
) -> None:
    dataset = dataset_of(build, bundle)
    place = tmp_path / "features" if wanted is True else tmp_path / str(wanted)
    piece = collate(dataset.__getitems__([0, 1, 2]), pad_token_id=0)
    plain = bundle.model(**piece).logits
    for made in (2, 0):  # the first picture is seen when the tower is put behind the store
        context = context_of(tmp_path, cache_features=True if wanted is True else str(place))
        with features_of(context, bundle, dataset):
            assert torch.allclose(bundle.model(**piece).logits, plain, atol=1e-6)
        assert isinstance(context.progress, Heard)
        assert f"{3 - made} found and {made} made" in context.progress.notes[0]
        assert str(place) in context.progress.notes[0]
    assert len(list(place.rglob("*.safetensors"))) >= 3
    assert torch.equal(bundle.model(**piece).logits, plain)


def test_without_the_setting_nothing_is_kept(build: BuildFolder, bundle: ModelBundle, tmp_path: Path) -> None:
    with features_of(context_of(tmp_path), bundle, dataset_of(build, bundle)):
        bundle.model(**collate([dataset_of(build, bundle)[0]], pad_token_id=0))
    assert not list(tmp_path.iterdir())


def test_a_stage_whose_tower_trains_keeps_no_features(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cache_features: the vision tower trains"):
        run_toy(tmp_path, train=TRAIN.model_copy(update={"cache_features": True}))


FROZEN = {"vision_tower": PartConfig(method="frozen"), "language_model": PartConfig(method="full")}


def test_a_run_with_a_frozen_tower_has_the_same_losses_with_kept_features(tmp_path: Path) -> None:
    losses = {}
    for kept in (False, True):
        out = tmp_path / str(kept)
        run_toy(out, train=TRAIN.model_copy(update={"parts": FROZEN, "cache_features": kept, "max_steps": 12}))
        losses[kept] = [json.loads(line)["loss"] for line in (out / "train" / "log.jsonl").read_text().splitlines()]
    assert losses[True] == losses[False]
    assert len(list((tmp_path / "True" / "features").rglob("*.safetensors"))) == 40  # of as many pictures


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"packing": True, "losses": (PluginConfig(name="worst_wording"),)}, "packing and the loss 'worst_wording'"),
        ({"group_by": "length", "loop": PluginConfig(name="reptile")}, "group_by: length and the loop 'reptile'"),
    ],
)
def test_what_does_not_go_together_is_refused(config: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=message):
        run_toy(tmp_path, train=TRAIN.model_copy(update=config))


def test_wordings_of_an_example_stay_in_one_grouped_and_packed_batch(tmp_path: Path) -> None:
    wordings = PluginConfig(name="wording_consistency", num_wordings=2)  # type: ignore[call-arg]
    losses = {}
    for packing in (False, True):
        out = tmp_path / str(packing)
        changes = {"losses": (wordings,), "group_by": "length", "packing": packing, "max_steps": 6, "logging_steps": 1}
        run_toy(out, train=TRAIN.model_copy(update=changes))
        losses[packing] = [json.loads(line)["loss"] for line in (out / "train" / "log.jsonl").read_text().splitlines()]
    assert losses[True] == pytest.approx(losses[False], abs=1e-5)


def test_samples_come_as_they_are_unless_grouping_is_asked_for(build: BuildFolder, bundle: ModelBundle) -> None:
    dataset = dataset_of(build, bundle)
    assert grouping_of(TRAIN, dataset, seed=1) is None
    grouped = grouping_of(TRAIN.model_copy(update={"group_by": "length"}), dataset, seed=1)
    assert grouped is not None
    assert sorted(grouped[k] for k in range(40)) == list(range(40))
    pieces = [[len(dataset[grouped[k + j]]) for j in range(4)] for k in range(0, 40, 4)]
    plain = [[len(dataset[k + j]) for j in range(4)] for k in range(0, 40, 4)]
    assert spread(pieces) < spread(plain) / 3


def spread(pieces: list[list[int]]) -> float:
    return sum(max(piece) - min(piece) for piece in pieces) / len(pieces)
