"""A node of kind `sequence` -> the nodes it stands for: train stages one after the other, each evaluated, and one `transfer` over all.

    continual:
      kind: sequence
      from: [build, base]
      sequence: {perception: [image_understanding/*], language: [vqa/*]}
      replay: {fraction: 0.1}
      max_steps: 300

becomes `continual-0-evaluate` (the model of `base`, before anything), `continual-1-perception`, `continual-1-perception-evaluate`,
`continual-2-language`, `continual-2-language-evaluate` and `continual`, the `transfer` that reads the evaluations in order. Every
one is a stage like any other: it is skipped where it is done and goes on where it was killed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sayso.config.sections import EvaluateConfig, SequenceConfig, StageConfig, TrainConfig

__all__ = ["expand", "Expanded", "SEQUENCE", "stage_names"]

SEQUENCE = "sequence"
"""The kind of such a node in a recipe; no stage of a run has it."""


@dataclass(frozen=True, kw_only=True)
class Expanded:
    """One node that a sequence stands for."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    config: StageConfig


def stage_names(name: str, labels: Sequence[str]) -> list[str]:
    """The names of the train stages of the sequence `name`, in order."""
    return [f"{name}-{number}-{label}" for number, label in enumerate(labels, start=1)]


def expand(
    name: str,
    config: SequenceConfig,
    *,
    inputs: Sequence[str],
    kinds: Mapping[str, str],
    tested: Sequence[str] | None = None,
) -> Iterator[Expanded]:
    """The nodes of the sequence, in order; `kinds` are those of all nodes by name.

    `tested` are the patterns to evaluate on where the recipe gives its own; else all that the sequence trains on.
    """
    weights = [given for given in inputs if kinds.get(given) == "train"]
    data = tuple(given for given in inputs if given not in weights)
    patterns = tuple(dict.fromkeys(pattern for tasks in config.sequence.values() for pattern in tasks))
    test = config.evaluate.model_copy(update={"tasks": patterns if tested is None else tuple(tested)})
    evaluations: list[str] = []
    if weights and config.evaluate_before:
        evaluations.append(f"{name}-0-evaluate")
        yield Expanded(name=evaluations[0], kind="evaluate", inputs=(weights[0], *data), config=test)
    before = evaluations[0] if evaluations else None
    parents = tuple(inputs)
    for number, (stage, tasks) in enumerate(
        zip(stage_names(name, list(config.sequence)), config.sequence.values(), strict=True)
    ):
        yield Expanded(name=stage, kind="train", inputs=parents, config=_train(config, tasks=tasks, first=number == 0))
        parents = (*data, stage)
        evaluations.append(f"{stage}-evaluate")
        untuned = not before and number == 0 and config.evaluate_before
        yield Expanded(
            name=evaluations[-1],
            kind="evaluate",
            inputs=(stage, *data),
            config=_with_untuned(test) if untuned else test,
        )
    transfer = config.transfer.model_copy(update={"before": before})
    yield Expanded(name=name, kind="transfer", inputs=tuple(evaluations), config=transfer)


def _train(config: SequenceConfig, *, tasks: tuple[str, ...], first: bool) -> TrainConfig:
    """The first stage replays nothing: what it starts from is no part of the sequence."""
    common = {field: getattr(config, field) for field in TrainConfig.model_fields}
    return TrainConfig(**{**common, "tasks": tasks, "replay": None if first else config.replay})


def _with_untuned(test: EvaluateConfig) -> EvaluateConfig:
    """Where no stage has the weights before the sequence, the first evaluation tests them."""
    return test.model_copy(update={"models": tuple(dict.fromkeys((*test.models, "untuned")))})
