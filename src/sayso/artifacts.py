"""Stage folders: written atomically, described by a manifest, never half there.

A stage writes into `RUN/<node>.partial` and the folder gets its name `RUN/<node>` only when all of it is on disk, together
with `manifest.json`: what made it (config, digest, parents, versions, seed) and what is in it (counts). A folder with
a manifest is therefore whole. A killed stage leaves its partial folder behind, and the same command goes on from there;
a partial folder made with another config is thrown away, since nothing ever read it.

The digest of a stage is a hash of its kind, its config, the files that the config names, the run's seed and the digests of its
parents. Equal digests mean equal work, so a finished stage is skipped; another digest under the same name is refused, with
the keys and files that changed. Pictures in folders are not looked at: whoever changes those deletes the stage.
"""

import hashlib
import json
import math
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from sayso.errors import BackendError, ConfigError, DataError

__all__ = [
    "BUILDS",
    "digest",
    "fingerprint",
    "Manifest",
    "open_stage",
    "Progress",
    "read_jsonl",
    "read_manifest",
    "refuse_overwriting",
    "serves_as",
    "stage_folders",
    "StageContext",
    "strict",
    "write_atomically",
    "write_json",
    "write_jsonl",
    "write_text",
]

R = TypeVar("R")
BUILDS = frozenset({"build", "select"})
"""Kinds of stages whose folder is a build: it has cards, templates, a prompt and examples."""
MANIFEST = "manifest.json"
MARK = "digest"  # in a partial folder: what it is going to be
HASHED_BYTES = 64 << 20


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What made a stage folder and what it holds.

    `parents` maps node names to their digests, `files` the paths that the config names to what was in them (`fingerprint`).
    """

    node: str
    kind: str
    digest: str
    config: dict[str, Any]
    seed: int
    parents: dict[str, str] = {}
    files: dict[str, str] = {}
    counts: dict[str, Any] = {}
    versions: dict[str, str] = {}
    wall_s: float = 0.0


class Progress:
    """Where a stage says how far it is; this one says nothing. The command line passes one that draws a bar."""

    def start(self, label: str, *, total: int | None = None) -> None:
        """A new piece of work of `total` steps begins (None: unknown)."""

    def advance(self, steps: int = 1) -> None:
        """`steps` more are done."""

    def note(self, text: str) -> None:
        """Something a person should read."""

    def show(self, markup: str) -> None:
        """Something to look at, in rich's markup, which only a terminal shows."""


@dataclass(frozen=True, kw_only=True)
class StageContext:
    """All that a stage may see: its config, the finished folders it reads, and the folder it writes.

    `config` is the pydantic model of the stage's kind. `inputs` are the direct parents, in the order of `from:`.
    Whatever is in `folder` already was written by an earlier, killed run of exactly this stage. Of the `num_processes` of a launch the
    one of `rank` 0 writes.
    """

    node: str
    config: Any
    seed: int
    inputs: tuple[Path, ...]
    folder: Path
    progress: Progress = field(default_factory=Progress)
    rank: int = 0
    num_processes: int = 1

    @property
    def writes(self) -> bool:
        """Whether this process is the one that writes files."""
        return self.rank == 0

    def nearest(self, kind: str) -> Path:
        """The closest ancestor folder of that kind, breadth first; a selection is a build too.

        Raises:
            ConfigError: there is none.
        """
        for folder in self.ancestors():
            if serves_as(read_manifest(folder).kind, kind):
                return folder
        names = ", ".join(path.name for path in self.inputs) or "nothing"
        raise ConfigError(
            f"stage {self.node!r} needs a {kind!r} stage before it, but reads {names}; add it to its from:"
        )

    def inputs_of(self, kind: str) -> list[Path]:
        """The direct parents of that kind, in order; a selection is a build too."""
        return [path for path in self.inputs if serves_as(read_manifest(path).kind, kind)]

    def ancestors(self) -> Iterator[Path]:
        """Every folder this stage builds on, nearest first, each once."""
        queue, seen = list(self.inputs), set[Path]()
        while queue:
            folder = queue.pop(0)
            if folder not in seen:
                seen.add(folder)
                yield folder
                queue += [folder.parent / name for name in read_manifest(folder).parents]


