"""Rules: is what was made, or found in a file, worth keeping? Pure functions of one instruction with its answer, and of what was kept before."""

from sayso.instructions.synthesize.rules._judging import announce, build_rules, judge, remember
from sayso.instructions.synthesize.rules._protocol import Announced, Remembering, Rule, Written, rules
from sayso.instructions.synthesize.rules._sets import RULE_SETS

__all__ = [
    "announce",
    "Announced",
    "build_rules",
    "judge",
    "remember",
    "Remembering",
    "Rule",
    "RULE_SETS",
    "rules",
    "Written",
]
