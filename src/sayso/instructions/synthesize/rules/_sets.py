"""Rules that belong together: those of a method, in its order, cheap ones first."""

from collections.abc import Mapping

from sayso.config import PluginConfig

__all__ = ["RULE_SETS"]


def _named(*names: str) -> tuple[PluginConfig, ...]:
    return tuple(PluginConfig(name=name) for name in names)


_EASY_LENGTHS = {"min_words": 3, "max_words": 150, "min_output_words": 1, "max_output_words": 350}
_ASKED = _named("length", "blacklist", "starts_with", "punctuation_first", "ascii_first")
_ANSWERED = _named("input_is_output", "empty_output", "trailing_colon", "contradiction", "duplicate")

RULE_SETS: Mapping[str, tuple[PluginConfig, ...]] = {
    "self_instruct": (*_ASKED, *_ANSWERED, *_named("novelty")),
    "self_instruct_answers": _ANSWERED,
    "self_instruct_instructions": (*_ASKED, *_named("novelty")),
    "evol_instruct": _named(
        "leaked_markers", "same_as_parent", "empty_output", "short_apology", "only_stop_words", "duplicate"
    ),
    "easy_instruct": (
        *_named("input_is_output", "empty_output", "trailing_colon", "contradiction", "duplicate"),
        PluginConfig.model_validate({"name": "length", **_EASY_LENGTHS}),
        *_named("novelty"),
    ),
    "answers": _named("empty_output", "refusal", "leaked_markers"),
}
"""By name. Self-Instruct judges instructions before they have answers, and answers by themselves: the two halves, and the whole for rows that have both."""
