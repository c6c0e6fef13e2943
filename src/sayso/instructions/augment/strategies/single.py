"""`single`: every meta-prompt once on every given wording, at one temperature; by rules, all that they have to say.

With InstrAug's first five meta-prompts and as many plain requests to rephrase that is MIns+ (arXiv 2402.14492): ten calls
a wording at temperature 0.6.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from sayso.instructions.augment.growing import Growing
from sayso.instructions.augment.paraphrasers._protocol import Writer
from sayso.instructions.augment.strategies._protocol import Batches, strategies
from sayso.instructions.augment.strategies.turns import each_move, in_turns, of_given

__all__ = ["Single"]


@strategies.register("single")
@dataclass(frozen=True, kw_only=True)
class Single:
    """One pass over the given wordings; `temperature` is that of a language model."""

    temperature: Annotated[float, Field(ge=0, le=2)] = 0.6
    together = False
    by_rules = True

    def batches(self, tasks: Sequence[Growing], *, writer: Writer) -> Batches:
        """All asks of a language model in one batch; by rules, task by task until each has what is wanted."""
        if not writer.moves:
            for task in tasks:
                yield from in_turns(task, of_given(task), room=task.room)
            return
        yield [
            ask
            for task in tasks
            if task.room > 0
            for ask in each_move(of_given(task), writer=writer, temperature=self.temperature)
        ]
