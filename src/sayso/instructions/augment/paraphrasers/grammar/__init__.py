"""`grammar`: an offline, deterministic paraphraser of instruction English."""

from sayso.instructions.augment.paraphrasers.grammar.paraphraser import grammar

__all__ = ["grammar"]
