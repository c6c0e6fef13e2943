"""Which asynchronous HTTP client: how near each comes to the rate of a server that takes 64 requests at once.

    python bench/clients.py --latency 0.05 --requests 6400

The server runs in a process of its own (`tests/helpers/chat_server.py`); each client in another, in turns; a client that is not
installed is left out. The last line of standard output is one JSON object: the share of 64 / latency that each one reached, and its CPU time a request.
"""

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

SERVER = Path(__file__).parents[1] / "tests" / "helpers" / "chat_server.py"
AT_ONCE = 64
CLIENTS = ("aiohttp", "httpx2", "httpx", "openai")


def body(number: int) -> dict[str, Any]:
    text = f"Rewrite the instruction number {number}: tell what is in the region. " * 4
    return {"model": "toy", "messages": [{"role": "user", "content": text}], "max_tokens": 64}


async def with_aiohttp(url: str, run: Callable[..., Awaitable[float]]) -> float:
    import aiohttp

    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:

        async def ask(number: int) -> bytes:
            data = json.dumps(body(number)).encode()
            headers = {"content-type": "application/json"}
            async with session.post(url + "/chat/completions", data=data, headers=headers) as response:
                return await response.read()

        return await run(ask)


async def with_httpx(url: str, run: Callable[..., Awaitable[float]], *, module: str) -> float:
    httpx = __import__(module)
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:

        async def ask(number: int) -> bytes:
            response = await client.post(url + "/chat/completions", json=body(number))
            return bytes(response.content)

        return await run(ask)


async def with_openai(url: str, run: Callable[..., Awaitable[float]]) -> float:
    import openai

    async with openai.AsyncOpenAI(base_url=url, api_key="none") as client:

        async def ask(number: int) -> Any:
            return await client.chat.completions.create(**body(number))

        return await run(ask)


async def timed(ask: Callable[[int], Awaitable[Any]], *, requests: int) -> float:
    numbers = iter(range(requests))

    async def work() -> None:
        for number in numbers:
            await ask(number)

    await asyncio.gather(*(ask(-n) for n in range(1, AT_ONCE + 1)))
    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return time.perf_counter() - started


def measure(client: str, url: str, requests: int) -> dict[str, float]:
    def run(ask: Callable[[int], Awaitable[Any]]) -> Awaitable[float]:
        return timed(ask, requests=requests)

    known = {"aiohttp": with_aiohttp, "openai": with_openai}
    if client in known:
        seconds = asyncio.run(known[client](url, run))
    else:
        seconds = asyncio.run(with_httpx(url, run, module=client))
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"seconds": seconds, "cpu_s": used.ru_utime + used.ru_stime}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--requests", type=int, default=6400)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--client", help="measure this one in this process, against --url")
    parser.add_argument("--url")
    options = parser.parse_args()
    if options.client:
        print(json.dumps(measure(options.client, options.url, options.requests)))
        return
    command = [sys.executable, str(SERVER), "--latency", str(options.latency), "--limit", str(AT_ONCE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        url = f"http://127.0.0.1:{(server.stdout or sys.stdin).readline().strip()}/v1"
        found: dict[str, list[dict[str, float]]] = {name: [] for name in CLIENTS if find_spec(name)}
        for _ in range(options.turns):
            for name, turns in found.items():
                call = [sys.executable, __file__, "--client", name, "--url", url, "--requests", str(options.requests)]
                turns.append(json.loads(subprocess.run(call, stdout=subprocess.PIPE, check=True).stdout))
        server.terminate()
    ideal = options.requests * options.latency / AT_ONCE
    table = {
        name: {
            "share": round(statistics.median(ideal / turn["seconds"] for turn in turns), 3),
            "cpu_us": round(statistics.median(turn["cpu_s"] for turn in turns) / options.requests * 1e6),
        }
        for name, turns in found.items()
    }
    print(json.dumps({"latency_s": options.latency, "at_once": AT_ONCE, "requests": options.requests, **table}))


if __name__ == "__main__":
    main()