def serves_as(kind: str, wanted: str) -> bool:
    """Whether a stage of `kind` has all that is wanted of one of the kind `wanted`: itself, or a selection for a build."""
    return kind == wanted or (wanted == "build" and kind in BUILDS)


def digest(value: object) -> str:
    """The first 16 hex digits of a SHA-256 over canonical JSON."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def fingerprint(path: Path) -> str:
    """What tells a file from another one in its place: a hash of its content, or size and time where it is over 64 MiB.

    Raises:
        DataError: the file cannot be read.
    """
    try:
        facts = path.stat()
        if facts.st_size > HASHED_BYTES:
            return f"{facts.st_size} bytes of {facts.st_mtime_ns}"
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); check the path in the recipe") from error


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a finished stage folder.

    Raises:
        DataError: there is none, or it cannot be read.
    """
    path = folder / MANIFEST
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError as error:
        raise DataError(f"{folder} is not a finished stage (no {MANIFEST}); run its recipe first") from error
    except msgspec.MsgspecError as error:
        raise DataError(f"{path} cannot be read ({error}); delete {folder} and run its recipe again") from error


def open_stage(final: Path, wanted: Manifest) -> Path | None:
    """The partial folder to write `wanted` into, or None where the finished stage is already there.

    Raises:
        ConfigError: `final` was made with another config, and the message lists what changed; or it is no stage at all.
        DataError: its manifest cannot be read.
    """
    if final.exists():
        if not (final / MANIFEST).exists():
            raise ConfigError(f"{final} is in the way: it has no {MANIFEST}, so no stage made it; delete or move it")
        _refuse_other(final, wanted)
        return None
    return open_partial(final, wanted)


def open_partial(final: Path, wanted: Manifest) -> Path:
    """The folder to write `wanted` into: what was begun of the same, else an empty one."""
    partial = final.with_name(final.name + ".partial")
    mark = partial / MARK
    if partial.exists() and (not mark.exists() or mark.read_text() != wanted.digest):
        shutil.rmtree(partial)
    partial.mkdir(parents=True, exist_ok=True)
    write_text(mark, wanted.digest)
    return partial


def close_stage(partial: Path, manifest: Manifest) -> Path:
    """Write the manifest and give the folder its final name; returns it."""
    final = partial.with_name(partial.name.removesuffix(".partial"))
    write_json(partial / MANIFEST, msgspec.to_builtins(manifest))
    os.replace(partial, final)
    (final / MARK).unlink(missing_ok=True)  # only now: without it a partial folder is taken for somebody else's
    return final


def replace_stage(partial: Path, manifest: Manifest) -> Path:
    """The same in place of a finished stage, which lies beside it as `.before` until the new one has its name."""
    final = partial.with_name(partial.name.removesuffix(".partial"))
    before = final.with_name(final.name + ".before")
    shutil.rmtree(before, ignore_errors=True)
    os.replace(final, before)
    close_stage(partial, manifest)
    shutil.rmtree(before, ignore_errors=True)
    return final


def _refuse_other(final: Path, wanted: Manifest) -> None:
    found = read_manifest(final)
    if found.digest != wanted.digest:
        changed = "; ".join(changes(found, wanted)) or "another version of sayso"
        raise ConfigError(
            f"{final} was made with another config ({changed}); "
            f"choose a new folder with --out, or delete {final} to make it again"
        )


def changes(found: Manifest, wanted: Manifest) -> Iterator[str]:
    """What differs between what a stage was made from and what is wanted, in words."""
    if found.kind != wanted.kind:
        yield f"kind: {found.kind} -> {wanted.kind}"
    yield from changed_keys(found.config, wanted.config)
    if found.seed != wanted.seed:
        yield f"seed: {found.seed} -> {wanted.seed}"
    yield from changed_keys(found.parents, wanted.parents, prefix="from")
    if found.parents.keys() == wanted.parents.keys() and list(found.parents) != list(wanted.parents):
        yield f"order of the inputs: {', '.join(found.parents)} -> {', '.join(wanted.parents)}"
    for path in sorted({*found.files, *wanted.files}):
        if found.files.get(path) != wanted.files.get(path):
            yield f"the file {path} changed"


