"""37,927 calls, as many as the paper made, to a real HTTP server in another process that takes 64 at once.

    python bench/calling.py
    python bench/calling.py --rivals distilabel=/tmp/d/bin/python data_designer=/tmp/n/bin/python --rival-requests 6400

server    what the server does at no latency, asked by a bare protocol: it must not be the bottleneck
plain     each latency: the share of 64 / latency that was reached, CPU and overhead a request, memory at a tenth and at the end
faults    a share of all tries goes wrong (429, 500, hang, cut reply, garbage); half-way the process is killed (`kill -9`) and started again:
          all must be answered, and what is asked again after it was answered is counted, before the kill and after
rerun     the same from the store alone
rivals    distilabel and Data Designer on the same server, each with its best batch size of three: the same figures, with fewer requests,
          beside ours in the same run

Share and overhead are taken from the server's clock, first call to last reply, so that starting up counts for nobody. The last line is one JSON object.
"""

import argparse
import asyncio
import json
import os
import signal
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
TIMEOUT_S = 1.0  # of a call under faults; a hang costs this much


def call(options: argparse.Namespace) -> None:
    """Ours, in a process of its own."""
    from sayso.config import PluginConfig
    from sayso.lm import Request, open_model, request

    def requests() -> Iterator[Request]:
        for number in range(options.requests):
            text = f"Rewrite the instruction number {number}: tell what is in the region. " * 4
            yield request(("user", text), max_tokens=64, temperature=0.7)

    config = PluginConfig.model_validate(
        {"name": "chat", "model": "toy", "base_url": options.url, "timeout_s": options.timeout, "backoff_s": 0.1}
    )
    model = open_model(config, store=options.folder / "replies.sqlite")
    answered, memory, started = 0, {}, time.perf_counter()
    for done, one in enumerate(model.answer(requests()), start=1):
        answered += one.reply is not None
        if done in {options.requests // 10, options.requests}:
            memory["mb_at_a_tenth" if done < options.requests else "mb_at_the_end"] = resident_mb(os.getpid())
    took = {"seconds": time.perf_counter() - started, "cpu_s": time.process_time()}
    print(json.dumps({"answered": answered, **took, **memory}))


def resident_mb(process: int) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)


def group_mb(group: int) -> float:
    """Resident memory of all processes of a group."""
    total = 0.0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(folder.name)) == group:
                total += resident_mb(int(folder.name))
        except (OSError, IndexError):
            continue
    return total


