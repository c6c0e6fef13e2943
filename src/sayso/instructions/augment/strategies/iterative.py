"""`iterative`: after the given wordings, what survived of each round is rewritten in the next.

The parent of a candidate is the generated wording that it was made from; the filters compare it with that and with the given one from which
both descend. MIns+_Iter (InstrAug, arXiv 2402.14492) fed the survivors back once at temperature 0.6. Rules could fill the
pool in the first round, so each round may fill its equal share of what is wanted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Annotated

from pydantic import Field

from sayso.instructions.augment.growing import Growing
from sayso.instructions.augment.paraphrasers._protocol import Writer
from sayso.instructions.augment.strategies._protocol import Batches, Outcome, strategies
from sayso.instructions.augment.strategies.turns import Lines, each_move, in_turns, of_given
from sayso.records import Template

__all__ = ["Iterative"]


@strategies.register("iterative")
@dataclass(frozen=True, kw_only=True)
class Iterative:
    """`rounds` passes over the survivors after the first one over the given wordings.

    Of each task at most `max_parents` survivors are rewritten in a round, the first of each ancestor before the second of any.
    """

    rounds: Annotated[int, Field(ge=1)] = 1
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.6
    max_parents: Annotated[int, Field(ge=1)] = 50
    together = False
    by_rules = True

    def batches(self, tasks: Sequence[Growing], *, writer: Writer) -> Batches:
        """A batch a round of a language model; by rules, task by task."""
        if writer.moves:
            yield from self._by_model(tasks, writer)
            return
        for task in tasks:
            yield from self._by_rules(task)

    def _by_model(self, tasks: Sequence[Growing], writer: Writer) -> Batches:
        lines = [of_given(task) for task in tasks]
        for number in range(self.rounds + 1):
            outcomes = yield [
                ask
                for task, ours in zip(tasks, lines, strict=True)
                if task.room > 0
                for ask in each_move(ours, writer=writer, temperature=self.temperature, round=number)
            ]
            lines = [self._survivors(task, outcomes) for task in tasks]

    def _by_rules(self, task: Growing) -> Batches:
        lines = of_given(task)
        for number in range(self.rounds + 1):
            share = -(-task.room // (self.rounds + 1 - number))
            outcomes = yield from in_turns(task, lines, room=share, round=number)
            lines = self._survivors(task, outcomes)

    def _survivors(self, task: Growing, outcomes: Sequence[Outcome]) -> Lines:
        """What was accepted for the task in a language that it was given in, ancestors in turn."""
        home = {parent.language for parent in task.parents}
        queues: dict[str, list[tuple[Template, Template]]] = {parent.id: [] for parent in task.parents}
        for one in outcomes:
            if (queue := queues.get(one.ask.root.id)) is not None:
                queue += [(kept, one.ask.root) for kept in one.accepted if kept.language in home]
        in_turn = (line for turn in zip_longest(*queues.values()) for line in turn if line is not None)
        return list(islice(in_turn, self.max_parents))
