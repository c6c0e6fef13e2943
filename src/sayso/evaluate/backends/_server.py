"""A user's server as a process: started on a free port, waited for, and ended whatever becomes of who started it.

It runs under `_watcher.py`, which ends it and all that it started when our end of a pipe is closed: by `stop`, when the server is no longer
referred to, at the exit of the program, and by the kernel where the program is killed.
"""

import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import weakref
from contextlib import suppress
from pathlib import Path

import msgspec

from sayso.errors import BackendError, ConfigError
from sayso.evaluate.backends import _watcher

__all__ = ["check_command", "Server"]

POLL_S = 0.1
ASK_S = 5.0
ENDING_S = 1.0
SHOWN_LINES = 12
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy stands before this machine itself


def check_command(command: str) -> list[str]:
    """The words of a command, as a shell would part them; nothing of it is given to a shell.

    Raises:
        ConfigError: it cannot be parted, is no program that there is, or has no place for the checkpoint or the port.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ConfigError(f"serve: {command!r} cannot be read as a command ({error}); close its quotes") from error
    for name in ("{checkpoint}", "{port}"):
        if not any(name in word for word in words):
            raise ConfigError(
                f"serve: {command!r} lacks {name}; for example 'vllm serve {{checkpoint}} --port {{port}}'"
            )
    if shutil.which(words[0]) is None:
        raise ConfigError(f"serve: there is no program {words[0]!r}; install it, or give its whole path")
    return words


class Server:
    """A running server.

    Raises:
        BackendError: it ended, or did not answer in `ready_s`; the message ends with what it wrote last.
    """

    def __init__(self, command: str, *, checkpoint: str, log: Path, ready_s: float) -> None:
        self.port, self.log = _free_port(), log
        put = {"{checkpoint}": checkpoint, "{port}": str(self.port)}
        self.words = [_replaced(word, put) for word in check_command(command)]
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as file:
            file.write(f"$ {shlex.join(self.words)}\n".encode())
            file.flush()
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", _watcher.__file__, *self.words],
                stdin=subprocess.PIPE,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        self.stop = weakref.finalize(self, _end, self._process)
        try:
            self._wait(ready_s)
        except BaseException:
            self.stop()
            raise

    @property
    def base_url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}/v1"

    def model_names(self) -> list[str]:
        """What it says that it serves; empty where it does not say."""
        unclear = suppress(OSError, msgspec.MsgspecError, KeyError, TypeError)
        with unclear, DIRECT.open(f"{self.base_url}/models", timeout=ASK_S) as answer:
            return [str(one["id"]) for one in msgspec.json.decode(answer.read())["data"]]
        return []

    def _wait(self, ready_s: float) -> None:
        deadline = time.monotonic() + ready_s
        while not self._is_ready():
            if self._process.poll() is not None:
                raise BackendError(f"{self.words[0]} did not become a server: it {self.told()}")
            if time.monotonic() > deadline:
                raise BackendError(
                    f"the server did not answer at {self.base_url} within ready_s {ready_s:g}; raise it, or see what it wrote: it {self.told()}"
                )
            time.sleep(POLL_S)

    def _is_ready(self) -> bool:
        """By `/health`, or by the list of models where there is no such page."""
        status = _status(f"http://127.0.0.1:{self.port}/health")
        return (_status(f"{self.base_url}/models") if status == 404 else status) == 200

    def told(self) -> str:
        """Its command and its log, and the last lines of this where it does not answer."""
        told = f"was started by {shlex.join(self.words)}, its log is {self.log}"
        if self._is_ready():
            return told
        with suppress(subprocess.TimeoutExpired):  # where it ended, the log is about to say how
            self._process.wait(timeout=ENDING_S)
        lines = self.log.read_text("utf-8", "replace").splitlines()[-SHOWN_LINES:]
        return told + ", which ends with:\n" + "\n".join(f"  {line}" for line in lines)


def _replaced(word: str, put: dict[str, str]) -> str:
    """Only these names are replaced: other braces are the command's own, such as JSON."""
    for name, value in put.items():
        word = word.replace(name, value)
    return word


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _status(url: str) -> int:
    try:
        with DIRECT.open(url, timeout=ASK_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Close the pipe, and wait until the watcher has ended everything."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(timeout=2 * _watcher.GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
