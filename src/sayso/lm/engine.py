"""Many calls at once on an event loop in a thread of its own: tries, waits and tries again, and writes down what arrives.

    submitted ──ready──> worker ──ask──> reply ──┐
                  ^         └─ Again ──later─────┤ grouped by arrival, one transaction ──> store ──> done
                  └──────────────────────────────┘

There are as many workers as calls may be under way; a worker that has a reply takes the next request at once, and does not wait for the
transaction. A request that waits for its next try holds no worker. Whoever asked sees a request as `done` only when its reply or its failure is on file.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import msgspec

from sayso.errors import BackendError
from sayso.lm._protocol import Reply, Request
from sayso.lm.conversation import image_hash, turns
from sayso.lm.limits import Gate, Limits, counted, estimate
from sayso.lm.store import Failure, ReplyStore, Spent
from sayso.lm.trying import Again, Ended, Refused, delay

__all__ = ["Client", "Engine", "Pending", "Pool"]

FLUSH_S = 0.002
GIVE_UP_AFTER = 32  # requests in a row that failed
TROUBLE = 16  # tries in a row that went wrong, after which everything waits, and not just the request
LONGEST_WAIT_S = 600.0


class Client(Protocol):
    """One try at one call; opened and closed on the event loop it is used on."""

    def session(self) -> AbstractAsyncContextManager[Any]:
        """What is held open while calls are made."""
        ...

    async def ask(self, session: Any, one: Request) -> Reply:
        """The reply.

        Raises:
            Again: perhaps next time.
            Refused: never for this request.
            Ended: for no request.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Pool:
    """How calls are made."""

    max_concurrency: int = 64
    max_retries: int = 8
    backoff_s: float = 0.5
    limits: Limits = field(default_factory=Limits)


class Pending:
    """A request under way."""

    __slots__ = ("done", "failure", "key", "request", "stored", "tries")

    def __init__(self, key: bytes, request: Request, *, stored: bool = False) -> None:
        self.key, self.request, self.stored, self.done = key, request, stored, stored
        self.failure: str | None = None
        self.tries = 0


