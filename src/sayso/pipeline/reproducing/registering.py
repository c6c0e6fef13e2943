"""What a reproduction will do, written into `plan.json` and `plan.md` before its first run.

A registration says when it was made, by which version, what is asked (the plan at one scale with its seeds and what cannot be had here), the stopping rule, and for each claim the smallest
effect that these seeds can show. Its digest covers all that decides a number or a verdict, but no prose, so that a typo may be mended and the likely reason of a refuted claim
filled in. A folder keeps to its registration: another plan, scale or set of seeds is refused there.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from pydantic import ValidationError

from sayso import __version__
from sayso.artifacts import changed_keys, digest, write_json, write_text
from sayso.errors import ConfigError, DataError, few
from sayso.pipeline.reproducing.contrasts import level_of, smallest_visible, terms_of
from sayso.pipeline.reproducing.deciding import read_at
from sayso.pipeline.reproducing.page import inline, markdown_table
from sayso.pipeline.reproducing.plan import Claim, Plan, Scale
from sayso.pipeline.reproducing.preparing import Design
from sayso.pipeline.reproducing.telling import UNITS, amount, unit_of
from sayso.records import Record

__all__ = ["CONFIDENCE", "draft", "plan_as_run", "plan_text", "register", "Registration"]

CONFIDENCE = 0.95
POWER = 0.8
PROSE: Mapping[str, tuple[str, ...]] = {"arms": ("label",), "measures": ("label",), "claims": ("paper", "why_not")}
"""Keys of each part that decide nothing; `title`, `about` and `curves` neither."""


class Registration(Record, frozen=True, kw_only=True):
    """What `plan.json` holds."""

    plan: dict[str, Any]
    scale: str
    seeds: tuple[int, ...]
    changes: tuple[str, ...]
    """Of `--set`, for all arms."""
    missing: tuple[str, ...]
    """Environment variables that were not set, so that what needs them is not run."""
    confidence: float
    power: float
    visible: dict[str, float | None]
    """By claim, the smallest effect above its bound that is shown with this power, if the contrast varies as expected from seed to seed."""
    stopping: str
    version: str
    registered: str
    digest: str


def draft(design: Design) -> Registration:
    """The registration of a design as of now, which nothing has been written of."""
    plan = plan_as_run(design)
    return Registration(
        plan=plan.model_dump(mode="json"),
        scale=design.size,
        seeds=design.seeds,
        changes=design.overrides,
        missing=design.missing,
        confidence=CONFIDENCE,
        power=POWER,
        visible={name: _visible(claim, design.scale) for name, claim in plan.claims.items()},
        stopping=_stopping_rule(design.scale),
        version=__version__,
        registered=datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        digest=digest(_deciding(plan, changes=design.overrides, missing=design.missing)),
    )


def register(design: Design, *, folder: Path) -> Registration:
    """Write `plan.json` and `plan.md` into `folder`, or find them there; only their prose is brought up to date then.

    Raises:
        ConfigError: another plan is registered there; says what differs.
        DataError: what is there cannot be read.
    """
    wanted, path = draft(design), folder / "plan.json"
    if path.exists():
        found = _read(path)
        if found.digest != wanted.digest:
            raise ConfigError(
                f"{folder} holds another registration of {found.registered} ({_difference(found, wanted)}); "
                f"choose a new folder with --out, or delete {folder} to begin anew"
            )
        wanted = msgspec.structs.replace(wanted, registered=found.registered, version=found.version)
        if wanted == found:
            return found
    elif (folder / "cells").exists():
        raise ConfigError(f"{folder} has runs but no plan.json, so nobody knows what was registered; delete or move it")
    write_text(folder / "plan.md", plan_text(plan_as_run(design), wanted))
    write_json(path, msgspec.to_builtins(wanted))
    return wanted


def _read(path: Path) -> Registration:
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Registration)
        Plan.model_validate(found.plan)
    except (OSError, msgspec.MsgspecError, ValidationError) as error:
        raise DataError(f"{path} cannot be read ({error}); delete {path.parent} to begin anew") from error
    return found


def plan_as_run(design: Design) -> Plan:
    """The plan with its one scale, and the seeds that were asked for."""
    return design.plan.model_copy(update={"scales": {design.size: design.scale}})


def _deciding(plan: Plan, *, changes: tuple[str, ...], missing: tuple[str, ...]) -> dict[str, Any]:
    """What the digest covers; what has its default says nothing, so that a plan keeps its digest where plans come to have more keys."""
    kept = plan.model_dump(mode="json", exclude_defaults=True, exclude={"title", "about", "curves"})
    for part, names in PROSE.items():
        kept[part] = {
            name: {key: value for key, value in entry.items() if key not in names} for name, entry in kept[part].items()
        }
    order = {part: list(kept[part]) for part in ("arms", "claims")}
    return {**kept, "order": order, "changes": list(changes), "missing": list(missing)}


def _difference(found: Registration, wanted: Registration) -> str:
    old, new = (
        _deciding(Plan.model_validate(one.plan), changes=one.changes, missing=one.missing) for one in (found, wanted)
    )
    return few(changed_keys(old, new), shown=4) or "another version of sayso"


def _visible(claim: Claim, scale: Scale) -> float | None:
    if claim.all_of:
        return None
    level = level_of(CONFIDENCE, looks=len(read_at(scale)))
    return smallest_visible(claim.spread, n=len(scale.seeds), confidence=level, power=POWER)


def _stopping_rule(scale: Scale) -> str:
    looks = read_at(scale)
    at = f"after all {looks[-1]} seeds" if len(looks) == 1 else f"after {', '.join(map(str, looks))} seeds"
    each = "" if len(looks) == 1 else f", each at {100 * level_of(CONFIDENCE, looks=len(looks)):.4g} %"
    return (
        f"Primary arms are run with all seeds whatever comes of them. Verdicts are read {at} and at no other number{each}. Further arms are run in the order of the plan, each "
        "with all seeds before the next, as long as there are hours left; a claim about an arm that has fewer seeds is undecided. No run is left out of what it was made for."
    )


def plan_text(plan: Plan, registration: Registration) -> str:
    """The registration for people, in Markdown."""
    seeds = ", ".join(map(str, registration.seeds))
    blocks = [
        f"# {inline(plan.title)}: what will be done",
        inline(plan.about),
        f"Registered {registration.registered}, before the first run, with sayso {registration.version}; scale `{registration.scale}`, seeds {seeds}, "
        f"digest `{registration.digest}`.",
        *(["Changed for all arms: " + ", ".join(f"`{one}`" for one in registration.changes)] if registration.changes else []),
        *([f"Not set here, so that what needs it is not run: {', '.join(registration.missing)}."] if registration.missing else []),
        "## Arms",
        markdown_table(("arm", "what it is", "primary", "changes"), _arm_rows(plan)),
        "## Measures",
        markdown_table(("measure", "what it is", "read"), _measure_rows(plan)),
        "## Claims",
        f"Visible is the smallest effect above the bound that is shown with {100 * registration.power:.0f} % power, if the contrast varies by the expected spread from seed to seed.",
        markdown_table(
            ("claim", "says", "contrast", "exceeds", "matters", "spread", "visible"), _claim_rows(plan, registration)
        ),
        "## When it ends",
        registration.stopping,
    ]  # fmt: skip
    return "\n\n".join(blocks) + "\n"


def _arm_rows(plan: Plan) -> Iterator[tuple[str, ...]]:
    for name, arm in plan.arms.items():
        changes = "; ".join(f"`{change.replace('|', '/')}`" for change in arm.changes)
        yield f"`{name}`", inline(arm.label), "yes" if arm.primary else "", changes


def _measure_rows(plan: Plan) -> Iterator[tuple[str, ...]]:
    for name, measure in plan.measures.items():
        where = ", ".join(
            f"{key} {' or '.join([value] if isinstance(value, str) else value)}" for key, value in measure.where.items()
        )
        yield f"`{name}`", inline(measure.label), inline(" ".join(filter(None, (measure.read, measure.path, where))))  # fmt: skip


def _claim_rows(plan: Plan, registration: Registration) -> Iterator[tuple[str, ...]]:
    for name, claim in plan.claims.items():
        if claim.all_of:
            yield f"`{name}`", inline(claim.says), "all of " + ", ".join(f"`{one}`" for one in claim.all_of), "", "", "", ""  # fmt: skip
            continue
        unit = unit_of(claim, plan)
        terms = " ".join(f"{term.weight:+.4g} {term.arm}/{term.measure}" for term in terms_of(claim))
        visible = registration.visible[name]
        numbers = (claim.exceeds, claim.matters, claim.spread, visible)
        told = ["-" if one is None else amount(one, unit, signed=False) + UNITS[unit] for one in numbers]
        yield f"`{name}`", inline(claim.says), f"`{terms}`", *told