@contextmanager
def server(*, latency: float, faults: float = 0.0) -> Iterator[str]:
    command = [sys.executable, str(SERVER), "--latency", str(latency), "--limit", str(AT_ONCE), "--queue"]
    command += ["--faults", str(faults), "--retry-after", "0.2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield f"http://127.0.0.1:{(process.stdout or sys.stdin).readline().strip()}/v1"
        process.terminate()


def stats(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}/stats", timeout=30) as answer:
        return dict(json.load(answer))


def ours(url: str, *, requests: int, folder: Path, timeout: float = 60.0) -> list[str]:
    command = [sys.executable, str(HERE), "--url", url, "--requests", str(requests)]
    return [*command, "--folder", str(folder), "--timeout", str(timeout)]


def watch(command: list[str], url: str, *, kill_at: int | None = None) -> dict[str, Any]:
    """Run it; its last line, the server's counts, and its most memory; killed where the server has answered so many."""
    most, started = 0.0, time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:
        while process.poll() is None:
            if kill_at is not None and stats(url)["requests_answered"] >= kill_at:
                os.killpg(process.pid, signal.SIGKILL)
                return {"killed": True, **stats(url)}
            most = max(most, group_mb(process.pid))
            try:
                out, told = process.communicate(timeout=0.1 if kill_at is not None else 0.5)
            except subprocess.TimeoutExpired:
                continue
            if process.returncode:
                raise SystemExit(told.decode()[-2000:])
            last = json.loads(out.splitlines()[-1])
            took = time.perf_counter() - started
            return {**stats(url), **last, "seconds_in_all": took, "most_mb": most}
    raise SystemExit(f"{command} ended at once")


def figures(found: dict[str, Any], *, requests: int, latency: float) -> dict[str, Any]:
    ideal = requests * latency / AT_ONCE
    over = (found["span_s"] - ideal) / requests
    told = {"answered": found["answered"], "share": round(ideal / found["span_s"], 3), "over_us": round(over * 1e6, 1)}
    kept = {k: found[k] for k in ("repeated", "most_mb", "mb_at_a_tenth", "mb_at_the_end") if k in found}
    cpu = {"cpu_us": round(found["cpu_s"] / requests * 1e6)} if "cpu_s" in found else {}
    return {**told, **cpu, **kept, "seconds_in_all": round(found["seconds_in_all"], 1)}


def plain(*, latency: float, requests: int) -> dict[str, Any]:
    with server(latency=latency) as url, tempfile.TemporaryDirectory() as folder:
        command = ours(url, requests=requests, folder=Path(folder))
        found = figures(watch(command, url), requests=requests, latency=latency)
        again = watch(command, url)
        return {
            **found,
            "rerun_us": round(again["seconds"] / requests * 1e6, 1),
            "rerun_calls": again["calls"] - requests,
        }


def with_faults(*, latency: float, share: float, requests: int) -> dict[str, Any]:
    with server(latency=latency, faults=share) as url, tempfile.TemporaryDirectory() as folder:
        command = ours(url, requests=requests, folder=Path(folder), timeout=TIMEOUT_S)
        killed = watch(command, url, kill_at=requests // 2)
        ended = watch(command, url)
        return {
            "answered": ended["answered"],
            "killed_at": killed["requests_answered"],
            "repeated_before_the_kill": killed["repeated"],
            "repeated_after_it": ended["repeated"] - killed["repeated"],
            "calls": ended["calls"],
            "faults": ended["faults"],
            "rate_after_it": round((requests - killed["requests_answered"]) / ended["seconds"]),
        }


def rival(name: str, python: str, *, latency: float, requests: int, batches: list[int]) -> dict[str, Any]:
    def command(url: str, batch: int, folder: str) -> list[str]:
        call = [python, str(HERE.with_name("rival_calls.py")), name, "--url", url, "--requests", str(requests)]
        return [*call, "--batch", str(batch), "--folder", folder]

    tried = {}
    for batch in batches:
        with server(latency=latency) as url, tempfile.TemporaryDirectory() as folder:
            tried[batch] = figures(watch(command(url, batch, folder), url), requests=requests, latency=latency)
            before = stats(url)["calls"]
            again = watch(command(url, batch, folder), url)
            tried[batch] |= {
                "rerun_us": round(again["seconds_in_all"] / requests * 1e6),
                "rerun_calls": again["calls"] - before,
            }
    best = max(batches, key=lambda batch: tried[batch]["share"])
    with server(latency=latency) as url, tempfile.TemporaryDirectory() as folder:
        killed = watch(command(url, best, folder), url, kill_at=requests // 2)
        ended = watch(command(url, best, folder), url)
    repeated = {"repeated_after_a_kill": ended["repeated"] - killed["repeated"], "answered_after_it": ended["answered"]}
    return {"batches": tried, "best": best, **repeated}


class Bare(asyncio.Protocol):
    """Sends the same call again and again: the cheapest client there is."""

    def __init__(self, left: Iterator[int], done: asyncio.Event) -> None:
        self.left, self.done = left, done

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.send()

    def data_received(self, data: bytes) -> None:
        self.send()

    def send(self) -> None:
        number = next(self.left, None)
        if number is None:
            self.done.set()
            return
        body = json.dumps({"messages": [{"role": "user", "content": f"number {number}"}]}).encode()
        self.transport.write(b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(body) + body)


async def ceiling(url: str, requests: int) -> float:
    done, left = asyncio.Event(), iter(range(requests))
    port = int(url.split(":")[2].split("/")[0])
    started = time.perf_counter()
    loop = asyncio.get_running_loop()
    for _ in range(AT_ONCE):
        await loop.create_connection(lambda: Bare(left, done), "127.0.0.1", port)
    await done.wait()
    return requests / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=37_927)
    parser.add_argument("--latencies", type=float, nargs="+", default=[0.05, 0.2])
    parser.add_argument("--faults", type=float, default=0.2)
    parser.add_argument("--parts", nargs="+", default=["plain", "faults", "rivals"])
    parser.add_argument("--rivals", nargs="*", default=[], metavar="NAME=PYTHON")
    parser.add_argument("--rival-requests", type=int, default=6400)
    parser.add_argument("--rival-batches", type=int, nargs="+", default=[64, 256, 1024])
    parser.add_argument("--url", help="make the calls in this process")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--timeout", type=float, default=60.0)
    options = parser.parse_args()
    if options.url:
        call(options)
        return
    n = options.requests
    with server(latency=0.0) as url:
        report: dict[str, Any] = {"requests": n, "server_per_s": round(asyncio.run(ceiling(url, 20_000)))}
    report["load"] = [os.getloadavg()[0]]
    for latency in options.latencies if "plain" in options.parts else ():
        report[f"plain_{latency}"] = plain(latency=latency, requests=n)
        print(json.dumps(report), file=sys.stderr)
    if "faults" in options.parts:
        report["faults"] = with_faults(latency=0.05, share=options.faults, requests=n)
        print(json.dumps(report), file=sys.stderr)
    if "rivals" in options.parts and options.rivals:
        report["ours_beside"] = plain(latency=0.05, requests=options.rival_requests)
        for name, _, python in (pair.partition("=") for pair in options.rivals):
            sizes = {"latency": 0.05, "requests": options.rival_requests, "batches": options.rival_batches}
            report[name] = rival(name, python, **sizes)
            print(json.dumps(report), file=sys.stderr)
    report["load"].append(os.getloadavg()[0])
    print(json.dumps(report))


if __name__ == "__main__":
    main()
