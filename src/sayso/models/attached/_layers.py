"""Where the layers of a model are, and within each its attention and its feed-forward network."""

from collections.abc import Iterator, Sequence

from torch import nn

from sayso.models.attached._protocol import MARK

__all__ = ["layer_places", "linear_places"]

WORDS = {"attention": ("attn", "attention"), "ffn": ("mlp", "feed_forward", "ffn", "densereludense")}
LAST = ("fc2",)  # of networks whose two linear maps are the layer's own children


def linear_places(model: nn.Module, *, within: Sequence[str], endings: Sequence[str] = ()) -> list[str]:
    """The linear maps among the modules `within`, all of them or those with such endings; no attached ones."""
    return [
        name
        for name in within
        if isinstance(model.get_submodule(name), nn.Linear)
        and MARK not in name
        and (not endings or any(f".{name}".endswith(f".{ending}") for ending in endings))
    ]


def layer_places(model: nn.Module, *, within: Sequence[str], after: Sequence[str]) -> list[str]:
    """The sublayers of the kinds `after` (`attention`, `ffn`) in every layer among the modules `within`."""
    known = set(within)
    return [place for layer in _layers(model) for place in _sublayers(model, layer, after=after) if place in known]


def _layers(model: nn.Module) -> Iterator[str]:
    for name, module in model.named_modules():
        if isinstance(module, nn.ModuleList):
            yield from (f"{name}.{number}" for number in range(len(module)))


def _sublayers(model: nn.Module, layer: str, *, after: Sequence[str]) -> Iterator[str]:
    children = [name for name, child in model.get_submodule(layer).named_children()]
    for kind in after:
        words = WORDS[kind]
        found = [name for name in children if any(word in name.lower() for word in words) and "norm" not in name]
        if kind == "ffn" and not found:
            found = [name for name in children if name in LAST]
        yield from (f"{layer}.{name}" for name in found)
