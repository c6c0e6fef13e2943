"""Rules: what is refused by rules on instruction, input and answer goes, each row with the rule and its reason.

The same rules as those of `synthesize:`, on any pool: `set: self_instruct`, or `rules:` one by one, or both, the set first. Rows are judged in their order, and rules that compare with
what was kept know of rows that were chosen before. An instruction is the text of the last question, all of it, unless the file it came from kept instruction and input apart.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from sayso.config import PluginConfig
from sayso.data.scorers._said import written_of
from sayso.data.selectors._columns import free_rows
from sayso.data.selectors._protocol import Budget, Picked, Pool, selectors
from sayso.errors import ConfigError
from sayso.instructions.synthesize.rules import RULE_SETS, Announced, announce, build_rules, judge, remember

__all__ = ["RulesSelector"]

STEP = 4096
Sets = Literal[
    "self_instruct", "self_instruct_answers", "self_instruct_instructions", "easy_instruct", "evol_instruct", "answers"
]


@selectors.register("rules")
@dataclass(frozen=True, kw_only=True)
class RulesSelector:
    """Keeps what no rule refuses."""

    rules: tuple[PluginConfig, ...] = ()
    """Rules with their options, in their order."""
    set: Sets | None = None
    """The rules of a method, before those."""

    def select(self, pool: Pool, *, budget: Budget) -> Picked:
        """Rows that were kept, in their order; the reasons of the others.

        Raises:
            ConfigError: no such rule, or no rule at all.
        """
        configs = (*(RULE_SETS[self.set] if self.set else ()), *self.rules)
        if not configs:
            raise ConfigError(f"selector 'rules' has {len(configs)} rules; add set: self_instruct or rules: [...]")
        chain = build_rules(configs)
        size = len(pool)
        for start in range(0, size if any(isinstance(rule, Announced) for _, rule in chain) else 0, STEP):
            announce([written_of(pool.samples[row]) for row in range(start, min(start + STEP, size))], chain)
        for row in pool.chosen.tolist():
            remember(written_of(pool.samples[row]), chain)
        pool.scoring.progress.start("rules", total=size)
        kept, why = [], {}
        for row in free_rows(pool).tolist():
            written = written_of(pool.samples[row])
            verdict = judge(written, chain)
            if verdict.keep:
                remember(written, chain)
                kept.append(row)
            else:
                why[row] = verdict.reason
            pool.scoring.progress.advance()
        return Picked(rows=budget.cut(np.array(kept, dtype=np.int64)), by="order", why=why)
