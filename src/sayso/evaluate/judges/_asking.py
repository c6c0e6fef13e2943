"""What judges share: opening the model, laying out what is asked, and one opinion a reply.

Everything that is judged stands between lines of dashes, of which it cannot have one itself, and the judge is told that it is text to judge and not to follow.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sayso.artifacts import Progress
from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.evaluate.corpus import CorpusMetric
from sayso.evaluate.judges._protocol import Case, Opinion
from sayso.evaluate.parsers import Parsed
from sayso.lm import Answered, LanguageModel, Request, judging, language_models, open_model
from sayso.lm.judging import JUDGED, fenced, shown

__all__ = ["asked", "judge_model", "marked", "opinion_of", "Single", "UNANSWERED"]

UNANSWERED = "the judge did not answer"
MAX_TOKENS = 512


@dataclass(frozen=True, kw_only=True)
class Single:
    """A judge of one call a case: `ask` says what, `read` reads the reply."""

    model: LanguageModel
    ask: Callable[[Case], Request]
    read: Callable[[str], Parsed]
    metric: CorpusMetric

    @property
    def model_name(self) -> str:
        """Who judges."""
        return self.model.name

    def judge(self, cases: Iterable[Case]) -> Iterator[Opinion]:
        """One opinion a case, in order; equal cases are asked about once."""
        some = list(cases)
        for case, answered in zip(some, self.model.answer(list(map(self.ask, some))), strict=True):
            yield opinion_of(case, answered, read=self.read, judge=self.model.name)


def opinion_of(case: Case, answered: Answered, *, read: Callable[[str], Parsed], judge: str) -> Opinion:
    """What a reply says, or why it says nothing."""
    if answered.reply is None:
        reason = f"{UNANSWERED} ({answered.failure})"
        return Opinion(example=case.example, value=None, judge=judge, reason=reason, answered=False)
    found = read(answered.reply.text)
    replies = (answered.reply.text,)
    return Opinion(example=case.example, value=found.text, judge=judge, reason=found.reason, replies=replies)


def judge_model(model: PluginConfig | None, *, judge: str, store: str, progress: Progress | None) -> LanguageModel:
    """The language model of a judge; with `store`, its replies are kept there.

    Raises:
        ConfigError: none is given, or there is no such model.
    """
    if model is None:
        raise ConfigError(
            f"judge {judge!r} needs a language model and has none; give judge: "
            f"{{name: {judge}, model: {{name: chat, model: MODEL, base_url: URL}}}}"
        )
    if store:
        return open_model(model, store=Path(store), progress=progress)
    return language_models.build(model.name, model.options)


def asked(task: str, case: Case, *, answers: dict[str, str], end: str) -> Request:
    """What the judge is to do, the case between dashes, and how to reply; pictures go along where the case has them."""
    shown_texts = {
        "Question": case.question,
        "What the picture shows": case.notes,
        "A right answer, written by a person": case.reference,
    }
    parts = [fenced(title, text) for title, text in shown_texts.items() if text.strip()]
    parts += [fenced(title, text) for title, text in answers.items()]
    return shown("\n\n".join([task, *parts, f"{JUDGED} {end}"]), media=case.media, max_tokens=MAX_TOKENS)


def marked(reply: str, *, marker: str, known: Iterable[str]) -> Parsed:
    """The one word behind `marker`, as `sayso.lm.judging.marked` reads it."""
    word, reason = judging.marked(reply, marker=marker, known=known)
    return Parsed(text=word, reason=reason)
