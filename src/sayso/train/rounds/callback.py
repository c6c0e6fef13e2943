"""Where rounds meet the Trainer: one of its epochs is what one answer of the mixer holds for.

The Trainer makes its iterator, and the workers that read ahead, anew for each of its epochs. So nothing that comes later is read before it is decided,
whatever is read ahead, and a checkpoint says by its step alone in which round it was written.
"""

from collections.abc import Callable, Mapping
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from sayso.errors import DataError
from sayso.train.rounds.order import MeasuredOrder
from sayso.train.samples.order import RunSampler

__all__ = ["RoundsCallback"]


class RoundsCallback(TrainerCallback):  # type: ignore[misc]
    """Decides what is not decided when an epoch of the Trainer begins; `measure` gives losses by task, `wait` lets all processes come."""

    def __init__(
        self,
        order: MeasuredOrder,
        *,
        sampler: RunSampler,
        measure: Callable[[], Mapping[str, float | None]],
        wait: Callable[[], object],
    ) -> None:
        self._order, self._sampler = order, sampler
        self._measure, self._wait = measure, wait

    def on_epoch_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Measure, decide, and let the sampler give the numbers of this part.

        Raises:
            DataError: the run goes on in the middle of a round whose policy is gone.
        """
        asked, into = divmod(state.global_step, self._order.steps)
        self._sampler.begun = asked
        if not self._order.knows(asked):
            if into:
                raise DataError(
                    f"{self._order.missing} is gone, but the run goes on {into} steps into what it decided; delete the stage's folder and train it again"
                )
            self._order.decide(self._measure(), wait=self._wait)
