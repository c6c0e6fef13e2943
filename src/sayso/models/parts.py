"""The parts of a model - vision tower, projector, language model - told from what transformers offers rather than from names.

`get_encoder(modality="image")` gives the vision tower, `get_decoder()` the decoder; the language model is the largest module around
the decoder that does not hold the tower, with the embeddings and the head. What is left stands between the two and is the projector.
Every parameter has exactly one part: the one of the longest module name that it begins with.
"""

from collections.abc import Iterator, Mapping, Sequence

from torch import nn
from transformers import PreTrainedModel

from sayso.errors import ConfigError

__all__ = ["find_parts", "part_of", "PARTS", "parts_of", "Prefixes"]

PARTS = ("vision_tower", "projector", "language_model")
Prefixes = Mapping[str, str]
"""Module name -> part; `""` is the whole model."""

MERGER = "merger"  # Qwen-VL and its kin keep their projector inside the tower, under names with this word


def find_parts(model: PreTrainedModel, *, modules: Mapping[str, Sequence[str]] | None = None) -> dict[str, str]:
    """The module names that parameters are told by; `modules` are names by part that somebody gave, which win.

    Raises:
        ConfigError: the model reads images but shows no vision tower, or a given module does not exist.
    """
    given = {_existing(name, model=model): part for part, names in (modules or {}).items() for name in names}
    return {**_found(model, trusting=not given), **given}


def part_of(name: str, prefixes: Prefixes) -> str:
    """The part of a parameter or module."""
    return prefixes[max((one for one in prefixes if _within(name, one)), key=len)]


def parts_of(model: nn.Module, prefixes: Prefixes) -> list[str]:
    """The parts that the model has, in the usual order."""
    present = {part_of(name, prefixes) for name, _ in model.named_parameters()}
    return [part for part in PARTS if part in present]


def _found(model: PreTrainedModel, *, trusting: bool) -> dict[str, str]:
    names = {module: name for name, module in model.named_modules()}
    tower = _tower(model, names=names)
    if tower is None:
        if trusting and getattr(model.config, "vision_config", None) is not None:
            raise ConfigError(
                f"no vision tower is known in {type(model).__name__}; name its modules, "
                f"as in parts: {{vision_tower: {{modules: [...]}}}}; it has {_listed(model)}"
            )
        return {"": "language_model"}
    language = [_outermost(names[model.get_decoder()], tower=tower)]
    ends = (model.get_input_embeddings(), model.get_output_embeddings())
    language += [names[end] for end in ends if end in names]
    return {
        "": "projector",
        **dict.fromkeys(_towers(model, tower=tower), "vision_tower"),
        **dict.fromkeys(_mergers(model, tower=tower), "projector"),
        **dict.fromkeys(language, "language_model"),
    }


def _tower(model: PreTrainedModel, *, names: Mapping[nn.Module, str]) -> str | None:
    """A model without one answers with itself, with its base, or with nothing."""
    found = model.get_encoder(modality="image")
    return None if found in (None, model, model.base_model) else names[found]


def _towers(model: PreTrainedModel, *, tower: str) -> Iterator[str]:
    """The image tower and others of its kind beside it, such as one for videos."""
    kind, around = type(model.get_submodule(tower)), tower.rpartition(".")[0]
    for name, module in model.get_submodule(around).named_children():
        if type(module) is kind:
            yield f"{around}.{name}" if around else name


def _mergers(model: PreTrainedModel, *, tower: str) -> list[str]:
    return [f"{tower}.{name}" for name, _ in model.get_submodule(tower).named_children() if MERGER in name]


def _outermost(name: str, *, tower: str) -> str:
    while (around := name.rpartition(".")[0]) and not _within(tower, around):
        name = around
    return name


def _within(name: str, module: str) -> bool:
    return not module or name == module or name.startswith(f"{module}.")


def _existing(name: str, *, model: nn.Module) -> str:
    known = [one for one, _ in model.named_modules()] + [one for one, _ in model.named_parameters()]
    if name not in known:
        raise ConfigError(f"{type(model).__name__} has no module {name!r}; it has {_listed(model)}")
    return name


def _listed(model: nn.Module) -> str:
    """The names of the first two levels."""
    children = [name for name, _ in model.named_modules() if name and name.count(".") < 2]
    return ", ".join(children[:40])
