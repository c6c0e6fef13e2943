"""One task while its wordings grow: what it has, whom to ask next, and a verdict for every candidate.

What is kept joins the pool that the next is judged against, one pool a language. Only wordings that training may see are
paraphrased; held-out ones pass through, and candidates that come near them are refused. A candidate made from a generated wording is
compared with the given one that this descends from too, so that meaning does not drift from round to round. Whatever
filters a recipe names, what could not be rendered or written is never kept.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from sayso.errors import DataError
from sayso.instructions.augment.paraphrasers._protocol import Ask, Proposal
from sayso.instructions.filters._protocol import FilterContext, Pool
from sayso.instructions.filters.chain import Chain, judge
from sayso.instructions.template import check_slots, parse
from sayso.records import Record, Template, Verdict

__all__ = ["Growing", "JudgedTemplate"]

_MAX_RECORDED = 4000
"""Characters kept of a refused text; the whole of it helps nobody."""


class JudgedTemplate(Record, frozen=True, kw_only=True):
    """A wording and what was decided about it; no verdict where it comes from the library and was never in question."""

    template: Template
    verdict: Verdict | None = None


class Growing:
    """The wordings of one task: `rows` are all with their verdicts, in the order in which they came."""

    def __init__(
        self,
        given: Sequence[Template],
        *,
        extra: Sequence[Template] = (),
        slots: Mapping[str, str],
        chain: Chain,
        max_wordings: int,
    ) -> None:
        self.rows: list[JudgedTemplate] = [JudgedTemplate(template=template) for template in given]
        self._slots = slots
        self._chain = chain
        self._max_wordings = max_wordings
        self._pools: dict[str, Pool] = {}
        self._numbers = Counter[str]()
        for template in given:
            if not template.held_out:
                self.pool(template.language).add(template)
        kept_apart = [self._kept_apart(template) for template in extra if template.held_out]
        self.rows += kept_apart
        held_out = [template for template in given if template.held_out]
        self._held_out = (*held_out, *(row.template for row in kept_apart if not row.verdict))
        for template in extra:
            if not template.held_out:
                self._keep(template, self._verdict(template, parents=[template]))
        self._home = set(self._pools)
        self.parents = self._different()
        """The given wordings to paraphrase, the first of each set of equal ones."""

    @property
    def name(self) -> str:
        """The task's."""
        return self.rows[0].template.task if self.rows else ""

    def pool(self, language: str = "en") -> Pool:
        """The held-in wordings of one language."""
        return self._pools.setdefault(language, Pool())

    @property
    def room(self) -> int:
        """How many more wordings are wanted in the languages that were given."""
        return self._max_wordings - sum(len(self._pools[language]) for language in self._home)

    def take(self, ask: Ask, proposal: Proposal) -> JudgedTemplate:
        """Judge what was proposed for `ask`, and keep it where that is what every filter says."""
        candidate = self.candidate(ask, proposal)
        self._numbers[ask.parent.id] += 1
        if proposal.problem:
            verdict = Verdict(keep=False, reason=proposal.problem)
        else:
            verdict = self._verdict(candidate, parents=_ancestors(ask))
        if verdict.keep and not self._wanted(candidate.language):
            verdict = Verdict(keep=False, reason=f"enough (the task has {self._max_wordings} wordings)")
        return self._keep(candidate, verdict)

    def candidate(self, ask: Ask, proposal: Proposal) -> Template:
        """What a proposal would be as a template: its id is its parent's with a running number."""
        parent = ask.parent
        return Template(
            id=f"{parent.id}~{self._numbers[parent.id]}",
            task=parent.task,
            text=proposal.text,
            language=proposal.language or parent.language,
            origin=proposal.lineage.paraphraser or "paraphraser",
            lineage=proposal.lineage,
        )

    def pairs(self, ask: Ask, proposal: Proposal) -> Iterator[tuple[Template, Template]]:
        """Parent and candidate of each comparison that `take` will make."""
        if not proposal.problem:
            yield from ((parent, self.candidate(ask, proposal)) for parent in _ancestors(ask))

    def _wanted(self, language: str) -> bool:
        return self.room > 0 if language in self._home else len(self.pool(language)) < self._max_wordings

    def _keep(self, candidate: Template, verdict: Verdict) -> JudgedTemplate:
        if verdict.keep:
            self.pool(candidate.language).add(candidate)
        row = JudgedTemplate(template=candidate if verdict.keep else _recordable(candidate), verdict=verdict)
        self.rows.append(row)
        return row

    def _verdict(self, candidate: Template, *, parents: Sequence[Template]) -> Verdict:
        """That of the whole chain against the first of `parents`, and then against each other one."""
        first: Verdict | None = None
        for parent in parents:
            verdict = self._against(candidate, parent)
            if not verdict.keep:
                where = "" if first is None else f" (against {parent.id}, from which its parent comes)"
                return msgspec.structs.replace(verdict, reason=f"{verdict.reason}{where}")
            first = first or verdict
        if problem := _unusable(candidate.text, self._slots):
            return Verdict(keep=False, reason=problem)
        return first or Verdict(keep=True, reason="accepted")

    def _against(self, candidate: Template, parent: Template) -> Verdict:
        accepted = self.pool(candidate.language)
        context = FilterContext(parent=parent, accepted=accepted, held_out=self._held_out, slots=self._slots)
        return judge(candidate, context=context, chain=self._chain)

    def _kept_apart(self, template: Template) -> JudgedTemplate:
        """A held-out wording of the user's; one that training sees anyway would make the test on unseen wordings a lie."""
        if seen := self.pool(template.language).find(template.text):
            reason = f"held out, but training sees the same wording ({seen.id})"
            return JudgedTemplate(template=_recordable(template), verdict=Verdict(keep=False, reason=reason))
        return JudgedTemplate(template=template)

    def _different(self) -> list[Template]:
        """In the order of the rows, so that a task's languages take turns too."""
        kept = [row.template for row in self.rows if row.verdict is None or row.verdict.keep]
        return [one for one in kept if not one.held_out and self.pool(one.language).find(one.text) is one]


def _ancestors(ask: Ask) -> list[Template]:
    return [ask.parent] if ask.parent.id == ask.root.id else [ask.parent, ask.root]


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


def _recordable(template: Template) -> Template:
    """The template with a text that any file can hold: no lone surrogates, and not without end."""
    text = template.text
    if len(text) > _MAX_RECORDED:
        text = f"{text[:_MAX_RECORDED]} ... ({len(text)} characters)"
    return msgspec.structs.replace(template, text=text.encode("utf-8", "backslashreplace").decode())
