"""What a train stage leaves of the way it went: its checkpoints with their learning rates, weights and Adam moments.

A checkpoint of a stage with `parts` holds what trained and nothing else. It is opened on the weights before the first step, with the layers that `adapter/PART` describes put back, so
that gradients are taken of A and B as they were, not of the weights that they were merged into in the end.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import torch
from peft import PeftConfig
from peft.mapping import inject_adapter_in_model
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors.torch import load_file
from transformers import PreTrainedModel

from sayso.errors import ConfigError, DataError
from sayso.models._protocol import ModelBundle
from sayso.models.attached import attached_to, reattach
from sayso.models.auto import load_model
from sayso.models.gradients.moments import Moments
from sayso.models.gradients.weights import Weights

__all__ = ["Checkpoint", "checkpoints_of", "NAMES", "open_checkpoint", "Opener", "read_moments"]

NAMES = "parameter_names.json"
"""Beside `optimizer.pt`: the names of the parameters of each of its groups, in order."""
TRAINED = "trained.safetensors"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A checkpoint of a train stage in `stage`; `learning_rate` is the mean over the steps since the one before it."""

    stage: Path
    folder: Path
    step: int
    learning_rate: float


def checkpoints_of(stage: Path, *, which: Literal["all", "last"] = "all") -> list[Checkpoint]:
    """The checkpoints that a finished train stage still holds, by step; or the last of them alone.

    Raises:
        ConfigError: it holds none.
    """
    steps = sorted(_steps(stage / "checkpoints"))
    if not steps:
        raise ConfigError(
            f"{stage} holds no checkpoint, only its last model; run it again, or take that one with preconditioner: none"
        )
    last = stage / "checkpoints" / f"checkpoint-{steps[-1]}"
    rates = _logged(last) or [(0, _first_rate(last))]
    made = [
        Checkpoint(
            stage=stage,
            folder=stage / "checkpoints" / f"checkpoint-{step}",
            step=step,
            learning_rate=_mean_rate(rates, after=before, until=step),
        )
        for before, step in pairwise([0, *steps])
    ]
    return made if which == "all" else made[-1:]


class Opener:
    """Opens checkpoints one after the other, reading again only what differs: of a stage with `parts` that is what trained."""

    def __init__(self) -> None:
        self._at: Checkpoint | None = None
        self._bundle: ModelBundle | None = None

    def open(self, checkpoint: Checkpoint) -> ModelBundle:
        """The model as it was there, its layers not merged.

        The model of the checkpoint before it may be the same object, with other weights now.

        Raises:
            ConfigError: it does not belong to its stage.
        """
        if self._bundle is None or self._at != checkpoint:
            by_parts = (checkpoint.folder / TRAINED).exists()
            if not by_parts:
                self._bundle = load_model(checkpoint.folder)
            elif self._bundle is None or self._at is None or self._at.stage != checkpoint.stage:
                self._bundle = _unmerged(checkpoint.stage)
            if by_parts:
                _take_weights(self._bundle, checkpoint)
            self._at = checkpoint
        return self._bundle


def open_checkpoint(checkpoint: Checkpoint) -> ModelBundle:
    """One checkpoint by itself; see `Opener`."""
    return Opener().open(checkpoint)


def _unmerged(stage: Path) -> ModelBundle:
    """The weights before the first step, with all that training put beside them."""
    bundle = load_model(_untuned(stage))
    if not attached_to(bundle.model):
        reattach(bundle.model, stage / "model")
    _put_back(bundle.model, stage / "adapter")
    return bundle


def _take_weights(bundle: ModelBundle, checkpoint: Checkpoint) -> None:
    kept = load_file(checkpoint.folder / TRAINED)
    if unknown := set(kept) - set(bundle.model.state_dict()):
        raise ConfigError(f"{checkpoint.folder} holds {min(unknown)!r}, which its model has not; run the stage again")
    bundle.model.load_state_dict(kept, strict=False)


