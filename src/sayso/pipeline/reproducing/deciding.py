"""From runs to verdicts: what became of each claim of a plan, and why nothing can be said where that is so.

A claim holds where its interval over seeds lies above `exceeds`, does not hold where it lies below `exceeds + matters`, and is undecided otherwise; an interval
that does both holds. What was not run or cannot be measured here says so with the reason. A claim made of claims holds where all of them do; no further
correction is needed for that, since all must hold at once. Holm's correction over the claims of the page and its looks stands beside each verdict.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from sayso.errors import ConfigError, did_you_mean, few
from sayso.evaluate.comparing.significance import holm
from sayso.pipeline.reproducing.contrasts import (
    TOLERANCE,
    Estimate,
    Runs,
    Term,
    contrast_values,
    estimate,
    level_of,
    measured,
    smallest_visible,
    terms_of,
)
from sayso.pipeline.reproducing.found import ArmRun, Finding, Verdict
from sayso.pipeline.reproducing.plan import Claim, Plan, Scale

__all__ = ["findings", "read_at"]

NUM_NAMED = 3  # claims named where a claim made of them does not hold


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """What every claim of a plan is decided by."""

    plan: Plan
    runs: Runs
    level: float
    read_at: Collection[int]
    missing: Mapping[str, str]


def read_at(scale: Scale) -> tuple[int, ...]:
    """Numbers of seeds at which a verdict may be read: the looks that were registered, and all seeds."""
    return tuple(sorted({*scale.looks, len(scale.seeds)}))


def findings(
    plan: Plan,
    runs: Iterable[ArmRun],
    *,
    confidence: float = 0.95,
    looks: int = 1,
    read_at: Collection[int] = (),
    missing: Mapping[str, str] | None = None,
) -> tuple[Finding, ...]:
    """A finding for every claim, in the plan's order.

    Args:
        plan: what was registered.
        runs: all runs there are; a later one of the same arm and seed counts.
        confidence: of all looks together; each interval is at the level that is left for one.
        looks: how often verdicts may be read.
        read_at: numbers of seeds at which they may be; at others there is no verdict. Any number where empty.
        missing: why an arm, a measure or an `ARM/MEASURE` is not there, by its name; without an entry the plan is asked.

    Raises:
        ConfigError: a claim names an arm, measure or claim that the plan lacks, or claims are made of one another in a circle.
    """
    reading = _Reading(
        plan=plan,
        runs={(run.arm, run.seed): run for run in runs},
        level=level_of(confidence, looks=looks),
        read_at=read_at,
        missing=missing or {},
    )
    found = {name: _decided(name, claim, reading) for name, claim in plan.claims.items() if not claim.all_of}
    found = _corrected(found, looks=looks)
    for name in plan.claims:
        _conjoin(name, plan, found, path=())
    return tuple(found[name] for name in plan.claims)


def _corrected(found: Mapping[str, Finding], *, looks: int) -> dict[str, Finding]:
    tested = [(name, finding.p) for name, finding in found.items() if finding.p is not None]
    adjusted = holm([p for _, p in tested])
    by_name = {name: min(1.0, looks * p) for (name, _), p in zip(tested, adjusted, strict=True)}
    return {name: msgspec.structs.replace(one, p_adjusted=by_name.get(name)) for name, one in found.items()}


def _decided(name: str, claim: Claim, reading: _Reading) -> Finding:
    terms = terms_of(claim)
    _check(name, terms, reading.plan)
    values = contrast_values(terms, reading.runs)
    if not values:
        return Finding(claim=name, verdict="not run", reason=_why_not_run(terms, reading))
    seen = estimate(list(values.values()), against=claim.exceeds, confidence=reading.level)
    verdict, reason = _verdict(seen, claim)
    grid = _seeds_run(terms, reading.runs)
    if reading.read_at and len(grid) not in reading.read_at:
        verdict = "undecided"
        at = " or ".join(map(str, sorted(reading.read_at)))
        reason = f"{len(grid)} seeds so far; the plan reads its verdict at {at}"
    elif len(values) < len(grid):
        out = ", ".join(map(str, sorted(grid - set(values))))
        reason = f"not measured with seed {out}, which is left out{'; ' if reason else ''}{reason}"
    visible = None if seen.spread is None else smallest_visible(seen.spread, n=len(values), confidence=reading.level)
    return Finding(
        claim=name, verdict=verdict, mean=seen.mean, low=seen.low, high=seen.high, p=seen.p,
        seeds=tuple(values), by_seed=tuple(values.values()), visible=visible, reason=reason,
    )  # fmt: skip


def _verdict(seen: Estimate, claim: Claim) -> tuple[Verdict, str]:
    if seen.low is None or seen.high is None:
        return "undecided", "one seed has no interval"
    if seen.low > claim.exceeds + TOLERANCE:
        return "holds", ""
    if seen.high < claim.exceeds + claim.matters - TOLERANCE:
        return "does not hold", ""
    return "undecided", ""


def _check(name: str, terms: Sequence[Term], plan: Plan) -> None:
    if not terms:
        raise ConfigError(f"claim {name!r} has no contrast and no all_of: name the arms it compares")
    for term in terms:
        for kind, wanted, known in (("arm", term.arm, plan.arms), ("measure", term.measure, plan.measures)):
            if wanted not in known:
                raise ConfigError(
                    f"claim {name!r}: no {kind} {wanted!r} in the plan{did_you_mean(wanted, list(known))}"
                )


def _seeds_run(terms: Sequence[Term], runs: Runs) -> set[int]:
    """Seeds with which every arm of the contrast was run, measured or not."""
    return {seed for _, seed in runs if all((term.arm, seed) in runs for term in terms)}


def _why_not_run(terms: Sequence[Term], reading: _Reading) -> str:
    """The first that is wrong: an arm that was never run, a measure that no run has, or no seed that has all of them."""
    for arm in dict.fromkeys(term.arm for term in terms):
        if not any(run.arm == arm for run in reading.runs.values()):
            return reading.missing.get(arm) or _of_arm(arm, reading.plan)
    for term in terms:
        if all(measured(run, term.measure) is None for run in reading.runs.values() if run.arm == term.arm):
            given = reading.missing.get(f"{term.arm}/{term.measure}") or reading.missing.get(term.measure)
            return given or _of_measure(term, reading.plan)
    return f"no seed has all of {', '.join(dict.fromkeys(term.arm for term in terms))}"


def _of_arm(arm: str, plan: Plan) -> str:
    label, needs = plan.arms[arm].label, plan.arms[arm].needs
    if needs:
        return f"the arm '{label}' needs {' and '.join(needs)}, or has not been run yet"
    if plan.arms[arm].primary:
        return f"the arm '{label}' has not been run yet"
    return f"the arm '{label}' is run only where there are hours left for it (--hours)"


def _of_measure(term: Term, plan: Plan) -> str:
    measure = plan.measures[term.measure]
    if measure.needs:
        return f"'{measure.label}' needs {' and '.join(measure.needs)}, which was not set"
    return f"'{measure.label}' could not be measured in any run of '{plan.arms[term.arm].label}'"


def _conjoin(name: str, plan: Plan, found: dict[str, Finding], *, path: tuple[str, ...]) -> Finding:
    """Decide a claim made of claims, these first; `found` is filled."""
    if name in path:
        raise ConfigError(f"claims {' -> '.join([*path, name])} are made of one another; all_of must end in contrasts")
    if name not in found:
        parts = []
        for part in plan.claims[name].all_of:
            if part not in plan.claims:
                raise ConfigError(
                    f"claim {name!r}: no claim {part!r} in the plan{did_you_mean(part, list(plan.claims))}"
                )
            parts.append(_conjoin(part, plan, found, path=(*path, name)))
        found[name] = Finding(claim=name, **_all_of(parts, plan))
    return found[name]


def _all_of(parts: Sequence[Finding], plan: Plan) -> dict[str, Any]:
    by_verdict = {part.verdict: [one for one in parts if one.verdict == part.verdict] for part in parts}
    for verdict in ("does not hold", "undecided", "not run"):
        if verdict in by_verdict:
            named = few(
                (f"'{plan.claims[one.claim].says.rstrip('.')}'" for one in by_verdict[verdict]), shown=NUM_NAMED
            )
            return {"verdict": verdict, "reason": f"{verdict}: {named}"}
    return {"verdict": "holds"}
