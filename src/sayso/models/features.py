"""What a frozen vision tower makes of a picture, computed once and kept on disk for all epochs and for all runs with this tower.

The tower's forward pass is put behind a store: of every picture that comes in, what the tower said of it is looked up, and only what is not there is
computed, each picture alone, so that it does not matter which batch it came in. All that follows (projector, language model) runs as ever,
and trains if it is to. A feature is found by a digest of the tower's weights and config, of the number format it computes in, and of
the pixels as the processor made them: another processor setting or another picture is another key.

A feature is a safetensors file that gets its name when it is whole; one that cannot be read is computed anew. Nothing is ever deleted: the
folder grows by the size of the features of each picture that is new to it, and may be deleted at any time. Several processes may share it.

Which of a tower's outputs the model reads is tried out on a sample of the run, and so is that logits stay the same with features read
back from disk; a model that fails is refused.
"""

import hashlib
import inspect
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from transformers import PreTrainedModel
from transformers.utils import ModelOutput

from sayso.errors import BackendError, ConfigError
from sayso.models.collate import Batch
from sayso.models.quiet import quiet

__all__ = ["FeatureStore", "keep_features", "KeptTower"]

Features = dict[str, torch.Tensor]
GRID = "grid_thw"  # Qwen's towers take the patches of all pictures in one row, and this to tell them apart
IDLE = ("use_cache", "return_dict")  # what some models pass on and no feature depends on
FIELDS = (("hidden_states",), ("pooler_output",), ("last_hidden_state",), ("pooler_output", "deepstack_features"))
"""Which outputs of a tower are enough for some model, the fewest first."""


@dataclass
class FeatureStore:
    """Features by key in a folder; counts what it found and what it was given."""

    folder: Path
    num_found: int = 0
    num_made: int = 0
    bytes_made: int = 0

    def get(self, key: str) -> Features | None:
        """The features of a picture, or None where there are none that can be read."""
        try:
            found: Features = load_file(self._path(key))
        except (FileNotFoundError, SafetensorError):
            return None
        self.num_found += 1
        return found

    def put(self, key: str, features: Features) -> None:
        """Keep them.

        Raises:
            BackendError: the folder cannot be written.
        """
        path = self._path(key)
        partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            save_file({name: tensor.detach().cpu().contiguous().clone() for name, tensor in features.items()}, partial)
            self.bytes_made += partial.stat().st_size
            os.replace(partial, path)
        except (OSError, SafetensorError) as error:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            raise BackendError(
                f"cannot write {path}: {error}; free some space, or leave cache_features ({self.folder}) out"
            ) from error
        self.num_made += 1

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.safetensors"


