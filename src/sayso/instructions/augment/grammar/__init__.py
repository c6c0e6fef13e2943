"""`grammar`: an offline, deterministic paraphraser of instruction English."""

from sayso.instructions.augment.grammar.paraphraser import grammar

__all__ = ["grammar"]
