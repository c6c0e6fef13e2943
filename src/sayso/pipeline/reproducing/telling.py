"""A finding in words: what a page says of each claim, the same in HTML and in Markdown.

A `Card` is what is to be said of one claim, as plain text without markup. Scores are told in points, everything else in its own unit. Nothing here decides
anything: verdicts come from `deciding`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sayso.errors import DataError
from sayso.pipeline.reproducing.contrasts import level_of, smallest_visible, terms_of
from sayso.pipeline.reproducing.deciding import read_at
from sayso.pipeline.reproducing.found import Finding, Results, Verdict
from sayso.pipeline.reproducing.plan import Claim, Plan, Scale

__all__ = [
    "amount",
    "Card",
    "cards_of",
    "counts_text",
    "GLYPHS",
    "interval_text",
    "level_of_page",
    "p_text",
    "PLURALS",
    "scale_of",
    "unit_of",
    "UNITS",
]

GLYPHS: Mapping[Verdict, str] = {"holds": "✓", "does not hold": "✗", "undecided": "?", "not run": "–"}
UNITS = {"%": " points", "": "", "s": " s"}
"""What stands behind a difference, by the unit of its measure."""
PLURALS: Mapping[Verdict, tuple[str, str]] = {
    "holds": ("holds", "hold"),
    "does not hold": ("does not hold", "do not hold"),
    "undecided": ("is undecided", "are undecided"),
    "not run": ("was not run", "were not run"),
}
"""What is said of one claim, and of several."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """What is said of one claim."""

    number: int
    name: str
    verdict: Verdict
    says: str
    lines: tuple[tuple[str, str], ...]
    """Heading and text, in the order in which one reads them."""

    @property
    def glyph(self) -> str:
        """A sign of the verdict beside its word."""
        return GLYPHS[self.verdict]


def scale_of(plan: Plan, results: Results) -> Scale:
    """The scale that was run.

    Raises:
        DataError: the plan has no such scale.
    """
    for name, scale in plan.scales.items():
        if name == results.scale:
            return scale
    raise DataError(f"results of scale {results.scale!r}, but plan {plan.name!r} has only {', '.join(plan.scales)}")


def level_of_page(plan: Plan, results: Results) -> float:
    """The confidence of each claim's interval, of all looks together that of the results."""
    return level_of(results.confidence, looks=len(read_at(scale_of(plan, results))))


def unit_of(claim: Claim, plan: Plan) -> str:
    """That of the claim's measure, or of the first in its contrast."""
    names = [claim.measure, *(term.measure for term in terms_of(claim))]
    return next((plan.measures[name].unit for name in names if name in plan.measures), "")


def amount(value: float, unit: str, *, signed: bool = True) -> str:
    """The number alone, as the unit is written: `+4.1` for 0.041 in per cent, `+0.041` without unit, `+3.24` in seconds."""
    scaled, digits = (100 * value, 1) if unit == "%" else (value, 2 if unit == "s" else 3)
    text = f"{scaled:+.{digits}f}" if signed else f"{scaled:.{digits}f}"
    return text.lstrip("+-") if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def interval_text(low: float | None, high: float | None, unit: str, *, signed: bool = True) -> str:
    """`+1.2 to +7.0`."""
    if low is None or high is None:
        return "no interval"
    return f"{amount(low, unit, signed=signed)} to {amount(high, unit, signed=signed)}"


