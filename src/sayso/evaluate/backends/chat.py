"""Any endpoint that speaks OpenAI's chat completions, on the calling machinery of `sayso.lm`: what was answered once is never asked again.

    {name: chat, model: my-model, base_url: http://localhost:8000/v1, max_concurrency: 32}

The options are those of the language model `chat` (`docs/language_models.md`): rates, budget, retries, fields. Each reply is on file, under a
hash of the endpoint, the turns, the bytes of the pictures and the decoding, before it is used. Options are ranked where the endpoint tells
the log-probability of the text that it is sent, and chosen where it can be held to them (`guided`, vLLM's fields); what it does
not do is refused and never approximated. Both are tried on one call first, since many endpoints ignore what they do not know.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from sayso.artifacts import Progress
from sayso.errors import BackendError, ConfigError
from sayso.evaluate.backends._asking import Asker, options_of
from sayso.evaluate.backends._protocol import Advance, Decoding, Reply, backends
from sayso.evaluate.backends._ranking import INSTEAD, OPEN, WHOLE, check_ending, logprobs_of
from sayso.lm import LanguageModel, Request, language_models, request
from sayso.lm import Reply as Said
from sayso.lm.chat import Chat as ChatModel
from sayso.records import Sample

__all__ = ["Chat", "chat", "Guided", "kept"]

Guided: TypeAlias = Literal["structured_outputs", "guided_choice"]
"""The field that holds a server to given texts: vLLM's, and the one that it took before 0.12."""

PROBE = "quartz 57 lantern"
"""A text that nobody writes unless held to it."""


class Call(NamedTuple):
    """A request, the sample it is for, and whether that sample is answered with it."""

    sample: str
    request: Request
    last: bool = True


