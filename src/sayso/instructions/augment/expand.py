"""One task's wordings, expanded: every proposal is judged, and what is kept joins the pool that the next is judged against.

Parents take turns, so that a task's new wordings come from all of its given ones. Only wordings that training may see
are paraphrased; held-out ones pass through, and candidates that come near them are refused. Whatever filters a recipe
names, what could not be rendered or written is never kept.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from sayso.errors import DataError
from sayso.instructions.augment._protocol import Paraphraser, Proposal
from sayso.instructions.filters._protocol import FilterContext, Pool
from sayso.instructions.filters.chain import Chain, judge
from sayso.instructions.template import check_slots, parse
from sayso.records import Record, Template, Verdict
from sayso.seeds import Stream

__all__ = ["expand", "Expansion", "JudgedTemplate"]

_MAX_RECORDED = 4000
"""Characters kept of a refused text; the whole of it helps nobody."""


class JudgedTemplate(Record, frozen=True, kw_only=True):
    """A wording and what was decided about it; no verdict where it comes from the library and was never in question."""

    template: Template
    verdict: Verdict | None = None


@dataclass(frozen=True, kw_only=True)
class Expansion:
    """How to expand: who proposes, who judges, up to how many held-in wordings per task, and the seed of all chance."""

    paraphraser: Paraphraser
    chain: Chain
    max_wordings: int
    seed: int


def expand(
    given: Sequence[Template], *, extra: Sequence[Template] = (), slots: Mapping[str, str], how: Expansion
) -> Iterator[JudgedTemplate]:
    """Every wording of one task with its verdict: the library's, the user's `extra`, then the candidates.

    A candidate's id is its parent's with a running number. Pure: equal arguments give equal results.
    """
    pool = Pool(template for template in given if not template.held_out)
    kept_apart = [_kept_apart(template, pool) for template in extra if template.held_out]
    held_out = (
        *(template for template in given if template.held_out),
        *(row.template for row in kept_apart if not row.verdict),
    )
    yield from (JudgedTemplate(template=template) for template in given)
    yield from kept_apart
    for template in extra:
        if not template.held_out:
            yield _judged(template, parent=template, pool=pool, held_out=held_out, slots=slots, how=how)
    for parent, candidate in _candidates(pool, how):
        yield _judged(candidate, parent=parent, pool=pool, held_out=held_out, slots=slots, how=how)


def _judged(
    candidate: Template,
    *,
    parent: Template,
    pool: Pool,
    held_out: tuple[Template, ...],
    slots: Mapping[str, str],
    how: Expansion,
) -> JudgedTemplate:
    context = FilterContext(parent=parent, accepted=pool, held_out=held_out, slots=slots)
    verdict = judge(candidate, context=context, chain=how.chain)
    if verdict.keep and (problem := _unusable(candidate.text, slots)):
        verdict = Verdict(keep=False, reason=problem)
    if not verdict.keep:
        return JudgedTemplate(template=_recordable(candidate), verdict=verdict)
    pool.add(candidate)
    return JudgedTemplate(template=candidate, verdict=verdict)


def _kept_apart(template: Template, pool: Pool) -> JudgedTemplate:
    """A held-out wording of the user's; one that training sees anyway would make the test on unseen wordings a lie."""
    if seen := pool.find(template.text):
        reason = f"held out, but training sees the same wording ({seen.id})"
        return JudgedTemplate(template=_recordable(template), verdict=Verdict(keep=False, reason=reason))
    return JudgedTemplate(template=template)


def _unusable(text: str, slots: Mapping[str, str]) -> str | None:
    """Why no file or no example could take this text, where a recipe has no filter that says so."""
    try:
        text.encode()
        check_slots(text, slots=slots) if slots else parse(text)
    except UnicodeEncodeError:
        return "unusable (half a surrogate pair)"
    except DataError as error:
        return f"unusable ({str(error)[:160]})"
    return None


def _candidates(pool: Pool, how: Expansion) -> Iterator[tuple[Template, Template]]:
    """Parent and candidate, one parent after the other in turn, until the pool is full or nobody has more to say."""
    parents = _different(pool.templates)
    room = how.max_wordings - len(pool)
    if not parents or room < 1:
        return
    count = 8 * math.ceil(room / len(parents)) + 8
    queues = [(parent, 0, _proposals(parent, count, how)) for parent in parents]
    while queues and len(pool) < how.max_wordings:
        parent, number, proposals = queues.pop(0)
        proposal = next(proposals, None)
        if proposal is not None:
            queues.append((parent, number + 1, proposals))
            yield parent, _template(parent, number, proposal)


def _different(templates: Sequence[Template]) -> list[Template]:
    """The first of each set of templates that are equal after normalisation."""
    pool = Pool(templates)
    return [template for template in templates if pool.find(template.text) is template]


def _proposals(parent: Template, count: int, how: Expansion) -> Iterator[Proposal]:
    stream = Stream(how.seed, "augment", parent.task, parent.id, parent.text)
    return iter(how.paraphraser.propose(parent, count=count, stream=stream))


def _template(parent: Template, number: int, proposal: Proposal) -> Template:
    return Template(
        id=f"{parent.id}~{number}",
        task=parent.task,
        text=proposal.text,
        language=parent.language,
        origin=proposal.lineage.paraphraser or "paraphraser",
        lineage=proposal.lineage,
    )


def _recordable(template: Template) -> Template:
    """The template with a text that any file can hold: no lone surrogates, and not without end."""
    text = template.text
    if len(text) > _MAX_RECORDED:
        text = f"{text[:_MAX_RECORDED]} ... ({len(text)} characters)"
    return msgspec.structs.replace(template, text=text.encode("utf-8", "backslashreplace").decode())
