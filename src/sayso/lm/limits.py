"""How fast and how much: requests and tokens a minute, and a budget in tokens and money.

A call is counted before it is made, by an estimate that is rather too high (its text and all the tokens it may write), and after it by
what the endpoint says. So a rate is never exceeded by surprise, and a budget ends the run before the call that might exceed it,
when nothing is under way any more that might turn out cheaper.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from sayso.errors import ConfigError
from sayso.lm._protocol import Reply, Request
from sayso.lm.store import Spent
from sayso.lm.trying import Ended
from sayso.records import TextPart

__all__ = ["counted", "estimate", "Gate", "Limits"]

BYTES_PER_TOKEN = 3  # English has about 4
TOKENS_PER_MESSAGE = 8
TOKENS_PER_IMAGE = 1000


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a model may use; None is no limit. Prices are for a million tokens, in any currency, as `max_cost` is.

    Raises:
        ConfigError: a limit is not positive, or money is limited and nothing has a price.
    """

    max_requests_per_minute: float | None = None
    max_tokens_per_minute: float | None = None
    max_total_tokens: int | None = None
    max_cost: float | None = None
    prompt_price: float = 0.0
    completion_price: float = 0.0

    def __post_init__(self) -> None:
        for name in ("max_requests_per_minute", "max_tokens_per_minute", "max_total_tokens", "max_cost"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ConfigError(f"{name} is {value}; it must be above 0, or left out for no limit")
        if min(self.prompt_price, self.completion_price) < 0:
            raise ConfigError(f"prices are {self.prompt_price} and {self.completion_price}; they must not be below 0")
        if self.max_cost is not None and not self.prompt_price + self.completion_price:
            raise ConfigError(
                f"max_cost {self.max_cost} needs prices; set prompt_price and completion_price (per million tokens)"
            )

    def cost(self, spent: Spent) -> float:
        """Its price."""
        return (spent.prompt_tokens * self.prompt_price + spent.completion_tokens * self.completion_price) / 1e6

    def exceeded(self, spent: Spent) -> str | None:
        """The limit that this would break, in words."""
        tokens = spent.prompt_tokens + spent.completion_tokens
        if self.max_total_tokens is not None and tokens > self.max_total_tokens:
            return f"max_total_tokens {self.max_total_tokens:,}"
        if self.max_cost is not None and self.cost(spent) > self.max_cost:
            return f"max_cost {self.max_cost:g}"
        return None


def estimate(one: Request) -> Spent:
    """What a call may use at most, give or take the tokenizer."""
    texts = sum(len(part.text.encode()) for m in one.messages for part in m.parts if isinstance(part, TextPart))
    prompt = texts // BYTES_PER_TOKEN + TOKENS_PER_MESSAGE * len(one.messages) + TOKENS_PER_IMAGE * len(one.media)
    return Spent(1, prompt, one.max_tokens)


def counted(reply: Reply, *, guess: Spent) -> Spent:
    """What a call used: as the reply says, or the guess where it says nothing."""
    if reply.prompt_tokens or reply.completion_tokens:
        return Spent(1, reply.prompt_tokens, reply.completion_tokens)
    return guess


class Bucket:
    """At most so much in any minute, a second's worth of it at once; what is larger than that waits for a full bucket and leaves a debt."""

    def __init__(self, per_minute: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = max(1.0, per_minute / 60)
        self._per_s = (per_minute - (self._size if per_minute >= 60 else 0)) / 60
        self._clock, self._level, self._then = clock, self._size, clock()

    async def take(self, amount: float) -> None:
        """Wait until there is enough, and take it."""
        while wait := self.wait_s(amount):
            await asyncio.sleep(wait)
        self._level -= amount

    def wait_s(self, amount: float) -> float:
        """Seconds until so much may be taken."""
        lacking = min(amount, self._size) - self._now()
        return lacking / self._per_s if lacking > 1e-9 else 0.0

    def put(self, amount: float) -> None:
        """Give back (or take, where negative) what the estimate was wrong by."""
        self._level = min(self._now() + amount, self._size)

    def _now(self) -> float:
        then, self._then = self._then, self._clock()
        self._level = min(self._level + (self._then - then) * self._per_s, self._size)
        return self._level


class Gate:
    """Where every call passes, in and out; lives on one event loop."""

    def __init__(self, limits: Limits, *, spent: Spent) -> None:
        self.limits, self.spent = limits, spent
        self._reserved = Spent()
        self._queue, self._changed = asyncio.Lock(), asyncio.Event()
        self._requests = Bucket(limits.max_requests_per_minute) if limits.max_requests_per_minute else None
        self._tokens = Bucket(limits.max_tokens_per_minute) if limits.max_tokens_per_minute else None
        self._limited = bool(self._requests or self._tokens or limits.max_total_tokens or limits.max_cost)

    async def enter(self, guess: Spent) -> None:
        """Return when the call may be made.

        Raises:
            Ended: it might exceed the budget.
        """
        if self._limited:
            async with self._queue:
                await self._afford(guess)
                if self._requests:
                    await self._requests.take(1)
                if self._tokens:
                    await self._tokens.take(guess.prompt_tokens + guess.completion_tokens)
        self._reserved = self._reserved.plus(guess)

    def leave(self, guess: Spent, *, used: Spent) -> None:
        """The call is over and used this much."""
        self._reserved = self._reserved.minus(guess)
        self.spent = self.spent.plus(used)
        if self._tokens:
            over = guess.minus(used)
            self._tokens.put(over.prompt_tokens + over.completion_tokens)
        self._changed.set()

    async def _afford(self, guess: Spent) -> None:
        while limit := self.limits.exceeded(self.spent.plus(self._reserved).plus(guess)):
            if not self._reserved.calls:
                raise Ended(f"the next call might exceed {limit} ({self.told()}); raise it, and run again to go on")
            self._changed.clear()
            await self._changed.wait()

    def told(self) -> str:
        """What was spent, in words."""
        tokens = f"{self.spent.prompt_tokens + self.spent.completion_tokens:,} tokens"
        if not self.limits.prompt_price + self.limits.completion_price:
            return tokens
        of = f" of {self.limits.max_cost:g}" if self.limits.max_cost else ""
        return f"{tokens}, cost {self.limits.cost(self.spent):.4g}{of}"
