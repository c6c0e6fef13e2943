"""A model prepared for training by parts: what trains, at which rate, how it is kept, and how it is merged in the end."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import PreTrainedModel
from transformers.trainer_pt_utils import get_parameter_names

from sayso.config import PartConfig
from sayso.errors import ConfigError
from sayso.models.attached import attached_to
from sayso.models.parts import Prefixes, find_parts, part_of, parts_of
from sayso.seeds import derive
from sayso.train.parts.folders import save_unmerged
from sayso.train.parts.methods._protocol import Method, Part, methods
from sayso.train.parts.methods._quantised import whole

__all__ = ["tune", "Tuned"]

TRAINED = "trained.safetensors"
WHOLE = "model"  # the one part of a model of which no parts are asked
UNDECAYED = (r"bias", r"layernorm", r"rmsnorm", r"(?:^|\.)norm(?:$|\.)", r"_norm(?:$|\.)")  # as Trainer's own


@dataclass(frozen=True, kw_only=True)
class Tuned:
    """A model whose parts are prepared; `methods` and `rates` are by part, a rate of None is the run's."""

    model: PreTrainedModel
    prefixes: Prefixes
    methods: Mapping[str, str]
    rates: Mapping[str, float | None]

    @property
    def by_parts(self) -> bool:
        """Whether a recipe asked for parts; otherwise everything trains, as Trainer itself does it."""
        return WHOLE not in self.methods

    @property
    def counts(self) -> dict[str, dict[str, Any]]:
        """Per part its `method`, and the numbers `trainable` and `total` of its parameters, attached ones included."""
        found = {part: {"method": method, "trainable": 0, "total": 0} for part, method in self.methods.items()}
        for name, parameter in self.model.named_parameters():
            one: dict[str, Any] = found[part_of(name, self.prefixes)]
            packed = getattr(parameter, "quant_state", None)
            one["total"] += parameter.numel() if packed is None else packed.shape.numel()
            one["trainable"] += parameter.numel() * parameter.requires_grad
        return found

    @property
    def num_trainable(self) -> int:
        """How many numbers train."""
        return sum(one["trainable"] for one in self.counts.values())

    @property
    def packable(self) -> bool:
        """Whether several samples may stand in one row; vectors in front of a row serve its first sample alone."""
        return not any(one.kind in ("prompt", "prefix") for one in attached_to(self.model))

    def frozen(self, part: str) -> bool:
        """Whether nothing of that part trains."""
        return part in self.methods and not self.counts[part]["trainable"]

    def table(self) -> str:
        """What trains, a line a part, for people."""
        rows = [f"{part}: {one['method']}, {_share(one)}" for part, one in self.counts.items()]
        whole = {name: sum(one[name] for one in self.counts.values()) for name in ("trainable", "total")}
        return "\n".join(["trains:", *(f"  {row}" for row in rows), f"  together: {_share(whole)}"])

    def parameter_groups(self, *, learning_rate: float, weight_decay: float) -> list[dict[str, Any]]:
        """Groups for an optimizer: each part at its rate; norms and biases do not decay."""
        decaying = set(get_parameter_names(self.model, [nn.LayerNorm], UNDECAYED))
        groups: dict[tuple[str, bool], list[nn.Parameter]] = {}
        for name, parameter in self._trained().items():
            groups.setdefault((part_of(name, self.prefixes), name in decaying), []).append(parameter)
        return [
            {
                "params": members,
                "lr": self.rates[part] or learning_rate,
                "weight_decay": weight_decay if decays else 0.0,
            }
            for (part, decays), members in groups.items()
        ]

    def save_trained(self, folder: Path, state: Mapping[str, torch.Tensor] | None = None) -> None:
        """What trains and nothing of the rest, for a checkpoint; from `state` where weights are spread over processes."""
        held = self.model.state_dict() if state is None else state
        folder.mkdir(parents=True, exist_ok=True)
        kept = {name: held[name].detach().cpu().contiguous() for name in self._trained()}
        save_file(kept, folder / TRAINED, metadata={"format": "pt"})

    def load_trained(self, folder: Path) -> None:
        """Take it up again.

        Raises:
            ConfigError: the checkpoint is of other methods.
        """
        kept = load_file(folder / TRAINED)
        if set(kept) != set(self._trained()):
            raise ConfigError(f"{folder} was written by a run that trains other parameters; delete it and start again")
        self.model.load_state_dict(kept, strict=False)

    def save(self, folder: Path, *, base: str = "") -> list[Path]:
        """Write what peft can read apart from the model, `folder/PART` for each such part, before it is merged; returns the folders.

        `base` is where the untuned model is.
        """
        return save_unmerged(self.model, folder, base=base)

    def merge(self) -> PreTrainedModel:
        """Merge peft's layers into the weights that they stand beside; what is attached stays attached. Returns the model."""
        for name, module in list(self.model.named_modules()):
            if isinstance(module, BaseTunerLayer):
                parent, _, child = name.rpartition(".")
                setattr(self.model.get_submodule(parent), child, _merged(module))
        self.model.sayso_peft = {}
        return self.model

    def _trained(self) -> dict[str, nn.Parameter]:
        return {name: one for name, one in self.model.named_parameters() if one.requires_grad}


