"""Learning percentage: how much of all that a model learned about a response it had learned early.

    LP_t = (P_{t-1} - P_t) / (P_0 - P_n)          P_t: perplexity of the response, given its conversation, after epoch t

A low LP_1 is a hard row, learned late, and is kept. Source: Mekala et al. 2024, "Smaller Language Models are capable of selecting Instruction-Tuning Training Data for Larger Language Models"
(from memory, not checked: formula, t = 1 and that the hardest share is kept; its version by clusters is a `cluster_balanced` selector on this column). A small model scores for a large one.

The models are the `checkpoints`, in order and the untuned one first; without them the train stages among the parents in the order of `from:`, behind the weights that the first of them began with: train one
epoch, go on from there, and name both. Rows whose perplexity did not fall from first to last have no number (ours).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from sayso.data.scorers._filling import Filling
from sayso.data.scorers._protocol import Columns, Scoring, Trained, scorers
from sayso.data.scorers._ratios import exp
from sayso.data.scorers._with_model import WithModel
from sayso.errors import ConfigError
from sayso.models.auto import load_model
from sayso.models.contexts import ContextReader
from sayso.records import Sample

__all__ = ["LearningPercentage"]

NAMES = {"learning_percentage": False, "perplexity_before": False, "perplexity_after": False}


@scorers.register("learning_percentage")
@dataclass(kw_only=True)
class LearningPercentage(WithModel):
    """Columns `learning_percentage` (lower is harder, and better), `perplexity_before` of all learning and `perplexity_after`; `epoch` is t.

    Of the models that are read at most four are held, all at once.
    """

    checkpoints: tuple[str, ...] = ()
    epoch: Annotated[int, Field(ge=1)] = 1

    per_row = True

    @property
    def reads_trained(self) -> bool:
        """Whether values depend on the stage's train stages."""
        return not self.checkpoints

    def score(self, samples: Sequence[Sample], *, scoring: Scoring) -> Columns:
        """One forward pass a row and model.

        Raises:
            ConfigError: fewer models than it needs, or `model:` is set.
        """
        places = self._places(scoring)
        wanted = (0, self.epoch - 1, self.epoch, len(places) - 1)
        read = {place: self._perplexities(samples, places[place]) for place in dict.fromkeys(wanted)}
        filling = Filling(NAMES)
        for row in range(len(samples)):
            first, before, after, last = (read[place][row] for place in wanted)
            why = next((one for one in (first, before, after, last) if isinstance(one, str)), None)
            filling.add(why or _row(float(first), float(before), float(after), float(last)))
        return filling.columns()

    def _places(self, scoring: Scoring) -> tuple[str, ...]:
        if self.model is not None:
            raise ConfigError(
                f"learning_percentage reads several models, not {self.model.name!r} alone; name them in checkpoints:"
            )
        places = self.checkpoints or _trained(scoring.trained)
        if len(places) < 3 or self.epoch >= len(places):
            raise ConfigError(
                f"learning_percentage of epoch {self.epoch} needs the untuned model and at least {max(2, self.epoch)} after it, and has {len(places)} in all; "
                "name train stages that go on from one another in from:, or folders in checkpoints:"
            )
        return places

    def _perplexities(self, samples: Sequence[Sample], place: str) -> list[float | str]:
        losses = [found.mean("full") for found in self._open(place).read(samples)]
        return [loss if isinstance(loss, str) else exp(loss) for loss in losses]

    def _open(self, place: str) -> ContextReader:
        if place not in self._readers:
            self._readers[place] = self.reader_of(load_model(place))
        return self._readers[place]


def _row(first: float, before: float, after: float, last: float) -> dict[str, float | str]:
    fell = first - last
    told = (before - after) / fell if fell > 0 else "its perplexity did not fall from the first model to the last"
    return {"learning_percentage": told, "perplexity_before": first, "perplexity_after": last}


def _trained(stages: Sequence[Trained]) -> tuple[str, ...]:
    """The weights that the first stage began with, and those of each."""
    return (_untuned(stages[0]), *(str(stage.model) for stage in stages)) if stages else ()


def _untuned(stage: Trained) -> str:
    path = stage.folder / "untuned.json"
    try:
        place = str(json.loads(path.read_text())["path"])
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(
            f"train stage {stage.name!r} does not say what it began with ({path}); name folders in checkpoints:"
        ) from error
    return str(Path(stage.folder, place)) if Path(stage.folder, place).exists() else place