def changed_keys(old: object, new: object, *, prefix: str = "") -> Iterator[str]:
    """`key.path: old -> new` for each leaf that differs; lists are compared entry by entry where they are as long."""
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        old, new = dict(enumerate(old)), dict(enumerate(new))
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        if old != new:
            yield f"{prefix}: {old!r} -> {new!r}"
        return
    for key in sorted({*old, *new}):
        here = f"{prefix}.{key}" if prefix else str(key)
        if key in old and key in new:
            yield from changed_keys(old[key], new[key], prefix=here)
        else:
            yield f"{here}: {repr(old[key]) if key in old else 'not set'} -> {repr(new[key]) if key in new else 'not set'}"


def write_text(path: Path, text: str) -> None:
    """Write a whole file or nothing: a temporary file beside it, flushed to disk, then renamed."""
    write_atomically(path, lambda handle: handle.write(text.encode()))


def write_json(path: Path, value: object) -> None:
    """Write indented JSON, whole or not at all; numbers that JSON lacks are null."""
    write_text(path, json.dumps(strict(value), indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def strict(value: Any) -> Any:
    """The value as JSON can say it: NaN and infinities, which strict readers refuse, become None."""
    if isinstance(value, Mapping):
        return {key: strict(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [strict(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def write_jsonl(path: Path, rows: Iterable[object]) -> int:
    """Write one JSON line per row (records or plain values), whole or not at all; returns the number of rows."""
    encoder = msgspec.json.Encoder()
    count = 0

    def write(handle: Any) -> None:
        nonlocal count
        for row in rows:
            handle.write(encoder.encode(row) + b"\n")
            count += 1

    write_atomically(path, write)
    return count


def read_jsonl(path: Path, kind: type[R]) -> Iterator[R]:
    """Decode one record a line.

    Raises:
        DataError: the file is missing or a line is not such a record; names file and line.
    """
    decoder = msgspec.json.Decoder(kind)
    try:
        with path.open("rb") as handle:
            for number, line in enumerate(handle, start=1):
                if line.strip():
                    try:
                        yield decoder.decode(line)
                    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                        raise DataError(f"{path}, line {number}: {error}") from error
    except OSError as error:
        reason = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read ({error.strerror})"
        raise DataError(f"{path} {reason}; check the path, or make it again") from error


def stage_folders(run: Path, *, kind: str) -> list[Path]:
    """The finished stages of one kind in the run folder `run`, by name; `run` itself, where it is such a stage. A selection is a build too."""
    candidates = [run, *sorted(path.parent for path in run.glob("*/manifest.json") if path.parent.suffix != ".partial")]
    return [path for path in candidates if (path / MANIFEST).exists() and serves_as(read_manifest(path).kind, kind)]


def refuse_overwriting(out: Path, *, option: str, given: Iterable[Path]) -> None:
    """Before anything is done or paid for: a file can be written to `out`, and it is none of those that are `given`.

    Raises:
        ConfigError: it is a folder, or one of those; `option` is what named it.
    """
    if out.is_dir():
        raise ConfigError(f"{option} {out} is a folder; name a file in it")
    if any(out.absolute() == one.absolute() or (out.exists() and one.exists() and out.samefile(one)) for one in given):
        raise ConfigError(f"{option} {out} is used for something else in this command; choose another name")


def write_atomically(
    path: Path, write: Callable[[Any], object], *, advice: str = "free some space or choose another --out"
) -> None:
    """Whatever `write` puts into the open file, whole or not at all; flushed to disk before it has its name.

    Raises:
        BackendError: it cannot be written; `advice` is what would do.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as handle:
            write(handle)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(temporary, path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise BackendError(f"cannot write {path}: {error.strerror or error}; {advice}") from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
