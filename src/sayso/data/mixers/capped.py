"""`capped`: in proportion to sizes, but no task counts for more than `max_examples`: p ~ min(n, K).

K is 3,000 in FLAN and 4,096 in OPT-IML (from secondary sources). A large task is not cut: all of its examples come, only less often.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from sayso.data.mixers._protocol import Mixing, TaskStats, mixers

__all__ = ["CappedMixer"]


@mixers.register("capped")
@dataclass(frozen=True, kw_only=True)
class CappedMixer:
    """`max_examples` is K."""

    num_held_back: ClassVar[int] = 0
    max_examples: Annotated[int, Field(ge=1)] = 3000

    def weigh(self, tasks: Sequence[TaskStats], *, mixing: Mixing) -> Sequence[float]:
        """The sizes, none above K."""
        return [min(task.size, self.max_examples) for task in tasks]
