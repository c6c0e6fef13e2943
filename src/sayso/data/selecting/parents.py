"""What a select stage reads: the build that is chosen from, what earlier selections chose, the models that score, and what they are to become good at."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sayso import tasks
from sayso.artifacts import StageContext, fingerprint, read_manifest
from sayso.config import PromptConfig, SelectConfig
from sayso.data.folder import BuildFolder
from sayso.data.scorers import Trained
from sayso.data.selecting.samples import BuildSamples
from sayso.errors import ConfigError, DataError
from sayso.instructions.render import render_sample
from sayso.records import Sample
from sayso.sources import BadRow
from sayso.sources.conversations import Conversations

__all__ = ["as_written", "Parents", "read_parents", "target_file"]

MODEL = "model"
TOLD = 3


@dataclass(frozen=True, kw_only=True)
class Parents:
    """The parts that the folders before a stage play; `around` tells trained models and targets from others (`identity`)."""

    build: BuildFolder
    chosen: tuple[BuildFolder, ...] = ()
    trained: tuple[Trained, ...] = ()
    target: Mapping[str, Sequence[Sample]] = field(default_factory=dict)
    around: Mapping[str, Any] = field(default_factory=dict)


def read_parents(context: StageContext) -> Parents:
    """Tell the parents of a stage apart.

    Raises:
        ConfigError: there is no build among them, or more targets than one.
        DataError: the target has no example.
    """
    config: SelectConfig = context.config
    found = context.inputs_of("build")
    if not found:
        raise ConfigError(f"stage {context.node!r} needs a build or select stage to choose from; add it to its from:")
    pool, *others = found
    targets = [path for path in others if read_manifest(path).kind == "build"]
    if len(targets) + (config.target is not None) > 1:
        names = ", ".join([*(path.name for path in targets), *([config.target] if config.target else [])])
        raise ConfigError(f"stage {context.node!r} has several targets ({names}); give one further build, or one file")
    trained = tuple(Trained(name=path.name, model=path / MODEL, folder=path) for path in context.inputs_of("train"))
    return Parents(
        build=BuildFolder(pool),
        chosen=tuple(BuildFolder(path) for path in others if path not in targets),
        trained=trained,
        target=_target(config, targets),
        around={
            "trained": [read_manifest(one.folder).digest for one in trained],
            "target": [read_manifest(path).digest for path in targets]
            + ([fingerprint(Path(config.target))] if config.target else []),
        },
    )


def _target(config: SelectConfig, builds: Sequence[Path]) -> Mapping[str, Sequence[Sample]]:
    if config.target is not None:
        return target_file(Path(config.target))
    if not builds:
        return {}
    build = BuildFolder(builds[0])
    found = {card.name: BuildSamples(build, tasks=[card.name]) for card in build.cards if card.num_train}
    if not found:
        raise DataError(
            f"{build.path} is the target and has no training example; let a source of it have use: train, and tasks that are not held out"
        )
    return found


def target_file(path: Path, *, images: Path | None = None) -> Mapping[str, Sequence[Sample]]:
    """The conversations of a file as one subtask, `target`.

    Raises:
        DataError: it cannot be read, or a row of it is bad: what a model is to be good at should be right.
    """
    source = Conversations(path=path, images=images)
    found, bad = list[Sample](), list[BadRow]()
    for row in source.items():
        if isinstance(row, BadRow):
            bad.append(row)
        else:
            found += as_written(row)
    if bad or not found:
        listed = "\n  ".join(f"{row.place}: {row.reason}" for row in bad[:TOLD]) or "it is empty"
        raise DataError(f"the target {path} has {len(bad)} rows that cannot be used; mend or remove them:\n  {listed}")
    return {"target": found}


def as_written(item: Any) -> Iterator[Sample]:
    """The samples of an item that is a conversation, word for word.

    Raises:
        DataError: it cannot be rendered.
    """
    for example in tasks.make_examples(tasks.CONVERSATION, item=item, seed=0):
        yield render_sample(
            example,
            template=tasks.AS_WRITTEN,
            card=tasks.CONVERSATION,
            prompt=PromptConfig(media_position="keep"),
            order=None,
            reference=example.references[0],
        )
