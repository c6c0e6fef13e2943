"""Shared fixtures: no network but loopback, one thread, and the real data where it is present."""

import gc
import os
import signal
import socket
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
settings.register_profile("ci", max_examples=50, derandomize=True, deadline=None)
settings.load_profile("ci")
# A shell that starts tests in the background has them ignore Ctrl-C, and so would the processes that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """What is imported by now stays: every training ends in a full collection, which would look at all of it (a quarter of a second)."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def sayso_data() -> Path:
    """The folder of real data, or a skip that says how to get it."""
    folder = os.environ.get("SAYSO_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("real data: set SAYSO_DATA to its folder")
    return Path(folder)


@pytest.fixture(autouse=True, scope="session")
def only_loopback():
    """A test that reaches beyond this machine fails."""
    connect = socket.socket.connect

    def refuse(self, address):
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test tried to reach {address}")
        return connect(self, address)

    socket.socket.connect = refuse
    yield
    socket.socket.connect = connect


@pytest.fixture(scope="session")
def serve(tmp_path_factory):
    """Starts `transformers serve` with the model of a folder, as a context manager that gives its address."""
    from transformers_server import serving

    return lambda folder: serving(folder, path=tmp_path_factory.mktemp("serve") / "log")
