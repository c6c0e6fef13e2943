"""What the benches of wordings have in common: pools grown by the usual chain, an audit of its own, and diversity side by side.

The audit shares no code with the filters: it reads slots and words by its own rules, so that it can find what they let through.
"""

import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from sayso.config import AugmentConfig
from sayso.errors import ConfigError
from sayso.instructions.augment.expand import Expansion, JudgedTemplate, expand
from sayso.instructions.augment.paraphrasers._protocol import paraphrasers
from sayso.instructions.diversity import measure
from sayso.instructions.filters.chain import build_chain
from sayso.records import Template
from sayso.seeds import Stream

FIGURES = ("distinct_1", "distinct_2", "distinct_3", "self_bleu", "token_distance", "embedding_distance")
NEAR = 0.8
SAMPLED = 100
DRAWS = 10


@dataclass(kw_only=True)
class Pool:
    """The wordings of one task: those given, and all that was proposed with its verdict."""

    name: str
    given: Sequence[Template]
    rows: list[JudgedTemplate] = field(default_factory=list)

    @property
    def raw(self) -> list[str]:
        """The given wordings that training may see."""
        return [template.text for template in self.given if not template.held_out]

    @property
    def held_out(self) -> list[str]:
        """The given wordings that it may not."""
        return [template.text for template in self.given if template.held_out]

    @property
    def accepted(self) -> list[Template]:
        """What was proposed and kept."""
        return [row.template for row in self.rows if row.verdict and row.verdict.keep]

    @property
    def all(self) -> list[str]:
        """What training may see now."""
        return [*self.raw, *(template.text for template in self.accepted)]


def grow(
    name: str, given: Sequence[Template], *, slots: Mapping[str, str], max_wordings: int, paraphraser: str = "grammar"
) -> Pool:
    how = Expansion(
        paraphraser=paraphrasers.build(paraphraser, {}),
        chain=build_chain(AugmentConfig().filters),
        max_wordings=max_wordings,
        seed=0,
    )
    return Pool(name=name, given=given, rows=list(expand(given, slots=slots, how=how)))


def refusals(pools: Iterable[Pool]) -> Counter[str]:
    rows = (row for pool in pools for row in pool.rows if row.verdict and not row.verdict.keep)
    return Counter(row.verdict.reason.partition(" (")[0] for row in rows if row.verdict)


def barren(pool: Pool) -> int:
    """How many of the given wordings nothing came of."""
    parents = {template.lineage.parent for template in pool.accepted if template.lineage}
    return sum(template.id not in parents for template in pool.given if not template.held_out)


def slots_of(text: str) -> Counter[str] | None:
    """The slots of a text, or None where its braces are no template's."""
    bare = text.replace("{{", "").replace("}}", "")
    found = re.findall(r"\{([a-z][a-z0-9_]*)\}", bare)
    rest = re.sub(r"\{[a-z][a-z0-9_]*\}", "", bare)
    return None if "{" in rest or "}" in rest else Counter(found)


def bare(text: str) -> str:
    """A text without case, punctuation and spacing."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"[^\W_]+", folded))


def near(one: str, other: str) -> float:
    """Common words over all words, counted."""
    first, second = Counter(bare(one).split()), Counter(bare(other).split())
    return (first & second).total() / max(1, (first | second).total())


def audit(pools: Sequence[Pool]) -> dict[str, Any]:
    """What is wrong with the accepted wordings, by rules that are not the filters'."""
    unsafe, repeated, leaked, close = [], [], [], []
    for pool in pools:
        parents = {row.template.id: row.template.text for row in pool.rows}
        held_out, seen = {bare(text) for text in pool.held_out}, {bare(text) for text in pool.raw}
        for template in pool.accepted:
            parent = parents[template.lineage.parent] if template.lineage else template.text
            if slots_of(template.text) is None or slots_of(template.text) != slots_of(parent):
                unsafe.append(template.text)
            if bare(template.text) in seen:
                repeated.append(template.text)
            seen.add(bare(template.text))
            if bare(template.text) in held_out:
                leaked.append(template.text)
            close += [(template.text, text) for text in pool.held_out if near(template.text, text) >= NEAR]
    kinds = {"slot_unsafe": unsafe, "equal": repeated, "equal_to_held_out": leaked, "near_held_out": close}
    return {name: len(found) for name, found in kinds.items()} | {"shown": {n: f[:5] for n, f in kinds.items() if f}}


@cache
def embedder() -> Callable[[Sequence[str]], Any] | None:
    """The sentence encoder, where it is installed; no text is encoded twice."""
    try:
        from sayso.models.encoders import encoders

        encode = encoders.build("minilm", {}).encode
    except (ImportError, ConfigError):
        return None
    known: dict[str, Any] = {}

    def embed(texts: Sequence[str]) -> Any:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(new, encode(new) if new else (), strict=True))
        return np.array([known[text] for text in texts])

    return embed


def diversity(
    pools: Iterable[Sequence[str]], *, size: int | None, embed: Callable[[Sequence[str]], Any] | None
) -> dict[str, Any]:
    """Each figure averaged over the pools of at least two; with `size`, over draws of so many from each that has them."""
    found = []
    for texts in pools:
        if size is None:
            found.append(measure(texts, max_wordings=SAMPLED, embed=embed).as_json())
        elif len(texts) >= size:
            draws = DRAWS if len(texts) > size else 1
            found += [measure(texts, max_wordings=size, seed=seed, embed=embed).as_json() for seed in range(draws)]
    usable = [one for one in found if one["self_bleu"] is not None]
    return {"pools": len(usable) if size is None else None} | {
        name: round(statistics.mean(values), 3)
        if (values := [v for o in usable if (v := o[name]) is not None])
        else None
        for name in FIGURES
    }


def sample(pools: Sequence[Pool], *, count: int, seed: int) -> list[str]:
    """Random accepted wordings with what they were made from, for reading."""
    every = [(pool, template, template.lineage) for pool in pools for template in pool.accepted if template.lineage]
    drawn = Stream(seed, "bench", "sample").sample(every, min(count, len(every)))
    lines = []
    for number, (pool, template, lineage) in enumerate(drawn, start=1):
        parents = {row.template.id: row.template.text for row in pool.rows}
        lines += [
            f"{number}. {pool.name} [{lineage.operation}]",
            f"   from: {parents[lineage.parent]!r}",
            f"   to:   {template.text!r}",
        ]
    return lines


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A table in Markdown."""
    lines = [f"| {' | '.join(headings)} |", "|" + "---|" * len(headings)]
    return lines + [f"| {' | '.join('-' if cell is None else str(cell) for cell in row)} |" for row in rows]
