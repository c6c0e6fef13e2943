"""Several filters in a row: the first that refuses gives the verdict, and every candidate gets exactly one."""

from collections.abc import Iterable, Sequence

from sayso.config import PluginConfig
from sayso.instructions.filters._protocol import Filter, FilterContext, filters
from sayso.records import Template, Verdict

__all__ = ["build_chain", "judge", "prepare"]

Chain = Sequence[tuple[str, Filter]]


def build_chain(configs: Iterable[PluginConfig]) -> Chain:
    """The filters of a recipe, by name and in order.

    Raises:
        ConfigError: no such filter, or no such option.
    """
    return [(config.name, filters.build(config.name, config.options)) for config in configs]


def judge(candidate: Template, *, context: FilterContext, chain: Chain) -> Verdict:
    """The verdict of the first filter that refuses, its reason led by the filter's name; else `accepted`."""
    score = None
    for name, one in chain:
        verdict = one.judge(candidate, context=context)
        if not verdict.keep:
            return Verdict(keep=False, reason=f"{name}: {verdict.reason}", score=verdict.score)
        score = verdict.score if verdict.score is not None else score
    return Verdict(keep=True, reason="accepted", score=score)


def prepare(chain: Chain, pairs: Sequence[tuple[Template, Template]]) -> None:
    """Tell each filter that wants to know which pairs of parent and candidate it will soon judge, so that it can work in batches."""
    for _, one in chain:
        if pairs and (ready := getattr(one, "prepare", None)):
            ready(pairs)
