"""Words and phrases that stand for one another in instructions, each in the surroundings where that is true.

A rule is a pattern and what may replace it; every alternative means the same wherever the pattern matches, and the thing
matched is itself one of them. Most rules hold where a verb begins a command or follows `to`, `please`, `can you`; nouns are
exchanged everywhere in a text or not at all. Answer words, numbers, colors, sizes and quoted text are in no rule.
"""

from sayso.instructions.augment.paraphrasers.grammar.lexicon.nouns import NOUNS
from sayso.instructions.augment.paraphrasers.grammar.lexicon.phrases import PHRASES
from sayso.instructions.augment.paraphrasers.grammar.lexicon.rule import Rule
from sayso.instructions.augment.paraphrasers.grammar.lexicon.verbs import VERB_RULES

__all__ = ["Rule", "RULES"]

RULES: tuple[Rule, ...] = (*NOUNS, *VERB_RULES, *PHRASES)
"""All rules, in the order in which they are tried."""
