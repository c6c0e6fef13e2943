"""A program that runs another one for as long as somebody holds its standard input open: `python _watcher.py COMMAND ...`.

When the holder closes it, or dies in whatever way (`kill -9` too: the kernel closes it), the command and all that it started in its process
group are told to end, and killed `GRACE_S` later. What is left of the group when the command ended is killed too. It imports nothing but the
standard library, to start at once.
"""

import os
import signal
import subprocess
import sys
import threading
import time

__all__ = ["GRACE_S", "main"]

GRACE_S = 10.0
REST_S = 0.2  # for what the command leaves behind
NOT_FOUND = 127


def main() -> None:
    """Run the command in a process group with this one, and end with it."""
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    try:
        child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    except OSError as error:
        os.write(2, f"cannot start {sys.argv[1]}: {error.strerror}\n".encode())
        os._exit(NOT_FOUND)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # after the start, since it would be inherited
    threading.Thread(target=_end_with_holder, args=(child,), daemon=True).start()
    os.write(2, f"[{sys.argv[1]} ended with exit code {child.wait()}]\n".encode())
    os.killpg(0, signal.SIGTERM)
    time.sleep(REST_S)
    os.killpg(0, signal.SIGKILL)


def _end_with_holder(child: "subprocess.Popen[bytes]") -> None:
    while os.read(0, 1024):
        pass
    os.killpg(0, signal.SIGTERM)
    try:
        child.wait(timeout=GRACE_S)
    except subprocess.TimeoutExpired:
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
