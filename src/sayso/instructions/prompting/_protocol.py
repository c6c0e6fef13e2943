"""What a way of prompting is: a sample in, the same question as it is put to the model out.

The wording has met the example when prompting begins; what it adds goes around them: worked examples, a request to think, another layout. Nothing of
the sample's references may come in, and demonstrations are other examples, rendered under the same wording with their answers.
"""

from collections.abc import Sequence
from typing import Protocol

from sayso.config import PluginConfig
from sayso.records import Sample
from sayso.registry import Registry

__all__ = ["Prompting", "promptings", "WHOLE"]

WHOLE = PluginConfig(name="whole")
"""All that a model writes is its answer."""


class Prompting(Protocol):
    """Puts questions."""

    @property
    def num_demonstrations(self) -> int:
        """How many worked examples it needs at least; 0 where it needs none."""
        ...

    @property
    def written(self) -> bool:
        """Whether answers must be written by the model, so that options cannot be ranked."""
        ...

    @property
    def parser(self) -> PluginConfig:
        """How an answer is read out of what the model writes, unless somebody says otherwise."""
        ...

    def prompt(self, sample: Sample, *, demonstrations: Sequence[Sample], seed: int) -> Sample:
        """The sample as it is asked; a function of the example and the seed, alike under all wordings.

        Raises:
            DataError: fewer demonstrations than it needs.
        """
        ...


promptings: Registry[Prompting] = Registry("prompting", "sayso.instructions.prompting")
"""Ways of prompting by name."""