def read_moments(checkpoint: Checkpoint, *, weights: Weights) -> Moments:
    """Adam's moments of these weights.

    Raises:
        ConfigError: the checkpoint has none, or not of all of these weights.
    """
    names, path = checkpoint.folder / NAMES, checkpoint.folder / "optimizer.pt"
    remedy = "train it again with an Adam, or give preconditioner: estimated, or none"
    if not (names.exists() and path.exists()):
        raise ConfigError(f"{checkpoint.folder} has no {path.name} with {names.name}; {remedy}")
    saved = torch.load(path, map_location="cpu", weights_only=True)
    known = dict(_by_name(saved, groups=json.loads(names.read_text())))
    if not any("exp_avg" in state for state in known.values()):
        raise ConfigError(f"{checkpoint.folder} was not trained by an Adam, so it has no moments; {remedy}")
    if lacking := [name for name in weights.parameters if name not in known]:
        raise ConfigError(f"{checkpoint.folder}: {lacking[0]!r} did not train; choose other weights, {remedy}")
    first, second = (
        torch.cat([_moment(known[name], key, like=one) for name, one in weights.parameters.items()])
        for key in ("exp_avg", "exp_avg_sq")
    )
    group = saved["param_groups"][0]
    return Moments(first=first, second=second, betas=tuple(group["betas"]), eps=float(group["eps"]))


def _moment(state: Any, key: str, *, like: torch.Tensor) -> torch.Tensor:
    """Nothing where a parameter never had a gradient."""
    return state[key].float().flatten() if key in state else torch.zeros(like.numel())


def _by_name(saved: Any, *, groups: Sequence[Sequence[str]]) -> Iterator[tuple[str, Any]]:
    for group, names in zip(saved["param_groups"], groups, strict=True):
        for number, name in zip(group["params"], names, strict=True):
            yield name, saved["state"].get(number, {})


def _steps(folder: Path) -> Iterator[int]:
    for path in folder.glob("checkpoint-*"):
        number = path.name.rpartition("-")[2]
        if number.isdigit() and (path / "trainer_state.json").exists():
            yield int(number)


def _state(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / "trainer_state.json").read_text())
    except (OSError, ValueError) as error:
        raise DataError(f"{folder / 'trainer_state.json'} cannot be read ({error}); run the stage again") from error
    return found


def _logged(folder: Path) -> list[tuple[int, float]]:
    """Steps with their rates, those that were logged."""
    rows = _state(folder)["log_history"]
    return [(int(row["step"]), float(row["learning_rate"])) for row in rows if "learning_rate" in row]


def _first_rate(folder: Path) -> float:
    """What the schedule of a checkpoint began with, for a stage that ended before anything was logged."""
    path = folder / "scheduler.pt"
    return float(torch.load(path, map_location="cpu", weights_only=True)["base_lrs"][0]) if path.exists() else 1.0


def _mean_rate(logged: Sequence[tuple[int, float]], *, after: int, until: int) -> float:
    """Over the logged steps in between; where none was logged, of the last one before, or else of the first one behind."""
    between = [rate for step, rate in logged if after < step <= until]
    before = [rate for step, rate in logged if step <= until][-1:]
    rates = between or before or [rate for _, rate in logged[:1]]
    return sum(rates) / len(rates)


def _untuned(stage: Path) -> str:
    place: str = json.loads((stage / "untuned.json").read_text())["path"]
    return str(stage / place) if (stage / place).exists() else place


def _put_back(model: PreTrainedModel, folder: Path) -> None:
    """Put in the layers of peft as the stage had them, for each part that it trained so."""
    for place in sorted(folder.glob("*")):
        config = PeftConfig.from_pretrained(str(place))
        if config.is_prompt_learning:
            continue  # attached, and put back as such
        config.inference_mode = False
        with torch.random.fork_rng(devices=[]):
            inject_adapter_in_model(config, model, adapter_name=f"on_{place.name}")
        del model.peft_config
    for layer in model.modules():
        if isinstance(layer, BaseTunerLayer):
            layer.set_adapter(sorted(layer._get_available_adapters()))
    for name, one in model.named_parameters():
        if ".lora_" in name:
            one.data = one.data.float()
