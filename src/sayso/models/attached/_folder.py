"""Attached modules in a model folder, beside a base that any tool reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import PreTrainedModel

from sayso.artifacts import write_json
from sayso.errors import ConfigError
from sayso.models.attached._protocol import MARK, Attached, attached_to, attachments, note_attached

__all__ = ["plain", "reattach", "save_attached"]

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


def save_attached(model: nn.Module, folder: Path) -> None:
    """Write what is attached into a model folder; nothing where nothing is."""
    if not attached_to(model):
        return
    save_file(_weights(model), folder / WEIGHTS, metadata={"format": "pt"})
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
    if set(weights) != set(_weights(model)):
        raise ConfigError(f"{folder / WEIGHTS} does not hold what {LIST} beside it lists; save the model again")
    model.load_state_dict(weights, strict=False)


def _weights(model: nn.Module) -> dict[str, torch.Tensor]:
    found = ((name, tensor) for name, tensor in model.state_dict().items() if f".{MARK}" in f".{name}")
    return {name: tensor.contiguous() for name, tensor in found}
