"""Several rules in a row: the first that refuses gives the verdict, and all are told of what was kept.

    chain = build_rules(config.rules)
    verdict = judge(written, chain)      # reason led by the rule's name
    if verdict.keep:
        remember(written, chain)         # seeds too, before anything is judged

`announce` tells rules that look at many together (`contradiction`) what will be judged; a chain works without.
"""

from collections.abc import Iterable, Sequence

from sayso.config import PluginConfig
from sayso.instructions.synthesize.rules._protocol import Announced, Remembering, Rule, Written, rules
from sayso.records import Verdict

__all__ = ["announce", "build_rules", "judge", "remember"]

Chain = Sequence[tuple[str, Rule]]


def build_rules(configs: Iterable[PluginConfig]) -> Chain:
    """The rules of a recipe, by name and in order.

    Raises:
        ConfigError: no such rule, or no such option.
    """
    return [(one.name, rules.build(one.name, one.options)) for one in configs]


def announce(writtens: Sequence[Written], chain: Chain) -> None:
    """Say what comes: all that will be judged, or a group of it that belongs together."""
    for _, rule in chain:
        if isinstance(rule, Announced):
            rule.announce(writtens)


def judge(written: Written, chain: Chain) -> Verdict:
    """The verdict of the first rule that refuses, its reason led by the rule's name; else `accepted`."""
    for name, rule in chain:
        verdict = rule.judge(written)
        if not verdict.keep:
            return Verdict(keep=False, reason=_writable(f"{name}: {verdict.reason}"), score=verdict.score)
    return Verdict(keep=True, reason="accepted")


def remember(written: Written, chain: Chain) -> None:
    """Tell the rules that compare with what was kept."""
    for _, rule in chain:
        if isinstance(rule, Remembering):
            rule.keep(written)


def _writable(reason: str) -> str:
    """A reason may quote a text that no file can hold."""
    return reason.encode("utf-8", "backslashreplace").decode()
