"""Attached modules in a model folder, beside a base that any tool reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import msgspec
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import PreTrainedModel

from sayso.artifacts import write_json
from sayso.errors import ConfigError
from sayso.models.attached._protocol import MARK, Attached, attached_to, attachments, note_attached

__all__ = ["own_weights", "plain", "reattach", "save_attached"]

State: TypeAlias = dict[str, torch.Tensor]
LIST = "sayso_parts.json"
WEIGHTS = "parts.safetensors"


@contextmanager
def plain(model: nn.Module) -> Iterator[None]:
    """Within the block the model has the modules of its class alone, as transformers saves them."""
    taken = [(parent, name) for parent in model.modules() for name in list(parent._modules) if name.startswith(MARK)]
    children = [parent._modules.pop(name) for parent, name in taken]
    try:
        yield
    finally:
        for (parent, name), child in zip(taken, children, strict=True):
            parent._modules[name] = child


def own_weights(state: State | None) -> State | None:
    """The weights of the model's own class, without those of attached modules."""
    return None if state is None else {name: tensor for name, tensor in state.items() if not _is_attached(name)}


def save_attached(model: nn.Module, folder: Path, *, state: State | None = None) -> None:
    """Write what is attached into a model folder, with weights from `state` where it is given; nothing where nothing is."""
    if not attached_to(model):
        return
    save_file(_weights(model.state_dict() if state is None else state), folder / WEIGHTS, metadata={"format": "pt"})
    write_json(folder / LIST, [msgspec.to_builtins(one) for one in attached_to(model)])


def reattach(model: PreTrainedModel, folder: Path) -> None:
    """Attach again what a model folder lists, with its weights.

    Raises:
        ConfigError: list and weights do not belong together.
    """
    if not (folder / LIST).exists():
        return
    for one in msgspec.json.decode((folder / LIST).read_bytes(), type=list[Attached]):
        made = attachments.build(one.kind, one.options)
        with torch.random.fork_rng(devices=[]):
            made.attach(model, places=one.places)
        note_attached(model, kind=one.kind, part=one.part, made=made, places=one.places)
    weights = load_file(folder / WEIGHTS)
    if set(weights) != set(_weights(model.state_dict())):
        raise ConfigError(f"{folder / WEIGHTS} does not hold what {LIST} beside it lists; save the model again")
    model.load_state_dict(weights, strict=False)


def _weights(state: State) -> State:
    return {name: tensor.contiguous() for name, tensor in state.items() if _is_attached(name)}


def _is_attached(name: str) -> bool:
    return f".{MARK}" in f".{name}"