def tune(model: PreTrainedModel, parts: Mapping[str, PartConfig] | None, *, seed: int = 0) -> Tuned:
    """Prepare a model: each named part by its method, the others frozen; everything trains where no parts are asked for.

    New weights are drawn from `seed` and the part's name alone.

    Raises:
        ConfigError: the model has no such part, a method does not suit it, or nothing would train.
    """
    if parts is None:
        model.requires_grad_(True)
        return Tuned(model=model, prefixes={"": WHOLE}, methods={WHOLE: "full"}, rates={WHOLE: None})
    prefixes = find_parts(model, modules={name: part.modules for name, part in parts.items()})
    present = parts_of(model, prefixes)
    made = {
        name: methods.build(part.method, part.options, others=("learning_rate", "modules"))
        for name, part in parts.items()
    }
    _refuse_missing(parts, present=present, model=model)
    trained = [one for name in present if name in made for one in _apply(made[name], name, model, prefixes, seed)]
    model.requires_grad_(False)
    for parameter in trained:
        parameter.requires_grad_(True)
    _activate(model)
    if not trained:
        raise ConfigError("parts: every part is frozen; give one of them a method that trains, such as full or lora")
    return Tuned(
        model=model,
        prefixes=prefixes,
        methods={name: parts[name].method if name in parts else "frozen" for name in present},
        rates={name: parts[name].learning_rate if name in parts else None for name in present},
    )


def _apply(method: Method, name: str, model: PreTrainedModel, prefixes: Prefixes, seed: int) -> list[nn.Parameter]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive(seed, "parts", name) % 2**63)
        return list(method.apply(Part(model=model, name=name, prefixes=prefixes)))


def _refuse_missing(parts: Mapping[str, PartConfig], *, present: list[str], model: PreTrainedModel) -> None:
    for name, part in parts.items():
        if name not in present and part.method != "frozen":
            children = ", ".join(child for child, _ in model.named_modules() if child and child.count(".") < 2)
            raise ConfigError(
                f"parts: {type(model).__name__} has no {name}, only {', '.join(present)}; leave it out or "
                f"name its modules, among {children}"
            )


def _activate(model: nn.Module) -> None:
    """Every layer has the adapter of its own part; putting in the next one has turned it off."""
    for layer in model.modules():
        if isinstance(layer, BaseTunerLayer):
            layer.set_adapter(sorted(layer._get_available_adapters()))


def _merged(layer: Any) -> nn.Module:
    """What the layer stands beside, with what it has learned added."""
    base: nn.Module = layer.get_base_layer()
    linear = whole(base)
    if linear is base:
        layer.merge(safe_merge=True)
        return base
    (adapter,) = layer.active_adapters
    linear.weight.data += layer.get_delta_weight(adapter).to(linear.weight.dtype)
    return linear


def _share(counts: Mapping[str, Any]) -> str:
    share = counts["trainable"] / max(1, counts["total"])
    return f"{counts['trainable']:,} of {counts['total']:,} parameters ({share:.2%})"