class Engine:
    """Runs while the `with` lasts; `submit` and `wait` are for one other thread."""

    def __init__(self, client: Client, *, model: str, store: Path, pool: Pool) -> None:
        self._client, self._model, self._path, self._pool = client, model, store, pool
        self._ready: deque[Pending] = deque()
        self._idle: deque[asyncio.Future[None]] = deque()
        self._asking: set[asyncio.Task[None] | None] = set()
        self._replies: list[tuple[Pending, Reply]] = []
        self._failures: list[Pending] = []
        self._unwritten = Spent()
        self._writing: asyncio.Task[None] | None = None
        self._ending = False
        self._answered = self._failed_in_a_row = self._trouble = self._pauses = 0
        self._paused_until = 0.0
        self._changed = threading.Condition()
        self._over = False
        self.error: BaseException | None = None
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sayso-calls", daemon=True)

    def __enter__(self) -> "Engine":
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._tell(self._close)
        self._thread.join()

    def submit(self, batch: Sequence[Pending]) -> None:
        """Ask for these; in vain where the engine has ended."""
        if batch:
            self._tell(self._take, batch)

    def wait(self, one: Pending) -> bool:
        """Until it is done; False where it never will be, and `error` says why."""
        with self._changed:
            self._changed.wait_for(lambda: one.done or self._over)
        return one.done

    def told(self) -> str:
        """What was spent, in words."""
        return self._gate.told()

    def _tell(self, what: Callable[..., None], *about: object) -> None:
        if not self._over:
            with suppress(RuntimeError):  # it may end at this moment
                self._loop.call_soon_threadsafe(what, *about)

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:  # noqa: BLE001 - the other thread raises it
            self.error = self.error or error
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()
            self._started.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        with ReplyStore(self._path) as self._store:
            self._gate = Gate(self._pool.limits, spent=self._store.spent(self._model))
            self._works = self._gate.spent.completion_tokens > 0  # then what is refused is refused for its own sake
            async with self._client.session() as session:
                self._workers = [asyncio.create_task(self._work(session)) for _ in range(self._pool.max_concurrency)]
                self._started.set()
                ended = await asyncio.gather(*self._workers, return_exceptions=True)
            if self._writing is not None:
                await self._writing
        for error in ended:
            if isinstance(error, Exception):
                raise error

    async def _work(self, session: Any) -> None:
        while not self._ending:
            if not self._ready:
                self._idle.append(waiter := self._loop.create_future())
                await waiter
            elif (pause := self._paused_until - self._loop.time()) > 0:
                await asyncio.sleep(pause)
            else:
                await self._try(self._ready.popleft(), session)

    async def _try(self, pending: Pending, session: Any) -> None:
        guess = used = estimate(pending.request)
        me = asyncio.current_task()
        try:
            await self._gate.enter(guess)
            self._asking.add(me)
            reply = await self._client.ask(session, pending.request)
        except Again as again:
            used = guess if again.charged else Spent(1)
            self._again(pending, again)
        except Refused as refused:
            used = Spent(0 if refused.at_home else 1)
            self._fail(pending, str(refused), counts=not (refused.at_home or self._works))
        except Ended as ended:
            used = Spent(1)
            self._ended(pending, ended)
        except Exception as error:  # noqa: BLE001 - a defect must not leave the others waiting
            self._end(error)
        else:
            used = counted(reply, guess=guess)
            self._answered += 1
            self._works = True
            self._failed_in_a_row = self._trouble = self._pauses = 0
            self._replies.append((pending, reply))
        finally:
            if me in self._asking:
                self._asking.remove(me)
                self._gate.leave(guess, used=used)
                self._unwritten = self._unwritten.plus(used)
                self._write_soon()

    def _again(self, pending: Pending, again: Again) -> None:
        pending.tries += 1
        if again.unreachable and not self._answered:
            return self._end(BackendError(str(again)))
        if again.after_s > LONGEST_WAIT_S:
            return self._end(BackendError(f"{again}: asks to wait {again.after_s:,.0f} s; run again then, to go on"))
        if pending.tries > self._pool.max_retries:
            return self._fail(pending, f"{again} ({pending.tries} tries)", counts=True)
        wait = delay(pending.tries, first_s=self._pool.backoff_s, key=pending.key, least_s=again.after_s)
        self._pause(pending.key, least_s=again.after_s)
        self._loop.call_later(wait, self._retake, pending)
        return None

    def _pause(self, key: bytes, *, least_s: float) -> None:
        """Where nothing works any more, nothing is asked for a while, each time for longer."""
        self._trouble += 1
        if self._trouble >= TROUBLE and self._loop.time() >= self._paused_until:
            self._pauses += 1
            wait = delay(self._pauses, first_s=self._pool.backoff_s, key=key, least_s=least_s)
            self._paused_until = self._loop.time() + wait

    def _fail(self, pending: Pending, reason: str, *, counts: bool) -> None:
        pending.failure = reason
        self._failures.append(pending)
        self._write_soon()
        self._failed_in_a_row += counts
        if self._failed_in_a_row >= GIVE_UP_AFTER:
            self._end(
                BackendError(
                    f"{self._failed_in_a_row} requests in a row failed, the last with: {reason}; see to it, and run again to go on"
                )
            )

    def _ended(self, pending: Pending, ended: Ended) -> None:
        if ended.only_first and self._works:
            self._fail(pending, str(ended), counts=False)
        else:
            self._end(BackendError(str(ended)))

    def _end(self, error: BaseException) -> None:
        """No more calls; those under way are waited for, since they are paid for."""
        self.error = self.error or error
        self._ending = True
        for worker in set(self._workers) - self._asking:
            worker.cancel()

    def _close(self) -> None:
        """The other side wants no more."""
        self._ending = True
        for worker in self._workers:
            worker.cancel()

    def _take(self, batch: Sequence[Pending]) -> None:
        self._ready.extend(batch)
        self._wake(len(batch))

    def _retake(self, pending: Pending) -> None:
        self._ready.appendleft(pending)
        self._wake(1)

    def _wake(self, count: int) -> None:
        while count and self._idle:
            waiter = self._idle.popleft()
            if not waiter.done():
                waiter.set_result(None)
                count -= 1

    def _write_soon(self) -> None:
        if self._writing is None or self._writing.done():
            self._writing = self._loop.create_task(self._write())

    async def _write(self) -> None:
        """Put down what arrived, and what arrives meanwhile."""
        while self._replies or self._failures or any(self._unwritten):
            await asyncio.sleep(FLUSH_S)
            try:
                await self._flush()
            except Exception as error:  # noqa: BLE001 - the disk, most likely; the other thread raises it
                return self._end(error)
        return None

    async def _flush(self) -> None:
        """In a thread of its own, since calls do not wait for the disk; what was put down is held no longer than that takes."""
        replies, self._replies = self._replies, []
        failures, self._failures = self._failures, []
        spent, self._unwritten = self._unwritten, Spent()
        await asyncio.to_thread(
            self._store.write,
            model=self._model,
            replies=[(one.key, reply) for one, reply in replies],
            failures=[_letter(one, model=self._model) for one in failures],
            spent=spent,
        )
        with self._changed:
            for one in [one for one, _ in replies] + failures:
                one.done = True
            self._changed.notify_all()


def _letter(one: Pending, *, model: str) -> Failure:
    said = msgspec.json.encode(turns(one.request, image=image_hash))
    return Failure(key=one.key, model=model, reason=one.failure or "", tries=one.tries, request=said)
