"""Rules: is what was made, or found in a file, worth keeping? Pure functions of one instruction with its answer, and of what was kept before."""

from sayso.instructions.synthesize.rules._protocol import Rule, Written, rules

__all__ = ["Rule", "rules", "Written"]
