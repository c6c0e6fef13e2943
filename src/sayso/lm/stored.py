"""A store for language models that have none of their own: what was answered once is not asked again.

Requests are taken in `WINDOW` at a time; what is not on file is asked, equal ones once, each answer is written when it arrives, and the
window is handed on in order.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol, runtime_checkable

import msgspec

from sayso.artifacts import Progress
from sayso.lm._protocol import Answered, LanguageModel, Request
from sayso.lm.conversation import image_hash, key_of, turns
from sayso.lm.limits import counted, estimate
from sayso.lm.meter import Meter
from sayso.lm.store import Failure, ReplyStore, Spent

__all__ = ["Arriving", "Stored"]

WINDOW = 256


@runtime_checkable
class Arriving(Protocol):
    """A language model whose answers come in an order of its own."""

    def arriving(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answered]]:
        """Each answer as soon as it is there, with the position of its request."""
        ...


@dataclass(frozen=True, kw_only=True)
class Stored:
    """`model` with every reply in `store`; `identity` is what of the model the replies depend on."""

    model: LanguageModel
    identity: bytes
    store: Path
    progress: Progress

    @property
    def name(self) -> str:
        """The model's."""
        return self.model.name

    def answer(self, requests: Iterable[Request]) -> Iterator[Answered]:
        """One `Answered` a request, in order."""
        source = iter(requests)
        with ReplyStore(self.store) as replies:
            meter = Meter(self.progress, label=self.name, requests=requests, spent=lambda: self._told(replies))
            while window := list(islice(source, WINDOW)):
                keys = [key_of(one, model=self.identity) for one in window]
                known = replies.known(keys)
                failed = self._ask(dict(zip(keys, window, strict=True)), known, replies)
                found = replies.read(keys)
                for key, one in zip(keys, window, strict=True):
                    meter.advance(stored=key in known, failed=key in failed)
                    yield Answered(request=one, reply=found.get(key), failure=failed.get(key))
            meter.end()

    def _ask(self, wanted: dict[bytes, Request], known: set[bytes], replies: ReplyStore) -> dict[bytes, str]:
        """Ask for what is not known, write what comes; the reasons of what does not."""
        new = [(key, one) for key, one in wanted.items() if key not in known]
        failed = {}
        for position, answered in self._arriving([one for _, one in new]) if new else ():
            key, one = new[position]
            if answered.reply is not None:
                spent = counted(answered.reply, guess=estimate(one))
                replies.write(model=self.name, replies=[(key, answered.reply)], spent=spent)
            else:
                failed[key] = answered.failure or "no reply"
                replies.write(model=self.name, failures=[self._letter(key, one, failed[key])], spent=Spent(1))
        return failed

    def _arriving(self, requests: list[Request]) -> Iterator[tuple[int, Answered]]:
        if isinstance(self.model, Arriving):
            return self.model.arriving(requests)
        return enumerate(self.model.answer(requests))

    def _letter(self, key: bytes, one: Request, reason: str) -> Failure:
        said = msgspec.json.encode(turns(one, image=image_hash))
        return Failure(key=key, model=self.name, reason=reason, tries=1, request=said)

    def _told(self, replies: ReplyStore) -> str:
        spent = replies.spent(self.name)
        return f"{spent.prompt_tokens + spent.completion_tokens:,} tokens"
