"""The eleven rules of Self-Instruct, which Alpaca took over: six about instructions, five about instances (checked in yizhongw/self-instruct)."""

from sayso.config import PluginConfig

__all__ = ["INSTANCE_RULES", "INSTRUCTION_RULES"]

INSTRUCTION_RULES = tuple(
    PluginConfig(name=name)
    for name in ("length", "blacklist", "starts_with", "punctuation_first", "ascii_first", "novelty")
)
"""4 to 150 words, none of the listed words (`blacklist` has them as its option), ..., and ROUGE-L <= 0.7 with all that was kept."""
INSTANCE_RULES = tuple(
    PluginConfig(name=name)
    for name in ("input_is_output", "empty_output", "trailing_colon", "contradiction", "duplicate")
)
"""`contradiction` is told of all instances of a task."""
