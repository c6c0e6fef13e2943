"""`cotbal`: tasks that help others, are helped little, and are hard, weigh more (CoTBal, Dai et al. 2024; VisATB in its version of 2026).

It needs N + 1 short runs first: one on a mini subset of every task, and for each task i one on the minis and all (or 10,000 examples) of i. With V_j(r) the validation
score of task j after run r,

    C(i -> j) = (V_j(i + mini) - V_j(mini)) / (V_j(j + mini) - V_j(mini))      what i gives j, as a share of what j gives itself
    out_i = mean over j != i of C(i -> j),   in_i = mean over j != i of C(j -> i),   D_i = 1 - V_i(mini) / V_i(i + mini)
    lambda = N/4 softmax(out / T) + N/4 softmax(-in / T) + N/2 softmax(D / T)

so that the lambdas sum up to N. T is 0.5, and 1 where the tasks are groups of tasks. Formula and temperature are checked against the authors' code, whose weights for seven tasks come out
(tests). A pair whose task j gains nothing by itself is left out (ours), and a task with no pair left counts as one that gives and takes nothing.

The paper multiplies the loss by lambda (`train.loss_mixer`); as `train.mixer` the lambdas are the shares of samples, whatever the sizes. The scores come from evaluate stages among the parents,

    mixer: {name: cotbal, mini: evaluate-mini, probes: {counting: evaluate-counting, captions: evaluate-captions}}

or from a JSON file: `{"mini": {task: V}, "probes": {i: {j: V}}}`, or `{"out": {task: ...}, "in": {...}, "difficulty": {...}}` where these are known.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar

import msgspec
from pydantic import Field

from sayso.data.mixers._protocol import Mixing, TaskStats, mixers
from sayso.data.mixers._softmax import softmax
from sayso.errors import ConfigError, DataError

__all__ = ["Contributions", "contributions", "CotbalMixer", "lambdas"]

Scores = Mapping[str, float]


class Contributions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By task: what it gives others (`out`), what others give it (`in_`), how hard it is."""

    out: dict[str, float]
    in_: dict[str, float] = msgspec.field(name="in")
    difficulty: dict[str, float]


class Validation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Scores of all tasks after the run on minis, and after the run on all of each task."""

    mini: dict[str, float]
    probes: dict[str, dict[str, float]]


def contributions(mini: Scores, *, probes: Mapping[str, Scores], tasks: Sequence[str]) -> Contributions:
    """What the scores say of each of the tasks.

    Raises:
        ConfigError: a score is missing, or a task scores nothing after training on all of it.
    """
    own = {task: _score(probes.get(task, {}), task, where=f"probes.{task}") for task in tasks}
    base = {task: _score(mini, task, where="mini") for task in tasks}
    if unlearned := [task for task, score in own.items() if score <= 0]:
        raise ConfigError(
            f"mixer 'cotbal': {', '.join(unlearned)} score(s) {own[unlearned[0]]} after training on all of it, so that its difficulty is not defined; "
            "leave it out of tasks, or give it longer"
        )
    pairs = {
        (i, j): (_score(probes[i], j, where=f"probes.{i}") - base[j]) / (own[j] - base[j])
        for i in tasks
        for j in tasks
        if i != j and own[j] > base[j]
    }
    return Contributions(
        out={i: _mean([value for (giver, _), value in pairs.items() if giver == i]) for i in tasks},
        in_={i: _mean([value for (_, taker), value in pairs.items() if taker == i]) for i in tasks},
        difficulty={i: 1 - base[i] / own[i] for i in tasks},
    )


def lambdas(given: Contributions, *, tasks: Sequence[str], temperature: float) -> list[float]:
    """A weight for each of the tasks; they sum up to their number.

    Raises:
        ConfigError: a task is not in one of the three.
    """
    out = [_score(given.out, task, where="out") for task in tasks]
    taken = [_score(given.in_, task, where="in") for task in tasks]
    hard = [_score(given.difficulty, task, where="difficulty") for task in tasks]
    parts = [softmax(values, temperature=temperature) for values in (out, [-value for value in taken], hard)]
    return [len(tasks) * (a / 4 + b / 4 + c / 2) for a, b, c in zip(*parts, strict=True)]


@mixers.register("cotbal")
@dataclass(frozen=True, kw_only=True)
class CotbalMixer:
    """`file`, or `mini` and `probes`: names of evaluate stages."""

    num_held_back: ClassVar[int] = 0
    temperature: Annotated[float, Field(gt=0)] = 0.5
    file: str | None = None
    mini: str | None = None
    probes: Mapping[str, str] = field(default_factory=dict)

    def weigh(self, tasks: Sequence[TaskStats], *, mixing: Mixing) -> Sequence[float]:
        """The lambdas.

        Raises:
            ConfigError: a score of a task is missing.
            DataError: the file cannot be read.
        """
        names = [task.name for task in tasks]
        given = self._given(mixing)
        if isinstance(given, Validation):
            given = contributions(given.mini, probes=given.probes, tasks=names)
        return lambdas(given, tasks=names, temperature=self.temperature)

    def _given(self, mixing: Mixing) -> Validation | Contributions:
        if self.file is not None:
            return _read(Path(self.file))
        if self.mini is None or not self.probes:
            raise ConfigError(
                f"mixer 'cotbal' has mini {self.mini!r} and probes {dict(self.probes)}; name evaluate stages for both, or a file of scores"
            )
        probes = {task: dict(_stage(name, mixing)) for task, name in self.probes.items()}
        return Validation(mini=dict(_stage(self.mini, mixing)), probes=probes)


def _stage(name: str, mixing: Mixing) -> Scores:
    if name not in mixing.scores:
        known = ", ".join(mixing.scores) or "none"
        raise ConfigError(
            f"mixer 'cotbal': {name!r} is no evaluate stage that the train stage reads ({known}); add it to its from:"
        )
    return mixing.scores[name]


def _read(path: Path) -> Validation | Contributions:
    try:
        found = json.loads(path.read_text())
        if isinstance(found, dict) and "out" in found:
            return msgspec.convert(found, Contributions)
        return msgspec.convert(found, Validation)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); it is the file of mixer 'cotbal'") from error
    except (ValueError, msgspec.ValidationError) as error:
        raise DataError(f"{path}: {error}; give mini and probes, or out, in and difficulty") from error


def _score(scores: Scores, task: str, *, where: str) -> float:
    if task not in scores:
        raise ConfigError(f"mixer 'cotbal': {where} has no score of {task!r}; it has {', '.join(scores) or 'none'}")
    return scores[task]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