def p_text(p: float) -> str:
    """`p = 0.012` or `p < 0.001`."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def counts_text(findings: Iterable[Finding]) -> str:
    """`5 of 8 claims hold, 1 does not hold, 2 are undecided`."""
    counts = Counter(finding.verdict for finding in findings)
    said = [f"{counts['holds']} of {counts.total()} claims hold"]
    for verdict, (one, many) in PLURALS.items():
        number = counts[verdict]
        if number and verdict != "holds":
            said.append(f"{number} {one if number == 1 else many}")
    return ", ".join(said)


def cards_of(plan: Plan, results: Results) -> tuple[Card, ...]:
    """A card for every claim of the plan, numbered in its order.

    Raises:
        DataError: the results lack a claim of the plan.
    """
    by_name = {finding.claim: finding for finding in results.findings}
    lacking = [name for name in plan.claims if name not in by_name]
    if lacking:
        raise DataError(f"results of {results.plan!r} say nothing of {', '.join(lacking)}; run the same command again")
    level, verdicts = level_of_page(plan, results), {name: one.verdict for name, one in by_name.items()}
    return tuple(
        Card(
            number=number,
            name=name,
            verdict=by_name[name].verdict,
            says=claim.says,
            lines=tuple(_lines(claim, by_name[name], plan=plan, results=results, level=level, verdicts=verdicts)),
        )
        for number, (name, claim) in enumerate(plan.claims.items(), 1)
    )


def _lines(
    claim: Claim, finding: Finding, *, plan: Plan, results: Results, level: float, verdicts: Mapping[str, Verdict]
) -> Iterable[tuple[str, str]]:
    yield "The paper", claim.paper
    if claim.all_of:
        yield (
            "Holds if all of",
            "; ".join(f"{plan.claims[part].says.rstrip('.')} ({verdicts[part]})" for part in claim.all_of),
        )
    else:
        yield "Contrast", contrast_text(claim, plan)
        yield "Expected", _expected(claim, plan)
        if finding.mean is not None:
            yield from _seen(claim, finding, unit=unit_of(claim, plan), level=level, results=results)
        yield "Smallest visible", _visible(claim, finding, plan=plan, results=results, level=level)
    said = _said(claim, finding, unit=unit_of(claim, plan), confidence=results.confidence)
    if said:
        yield "So", said
    if claim.why_not and finding.verdict in {"does not hold", "undecided"}:
        yield "Likely reason", claim.why_not


def contrast_text(claim: Claim, plan: Plan) -> str:
    """`30 wordings − 1 wording, of: wordings by others`; weights other than 1 stand before the arm."""
    terms = sorted(terms_of(claim), key=lambda term: term.weight < 0)  # what is hoped to be larger stands first
    measures = list(dict.fromkeys(plan.measures[term.measure].label for term in terms))
    said = []
    for place, term in enumerate(terms):
        sign = "\N{MINUS SIGN}" if term.weight < 0 else "+" if place else ""
        weight = "" if abs(term.weight) == 1 else f"{abs(term.weight):.3g} × "
        which = "" if len(measures) == 1 else f" [{plan.measures[term.measure].label}]"
        said.append(f"{sign}{' ' if sign else ''}{weight}{plan.arms[term.arm].label}{which}")
    return " ".join(said) + (f", in: {measures[0]}" if len(measures) == 1 else "")


def _expected(claim: Claim, plan: Plan) -> str:
    unit = unit_of(claim, plan)
    above = f"above {amount(claim.exceeds, unit)}{UNITS[unit]}"
    if not claim.matters:
        return above
    return f"{above}; an interval wholly below {amount(claim.exceeds + claim.matters, unit)}{UNITS[unit]} refutes it"


def _seen(claim: Claim, finding: Finding, *, unit: str, level: float, results: Results) -> Iterable[tuple[str, str]]:
    span = ""
    if finding.low is not None:
        span = f" ({100 * level:.4g} % interval {interval_text(finding.low, finding.high, unit)})"
    seeds = f"{len(finding.seeds)} seed{'' if len(finding.seeds) == 1 else 's'}"
    tested = sum(one.p is not None for one in results.findings)
    p = ""
    if finding.p is not None and finding.p_adjusted is not None:
        p = f"; {p_text(finding.p)}, or {p_text(finding.p_adjusted)} by Holm over {tested} claims"
    yield "Seen", f"{amount(finding.mean or 0.0, unit)}{UNITS[unit]}{span}, {seeds}{p}"
    by_seed = ", ".join(
        f"{seed}: {amount(value, unit)}" for seed, value in zip(finding.seeds, finding.by_seed, strict=True)
    )
    yield "By seed", by_seed


def _visible(claim: Claim, finding: Finding, *, plan: Plan, results: Results, level: float) -> str:
    unit, seeds = unit_of(claim, plan), scale_of(plan, results).seeds
    planned = smallest_visible(claim.spread, n=len(seeds), confidence=level)
    told = "nothing with one seed" if planned is None else f"{amount(planned, unit, signed=False)}{UNITS[unit]}"
    seen = "" if finding.visible is None else f", seen {amount(finding.visible, unit, signed=False)}{UNITS[unit]}"
    return f"registered {told}{seen} (80 % power)"


def _said(claim: Claim, finding: Finding, *, unit: str, confidence: float) -> str:
    """The verdict in a sentence, with what speaks against leaning on it."""
    said = [_conclusion(claim, finding, unit=unit)] if finding.low is not None else []
    if finding.reason:
        said.append(f"{finding.reason[:1].upper()}{finding.reason[1:]}")
    weak = finding.p_adjusted is not None and finding.p_adjusted > 1 - confidence
    if finding.verdict == "holds" and weak:
        said.append("Corrected over all claims of the page it could be chance")
    return " ".join(f"{sentence.rstrip('.')}." for sentence in said if sentence)


def _conclusion(claim: Claim, finding: Finding, *, unit: str) -> str:
    if finding.low is None or finding.high is None:
        return ""
    least, edge = (f"{amount(bound, unit)}{UNITS[unit]}" for bound in (claim.exceeds, claim.exceeds + claim.matters))
    if finding.verdict == "holds":
        small = claim.exceeds >= 0 and finding.high < claim.exceeds + claim.matters
        return f"The whole interval lies above {least}{f', though below {edge}, from which on it would matter' if small else ''}"
    if finding.high < claim.exceeds:
        return f"The whole interval lies below {least}, which it had to exceed"
    if finding.verdict == "does not hold":
        return f"The whole interval lies below {edge}, which refutes it"
    if finding.reason or finding.visible is None:
        return ""
    seen = f"{amount(finding.visible, unit, signed=False)}{UNITS[unit]}"
    return f"The interval holds {least} as well as effects that would matter; with this spread {seen} more would have been seen"