class Chat:
    """Answers by calls to `model`, each at most once where it has a store."""

    def __init__(self, model: LanguageModel, *, guided: Guided | None = None) -> None:
        self._model, self._guided = model, guided
        self._asker = Asker()
        self._tried: set[str] = set()

    @property
    def name(self) -> str:
        """What the endpoint calls the model."""
        return self._model.name

    def answer(
        self, samples: Sequence[Sample], *, decoding: Decoding, advance: Advance = lambda samples: None
    ) -> list[Reply]:
        """One reply per sample.

        Raises:
            DataError: a picture cannot be opened, or there are no options to choose among.
            BackendError: the endpoint gave up, refused a call, or cannot decode this way; what was answered is on file.
        """
        if not samples:
            return []
        if decoding.method == "likelihood":
            return self._rank(samples, decoding=decoding, advance=advance)
        if decoding.method == "choice":
            return self._choose(samples, decoding=decoding, advance=advance)
        calls = [Call(sample.id, self._asker.request(sample, decoding=decoding)) for sample in samples]
        return self._answered(calls, decoding=decoding, advance=advance)

    def _answered(self, calls: Sequence[Call], *, decoding: Decoding, advance: Advance) -> list[Reply]:
        return [
            Reply(prompt=self._asker.prompt_text(call.request), output=said.text, extraction=decoding.method)
            for call, said in zip(calls, self._said(calls, advance=advance), strict=True)
        ]

    def _said(self, calls: Sequence[Call], *, advance: Advance = lambda samples: None) -> list[Said]:
        """All replies; all are asked for, and kept, before the first failure is told."""
        said, failed = [], []
        answers = self._model.answer([call.request for call in calls])
        for call, answered in zip(calls, answers, strict=True):
            if answered.reply is None:
                failed.append(f"sample {call.sample!r}: {answered.failure}")
            else:
                said.append(answered.reply)
            if call.last:
                advance(1)
        if failed:
            raise BackendError(
                f"{self._model.name} gave no reply to {len(failed)} of {len(calls)} calls, the first for {failed[0]}; "
                "the replies to the others are kept: see to it, and run again to ask for these alone"
            )
        return said

    def _rank(self, samples: Sequence[Sample], *, decoding: Decoding, advance: Advance) -> list[Reply]:
        once = replace(decoding, max_new_tokens=1)
        for sample in samples:
            options_of(sample)
        if "ranking" not in self._tried:
            self._try_ranking(samples[0], decoding=once)
        calls = [call for sample in samples for call in self._ranking_calls(sample, decoding=once)]
        said = self._said(calls, advance=advance)
        replies, start = [], 0
        for sample in samples:
            prompt, *options = said[start : start + 1 + len(sample.options)]
            values = logprobs_of(
                prompt, options=options, normalise=decoding.normalise, where=f"{self._model.name}, sample {sample.id!r}"
            )
            best = sample.options[max(range(len(values)), key=values.__getitem__)]
            text = self._asker.prompt_text(calls[start].request)
            replies.append(Reply(prompt=text, output=best, extraction="likelihood", logprobs=values))
            start += 1 + len(options)
        return replies

    def _ranking_calls(self, sample: Sample, *, decoding: Decoding) -> Iterator[Call]:
        yield Call(sample.id, self._asker.request(sample, decoding=decoding, extra=OPEN), last=False)
        for number, option in enumerate(sample.options, start=1):
            asked = self._asker.request(sample, decoding=decoding, response=option, extra=WHOLE)
            yield Call(sample.id, asked, last=number == len(sample.options))

    def _try_ranking(self, sample: Sample, *, decoding: Decoding) -> None:
        """Three calls that show whether the endpoint knows both fields."""
        opened = self._asker.request(sample, decoding=decoding, extra=OPEN)
        closed = self._asker.request(sample, decoding=decoding, extra=WHOLE)
        whole = self._asker.request(sample, decoding=decoding, response=sample.options[0], extra=WHOLE)
        prompt, shut, answered = self._tell(
            (opened, closed, whole), what="rank options by likelihood (prompt_logprobs, add_generation_prompt)"
        )
        check_ending(prompt, shut, whole=answered, where=self._model.name)
        self._tried.add("ranking")

    def _choose(self, samples: Sequence[Sample], *, decoding: Decoding, advance: Advance) -> list[Reply]:
        field = self._guided
        if field is None:
            raise BackendError(
                f"{self._model.name} is not known to write nothing but options; where its server can (vLLM), set "
                "guided: structured_outputs (guided_choice before vLLM 0.12) in evaluate.backend, else option_decoding: generate"
            )
        if "choice" not in self._tried:
            self._try_choice(field)
        calls = [Call(sample.id, self._choice_call(sample, decoding=decoding, field=field)) for sample in samples]
        replies = self._answered(calls, decoding=decoding, advance=advance)
        for sample, reply in zip(samples, replies, strict=True):
            if reply.output.strip() not in {option.strip() for option in sample.options}:
                raise BackendError(
                    f"{self._model.name}, sample {sample.id!r}: {reply.output!r} is none of the options {sample.options}, "
                    f"though {field} held it to them; {INSTEAD}"
                )
        return replies

    def _choice_call(self, sample: Sample, *, decoding: Decoding, field: Guided) -> Request:
        options = options_of(sample)
        longest = max(len(option.encode()) for option in options) + 1  # a token is a byte at least
        enough = replace(decoding, max_new_tokens=max(decoding.max_new_tokens, longest))
        return self._asker.request(sample, decoding=enough, extra=_held_to(options, field=field))

    def _try_choice(self, field: Guided) -> None:
        asked = request(("user", "Say hello."), max_tokens=len(PROBE) + 1, extra=_held_to((PROBE,), field=field))
        (said,) = self._tell((asked,), what=f"be held to options by {field}")
        if said.text.strip() != PROBE:
            raise BackendError(
                f"{self._model.name} ignores {field}: held to {PROBE!r} it wrote {said.text!r}; "
                "set another guided, or evaluate.option_decoding: generate"
            )
        self._tried.add("choice")

    def _tell(self, asked: Sequence[Request], *, what: str) -> list[Said]:
        answered = list(self._model.answer(asked))
        failed = next((one.failure for one in answered if one.reply is None), None)
        if failed is not None:
            raise BackendError(f"{self._model.name} cannot {what}: {failed}; {INSTEAD}")
        return [one.reply for one in answered if one.reply is not None]


def _held_to(options: Sequence[str], *, field: Guided) -> dict[str, Any]:
    texts = list(options)
    return {"structured_outputs": {"choice": texts}} if field == "structured_outputs" else {"guided_choice": texts}


class Notes(Progress):
    """Hands on what calls have to say; their bar would be a second one beside that of the samples."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def note(self, text: str) -> None:
        """Rate, cost and what failed."""
        self._progress.note(text)


def kept(
    options: dict[str, Any],
    *,
    store: Path | None,
    progress: Progress | None,
    guided: Guided | None = None,
    known_as: str | None = None,
) -> Chat:
    """The backend of the language model `chat` with these options, its replies in `store`, or nowhere.

    Raises:
        ConfigError: an option is wrong, or `chat` is another package's.
    """
    model = language_models.build("chat", options)
    if not isinstance(model, ChatModel):
        raise ConfigError(f"language model 'chat' is {model!r} here and no endpoint; another package took its name")
    if store is None:
        return Chat(model, guided=guided)
    return Chat(model.keeping(store, progress=Notes(progress or Progress()), known_as=known_as), guided=guided)


@backends.register("chat")
def chat(
    *, store: Path | None = None, progress: Progress | None = None, guided: Guided | None = None, **options: Any
) -> Chat:
    """The endpoint's `model` at `base_url`; further options are those of the language model `chat`."""
    return kept(options, store=store, progress=progress, guided=guided)
