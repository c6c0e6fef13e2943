"""What a frozen tower makes of a picture is computed once, kept, and the same bits when it is read back."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from packed_families import IMAGE, WITH_PICTURES, conversation, make, text_model
from transformers import PreTrainedModel

from sayso.errors import BackendError, ConfigError
from sayso.models._protocol import models
from sayso.models.collate import Batch, collate
from sayso.models.encode import Encoded
from sayso.models.features import FeatureStore, KeptTower, keep_features
from sayso.train.batches.supervised import read_targets

KINDS = ("tiny", *WITH_PICTURES)
NEEDED = {
    "tiny": ("hidden_states",),
    "qwen2_5_vl": ("pooler_output",),
    "qwen3_vl": ("pooler_output", "deepstack_features"),
    "gemma3": ("last_hidden_state",),
}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """More threads add in another order for other shapes: equal features, other last bits."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def frozen(kind: str) -> PreTrainedModel:
    """A model in training of which only the tower does not train."""
    model = tiny() if kind == "tiny" else WITH_PICTURES[kind]()
    tower_of(model).requires_grad_(False)
    return model.train()


def tiny() -> PreTrainedModel:
    options = {"hidden_size": 32, "vision_hidden_size": 32, "num_layers": (1, 1), "num_heads": 2, "vocab_size": 420}
    model = models.build("tiny", options).make(texts=["How many?"], seed=3).model
    model.config.image_token_id = IMAGE
    return model


def tower_of(model: PreTrainedModel) -> PreTrainedModel:
    return model.get_encoder(modality="image")


def samples(kind: str) -> list[Encoded]:
    """Two with a picture each, one with two, one without; one picture comes twice."""
    if kind == "tiny":
        return [tiny_sample(n, images=images) for n, images in enumerate([1, 2, 0])]
    return [conversation(kind, words=8 + n, images=images, seed=n) for n, images in enumerate([1, 2, 0])]


def tiny_sample(seed: int, *, images: int) -> Encoded:
    """A picture is nine tokens to this model, not four."""
    made = conversation("tiny", words=9, images=images, seed=seed)
    more = 5 * images
    roles = np.concatenate([made.roles[:1].repeat(more), made.roles])
    return replace(made, input_ids=[IMAGE] * more + made.input_ids, roles=roles)


def batches(kind: str) -> list[Batch]:
    """The same samples in two orders, so that pictures meet others."""
    rows = samples(kind)
    return [make(rows), make(rows[::-1]), make(rows)]


def train(model: PreTrainedModel, kind: str) -> list[float]:
    optimizer = torch.optim.SGD([one for one in model.parameters() if one.requires_grad], lr=0.05)
    losses = []
    for piece in batches(kind):
        read = read_targets(model, piece)
        loss = (read.weights * read.nll).sum() / piece["loss_counts"].sum()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


def keep(model: PreTrainedModel, kind: str, folder: Path) -> KeptTower:
    return keep_features(model, folder=folder, piece=collate(samples(kind)[:1], pad_token_id=0))


class Calls:
    """Counts how often a tower really computes: its first layer runs then."""

    def __init__(self, model: PreTrainedModel) -> None:
        self.count = 0
        first = next(
            module for module in tower_of(model).modules() if isinstance(module, torch.nn.Conv2d | torch.nn.Conv3d)
        )
        first.register_forward_hook(self._add)

    def _add(self, *_: object) -> None:
        self.count += 1


