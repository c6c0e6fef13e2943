"""The toolkit on one page: a recipe's stages, run in order, each once.

`run_recipe` walks the stage graph. A stage whose folder is there is skipped, one that was killed goes on, one that was made
with another config is refused with the keys that changed. What a stage does is behind its `run(context)`; this file knows only
where to find it, so nothing heavy is imported before it is needed. Under a launcher all processes walk the graph (`sayso.pipeline.processes`).
"""

import errno
import fcntl
import importlib
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from sayso import __version__
from sayso.artifacts import (
    Manifest,
    Progress,
    StageContext,
    close_stage,
    digest,
    fingerprint,
    open_stage,
    read_manifest,
    replace_stage,
    serves_as,
)
from sayso.config import Node, Recipe
from sayso.errors import BackendError, ConfigError, DataError
from sayso.pipeline.patterns import check_inputs, check_patterns
from sayso.pipeline.plugins import check_plugins, check_scorers
from sayso.pipeline.processes import Processes, launched, wait_for_finished, wait_for_open
from sayso.pipeline.rescoring import with_predictions
from sayso.pipeline.sharing import Shelf

__all__ = ["locked", "run_recipe", "run_stages", "StageResult"]

STAGES = {
    "augment": "sayso.instructions.augment.stage",
    "synthesize": "sayso.instructions.synthesizing.stage",
    "build": "sayso.data.stage",
    "select": "sayso.data.selecting.stage",
    "sight": "sayso.train.sight",
    "train": "sayso.train.stage",
    "evaluate": "sayso.evaluate.stage",
    "pack": "sayso.evaluate.sight.stage",
    "transfer": "sayso.evaluate.transfer.stage",
    "report": "sayso.report.stage",
}
TOGETHER = {"train"}
"""Stages that all processes of a launch take part in; the first does the others alone."""
FORMAT = 1
"""Part of every digest; raised when a stage's files change their meaning, so that old folders are not taken for new ones."""


@dataclass(frozen=True, kw_only=True)
class StageResult:
    """One finished stage: its folder, its manifest and whether it was there already."""

    folder: Path
    manifest: Manifest
    skipped: bool


def run_recipe(recipe: Recipe, *, out: Path, progress: Progress | None = None) -> list[StageResult]:
    """Run every stage of a recipe into `out`, one folder a stage.

    Raises:
        ConfigError: a stage is there already but was made with another config.
        DataError: the data cannot be used.
        BackendError: the disk is full or a backend gave up; the same command goes on.
    """
    return list(run_stages(recipe, out=out, progress=progress))


def run_stages(
    recipe: Recipe,
    *,
    out: Path,
    only: tuple[str, ...] = (),
    progress: Progress | None = None,
    shared: Path | None = None,
    rescore: bool = False,
) -> Iterator[StageResult]:
    """Run the stages named in `only` and all that they read (all stages where empty), yielding each when it is done.

    `shared` is a folder of stages that other runs made from the same config: what is there is taken, what is new is kept there. With `rescore` evaluate stages
    that are finished are scored again from their predictions (`sayso.pipeline.rescoring`).

    Raises:
        ConfigError: no such stage or plugin, or the folder cannot be used, before anything runs; or a stage names tasks that its
            build does not have, as soon as that is built; or several processes were launched with `shared`.
    """
    processes = launched()
    if shared is not None and processes.count > 1:
        raise ConfigError(
            f"stages cannot be shared in {shared} while {processes.count} processes run one recipe; leave it out"
        )
    wanted = _with_inputs(recipe, only or tuple(node.name for node in recipe.nodes))
    nodes = [node for node in recipe.nodes if node.name in wanted]
    for node in nodes:
        check_plugins(node)
        check_inputs(node, recipe)
        if not (out / node.name).exists():
            check_scorers(node)
    work = _Work(
        seed=recipe.seed,
        out=out,
        shelf=Shelf(shared),
        progress=progress or Progress(),
        processes=processes,
        rescore=rescore,
    )
    if processes.rank:
        yield from (_follow(node, work=work) for node in nodes)
        return
    with locked(out):
        for node in nodes:
            with _explained(out / node.name):
                result = _run_stage(node, work=work)
            if serves_as(node.kind, "build"):
                check_patterns(recipe, build=node.name, folder=result.folder)
            yield result


@dataclass(frozen=True, kw_only=True)
class _Work:
    """What all stages of a run have in common."""

    seed: int
    out: Path
    shelf: Shelf
    progress: Progress
    processes: Processes
    rescore: bool


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Two runs in one folder would write into each other; the kernel drops the lock however a run ends.

    Raises:
        ConfigError: somebody else writes there, or nobody can.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = (out / ".lock").open("w")
    except OSError as error:
        raise ConfigError(f"cannot write to the folder {out} ({error.strerror}); choose another --out") from error
    with lock as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError(f"another sayso is writing to {out}; wait for it, or choose another --out") from error
        yield


