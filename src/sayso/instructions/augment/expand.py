"""Tasks expanded: a strategy says what to ask next, a paraphraser is asked, every proposal gets its verdict, and so on in turn.

A strategy sees all tasks at once, so that a language model is kept busy over all of them; it learns what came of a batch before it
chooses the next. Pure: equal arguments (and replies) give equal results, in whatever order replies arrive.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sayso.artifacts import Progress
from sayso.errors import ConfigError
from sayso.instructions.augment.growing import Growing, JudgedTemplate
from sayso.instructions.augment.meta_prompts.bootstrapping import JudgedMetaPrompt
from sayso.instructions.augment.paraphrasers._protocol import ModelParaphraser, Paraphraser, Writer, Written
from sayso.instructions.augment.paraphrasers.by_rules import RuleWriter
from sayso.instructions.augment.strategies._protocol import Outcome, Strategy
from sayso.instructions.augment.strategies.single import Single
from sayso.instructions.filters.chain import Chain, prepare
from sayso.records import Template

__all__ = ["expand", "expand_all", "Expansion", "Growing", "JudgedTemplate", "open_and_expand", "Opened", "Usage"]


@dataclass(frozen=True, kw_only=True)
class Expansion:
    """How to expand: who proposes, who judges, up to how many held-in wordings per task, the seed of all chance, and what is asked when."""

    paraphraser: Paraphraser | ModelParaphraser
    chain: Chain
    max_wordings: int
    seed: int
    strategy: Strategy = field(default_factory=Single)

    def __post_init__(self) -> None:
        if not (self.strategy.by_rules or isinstance(self.paraphraser, ModelParaphraser)):
            raise ConfigError(
                f"the strategy {self.strategy} needs a paraphraser with meta-prompts and a temperature; use chat, local or model "
                "with it, or single, iterative or diverse with rules"
            )


@dataclass
class Usage:
    """What the calls of a language model came to; all 0 for rules."""

    asks: int = 0
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def add(self, written: Written) -> None:
        """One more ask."""
        self.asks += not written.exhausted
        self.calls += written.calls
        self.prompt_tokens += written.prompt_tokens
        self.completion_tokens += written.completion_tokens


def expand(
    given: Sequence[Template], *, extra: Sequence[Template] = (), slots: Mapping[str, str], how: Expansion
) -> Iterator[JudgedTemplate]:
    """Every wording of one task with its verdict: the library's, the user's `extra`, then the candidates."""
    task = Growing(given, extra=extra, slots=slots, chain=how.chain, max_wordings=how.max_wordings)
    if isinstance(how.paraphraser, ModelParaphraser):
        raise ConfigError(f"{how.paraphraser} asks a language model and needs a place for replies; use open_and_expand")
    expand_all([task], strategy=how.strategy, writer=RuleWriter(how.paraphraser, seed=how.seed), chain=how.chain)
    yield from task.rows


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What an expansion used: calls, and the meta-prompts with their verdicts."""

    usage: Usage = field(default_factory=Usage)
    meta_prompts: Sequence[JudgedMetaPrompt] = ()


def open_and_expand(tasks: Sequence[Growing], *, how: Expansion, store: Path, progress: Progress) -> Opened:
    """Let `tasks` grow with any paraphraser; replies of a language model are kept in the file `store`.

    Raises:
        BackendError: a language model gave up; what it answered is stored.
    """
    if isinstance(how.paraphraser, ModelParaphraser):
        writer: Writer = how.paraphraser.open(seed=how.seed, store=store, progress=progress)
    else:
        writer = RuleWriter(how.paraphraser, seed=how.seed)
    usage = expand_all(tasks, strategy=how.strategy, writer=writer, chain=how.chain)
    return Opened(usage=usage, meta_prompts=getattr(writer, "meta_prompts", ()))


def expand_all(
    tasks: Sequence[Growing],
    *,
    strategy: Strategy,
    writer: Writer,
    chain: Chain,
) -> Usage:
    """Let `tasks` grow as `strategy` says; returns what it cost.

    Raises:
        BackendError: a language model gave up.
    """
    usage = Usage()
    owner = {parent.id: task for task in tasks for parent in task.parents}
    turns = strategy.batches(tasks, writer=writer)
    try:
        asks = next(turns)
        while True:
            asks = turns.send(_judged(list(writer.write(asks)), owner=owner, chain=chain, usage=usage))
    except StopIteration:
        return usage


def _judged(written: Sequence[Written], *, owner: Mapping[str, Growing], chain: Chain, usage: Usage) -> list[Outcome]:
    """What came of a batch, judged in the order of its asks."""
    prepare(
        chain, [pair for one in written for each in one.proposals for pair in _owned(owner, one).pairs(one.ask, each)]
    )
    outcomes = []
    for one in written:
        usage.add(one)
        rows = [_owned(owner, one).take(one.ask, proposal) for proposal in one.proposals]
        outcomes.append(Outcome(ask=one.ask, rows=tuple(rows), exhausted=one.exhausted))
    return outcomes


def _owned(owner: Mapping[str, Growing], written: Written) -> Growing:
    return owner[written.ask.root.id]
