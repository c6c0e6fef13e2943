"""Explore-Instruct: a field is taken apart into tasks and these into smaller ones, as a tree; then each task gets examples.

Checked in the authors' code (Wan et al. 2023, fanqiwan/Explore-Instruct): one kind of request with a task, the children that it has, its siblings and two examples; *lookahead* adds children, each with a
name, a reason and two examples; *backtracking* comes back to a task that has some and adds siblings to them; how many children a task has is said by depth, five a request and never more than
twelve; temperature 1; then every node gets examples, ten a request and fifty in all, nodes whose names are too near another's (ROUGE-L) are pruned, and so many as are wanted are drawn of the others. From memory: instructions with ROUGE-L above 0.7 are
dropped (the rule `novelty`).

Ours: level by level, so that requests go together, then back from the deepest to the root; a node is pruned before anything is paid for it, and has no children; nodes take turns in an order drawn by seed, until enough
is kept; the wording of requests and the form of replies. Near names are those above `prune_above`, whose value the paper leaves open.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field

from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.instructions.overlap import rouge_l
from sayso.instructions.synthesize._asking import Said, Sampling, ask, needed, say
from sayso.instructions.synthesize._items import Seed, make_item, seeds_of
from sayso.instructions.synthesize._parsing import Unread, blank_if_none, blocks, sections
from sayso.instructions.synthesize._pool import Draft, Pool
from sayso.instructions.synthesize._prompts import prompts
from sayso.instructions.synthesize._protocol import Made, Synthesis, synthesizers
from sayso.instructions.synthesize.rules import Written
from sayso.lm import LanguageModel, Request
from sayso.records import AnnotatedItem
from sayso.seeds import Stream, derive

__all__ = ["ExploreInstruct", "Node"]

METHOD = "explore_instruct"
MOST_CHILDREN = 12
LOOK, BACK, ENRICH = "lookahead", "backtracking", "enrich"
NUM_SHOWN = 2
_NODE = ("Name", "Reason", "Example 1", "Example 2")
_EXAMPLE = ("Instruction", "Input", "Output")


@dataclass(eq=False, kw_only=True)
class Node:
    """A task of the tree; `examples` are instructions."""

    name: str
    reason: str
    examples: tuple[str, ...]
    parent: "Node | None" = None
    children: list["Node"] = field(default_factory=list)

    @property
    def path(self) -> tuple[str, ...]:
        """Names from the root on."""
        return (*(self.parent.path if self.parent else ()), self.name)

    @property
    def depth(self) -> int:
        """0 for the root."""
        return len(self.path) - 1


@dataclass(frozen=True, kw_only=True)
class Growth:
    """What all requests of a run have in common: who is asked, the seeds that the root shows, and the nodes so far, the root first."""

    model: LanguageModel
    seed: int
    shown: Sequence[Seed]
    nodes: list[Node]

    @property
    def parents(self) -> tuple[str, ...]:
        """Ids of the seeds."""
        return tuple(one.id for one in self.shown)


@synthesizers.register(METHOD)
@dataclass(frozen=True, kw_only=True)
class ExploreInstruct:
    """The synthesizer; the fields are the options of a recipe. `breadths` is how many children a node of each depth has, `returns` how often one comes back to it for more."""

    domain: str
    breadths: tuple[int, ...] = (5, 5)
    per_request: Annotated[int, Field(ge=1)] = 5
    returns: Annotated[int, Field(ge=0)] = 1
    prune_above: float = 0.7
    examples_per_node: Annotated[int, Field(ge=1)] = 50
    examples_per_request: Annotated[int, Field(ge=1)] = 10
    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int = 2048
    extra: dict[str, Any] = field(default_factory=dict)
    rules: tuple[PluginConfig, ...] = (
        PluginConfig(name="empty_output"),
        PluginConfig(name="input_is_output"),
        PluginConfig(name="novelty"),
    )

    def __post_init__(self) -> None:
        if not self.domain.strip():
            raise ConfigError("domain: '' names no field; give one, such as cooking")
        if wrong := [one for one in self.breadths if not 1 <= one <= MOST_CHILDREN]:
            raise ConfigError(f"breadths: {wrong[0]} is not from 1 to {MOST_CHILDREN}")

    def synthesize(self, items: Sequence[AnnotatedItem], *, synthesis: Synthesis) -> Iterator[Made]:
        """What was refused of the tree, then examples of its nodes."""
        model = needed(synthesis.model, method=METHOD)
        seeds = seeds_of(items, method=METHOD)
        shown = Stream(METHOD, synthesis.seed).sample(seeds, min(NUM_SHOWN, len(seeds)))
        root = Node(name=self.domain.strip(), reason="", examples=tuple(one.written.instruction for one in shown))
        growth = Growth(model=model, seed=synthesis.seed, shown=shown, nodes=[root])
        pool = Pool(METHOD, synthesis=synthesis, given=[seed.written for seed in seeds])
        for draft in self._explore(growth):
            yield pool.take(draft)
        yield from self._enrich(growth, pool)

    def _explore(self, growth: Growth) -> Iterator[Draft]:
        yield from self._look_ahead([growth.nodes[0]], growth)
        for number in range(self.returns):
            for depth in reversed(range(len(self.breadths))):
                before = len(growth.nodes)
                there = [
                    node
                    for node in growth.nodes
                    if node.depth == depth and 0 < len(node.children) < self.breadths[depth]
                ]
                yield from self._add(there, growth, move=BACK, number=number)
                yield from self._look_ahead(growth.nodes[before:], growth)

    def _look_ahead(self, nodes: Sequence[Node], growth: Growth) -> Iterator[Draft]:
        """Children for nodes that have none, and for these, down to the last depth."""
        level = [node for node in nodes if node.depth < len(self.breadths)]
        while level:
            before = len(growth.nodes)
            yield from self._add(level, growth, move=LOOK, number=0)
            level = [node for node in growth.nodes[before:] if node.depth < len(self.breadths)]

    def _add(self, nodes: Sequence[Node], growth: Growth, *, move: str, number: int) -> Iterator[Draft]:
        counts = [min(self.per_request, self.breadths[node.depth] - len(node.children)) for node in nodes]
        asked = [self._asking(node, count, growth, (move, number)) for node, count in zip(nodes, counts, strict=True)]
        for node, count, said in zip(nodes, counts, ask(growth.model, asked), strict=True):
            found = [] if said.fault else blocks(said.text)
            if not found:
                yield _refused(said.fault or "no task in the reply", said.text, growth, move)
            for place, (_, text) in enumerate(found):
                child = _node(text, node) if place < count else Unread(f"over {count} tasks")
                fault = child.reason if isinstance(child, Unread) else self._near(child, growth)
                if fault or isinstance(child, Unread):
                    yield _refused(fault, text, growth, move)
                else:
                    node.children.append(child)
                    growth.nodes.append(child)

    def _near(self, child: Node, growth: Growth) -> str:
        """Why a node is pruned; empty where it is not."""
        values = [(rouge_l(child.name, node.name), node.name) for node in growth.nodes]
        value, name = max(values, key=lambda one: one[0])
        return f"pruned (ROUGE-L {value:.2f} with {name[:80]!r})" if value > self.prune_above else ""

    def _asking(self, node: Node, count: int, growth: Growth, move: tuple[str, int]) -> Request:
        siblings = [one for one in (node.parent.children if node.parent else ()) if one is not node]
        text = prompts(METHOD).fill(
            move[0],
            domain=self.domain.strip(),
            task=" > ".join(node.path),
            children=_listed(node.children),
            siblings=_listed(siblings),
            examples=_dashed(node.examples[:NUM_SHOWN]),
            count=str(count),
        )
        return self._say(text, chance=(growth.seed, *move, *node.path), number=move[1])

    def _say(self, text: str, *, chance: tuple[object, ...], number: int) -> Request:
        how = Sampling(temperature=self.temperature, top_p=self.top_p, max_tokens=self.max_tokens, extra=self.extra)
        return say(text, how=how, seed=derive(METHOD, *chance), number=number)

    def _enrich(self, growth: Growth, pool: Pool) -> Iterator[Made]:
        """Ten examples of each node, then ten more, and so on."""
        nodes = growth.nodes[1:]
        Stream(METHOD, growth.seed, "order").shuffle(nodes)
        for round in pool.rounds(patience=1, most=-(-self.examples_per_node // self.examples_per_request)):
            count = min(self.examples_per_request, self.examples_per_node - round * self.examples_per_request)
            done = 0
            while done < len(nodes) and pool.room > 0:
                some = nodes[done : done + max(1, pool.room // count)]
                done += len(some)
                requests = [self._more(node, count, round, growth.seed) for node in some]
                for node, said in zip(some, ask(growth.model, requests), strict=True):
                    for draft in _examples(node, said, growth, count=count, round=round):
                        yield pool.take(draft)

    def _more(self, node: Node, count: int, round: int, seed: int) -> Request:
        text = prompts(METHOD).fill(
            ENRICH,
            domain=self.domain.strip(),
            task=" > ".join(node.path),
            reason=node.reason,
            examples=_dashed(node.examples[:NUM_SHOWN]),
            count=str(count),
        )
        return self._say(text, chance=(seed, ENRICH, round, *node.path), number=round)


def _listed(nodes: Sequence[Node]) -> str:
    return ", ".join(node.name for node in nodes) or "none so far"


def _dashed(texts: Sequence[str]) -> str:
    return "\n".join(f"- {' '.join(text.split())}" for text in texts) or "- none"


def _node(text: str, parent: Node) -> Node | Unread:
    found = sections(text, _NODE)
    if isinstance(found, Unread):
        return found
    if empty := next((label for label in _NODE if not found[label]), ""):
        return Unread(f"nothing after {empty!r}")
    name, reason, *examples = (" ".join(found[label].split()) for label in _NODE)
    return Node(name=name, reason=reason, examples=tuple(examples), parent=parent)


def _examples(node: Node, said: Said, growth: Growth, *, count: int, round: int) -> Iterator[Draft]:
    found = blocks(said.text)
    told = {"task": list(node.path), "reason": node.reason}
    if said.problem or not found:
        problem = said.problem or "no example in the reply"
        yield Draft(
            operation=ENRICH,
            problem=problem,
            parents=growth.parents,
            reply=said.text,
            model=said.model,
            round=round,
            details=told,
        )
        return
    for place, (_, text) in enumerate(found):
        read = sections(text, _EXAMPLE)
        problem = (
            "reply cut off"
            if said.cut and place == len(found) - 1
            else f"over {count} examples"
            if place >= count
            else ""
        )
        problem = problem or (read.reason if isinstance(read, Unread) else "")
        written = None
        if not problem and not isinstance(read, Unread):
            written = Written(
                instruction=read["Instruction"], input=blank_if_none(read["Input"]), output=read["Output"]
            )
        yield Draft(
            operation=ENRICH,
            item=make_item(written, method=METHOD, parents=[one.item for one in growth.shown]) if written else None,
            problem=problem,
            parents=growth.parents,
            reply=text if problem else "",
            model=said.model,
            round=round,
            details=told,
        )


def _refused(problem: str, text: str, growth: Growth, move: str) -> Draft:
    return Draft(operation=move, problem=problem, parents=growth.parents, reply=text, model=growth.model.name)
