"""Linear maps kept in 4 or 8 bits while what stands beside them trains (Dettmers et al. 2022, 2023), by `bitsandbytes`.

A weight is quantised where it is, so that only the part that asks for it is. Afterwards it is made whole again from its few bits, and what was trained beside it is
added: the merged model is the one that was trained, not the one that it came from.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

from peft.utils.integrations import dequantize_module_weight
from torch import nn

from sayso.errors import ConfigError

__all__ = ["Bits", "quantised", "whole"]

Bits = Literal["4bit", "8bit"]


@contextmanager
def quantised(model: nn.Module, names: Iterable[str], *, bits: Bits | None) -> Iterator[None]:
    """Put quantised maps in the place of these, for peft to find within the block; nothing where `bits` is None.

    Raises:
        ConfigError: `bitsandbytes` is not installed.
    """
    if bits is None:
        yield
        return
    if find_spec("bitsandbytes") is None:
        raise ConfigError(
            f"quantise: {bits} needs bitsandbytes, which is not installed; type: pip install bitsandbytes"
        )
    for name in names:
        parent, _, child = name.rpartition(".")
        setattr(model.get_submodule(parent), child, _quantised(model.get_submodule(name), bits=bits))
    flag = f"is_loaded_in_{bits}"  # what peft asks before it looks at the maps themselves
    setattr(model, flag, True)
    yield
    delattr(model, flag)


def whole(linear: Any) -> nn.Linear:
    """The map with its weights in full; the same object where it was not quantised."""
    if type(linear.weight).__name__ not in ("Params4bit", "Int8Params"):
        return linear  # type: ignore[no-any-return]
    weight = dequantize_module_weight(linear).detach()
    made = nn.Linear(linear.in_features, linear.out_features, bias=linear.bias is not None, device="meta")
    made.weight = nn.Parameter(weight.to(linear.sayso_dtype), requires_grad=False)
    made.bias = linear.bias
    return made


def _quantised(linear: Any, *, bits: Bits) -> nn.Module:
    bnb = import_module("bitsandbytes")
    weight, bias = linear.weight.data, linear.bias is not None
    made: nn.Module
    if bits == "4bit":
        made = bnb.nn.Linear4bit(
            linear.in_features,
            linear.out_features,
            bias=bias,
            compute_dtype=weight.dtype,
            quant_type="nf4",
            device="meta",
        )
        made.weight = bnb.nn.Params4bit(weight, requires_grad=False, quant_type="nf4").to(weight.device)
    else:
        made = bnb.nn.Linear8bitLt(
            linear.in_features, linear.out_features, bias=bias, has_fp16_weights=False, device="meta"
        )
        made.weight = bnb.nn.Int8Params(weight, requires_grad=False, has_fp16_weights=False).to(weight.device)
    made.bias = linear.bias
    made.sayso_dtype = weight.dtype
    return made