def _with_inputs(recipe: Recipe, names: tuple[str, ...]) -> set[str]:
    wanted: set[str] = set()
    queue = list(names)
    while queue:
        node = recipe.node(queue.pop())
        if node.name not in wanted:
            wanted.add(node.name)
            queue += node.inputs
    return wanted


def _run_stage(node: Node, *, work: _Work) -> StageResult:
    wanted = _manifest(node, seed=work.seed, out=work.out)
    final = work.out / node.name
    if work.rescore and node.kind == "evaluate" and final.exists():
        again = with_predictions(final, wanted)
        return _make_stage(node, wanted=wanted, partial=again, work=work, close=replace_stage)
    partial = open_stage(final, wanted)
    if partial is None:
        return StageResult(folder=final, manifest=read_manifest(final), skipped=True)
    with work.shelf.turn(wanted.digest):
        if work.shelf.take(wanted, final=final):
            shutil.rmtree(partial, ignore_errors=True)
            return StageResult(folder=final, manifest=read_manifest(final), skipped=True)
        made = _make_stage(node, wanted=wanted, partial=partial, work=work)
        work.shelf.put(wanted.digest, made.folder)
        return made


def _make_stage(
    node: Node, *, wanted: Manifest, partial: Path, work: _Work, close: Callable[[Path, Manifest], Path] = close_stage
) -> StageResult:
    started = time.monotonic()
    counts = _stage(node.kind)(_context(node, partial=partial, work=work))
    manifest = _finished(wanted, counts=counts, wall_s=time.monotonic() - started)
    return StageResult(folder=close(partial, manifest), manifest=manifest, skipped=False)


def _follow(node: Node, *, work: _Work) -> StageResult:
    """Go along with the first process, which makes the stage."""
    wanted, final = _manifest(node, seed=work.seed, out=work.out), work.out / node.name
    if node.kind in TOGETHER and (partial := wait_for_open(final, wanted)) is not None:
        _stage(node.kind)(_context(node, partial=partial, work=work))
    return StageResult(folder=final, manifest=wait_for_finished(final, wanted), skipped=True)


def _context(node: Node, *, partial: Path, work: _Work) -> StageContext:
    together = work.processes if node.kind in TOGETHER else Processes()
    return StageContext(
        node=node.name,
        config=node.config,
        seed=work.seed,
        inputs=tuple(work.out / name for name in node.inputs),
        folder=partial,
        progress=Progress() if work.processes.rank else work.progress,
        rank=together.rank,
        num_processes=together.count,
    )


def _manifest(node: Node, *, seed: int, out: Path) -> Manifest:
    config = node.config.model_dump(mode="json")
    parents = {name: read_manifest(out / name).digest for name in node.inputs}
    files = dict(_files(config, known=_files_before(out / node.name)))
    identity = digest([FORMAT, node.kind, config, seed, list(parents.values()), *([files] if files else [])])
    return Manifest(
        node=node.name, kind=node.kind, digest=identity, config=config, seed=seed, parents=parents, files=files
    )


def _files(value: object, *, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Every file that a config names, with its fingerprint; one that is gone by now is as it was."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _files(inner, known=known)
    elif isinstance(value, str) and ("/" in value or "." in value):
        if os.path.isfile(value):  # which, unlike Path.is_file, takes any text
            yield value, fingerprint(Path(value))
        elif value in known:
            yield value, known[value]


def _files_before(final: Path) -> Mapping[str, str]:
    try:
        return read_manifest(final).files
    except DataError:
        return {}


def _finished(wanted: Manifest, *, counts: dict[str, Any], wall_s: float) -> Manifest:
    return msgspec.structs.replace(wanted, counts=counts, versions=versions(), wall_s=round(wall_s, 2))


def versions() -> dict[str, str]:
    """Versions of sayso, Python and the heavy libraries that are loaded."""
    loaded = {name: getattr(sys.modules.get(name), "__version__", None) for name in ("torch", "transformers", "numpy")}
    return {"sayso": __version__, "python": platform.python_version(), **{n: str(v) for n, v in loaded.items() if v}}


def _stage(kind: str) -> Callable[[StageContext], dict[str, Any]]:
    try:
        module = importlib.import_module(STAGES[kind])
    except ModuleNotFoundError as error:
        raise ConfigError(f"stage kind {kind!r} needs {error.name!r}; type: pip install 'sayso[train]'") from error
    run: Callable[[StageContext], dict[str, Any]] = module.run
    return run


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """A disk that is full, or a folder that cannot be written, is nobody's fault here."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise BackendError(
                f"no space left while writing {folder}; free some and run the same command again: it goes on"
            ) from error
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise BackendError(
                f"{error.filename or folder} cannot be used ({error.strerror}); allow it and run the same command again"
            ) from error
        raise
