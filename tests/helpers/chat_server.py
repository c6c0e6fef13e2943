"""A real HTTP server that speaks chat completions, as fast as asyncio goes, and as badly as it is told to.

    with ChatServer(latency_s=0.05, limit=64, plan=lambda text, attempt: "500" if attempt == 1 else None) as server:
        ... server.base_url, server.stats()

`plan` says for a text and its attempt (from 1) what goes wrong: a status such as `429`, `hang`, `cut` (the connection ends within the
body), `garbage` (no JSON), `shape` (JSON of another shape), `echo` (the key of the request in the reply), or None. The server counts, by
request, how often it was asked and whether it had answered already. Run as a program, in a process of its own, it prints its port:

    python chat_server.py --latency 0.05 --limit 64 --faults 0.2

and tells its counts at `GET /stats`; `GET /reset` sets them to nothing. With `queue`, what comes over the limit waits, and is refused otherwise.
"""

import argparse
import asyncio
import hashlib
import json
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

KINDS = ("429", "500", "hang", "cut", "garbage")
Plan = Callable[[str, int], str | None]


class Turn(msgspec.Struct):
    role: str
    content: Any


class Body(msgspec.Struct):
    messages: list[Turn]
    seed: int | None = None


@dataclass
class Counts:
    """What a server saw."""

    calls: int = 0
    answered: int = 0
    over_limit: int = 0
    most_at_once: int = 0
    begun_s: float = 0.0
    ended_s: float = 0.0
    faults: dict[str, int] = field(default_factory=dict)
    asked: dict[bytes, int] = field(default_factory=dict)
    done: set[bytes] = field(default_factory=set)
    twice: set[bytes] = field(default_factory=set)

    @property
    def repeated(self) -> int:
        """Requests that were asked again after they had been answered."""
        return len(self.twice)

    def summary(self) -> dict[str, Any]:
        """The counts without the requests."""
        found = {n: getattr(self, n) for n in ("calls", "answered", "repeated", "over_limit", "most_at_once", "faults")}
        span = {"span_s": self.ended_s - self.begun_s}
        return {**found, **span, "requests": len(self.asked), "requests_answered": len(self.done)}


@dataclass(kw_only=True)
class ChatServer:
    """Serves in a thread of its own while the `with` lasts."""

    latency_s: float = 0.0
    limit: int | None = None
    queue: bool = False
    plan: Plan | None = None
    retry_after: str = "0.05"
    answer: Callable[[str], str] = lambda text: f"Another way to put it: {text}"
    keep_bodies: bool = False
    tell: str = ""
    counts: Counts = field(default_factory=Counts)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    port: int = 0
    at_once: int = 0
    open: set["Connection"] = field(default_factory=set)
    waiting: deque[tuple["Connection", bytes, bytes]] = field(default_factory=deque)

    def __enter__(self) -> "ChatServer":
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(self.start(self._loop))
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._server.close()
        for connection in list(self.open):
            connection.transport.abort()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    async def start(self, loop: asyncio.AbstractEventLoop) -> asyncio.Server:
        """Listen; `port` is filled in."""
        server = await loop.create_server(lambda: Connection(self), "127.0.0.1", self.port, backlog=512)
        self.port = server.sockets[0].getsockname()[1]
        return server

    @property
    def base_url(self) -> str:
        """What goes into `base_url`."""
        return f"http://127.0.0.1:{self.port}/v1"


class Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, server: ChatServer) -> None:
        self.server, self.buffer, self.busy = server, b"", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.server.open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.server.open.discard(self)
        self.leave()

    def leave(self) -> None:
        if self.busy:
            self.busy = False
            self.server.at_once -= 1
            while self.server.waiting:
                connection, head, raw = self.server.waiting.popleft()
                if not connection.transport.is_closing():
                    connection.begin(head, raw)
                    break

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        wanted = int(length or 0)
        if len(rest) < wanted:
            return
        self.buffer = rest[wanted:]
        self.serve(head, rest[:wanted])

    def serve(self, head: bytes, raw: bytes) -> None:
        server, counts = self.server, self.server.counts
        if head.startswith(b"GET"):
            self.tell(head)
            return
        counts.calls += 1
        if server.keep_bodies:
            server.bodies.append(json.loads(raw))
            server.headers.append(head.decode())
        if server.limit and server.at_once >= server.limit:
            counts.over_limit += 1
            if server.queue:
                server.waiting.append((self, head, raw))
            else:
                self.refuse("429")
            return
        self.begin(head, raw)

    def begin(self, head: bytes, raw: bytes) -> None:
        server, counts = self.server, self.server.counts
        self.busy = True
        server.at_once += 1
        counts.most_at_once = max(counts.most_at_once, server.at_once)
        counts.begun_s = counts.begun_s or time.monotonic()
        body = msgspec.json.decode(raw, type=Body)
        text = last_text(body)
        key = hashlib.blake2b(f"{body.seed}{text}".encode(), digest_size=12).digest()
        attempt = counts.asked[key] = counts.asked.get(key, 0) + 1
        if key in counts.done:
            counts.twice.add(key)
        fault = server.plan(text, attempt) if server.plan else None
        if fault:
            counts.faults[fault] = counts.faults.get(fault, 0) + 1
        asyncio.get_running_loop().call_later(server.latency_s, self.finish, key, text, fault, head)

    def tell(self, head: bytes) -> None:
        if b" /reset" in head[:40]:
            self.server.counts = Counts()
        self.send(json.dumps(self.server.counts.summary()).encode())

    def finish(self, key: bytes, text: str, fault: str | None, head: bytes) -> None:
        if fault == "hang" or self.transport.is_closing():
            return
        self.leave()
        if fault and fault.isdigit():
            self.refuse(fault)
        elif fault == "garbage":
            self.send(b"<html>" + b"x" * 200)
        elif fault == "shape":
            self.send(b'{"choices": [{"message": {"text": 3}}]}')
        elif fault == "cut":
            self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n" + b'{"choices": [{"mess')
            self.transport.close()
        else:
            said = head.decode() if fault == "echo" else self.server.answer(text)
            self.send(reply(said, text))
            self.server.counts.answered += 1
            self.server.counts.ended_s = time.monotonic()
            self.server.counts.done.add(key)

    def refuse(self, status: str) -> None:
        told = json.dumps({"error": {"message": f"told to say {status} {self.server.tell}", "code": status}}).encode()
        self.send(told, status=status, headers=f"retry-after: {self.server.retry_after}\r\n")

    def send(self, body: bytes, *, status: str = "200", headers: str = "") -> None:
        head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{headers}content-length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)


def last_text(body: Body) -> str:
    content = body.messages[-1].content if body.messages else ""
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content)


def reply(said: str, asked: str) -> bytes:
    """A chat completion."""
    usage = {"prompt_tokens": len(asked) // 4 + 8, "completion_tokens": len(said) // 4 + 1}
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": said}}
    return msgspec.json.encode(
        {
            "id": "chatcmpl-0",
            "object": "chat.completion",
            "created": 1,
            "model": "toy",
            "choices": [choice],
            "usage": {**usage, "total_tokens": sum(usage.values())},
        }
    )


def random_faults(share: float, *, kinds: tuple[str, ...] = KINDS, most: int = 4) -> Plan:
    """So large a share of all attempts goes wrong, in turn in each of the ways, the same ones every time."""

    def plan(text: str, attempt: int) -> str | None:
        draw = int.from_bytes(hashlib.blake2b(f"{text}{attempt}".encode(), digest_size=8).digest(), "big")
        if attempt > most or draw % 10_000 >= share * 10_000:
            return None
        return kinds[draw // 10_000 % len(kinds)]

    return plan


async def serve(options: argparse.Namespace) -> None:
    plan = random_faults(options.faults) if options.faults else None
    server = ChatServer(
        latency_s=options.latency,
        limit=options.limit,
        queue=options.queue,
        plan=plan,
        retry_after=options.retry_after,
        port=options.port,
    )
    listening = await server.start(asyncio.get_running_loop())
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    await listening.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--limit", type=int, default=64)
    parser.add_argument("--queue", action="store_true")
    parser.add_argument("--faults", type=float, default=0.0)
    parser.add_argument("--retry-after", default="1")
    asyncio.run(serve(parser.parse_args()))
