"""Where a report came from: the stages behind it as an indented tree, each once, from the manifests alone."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sayso.artifacts import StageContext, read_manifest
from sayso.report.view import StageView

__all__ = ["collect_lineage", "flatten", "trained_with"]


def collect_lineage(context: StageContext) -> Iterator[StageView]:
    """The report stage and, depth first, all that it builds on; a stage reached again is marked `repeated`.

    Raises:
        DataError: a parent has no readable manifest.
    """
    config = context.config.model_dump(mode="json")
    yield StageView(node=context.node, kind="report", depth=0, seed=context.seed, config=config)
    seen: set[Path] = set()
    for folder in context.inputs:
        yield from _walk(folder, depth=1, seen=seen)


def _walk(folder: Path, *, depth: int, seen: set[Path]) -> Iterator[StageView]:
    manifest = read_manifest(folder)
    if folder in seen:
        yield StageView(node=manifest.node, kind=manifest.kind, depth=depth, digest=manifest.digest, repeated=True)
        return
    seen.add(folder)
    yield StageView(
        node=manifest.node,
        kind=manifest.kind,
        depth=depth,
        digest=manifest.digest,
        seed=manifest.seed,
        wall_s=manifest.wall_s,
        config=manifest.config,
        counts=dict(flatten(manifest.counts)),
        versions=manifest.versions,
    )
    for parent in manifest.parents:
        yield from _walk(folder.parent / parent, depth=depth + 1, seen=seen)


def trained_with(stages: Iterable[StageView]) -> str:
    """Objective, further losses, methods by part and outer loop of the train stage whose model was evaluated; empty where nothing was trained."""
    config = next((stage.config for stage in stages if stage.kind == "train"), None)
    if not config or "objective" not in config:
        return ""
    losses = [f"loss {loss['name']}" for loss in config.get("losses") or ()]
    parts = [f"{name} {part['method']}" for name, part in (config.get("parts") or {}).items()]
    loop = config.get("loop", {}).get("name", "plain")
    words = [
        f"objective {config['objective']['name']}",
        *losses,
        *parts,
        *([] if loop == "plain" else [f"loop {loop}"]),
    ]
    return f"trained with {', '.join(words)}"


def flatten(values: Mapping[str, Any], *, prefix: str = "") -> Iterator[tuple[str, str]]:
    """`a.b` and its value as text for every leaf of nested mappings."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from flatten(value, prefix=f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", _leaf(value)


def _leaf(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "none" if value is None else str(value)
