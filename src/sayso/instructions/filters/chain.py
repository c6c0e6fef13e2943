"""Several filters in a row: the first that refuses gives the verdict, and every candidate gets exactly one.

`prepare` tells the filters what comes, so that those that encode or ask a model can do so in batches; `judge` decides; `verdicts`
asks every filter, refused or not, to measure them.
"""

import inspect
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sayso.artifacts import Progress
from sayso.config import PluginConfig
from sayso.instructions.filters._protocol import Filter, FilterContext, Pairs, filters
from sayso.records import Template, Verdict

__all__ = ["build_chain", "Chain", "judge", "prepare", "verdicts"]

Chain = Sequence[tuple[str, Filter]]


def build_chain(
    configs: Iterable[PluginConfig], *, store: Path | None = None, progress: Progress | None = None
) -> Chain:
    """The filters of a recipe, by name and in order.

    A filter whose factory takes `store` (a path) keeps what it paid for; where the recipe does not say where, it is
    in the file `store`. One that takes `progress` may say how far it is.

    Raises:
        ConfigError: no such filter, or no such option.
    """
    return [(one.name, filters.build(one.name, _options(one, store=store, progress=progress))) for one in configs]


def _options(config: PluginConfig, *, store: Path | None, progress: Progress | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    takes = inspect.signature(filters.get(config.name)).parameters
    if store is not None and "store" in takes:
        found["store"] = str(store)
    if progress is not None and "progress" in takes:
        found["progress"] = progress
    return found | config.options


def prepare(chain: Chain, pairs: Pairs) -> None:
    """Say which candidates will be judged soon, so that filters that encode or ask a model do it in batches.

    A chain works without: what was not prepared is done one by one.

    Raises:
        BackendError: a model behind a filter gave up; what it answered is kept.
    """
    for _, one in chain:
        if (ready := getattr(one, "prepare", None)) is not None:
            ready(pairs)


def judge(candidate: Template, *, context: FilterContext, chain: Chain) -> Verdict:
    """The verdict of the first filter that refuses, its reason led by the filter's name; else `accepted`."""
    score = None
    for name, one in chain:
        verdict = one.judge(candidate, context=context)
        if not verdict.keep:
            return Verdict(keep=False, reason=_writable(f"{name}: {verdict.reason}"), score=verdict.score)
        score = verdict.score if verdict.score is not None else score
    return Verdict(keep=True, reason="accepted", score=score)


def _writable(reason: str) -> str:
    """A reason may quote a text that no file can hold."""
    return reason.encode("utf-8", "backslashreplace").decode()


def verdicts(candidate: Template, *, context: FilterContext, chain: Chain) -> dict[str, Verdict]:
    """What every filter of the chain says, by its name, whether or not an earlier one refuses."""
    return {name: one.judge(candidate, context=context) for name, one in chain}
