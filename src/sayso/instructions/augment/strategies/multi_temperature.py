"""`multi_temperature`: every meta-prompt on every given wording once at each of several temperatures, from 0.50 to 1.00.

The eleven temperatures are those of MIns+_MT (InstrAug, arXiv 2402.14492), which ran them one after the other and merged the outputs; here they
are asked together, the lowest judged first. Rules have no temperature and are refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from sayso.instructions.augment.growing import Growing
from sayso.instructions.augment.paraphrasers._protocol import Writer
from sayso.instructions.augment.strategies._protocol import Batches, strategies
from sayso.instructions.augment.strategies.turns import each_move, of_given

__all__ = ["MultiTemperature", "TEMPERATURES"]

TEMPERATURES = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)


@strategies.register("multi_temperature")
@dataclass(frozen=True, kw_only=True)
class MultiTemperature:
    """As many passes over the given wordings as there are temperatures."""

    temperatures: Annotated[tuple[Annotated[float, Field(ge=0, le=2)], ...], Field(min_length=1)] = TEMPERATURES
    together = False
    by_rules = False

    def batches(self, tasks: Sequence[Growing], *, writer: Writer) -> Batches:
        """All asks in one batch."""
        yield [
            ask
            for task in tasks
            if task.room > 0
            for temperature in self.temperatures
            for ask in each_move(of_given(task), writer=writer, temperature=temperature)
        ]
