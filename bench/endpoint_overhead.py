"""What the backend `chat` costs beside a bare loop of the same calls at the same concurrency, on a server in another process.

    python bench/endpoint_overhead.py
    python bench/endpoint_overhead.py --requests 8000 --latencies 0 0.05 0.2 --sides 0 80

instant   a server that answers at once: the client is all that counts, and overhead is told per call
limited   a server that answers after a fixed time, AT_ONCE at a time: the share of its own limit that each client reaches
side      of a picture of noise, so that its PNG has about 3 bytes a pixel; 0 is text alone; there is one picture for ten calls, as with ten wordings

The bare loop is aiohttp with bodies that were made before the clock starts; it reads each reply and keeps nothing. Ours decodes and hashes the pictures,
makes the bodies, reads the replies and keeps each in its store before it is used. Both are measured by the server's clock, first call to last
reply, in the order bare, ours, bare, ours ...; the median of `--rounds` counts. The last line is one JSON object.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__)
SERVER = HERE.parents[1] / "tests" / "helpers" / "chat_server.py"
AT_ONCE = 64
WORDINGS = 10


@contextmanager
def server(latency: float) -> Iterator[str]:
    command = [sys.executable, str(SERVER), "--latency", str(latency), "--limit", str(AT_ONCE), "--queue"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield f"http://127.0.0.1:{(process.stdout or sys.stdin).readline().strip()}/v1"
        process.terminate()


def stats(url: str, *, reset: bool = False) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}/{'reset' if reset else 'stats'}", timeout=30) as answer:
        return dict(json.load(answer))


def samples(count: int, *, folder: Path, side: int) -> list[Any]:
    """`count` samples, ten wordings for each picture."""
    from sayso.records import Media, MediaPart, Message, Sample, Span, TextPart

    found = []
    for number in range(count):
        example, wording = divmod(number, WORDINGS)
        said = f"In wording {wording}, tell what is to be seen in picture {example}, in one sentence. " * 2
        text = TextPart(text=said, spans=(Span(start=0, end=len(said), role="instr"),))
        media = (Media(path=str(folder / f"{example}.png"), width=side, height=side),) if side else ()
        parts = (MediaPart(index=0), text) if side else (text,)
        message = Message(role="user", parts=parts)
        names = {"id": f"s{number}", "example": f"e{example}", "task": "t", "template": f"w{wording}"}
        found.append(Sample(**names, messages=(message,), media=media))
    return found


def draw(folder: Path, *, count: int, side: int) -> None:
    import numpy as np
    from PIL import Image

    for number in range(count if side else 0):
        noise = np.random.default_rng(number).integers(0, 256, (side, side, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / f"{number}.png")


def ours(options: argparse.Namespace) -> dict[str, Any]:
    from sayso.evaluate.backends import Decoding, backends

    asked = samples(options.requests, folder=options.folder, side=options.side)
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "calls.sqlite"
        backend = backends.build(
            "chat", {"model": "toy", "base_url": options.url, "max_concurrency": AT_ONCE, "store": store}
        )
        used, started = time.process_time(), time.perf_counter()
        replies = backend.answer(asked, decoding=Decoding(max_new_tokens=32))
        took, cpu = time.perf_counter() - started, time.process_time() - used
        started = time.perf_counter()
        again = backend.answer(asked, decoding=Decoding(max_new_tokens=32))
        rerun = time.perf_counter() - started
    if again != replies or len(replies) != options.requests:
        raise SystemExit("a second run says something else")
    return {"seconds": took, "cpu_us": cpu / len(replies) * 1e6, "rerun_us": rerun / len(replies) * 1e6}


def bare(options: argparse.Namespace) -> dict[str, Any]:
    import aiohttp
    import msgspec

    from sayso.evaluate.backends import Decoding
    from sayso.evaluate.backends._asking import Asker
    from sayso.lm.conversation import data_url, turns

    asker = Asker()
    bodies = []
    for sample in samples(options.requests, folder=options.folder, side=options.side):
        said = turns(asker.request(sample, decoding=Decoding()), image=data_url)
        body = {
            "model": "toy",
            "messages": said,
            "temperature": 0.0,
            "top_p": 1.0,
            "max_tokens": 32,
            "seed": len(bodies),
        }
        bodies.append(msgspec.json.encode(body))

    async def call(session: aiohttp.ClientSession, left: Iterator[bytes]) -> None:
        for body in left:
            async with session.post(f"{options.url}/chat/completions", data=body) as response:
                json.loads(await response.read())

    async def all_calls() -> None:
        left = iter(bodies)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:
            await asyncio.gather(*(call(session, left) for _ in range(AT_ONCE)))

    used, started = time.process_time(), time.perf_counter()
    asyncio.run(all_calls())
    took = time.perf_counter() - started
    return {"seconds": took, "cpu_us": (time.process_time() - used) / len(bodies) * 1e6}


def measure(client: str, url: str, *, requests: int, folder: Path, side: int) -> dict[str, Any]:
    """One client in a process of its own; its words, and the server's rate."""
    stats(url, reset=True)
    command = [sys.executable, str(HERE), "--client", client, "--url", url, "--folder", str(folder)]
    command += ["--requests", str(requests), "--side", str(side)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    seen = stats(url)
    told = json.loads(done.stdout.splitlines()[-1])
    return {**told, "span_s": seen["span_s"], "calls": seen["calls"], "most_at_once": seen["most_at_once"]}


def case(latency: float, *, requests: int, side: int, rounds: int) -> dict[str, Any]:
    found: dict[str, list[dict[str, Any]]] = {"bare": [], "ours": []}
    with tempfile.TemporaryDirectory() as folder, server(latency) as url:
        draw(Path(folder), count=-(-requests // WORDINGS), side=side)
        for _ in range(rounds):
            for client, results in found.items():
                results.append(measure(client, url, requests=requests, folder=Path(folder), side=side))
    if any(one["calls"] != requests for results in found.values() for one in results):
        raise SystemExit(f"calls were made twice, or not at all: {found}")
    middle = {
        name: {key: statistics.median(one[key] for one in all_) for key in all_[0]} for name, all_ in found.items()
    }
    each = {name: one["span_s"] / requests * 1e6 for name, one in middle.items()}
    told: dict[str, Any] = {f"{name}_per_s": round(1e6 / us) for name, us in each.items()}
    told |= {
        "ours_over_bare": round(each["bare"] / each["ours"], 3),
        "overhead_us": round(each["ours"] - each["bare"], 1),
    }
    if latency:
        ideal = latency / AT_ONCE * 1e6
        told |= {f"{name}_of_limit": round(ideal / us, 3) for name, us in each.items()}
    told |= {f"{name}_cpu_us": round(one["cpu_us"]) for name, one in middle.items()}
    return {**told, "rerun_us": round(middle["ours"]["rerun_us"]), "most_at_once": middle["ours"]["most_at_once"]}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=4000)
    parser.add_argument("--latencies", type=float, nargs="+", default=[0.0, 0.05])
    parser.add_argument("--sides", type=int, nargs="+", default=[0, 80])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--client", choices=("bare", "ours"), help="make the calls in this process")
    parser.add_argument("--url")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--side", type=int, default=0)
    options = parser.parse_args()
    if options.client:
        print(json.dumps(ours(options) if options.client == "ours" else bare(options)))
        return
    report: dict[str, Any] = {"requests": options.requests, "at_once": AT_ONCE, "load": [os.getloadavg()[0]]}
    for side in options.sides:
        for latency in options.latencies:
            name = f"{'limited_' + str(latency) if latency else 'instant'}_side_{side}"
            report[name] = case(latency, requests=options.requests, side=side, rounds=options.rounds)
            print(json.dumps({name: report[name]}), file=sys.stderr)
    report["load"].append(os.getloadavg()[0])
    print(json.dumps(report))


if __name__ == "__main__":
    main()
