"""What rating scorers share: the exchanges of every sample are asked about, by a judge or by a model's tokens, and summed over turns.

    samples ──exchanges──> Prompts ──rate──> a number or a reason each ──sum over turns──> Column

DEITA's score of a conversation is the sum over its turns. One turn without a rating leaves the sum unknown, and the row NaN; so does a reply that cannot be
read, a judge that did not answer, a picture that cannot be opened.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np

from sayso.config import PluginConfig
from sayso.data.scorers._models import chosen, judge_of, rater_of
from sayso.data.scorers._protocol import Column, Columns, Scoring
from sayso.data.scorers._rubrics import Rubric
from sayso.errors import DataError
from sayso.instructions.exchanges import Exchange, exchanges
from sayso.lm import Answered, LanguageModel, Request
from sayso.lm.judging import marked, shown
from sayso.records import Media, MediaPart, Message, Sample, Span, TextPart
from sayso.sources import sendable

__all__ = ["by_judge", "column_of", "Judges", "NO_EXCHANGE", "Prompt", "Rate", "Rated", "rates_of"]

UNANSWERED = "the judge did not answer"
NO_EXCHANGE = "no answered question"
CHUNK = 64


class Unanswered(str):
    """Why a judge gave no rating this time; the next time it may."""

    __slots__ = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """What is asked about one exchange, with the pictures that were shown by then."""

    exchange: Exchange
    media: tuple[Media, ...] = ()


Rate: TypeAlias = Callable[[Iterable[Prompt], Rubric], Iterator[float | str]]
"""A rating for each prompt, in order, or why there is none."""


class TokenRater(Protocol):
    """What gives ratings by its tokens (`sayso.models.rating`)."""

    def rate(self, prompts: Sequence[Sample]) -> list[float | str]:
        """One for each prompt."""
        ...


@dataclass
class Judges:
    """Judges that were opened: a scorer is asked again and again, and a local judge has weights to load."""

    opened: dict[tuple[str, Path], LanguageModel] = field(default_factory=dict)

    def rate(self, config: PluginConfig, scoring: Scoring) -> Rate:
        """Ratings by the judge that `config` names.

        Raises:
            ConfigError: there is no such model.
        """
        key = config.model_dump_json(), scoring.store
        if key not in self.opened:
            self.opened[key] = judge_of(config, scoring)
        return by_judge(self.opened[key])


@dataclass(kw_only=True)
class Rated:
    """A scorer of one rubric."""

    rubric: Rubric
    judge: PluginConfig | None = None
    model: PluginConfig | None = None
    without_pictures: bool = False
    batch_size: int = 16
    per_row: bool = True
    reads_target: bool = False
    _raters: dict[str, TokenRater] = field(default_factory=dict)
    _judges: Judges = field(default_factory=Judges)

    @property
    def reads_trained(self) -> bool:
        """Only where no model is named."""
        return self.judge is None and self.model is None

    def score(self, samples: Sequence[Sample], *, scoring: Scoring) -> Columns:
        """One column, named as the rubric.

        Raises:
            ConfigError: there is no model to rate with.
            BackendError: the judge gave up; what it answered is kept.
        """
        found = rates_of(samples, rate=self.rate(scoring), rubric=self.rubric, without_pictures=self.without_pictures)
        return {self.rubric.name: column_of(found)}

    def rate(self, scoring: Scoring) -> Rate:
        """By the judge, or by the tokens of the model that is named or was trained last."""
        if self.judge is not None:
            return self._judges.rate(self.judge, scoring)
        config = chosen(self.model, scoring, scorer=self.rubric.name, other="judge: {name: chat, ...}")
        key = config.model_dump_json()
        if key not in self._raters:
            self._raters[key] = rater_of(config, points=self.rubric.points, batch_size=self.batch_size)
        return by_tokens(self._raters[key])


def rates_of(
    samples: Sequence[Sample], *, rate: Rate, rubric: Rubric, without_pictures: bool = False, last: bool = False
) -> list[list[float | str]]:
    """For every sample a rating of each of its exchanges, or the reason; `last` asks about the one that its last message ends, alone."""
    found: list[list[float | str]] = []
    rows: list[int] = []

    def prompts() -> Iterator[Prompt]:
        for row, sample in enumerate(samples):
            found.append([])
            ends = len(sample.messages) - 1
            for one in (one for one in exchanges(sample.messages) if not last or one.answered == ends):
                media = () if without_pictures else tuple(sample.media[index] for index in one.media)
                rows.append(row)
                yield Prompt(exchange=one, media=media)

    for number, value in enumerate(rate(prompts(), rubric)):
        found[rows[number]].append(value)
    return found


def column_of(found: Sequence[Sequence[float | str]], *, higher_is_better: bool = True) -> Column:
    """Sums over turns; the first reason of a row that has one."""
    values, why, again = np.full(len(found), np.nan), dict[int, str](), set[int]()
    for row, some in enumerate(found):
        turn, lost = next(((turn, one) for turn, one in enumerate(some, 1) if isinstance(one, str)), (0, NO_EXCHANGE))
        if turn or not some:
            why[row] = f"turn {turn}: {lost}" if len(some) > 1 else str(lost)
            again |= {row} if isinstance(lost, Unanswered) else set()
        else:
            values[row] = sum(one for one in some if not isinstance(one, str))
    return Column(values=values, why=why, higher_is_better=higher_is_better, again=again)


def by_judge(model: LanguageModel) -> Rate:
    """Ratings that a language model writes, as many calls under way as it allows."""

    def rate(prompts: Iterable[Prompt], rubric: Rubric) -> Iterator[float | str]:
        broken: dict[int, str] = {}
        number = 0
        for answered in model.answer(_requests(prompts, rubric, broken=broken)):
            while number in broken:
                yield broken[number]
                number += 1
            yield _read(answered, rubric)
            number += 1
        yield from (broken[left] for left in sorted(broken) if left >= number)

    return rate


def _requests(prompts: Iterable[Prompt], rubric: Rubric, *, broken: dict[int, str]) -> Iterator[Request]:
    """Requests for all prompts but those whose pictures cannot be sent, which are noted in `broken`."""
    for number, one in enumerate(prompts):
        try:
            media = tuple(map(sendable, one.media))
        except DataError as error:
            broken[number] = str(error)
        else:
            yield shown(rubric.ask(one.exchange, written=True), media=media)


def _read(answered: Answered, rubric: Rubric) -> float | str:
    if answered.reply is None:
        return Unanswered(f"{UNANSWERED} ({answered.failure})")
    word, reason = marked(answered.reply.text, marker="rating", known=rubric.known)
    return reason if word is None else float(word)


def by_tokens(rater: TokenRater) -> Rate:
    """Ratings by expectation over the digits."""

    def rate(prompts: Iterable[Prompt], rubric: Rubric) -> Iterator[float | str]:
        source = iter(prompts)
        while some := list(islice(source, CHUNK)):
            yield from rater.rate([_sample(one, rubric) for one in some])

    return rate


def _sample(one: Prompt, rubric: Rubric) -> Sample:
    pictures = tuple(MediaPart(index=place) for place in range(len(one.media)))
    text = rubric.ask(one.exchange, written=False)
    asked = TextPart(text=text, spans=(Span(start=0, end=len(text), role="instr"),))
    return Sample(
        id=rubric.name,
        example=rubric.name,
        task=rubric.name,
        template=rubric.name,
        messages=(Message(role="user", parts=(*pictures, asked)),),
        media=one.media,
    )
