"""Methods whose layers are peft's: they take the place of linear maps and are merged into them in the end.

Every part gets an adapter of its own name, so that parts may differ in method and options. peft's wrapper around a whole model is not
used: the model stays of its own class, with the arguments, the generation and the saving that this class has.
"""

from collections.abc import Iterable

from peft import PeftConfig
from peft.mapping import inject_adapter_in_model
from torch import nn

from sayso.errors import ConfigError
from sayso.models.attached._layers import linear_places
from sayso.train.parts.methods._protocol import Part

__all__ = ["inject", "targets"]


def targets(part: Part, *, endings: Iterable[str]) -> list[str]:
    """The linear maps of the part with these endings, all where there are none.

    Raises:
        ConfigError: there is none.
    """
    found = linear_places(part.model, within=part.modules, endings=tuple(endings))
    if not found:
        known = linear_places(part.model, within=part.modules)
        names = sorted({name.rpartition(".")[2] for name in known})
        raise ConfigError(
            f"{part.name} has no linear map that ends in {', '.join(endings) or 'anything'}; it has {', '.join(names) or 'none'}"
        )
    return found


def inject(part: Part, config: PeftConfig) -> list[nn.Parameter]:
    """Put the layers in; returns their parameters, which are float32 whatever the model is."""
    before = set(part.model.parameters())
    adapter = f"on_{part.name}"
    inject_adapter_in_model(config, part.model, adapter_name=adapter)
    known = getattr(part.model, "sayso_peft", {})
    part.model.sayso_peft = {**known, adapter: config}
    del part.model.peft_config  # the next part is no second adapter of these layers
    new = [one for one in part.model.parameters() if one not in before]
    for one in new:
        one.data = one.data.float()
    return new
