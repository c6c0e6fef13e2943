"""A checkpoint behind the user's own server (vLLM, `transformers serve`), started when it is first needed and ended after use.

    {name: serve, serve: "vllm serve {checkpoint} --port {port}", max_concurrency: 128}

The words of the command are parted as a shell would, then `{checkpoint}` and `{port}` are replaced; no shell sees it. The rest is the backend
`chat`. Replies are kept under what the checkpoint holds (a hash of its files), not under the address, so that a run that goes on asks
nothing twice, and a model that was trained again is asked anew.
"""

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sayso.artifacts import Progress, digest, fingerprint
from sayso.errors import BackendError
from sayso.evaluate.backends._protocol import Advance, Backend, Decoding, Reply, backends
from sayso.evaluate.backends._server import Server, check_command
from sayso.evaluate.backends.chat import Guided, kept
from sayso.records import Sample

__all__ = ["serve", "Serve"]

READY_S = 900.0
"""A large model is read from disk and compiled first."""


class Serve:
    """Starts the server at the first question; `close` ends it, and so does the end of the program, however it comes."""

    def __init__(self, start: Callable[[], Server], connect: Callable[[Server], Backend]) -> None:
        self._start, self._connect = start, connect
        self._running: tuple[Server, Backend] | None = None

    def answer(
        self, samples: Sequence[Sample], *, decoding: Decoding, advance: Advance = lambda samples: None
    ) -> list[Reply]:
        """As the backend `chat` does.

        Raises:
            BackendError: the server did not start, ended, or gave up; the message ends with its log, or what it wrote last.
        """
        if not samples:
            return []
        server, backend = self._running = self._running or self._begin()
        try:
            return backend.answer(samples, decoding=decoding, advance=advance)
        except BackendError as error:
            raise BackendError(f"{error}; the server {server.told()}") from error

    def close(self) -> None:
        """End the server and all that it started; a further question would start another."""
        if self._running is not None:
            self._running[0].stop()
        self._running = None

    def _begin(self) -> tuple[Server, Backend]:
        server = self._start()
        return server, self._connect(server)


def _name_of(server: Server, *, checkpoint: str) -> str:
    """What the server calls the model: its path, or the only one that it tells."""
    names = server.model_names()
    return names[0] if len(names) == 1 else checkpoint


def _known_as(checkpoint: str, *, command: str) -> str:
    """What the replies depend on: the command, which may set precision or a template, and every file of the checkpoint."""
    folder = Path(checkpoint)
    files = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    marks = {path.relative_to(folder).as_posix(): fingerprint(path) for path in files}
    return digest({"command": command, "files": marks or checkpoint})


@backends.register("serve")
def serve(
    *,
    model: str,
    serve: str,
    ready_s: float = READY_S,
    store: Path | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Serve:
    """`model` behind the command `serve`; further options are those of the backend `chat`.

    The server's output goes to a file beside `store`, or to one of the system's temporary folder.
    """
    check_command(serve)
    guided: Guided | None = options.pop("guided", None)
    log = store.with_suffix(".server.log") if store else Path(tempfile.gettempdir()) / f"sayso-{os.getpid()}.server.log"

    def start() -> Server:
        (progress or Progress()).note(f"starting {serve}; its output: {log}")
        return Server(serve, checkpoint=model, log=log, ready_s=ready_s)

    def connect(server: Server) -> Backend:
        named = {"model": _name_of(server, checkpoint=model), **options, "base_url": server.base_url}
        known_as = _known_as(model, command=serve)
        return kept(named, store=store, progress=progress, guided=guided, known_as=known_as)

    return Serve(start, connect)
