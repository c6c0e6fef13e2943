"""Gates: conditions under which a comparison fails, in a small language of our own that is parsed and never run.

    QUANTITY < NUMBER     QUANTITY > NUMBER     (also <= and >=; NUMBER in points, hundredths of the score's unit)

QUANTITY is one of `quantities`, or `any_task`, `any_wording`, `task:NAME`. What is compared is the difference to the baseline: `held_in < -1` fails where
trained tasks lost more than one point, `sensitivity > +1` where Sensitivity rose by more than one.

A gate fires where the difference is beyond its threshold and chance does not explain that there is one: a one-sided test by swaps at `alpha`, so that equal
models pass, whatever the threshold. The family of a command is corrected by Holm: first the tasks or wordings inside a gate, then gates and runs. `strict`
leaves the test out.
"""

import operator
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sayso.errors import ConfigError, did_you_mean
from sayso.evaluate.comparing.quantities import QUANTITIES, DifferenceIn, difference_in, of_task, of_wording
from sayso.evaluate.comparing.resampling import PairMeans
from sayso.evaluate.comparing.significance import holm

__all__ = ["Gate", "judge", "parse_gate"]

CONDITION = re.compile(r"\s*(.+?)\s*(<=|>=|<|>)\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*(?:points?|pp)?\s*")
COMPARED = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
FAMILIES = ("any_task", "any_wording")


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A parsed condition; `threshold` is a fraction, `subject` the name of a task where `quantity` is `task`."""

    text: str
    quantity: str
    sign: str
    threshold: float
    subject: str = ""

    def beyond(self, difference: float) -> bool:
        """Whether a difference is on the wrong side of the threshold."""
        return bool(COMPARED[self.sign](difference, self.threshold))


@dataclass(frozen=True, kw_only=True)
class _Tested:
    """One difference that a gate looks at, and its p-value inside the gate."""

    name: str
    difference: DifferenceIn
    p: float


def parse_gate(text: str) -> Gate:
    """A condition from its text.

    Raises:
        ConfigError: it is no condition, names no known quantity, or its threshold is on the side of a gain.
    """
    match = CONDITION.fullmatch(text)
    if match is None:
        raise ConfigError(f"--fail-if {text!r} is no condition; type it like 'held_in < -1' (points)")
    name, sign, number = match.groups()
    threshold = float(number) / 100
    head, colon, subject = name.partition(":")
    known = [*QUANTITIES, *FAMILIES]
    if not (colon and head == "task" and subject) and name not in known:
        raise ConfigError(f"--fail-if {text!r}: unknown quantity {name!r}{did_you_mean(name, [*known, 'task:NAME'])}")
    if threshold and (threshold > 0) != (sign in {">", ">="}):
        turned = f"{name} {sign} {-100 * threshold:g}"
        raise ConfigError(
            f"--fail-if {text!r} asks for a gain; a gate looks at differences to the baseline, such as {turned!r}"
        )
    return Gate(text=text, quantity=head, sign=sign, threshold=threshold, subject=subject.strip())


def judge(
    gates: Sequence[Gate],
    comparisons: Sequence[tuple[str, Sequence[PairMeans]]],
    *,
    alpha: float,
    strict: bool,
    confidence: float,
) -> list[dict[str, Any]]:
    """A verdict per gate and compared run: whether it `fired`, on what, and the p-value over the whole family.

    Raises:
        ConfigError: a gate is about what the runs do not have.
    """
    looked = [
        (gate, name, list(_tests(gate, tasks, confidence=confidence))) for gate in gates for name, tasks in comparisons
    ]
    beyond = [[one for one in tests if gate.beyond(one.difference.mean)] for gate, _, tests in looked]
    adjusted = holm([min((one.p for one in found), default=1.0) for found in beyond])
    return [
        _verdict(gate, name, tests=tests, beyond=found, p=p, alpha=None if strict else alpha)
        for (gate, name, tests), found, p in zip(looked, beyond, adjusted, strict=True)
    ]


def _verdict(
    gate: Gate, name: str, *, tests: Sequence[_Tested], beyond: Sequence[_Tested], p: float, alpha: float | None
) -> dict[str, Any]:
    sure = [one for one in beyond if alpha is None or (p <= alpha and one.p <= alpha)]
    shown = sorted(sure or beyond or tests, key=lambda one: (one.p, -abs(one.difference.mean)))
    return {
        "condition": gate.text,
        "run": name,
        "fired": bool(sure),
        "threshold": gate.threshold,
        "p_adjusted": p,
        "num_tests": len(tests),
        "num_beyond": len(beyond),
        "found": [{"name": one.name, **one.difference.plain(), "p_one_sided": one.p} for one in shown[:5]],
        "num_found": len(sure),
    }


def _tests(gate: Gate, tasks: Sequence[PairMeans], *, confidence: float) -> Iterator[_Tested]:
    """Everything a gate looks at, p-values adjusted inside it."""
    differences = dict(_differences(gate, tasks, confidence=confidence))
    below = gate.sign in {"<", "<="}
    adjusted = holm([one.p.less if below else one.p.greater for one in differences.values()])
    for (name, difference), p in zip(differences.items(), adjusted, strict=True):
        yield _Tested(name=name, difference=difference, p=p)


def _differences(gate: Gate, tasks: Sequence[PairMeans], *, confidence: float) -> Iterator[tuple[str, DifferenceIn]]:
    if gate.quantity == "any_task":
        yield from ((task.scores.task, of_task(task, confidence=confidence)) for task in tasks)
    elif gate.quantity == "any_wording":
        for task in tasks:
            for row, template in enumerate(task.scores.templates):
                yield f"{task.scores.task}, wording {template}", of_wording(task, row, confidence=confidence)
    elif gate.quantity == "task":
        yield gate.subject, of_task(_named(gate, tasks), confidence=confidence)
    else:
        yield gate.quantity, _quantity(gate, tasks, confidence=confidence)


def _named(gate: Gate, tasks: Sequence[PairMeans]) -> PairMeans:
    known = {task.scores.task: task for task in tasks}
    if gate.subject not in known:
        raise ConfigError(
            f"--fail-if {gate.text!r}: no compared task {gate.subject!r}{did_you_mean(gate.subject, list(known))}"
        )
    return known[gate.subject]


def _quantity(gate: Gate, tasks: Sequence[PairMeans], *, confidence: float) -> DifferenceIn:
    found = difference_in(QUANTITIES[gate.quantity], tasks, confidence=confidence)
    if found is None:
        there = [name for name, one in QUANTITIES.items() if difference_in(one, tasks, confidence=confidence)]
        raise ConfigError(
            f"--fail-if {gate.text!r}: nothing that these runs share is {gate.quantity!r}; they have {', '.join(there)}, any_task, any_wording"
        )
    return found
