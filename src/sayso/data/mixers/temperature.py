"""`temperature`: p ~ min(n, K)^(1 / T), from proportional (T = 1) to all tasks alike (T large); 2 without a cap is `square_root`.

The rule is that of multilingual and T5's multi-task training, which FLAN's capped mixing is a case of.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from sayso.data.mixers._protocol import Mixing, TaskStats, mixers

__all__ = ["TemperatureMixer"]


@mixers.register("temperature")
@dataclass(frozen=True, kw_only=True)
class TemperatureMixer:
    """`temperature` is T; `max_examples`, where given, is K."""

    num_held_back: ClassVar[int] = 0
    temperature: Annotated[float, Field(ge=1)] = 2.0
    max_examples: Annotated[int, Field(ge=1)] | None = None

    def weigh(self, tasks: Sequence[TaskStats], *, mixing: Mixing) -> Sequence[float]:
        """The capped sizes to the power of 1 / T."""
        cap = self.max_examples
        return [(task.size if cap is None else min(task.size, cap)) ** (1 / self.temperature) for task in tasks]
