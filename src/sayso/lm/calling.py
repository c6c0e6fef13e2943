"""Calling at scale: requests in, answers out in their order, as many calls under way as are allowed, in memory that does not grow.

Requests are taken in a little ahead of the first that is not answered yet (`WINDOW`), their replies are on file before they are read back from
there, and what is on file already is not asked again. Equal requests within the window are asked once.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, takewhile
from pathlib import Path
from tempfile import TemporaryDirectory

from sayso.artifacts import Progress
from sayso.errors import BackendError
from sayso.lm._protocol import Answered, Request
from sayso.lm.conversation import key_of
from sayso.lm.engine import Client, Engine, Pending, Pool
from sayso.lm.meter import Meter
from sayso.lm.store import ReplyStore

__all__ = ["Calling"]

WINDOW = 4096
CHUNK = 64


@dataclass(frozen=True, kw_only=True)
class Calling:
    """A language model behind a client; `identity` is what of it the replies depend on, part of every key.

    `store` is the file of the replies; None is one that is gone afterwards.
    """

    client: Client
    name: str
    identity: bytes
    pool: Pool
    store: Path | None = None
    progress: Progress

    def answer(self, requests: Iterable[Request]) -> Iterator[Answered]:
        """One `Answered` a request, in order.

        Raises:
            BackendError: the endpoint, a quota or a budget gave up; everything that was answered is on file.
            DataError: the store is something else.
        """
        if self.store is not None:
            yield from self._answer(requests, store=self.store)
        else:
            with TemporaryDirectory(prefix="sayso-") as folder:
                yield from self._answer(requests, store=Path(folder) / "replies.sqlite")

    def _answer(self, requests: Iterable[Request], *, store: Path) -> Iterator[Answered]:
        with ReplyStore(store) as replies, Engine(self.client, model=self.name, store=store, pool=self.pool) as engine:
            if engine.error:
                raise engine.error
            meter = Meter(self.progress, label=self.name, requests=requests, spent=engine.told)
            for answered, one in self._in_order(iter(requests), replies, engine):
                meter.advance(stored=one.stored, failed=answered.reply is None)
                yield answered
            meter.end()

    def _in_order(
        self, source: Iterator[Request], replies: ReplyStore, engine: Engine
    ) -> Iterator[tuple[Answered, Pending]]:
        window: deque[tuple[Request, Pending]] = deque()
        under_way: dict[bytes, Pending] = {}
        more = True
        while more or window:
            if more and len(window) < WINDOW:
                chunk = list(islice(source, CHUNK))
                more = len(chunk) == CHUNK
                window.extend(self._begin(chunk, under_way, replies, engine))
            elif not engine.wait(window[0][1]):
                raise engine.error or BackendError(f"calling {self.name} ended early; run again to go on")
            done = list(takewhile(lambda pair: pair[1].done, islice(window, CHUNK)))
            texts = replies.read([one.key for _, one in done if one.failure is None])
            for request, one in done:
                window.popleft()
                under_way.pop(one.key, None)
                yield Answered(request=request, reply=texts.get(one.key), failure=one.failure), one

    def _begin(
        self, chunk: list[Request], under_way: dict[bytes, Pending], replies: ReplyStore, engine: Engine
    ) -> list[tuple[Request, Pending]]:
        """Look each up, and ask for what nobody asked yet."""
        keys = [key_of(request, model=self.identity) for request in chunk]
        known = replies.known([key for key in keys if key not in under_way])
        begun, new = [], []
        for request, key in zip(chunk, keys, strict=True):
            if key not in under_way:
                under_way[key] = one = Pending(key, request, stored=key in known)
                if not one.stored:
                    new.append(one)
            begun.append((request, under_way[key]))
        engine.submit(new)
        return begun