@dataclass
class KeptTower:
    """A vision tower behind a store, until it is `released`."""

    tower: PreTrainedModel
    store: FeatureStore
    fields: tuple[str, ...] | None = None
    """The outputs that are kept; all where None."""
    _made: Any = field(init=False)
    _signature: inspect.Signature = field(init=False)
    _shape: Any = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._made = self.tower.forward
        self._signature = inspect.signature(self._made)
        self._weights = _digest_of_weights(self.tower)
        self.tower.forward = (
            self._forward
        )  # names of weights stay as they are, which a module put around it would change

    def release(self) -> None:
        """Let the tower compute for itself again."""
        del self.tower.forward

    @torch.no_grad()
    def _forward(self, *args: Any, **options: Any) -> Any:
        given = self._signature.bind(*args, **options)
        known = [self._of(picture, given) for picture in _pictures(given.arguments)]
        return _build(self._shape, {name: torch.cat([one[name] for one in known]) for name in known[0]})

    def _of(self, picture: Mapping[str, Any], given: inspect.BoundArguments) -> Features:
        key = self._key(picture)
        device = next(iter(_tensors(picture))).device
        found = self.store.get(key) if self._shape is not None else None
        if found is None:
            alone = inspect.BoundArguments(self._signature, type(given.arguments)(picture))
            made = self._made(*alone.args, **alone.kwargs)
            self._shape = _shape(made, self.fields)
            found = dict(_leaves(made, self._shape))
            self.store.put(key, found)
        return {name: tensor.to(device) for name, tensor in found.items()}

    def _key(self, picture: Mapping[str, Any]) -> str:
        told = hashlib.blake2b(self._weights.encode(), digest_size=20)
        told.update(repr((self.fields, torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu"))).encode())
        if torch.cuda.is_available():
            told.update(repr((torch.is_autocast_enabled("cuda"), torch.get_autocast_dtype("cuda"))).encode())
        for name, value in _flat(picture):
            if name not in IDLE:
                told.update(name.encode())
                _add(told, value)
        return told.hexdigest()


def keep_features(model: PreTrainedModel, *, folder: Path, piece: Batch) -> KeptTower:
    """Put the vision tower of a model behind the store in `folder`; `piece` is what the model reads of samples with pictures.

    Raises:
        ConfigError: the model has no vision tower or it trains, the tower is not the same twice, or the model does not read what it is given.
    """
    kind = model.config.model_type
    tower = model.get_encoder(modality="image")
    if tower is model or tower is model.base_model or not isinstance(tower, PreTrainedModel):
        raise ConfigError(
            f"cache_features: a model of type {kind!r} has no vision tower that could be found; leave it out"
        )
    training = [name for name, one in tower.named_parameters() if one.requires_grad]
    if training:
        raise ConfigError(
            f"cache_features: the vision tower trains ({len(training)} of its parameters, such as {training[0]}); "
            "set parts: {vision_tower: {method: frozen}, ...}, or leave cache_features out"
        )
    with quiet(model):
        return _tried(model, tower, folder=folder, piece=piece)


def _tried(model: PreTrainedModel, tower: PreTrainedModel, *, folder: Path, piece: Batch) -> KeptTower:
    """The tower with the fewest outputs kept that are enough."""
    wanted = _logits(model, piece)
    tower.train()
    if not torch.equal(wanted, _logits(model, piece)):
        raise ConfigError(
            f"cache_features: in training the vision tower ({type(tower).__name__}) gives other features each time; "
            "set its dropout to 0 in the model's config.json, or leave cache_features out"
        )
    tower.eval()
    reasons = []
    for fields in (*FIELDS, None):
        kept = KeptTower(tower=tower, store=FeatureStore(folder), fields=fields)
        reason = _why_not(model, piece, wanted=wanted)
        if reason is None:
            kept.store = FeatureStore(folder)
            return kept
        kept.release()
        reasons.append(reason)
    raise ConfigError(
        f"cache_features: a model of type {model.config.model_type!r} does not take kept features ({reasons[-1]}); leave it out"
    )


def _why_not(model: PreTrainedModel, piece: Batch, *, wanted: torch.Tensor) -> str | None:
    """What goes wrong with features computed alone, and with the same read back."""
    for when in ("computed one by one", "read back"):
        try:
            got = _logits(model, piece)
        except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError) as error:
            return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        far, scale = float((got - wanted).abs().max()), float(wanted.abs().max())
        if not far <= max(1e-5, 4 * torch.finfo(wanted.dtype).eps) * scale:
            return f"logits are {far:.1e} off with features {when} (the largest is {scale:.1e})"
    return None


def _logits(model: PreTrainedModel, piece: Batch) -> torch.Tensor:
    logits: torch.Tensor = model(**{name: value.to(model.device) for name, value in piece.items()}).logits
    return logits


def _pictures(arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The arguments of a call on all pictures as those of a call on each."""
    tensors = list(_tensors(arguments))
    grid = _find(arguments, GRID)
    if grid is not None:
        ends = grid.prod(-1).cumsum(0).tolist()
        for number, (start, end) in enumerate(zip([0, *ends], ends, strict=False)):
            yield _sliced(arguments, rows=slice(start, end), grid=slice(number, number + 1))
        return
    for number in range(len(tensors[0])):
        yield _sliced(arguments, rows=slice(number, number + 1), grid=slice(0))


def _sliced(arguments: Mapping[str, Any], *, rows: slice, grid: slice) -> dict[str, Any]:
    cut: dict[str, Any] = {}
    for name, value in arguments.items():
        if isinstance(value, Mapping):
            cut[name] = _sliced(value, rows=rows, grid=grid)
        elif isinstance(value, torch.Tensor) and value.ndim:
            cut[name] = value[grid if name == GRID else rows]
        else:
            cut[name] = value
    return cut


def _tensors(arguments: Mapping[str, Any]) -> Iterator[torch.Tensor]:
    return (value for _, value in _flat(arguments) if isinstance(value, torch.Tensor))


def _flat(arguments: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in arguments.items():
        if isinstance(value, Mapping):
            yield from _flat(value)
        elif isinstance(value, tuple):
            yield from ((f"{name}.{place}", one) for place, one in enumerate(value))
        else:
            yield name, value


def _find(arguments: Mapping[str, Any], name: str) -> Any:
    return next((value for one, value in _flat(arguments) if one == name), None)


def _shape(made: Any, fields: tuple[str, ...] | None, *, place: str = "") -> Any:
    """A tower's output without its numbers: names in place of tensors, None where nothing is kept."""
    if isinstance(made, torch.Tensor):
        return place
    if isinstance(made, ModelOutput):
        kept = {name: value for name, value in made.items() if fields is None or name in fields}
        return type(made), {name: _shape(value, None, place=f"{place}.{name}") for name, value in kept.items()}
    if isinstance(made, tuple | list):
        return type(made), [_shape(value, None, place=f"{place}.{number}") for number, value in enumerate(made)]
    return None


def _leaves(made: Any, shape: Any) -> Iterator[tuple[str, torch.Tensor]]:
    if isinstance(shape, str):
        yield shape.removeprefix("."), made
    elif shape is not None and isinstance(shape[1], dict):
        for name, inner in shape[1].items():
            yield from _leaves(made[name], inner)
    elif shape is not None:
        for value, inner in zip(made, shape[1], strict=True):
            yield from _leaves(value, inner)


def _build(shape: Any, leaves: Features) -> Any:
    if isinstance(shape, str):
        return leaves[shape.removeprefix(".")]
    if shape is None:
        return None
    kind, inner = shape
    if isinstance(inner, dict):
        return kind(**{name: _build(one, leaves) for name, one in inner.items()})
    return kind(_build(one, leaves) for one in inner)


def _digest_of_weights(tower: PreTrainedModel) -> str:
    """Of everything that its features depend on besides the pixels."""
    told = hashlib.blake2b(digest_size=20)
    told.update(f"{type(tower).__name__} {tower.config._attn_implementation}".encode())
    told.update(tower.config.to_json_string(use_diff=False).encode())
    for name, tensor in sorted(tower.state_dict().items()):
        told.update(name.encode())
        _add(told, tensor)
    return told.hexdigest()


def _add(told: Any, value: Any) -> None:
    if not isinstance(value, torch.Tensor):
        told.update(repr(value).encode())
        return
    told.update(repr((value.dtype, tuple(value.shape))).encode())
    told.update(value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
