"""Calls to a toy endpoint, in this process or, run as a program, in one that can be killed.

python chat_calls.py URL STORE COUNT
"""

import sys
from pathlib import Path

from sayso.artifacts import Progress
from sayso.config import PluginConfig
from sayso.lm import open_model, request


def prompts(count, **settings):
    return [request(("user", f"Say it again, number {number}."), max_tokens=32, **settings) for number in range(count)]


def chat(url, store, *, progress=None, **options):
    options = {"model": "toy", "base_url": url, "timeout_s": 0.5, "backoff_s": 0.01, **options}
    return open_model(PluginConfig(name="chat", **options), store=Path(store), progress=progress)


class Noted(Progress):
    """Remembers what it was told."""

    def __init__(self):
        self.labels, self.steps, self.notes = [], 0, []

    def start(self, label, *, total=None):
        self.labels.append((label, total))

    def advance(self, steps=1):
        self.steps += steps

    def note(self, text):
        self.notes.append(text)


if __name__ == "__main__":
    url, store, count = sys.argv[1:]
    sys.stdout.write(f"{sum(one.reply is not None for one in chat(url, store).answer(prompts(int(count))))}\n")
