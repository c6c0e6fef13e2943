"""Methods whose modules are attached: they stay beside the model's own weights."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from torch import nn

from sayso.errors import ConfigError
from sayso.models.attached import MARK, Attached, attached_to, attachments, note_attached
from sayso.train.parts.methods._protocol import Part

__all__ = ["Attaching"]


@dataclass(frozen=True)
class Attaching:
    """An attachment of that kind on the part; one that is there already, from an earlier stage, goes on training."""

    kind: str
    options: Mapping[str, Any]

    def apply(self, part: Part) -> Iterable[nn.Parameter]:
        """Attach it."""
        made = attachments.build(self.kind, self.options)
        earlier = [one for one in attached_to(part.model) if (one.kind, one.part) == (self.kind, part.name)]
        if earlier:
            _refuse_other(earlier[0], options=asdict(made), part=part)  # type: ignore[call-overload]
        else:
            places = made.places(part.model, within=part.modules)
            made.attach(part.model, places=places)
            note_attached(part.model, kind=self.kind, part=part.name, made=made, places=places)
        (one,) = [one for one in attached_to(part.model) if (one.kind, one.part) == (self.kind, part.name)]
        names = [f"{place}.{MARK}{self.kind}" for place in one.places]
        return [one for name in names for one in part.model.get_submodule(name).parameters()]


def _refuse_other(earlier: Attached, *, options: Mapping[str, Any], part: Part) -> None:
    if _plain(earlier.options) != _plain(options):
        raise ConfigError(
            f"{part.name} has a {earlier.kind} from an earlier stage with other options ({_plain(earlier.options)}); "
            "give these, or choose another method"
        )


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in options.items()}