@pytest.mark.parametrize("kind", KINDS)
def test_losses_are_the_same_bits_and_the_tower_runs_once_a_picture(kind: str, tmp_path: Path) -> None:
    plain = train(frozen(kind), kind)
    model = frozen(kind)
    kept = keep(model, kind, tmp_path)
    assert all(module.training for module in model.modules())
    assert kept.fields == NEEDED.get(kind, ("last_hidden_state",))
    calls = Calls(model)
    assert train(model, kind) == plain
    assert (calls.count, kept.store.num_made) == (
        2,
        2,
    )  # the third picture was seen when the tower was put behind the store
    assert len(list(tmp_path.rglob("*.safetensors"))) == kept_files(tmp_path)

    again = frozen(kind)
    kept = keep(again, kind, tmp_path)
    calls = Calls(again)
    assert train(again, kind) == plain
    assert (calls.count, kept.store.num_made, kept.store.num_found) == (0, 0, 9)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_read_back_is_what_was_computed(kind: str, tmp_path: Path) -> None:
    model, piece = frozen(kind), make(samples(kind))
    heard: list[list[torch.Tensor]] = []
    kept = keep(model, kind, tmp_path)
    tower_of(model).register_forward_hook(lambda _, __, made: heard.append(list(tensors(made.to_tuple()))))
    for _ in range(2):
        read_targets(model, piece)
    assert kept.store.num_made == 2
    assert len(heard[0]) == len(heard[1]) > 0
    assert all(torch.equal(one, other) for one, other in zip(*heard, strict=True))


def tensors(made: object) -> Iterator[torch.Tensor]:
    if isinstance(made, torch.Tensor):
        yield made
    elif isinstance(made, tuple | list):
        for one in made:
            yield from tensors(one)


def kept_files(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))  # nothing half-written lies about


def test_a_released_tower_computes_again(tmp_path: Path) -> None:
    model = frozen("gemma3")
    names = set(model.state_dict())
    kept = keep(model, "gemma3", tmp_path)
    assert set(model.state_dict()) == names
    kept.release()
    calls = Calls(model)
    train(model, "gemma3")
    assert calls.count == 3


def test_other_weights_or_pixels_are_other_features(tmp_path: Path) -> None:
    model = frozen("gemma3")
    keep(model, "gemma3", tmp_path).release()
    with torch.no_grad():
        next(tower_of(model).parameters()).add_(0.1)
    kept = keep(model, "gemma3", tmp_path)
    calls = Calls(model)
    piece = collate(samples("gemma3")[:1], pad_token_id=0)
    model(**piece)
    assert calls.count == 0
    model(**piece | {"pixel_values": piece["pixel_values"] + 1e-3})
    assert (calls.count, kept.store.num_made) == (1, 1)


@pytest.mark.parametrize("broken", [b"", b"half a file", None])
def test_a_feature_that_cannot_be_read_is_computed_anew(broken: bytes | None, tmp_path: Path) -> None:
    store = FeatureStore(tmp_path)
    store.put("ab12", {"x": torch.arange(100.0)})
    path = tmp_path / "ab" / "ab12.safetensors"
    path.write_bytes(path.read_bytes()[:-7] if broken is None else broken)
    assert store.get("ab12") is None
    store.put("ab12", {"x": torch.arange(3.0)})
    found = store.get("ab12")
    assert found is not None
    assert found["x"].tolist() == [0, 1, 2]


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BackendError, match=r"cannot write .*ab12.safetensors.*leave cache_features"):
        FeatureStore(tmp_path / "file").put("ab12", {"x": torch.zeros(1)})


def test_a_tower_that_trains_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"the vision tower trains \(\d+ of its parameters, such as .*frozen"):
        keep(WITH_PICTURES["gemma3"](), "gemma3", tmp_path)


def test_a_tower_with_dropout_is_refused(tmp_path: Path) -> None:
    model = frozen("gemma3")
    for module in tower_of(model).modules():
        if hasattr(module, "dropout"):
            module.dropout = 0.5
    with pytest.raises(ConfigError, match="gives other features each time"):
        keep(model, "gemma3", tmp_path)
    assert all(module.training for module in model.modules())


def test_a_model_without_pictures_is_refused(tmp_path: Path) -> None:
    piece = collate([conversation("llama", words=8, images=0, seed=1)], pad_token_id=0)
    with pytest.raises(ConfigError, match="'llama' has no vision tower"):
        keep_features(text_model("llama"), folder=tmp_path, piece=piece)
