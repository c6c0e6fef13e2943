"""What an attachment is: options that say how small modules are hung onto a model.

The modules are children of the modules they work beside, under the name `sayso_KIND`, so that they move, train and are counted with
the model; hooks of theirs let them take part. What hangs on a model is listed in its attribute `sayso_attached`.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Protocol

import msgspec
from torch import nn
from transformers import PreTrainedModel

from sayso.registry import Registry

__all__ = ["Attached", "attached_to", "Attachment", "attachments", "hang", "MARK", "note_attached"]

MARK = "sayso_"  # with what the names of attached children begin


class Attached(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of module attached to one part: the options it was made with and the modules it hangs on."""

    kind: str
    part: str
    options: dict[str, Any]
    places: list[str]


class Attachment(Protocol):
    """A kind of modules; its fields are the options of a recipe."""

    def places(self, model: PreTrainedModel, *, within: Sequence[str]) -> list[str]:
        """The names of the modules to hang on, among those named in `within`.

        Raises:
            ConfigError: there is none, or the model cannot have this kind.
        """
        ...

    def attach(self, model: PreTrainedModel, *, places: Sequence[str]) -> None:
        """Hang new modules onto these; what is drawn comes from torch's generator."""
        ...


attachments: Registry[Attachment] = Registry("attachment", "sayso.models.attached")
"""Attachments by name; each is a keyword-only dataclass of its options."""


def attached_to(model: nn.Module) -> list[Attached]:
    """What hangs on a model."""
    found: list[Attached] = getattr(model, "sayso_attached", [])
    return found


def note_attached(model: nn.Module, *, kind: str, part: str, made: Attachment, places: Sequence[str]) -> None:
    """Write down that something was attached."""
    one = Attached(kind=kind, part=part, options=asdict(made), places=list(places))  # type: ignore[call-overload]
    model.sayso_attached = [*attached_to(model), one]  # type: ignore[assignment]


def hang(child: nn.Module, *, on: nn.Module, kind: str) -> None:
    """Make it a child of the module, on that module's device, in float32: few weights, and small steps need the digits."""
    like = next(on.parameters())
    on.add_module(f"{MARK}{kind}", child)
    child.to(device=like.device).train(on.training)
