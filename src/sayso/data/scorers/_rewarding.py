"""Samples for a reward model: which of them it can read, and the turns that it is given; the model is loaded when it is first asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from sayso.data.scorers._rating import NO_EXCHANGE
from sayso.models.reward import Layout, RewardModel, Turns
from sayso.records import Sample

__all__ = ["asks", "Rewarding"]

CHUNK = 256


@dataclass(kw_only=True)
class Rewarding:
    """Options of a reward model, and the model."""

    path: str
    layout: Layout = "auto"
    without_pictures: bool = False
    batch_size: int = 16
    device: str | None = None

    @cached_property
    def model(self) -> RewardModel:
        """Loaded once."""
        return RewardModel(self.path, layout=self.layout, batch_size=self.batch_size, device=self.device)

    def rewards(self, samples: Sequence[Sample], *, answers: Sequence[str] | None = None) -> list[float | str]:
        """The reward of each sample's last answer, or of `answers` in its place, or why there is none."""
        found: list[float | str] = []
        rows = enumerate(samples)
        while some := list(islice(rows, CHUNK)):
            told = [self._refusal(sample, answered=answers is not None) for _, sample in some]
            good = [
                turns_of(sample, answer=None if answers is None else answers[row])
                for (row, sample), refusal in zip(some, told, strict=True)
                if not refusal
            ]
            rewards = iter(self.model.rewards(good))
            found += [refusal or next(rewards) for refusal in told]
        return found

    def _refusal(self, sample: Sample, *, answered: bool) -> str:
        if not asks(sample) or not (answered or sample.messages[-1].role == "assistant"):
            return NO_EXCHANGE
        if sample.media and not self.without_pictures:
            return (
                "it has a picture, and a reward model reads text alone (without_pictures: true judges the texts alone)"
            )
        return ""


def asks(sample: Sample) -> bool:
    """Whether somebody asks something in it that is, or could be, answered."""
    return bool(sample.messages) and any(message.role == "user" for message in sample.prompt)


def turns_of(sample: Sample, *, answer: str | None = None) -> Turns:
    """All turns as texts, with `answer` as the last where it is given."""
    said = sample.messages if answer is None else sample.prompt
    turns = [(message.role, message.text) for message in said]
    return turns if answer is None else [*turns, ("assistant", answer)]
