"""Necessity: how well the model under training already answers; what it answers badly is what it needs.

    {name: necessity, reward: REWARD_MODEL}
    {name: necessity, judge: {name: chat, model: NAME, base_url: URL}}

The model (the last that was trained, or `model`) answers the last question of every sample, and a reward model or a judge rates that answer, not the one in the data.
Low is necessary, so lower values are chosen first. MoDS tunes a model on its first selection, and adds what scores under a threshold; rewards and ratings have no common scale, so
that a threshold belongs to its model.

Source: MoDS, Du et al. 2023, arXiv 2311.15653, and its code (CASIA-LM/MoDS), whose rewards are those of a DeBERTa reward model. Rating by a judge is ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from msgspec import structs

from sayso.config import PluginConfig
from sayso.data.scorers._models import chosen, writer_of
from sayso.data.scorers._protocol import Columns, Scoring, scorers
from sayso.data.scorers._rating import NO_EXCHANGE, Judges, column_of, rates_of
from sayso.data.scorers._rewarding import Rewarding, asks
from sayso.data.scorers._rubrics import QUALITY
from sayso.errors import ConfigError
from sayso.models.writing import Unread, Writer
from sayso.records import Message, Sample, TextPart

__all__ = ["necessity", "Necessity"]

CHUNK = 64


@dataclass(kw_only=True)
class Necessity:
    """The column `necessity`."""

    model: PluginConfig | None
    judge: PluginConfig | None
    rewarding: Rewarding | None
    without_pictures: bool
    max_new_tokens: int
    batch_size: int = 16
    per_row: bool = True
    reads_target: bool = False
    _writers: dict[str, Writer] = field(default_factory=dict)
    _judges: Judges = field(default_factory=Judges)

    @property
    def reads_trained(self) -> bool:
        """Where no model is named."""
        return self.model is None

    def score(self, samples: Sequence[Sample], *, scoring: Scoring) -> Columns:
        """One column, of which low values are chosen first.

        Raises:
            ConfigError: there is no model to answer.
            BackendError: a model gave up; what a judge answered is kept.
        """
        config = chosen(self.model, scoring, scorer="necessity")
        key = config.model_dump_json()
        if key not in self._writers:
            self._writers[key] = writer_of(config, max_new_tokens=self.max_new_tokens, batch_size=self.batch_size)
        found: list[list[float | str]] = []
        source = iter(samples)
        while some := list(islice(source, CHUNK)):
            answers = iter(self._writers[key].write([one for one in some if asks(one)]))
            found += self._rated(some, [next(answers) if asks(one) else Unread(NO_EXCHANGE) for one in some], scoring)
        return {"necessity": column_of(found, higher_is_better=False)}

    def _rated(self, samples: Sequence[Sample], answers: Sequence[str], scoring: Scoring) -> list[list[float | str]]:
        good = [row for row, answer in enumerate(answers) if not isinstance(answer, Unread)]
        some, said = [samples[row] for row in good], [answers[row] for row in good]
        if self.rewarding is not None:
            rates = [[one] for one in self.rewarding.rewards(some, answers=said)]
        else:
            rates = self._judged([_answered(sample, text) for sample, text in zip(some, said, strict=True)], scoring)
        found = iter(rates)
        return [[str(answer)] if isinstance(answer, Unread) else next(found) for answer in answers]

    def _judged(self, samples: Sequence[Sample], scoring: Scoring) -> list[list[float | str]]:
        if self.judge is None:
            raise ConfigError("scorer 'necessity' has judge: null; name the language model that judges")
        rate = self._judges.rate(self.judge, scoring)
        return rates_of(samples, rate=rate, rubric=QUALITY, without_pictures=self.without_pictures, last=True)


def _answered(sample: Sample, text: str) -> Sample:
    """The sample with another last answer."""
    answer = Message(role="assistant", parts=(TextPart(text=text, spans=()),))
    return structs.replace(sample, messages=(*sample.prompt, answer))


@scorers.register("necessity")
def necessity(
    *,
    reward: str = "",
    judge: PluginConfig | None = None,
    model: PluginConfig | None = None,
    max_new_tokens: int = 256,
    without_pictures: bool = False,
    batch_size: int = 16,
) -> Necessity:
    """The column `necessity`, by the reward model at `reward` or by a judge.

    Raises:
        ConfigError: neither of both is given, or both are.
    """
    if bool(reward) == (judge is not None):
        given = "both" if reward else "neither"
        raise ConfigError(
            f"scorer 'necessity' was given {given} of reward and judge; give reward: FOLDER or judge: {{name: chat, model: NAME, base_url: URL}}"
        )
    rewarding = Rewarding(path=reward, without_pictures=without_pictures, batch_size=batch_size) if reward else None
    return Necessity(
        model=model,
        judge=judge,
        rewarding=rewarding,
        without_pictures=without_pictures,
        max_new_tokens=max_new_tokens,
        batch_size=batch_size,
    )
