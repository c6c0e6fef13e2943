"""From a recipe's section to made items: the method with its models and rules, then the revisers, then a person's review.

Every reply is on file before it is used, and all else is a pure function of items, options, seed and replies: what was killed is done again and comes out the same,
without a second call.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from sayso.artifacts import Progress
from sayso.config import PluginConfig, SynthesizeConfig
from sayso.errors import ConfigError, blame
from sayso.instructions.revise import revisers
from sayso.instructions.synthesize import Made, Synthesis, Synthesizer, synthesizers
from sayso.instructions.synthesize.rules import build_rules
from sayso.lm import Answered, LanguageModel, Request, open_model
from sayso.records import AnnotatedItem, TaskCard, Verdict

__all__ = ["build_synthesizer", "counts_of", "group_of", "Making", "most_given", "produce", "Production"]

GIVEN = "given"
"""The operation of items that were only revised."""


@dataclass(frozen=True, kw_only=True)
class Making:
    """What production needs besides items: the section, the seed, where replies are kept, and models of train stages."""

    config: SynthesizeConfig
    seed: int
    store: Path
    trained: tuple[Path, ...] = ()
    progress: Progress = field(default_factory=Progress)


@dataclass(frozen=True, kw_only=True)
class Production:
    """Everything that was made, in order, then what revisers said of each item; the items in the end by id, and what calls came to.

    The first `num_made` rows are those of the method.
    """

    made: list[Made]
    num_made: int
    items: dict[str, AnnotatedItem]
    calls: dict[str, int]

    @property
    def cards(self) -> list[TaskCard]:
        """The new tasks of what was kept, each once."""
        kept = [one.card for one in self.made if one.card is not None and one.verdict.keep]
        return list({card.name: card for card in kept}.values())


def build_synthesizer(config: SynthesizeConfig) -> Synthesizer | None:
    """The method of a section; None where it only revises.

    Raises:
        ConfigError: a plugin or one of its options is unknown, or the section does nothing.
    """
    if config.synthesizer is None and not config.revisers:
        raise ConfigError(f"synthesize has no synthesizer and no revisers ({config.revisers!r}); name one of them")
    for one in config.revisers:
        revisers.build(one.name, one.options)
    if config.synthesizer is None:
        return None
    method = synthesizers.build(config.synthesizer.name, config.synthesizer.options)
    build_rules(_rules(config, method))
    return method


def _rules(config: SynthesizeConfig, method: Synthesizer | None) -> Sequence[PluginConfig]:
    """The section's, or the method's own."""
    return config.rules if config.rules is not None else getattr(method, "rules", ())


def produce(items: Sequence[AnnotatedItem], making: Making, *, prefix: str = "") -> Production:
    """Make, then revise; ids of what was made begin with `prefix`.

    Raises:
        ConfigError: a plugin, an option or a model is wrong or missing.
        BackendError: a model gave up; the same call goes on.
    """
    config = making.config
    method = build_synthesizer(config)
    models = {name: _Counted(_open(one, making)) for name, one in config.others.items()}
    model = _Counted(_open(config.model, making)) if config.model else None
    synthesis = Synthesis(
        seed=making.seed,
        max_items=config.max_items,
        model=model,
        others=dict[str, LanguageModel](models),
        rules=build_rules(_rules(config, method)),
        trained=making.trained,
        progress=making.progress,
    )
    with _blamed(config.synthesizer):
        made = list(_named(method.synthesize(items, synthesis=synthesis), prefix) if method else _given(items, config))
    num_made = len(made)
    kept = {one.item.id: one.item for one in made if one.item is not None and one.verdict.keep}
    for plugin in config.revisers:
        with _blamed(plugin):
            revised = list(revisers.build(plugin.name, plugin.options).revise(list(kept.values()), synthesis=synthesis))
        kept = {(one.item or before).id: one.item or before for one, before in zip(revised, kept.values(), strict=True)}
        made += revised
    return Production(
        made=made, num_made=num_made, items=kept, calls=_calls([*([model] if model else []), *models.values()])
    )


def _blamed(plugin: PluginConfig | None) -> AbstractContextManager[None]:
    """What a plugin of the user's own does wrong is told with its name."""
    own = plugin is not None and ":" in plugin.name
    return blame(ConfigError, f"{plugin.name!r}") if own and plugin is not None else nullcontext()


def _open(config: PluginConfig, making: Making) -> LanguageModel:
    return open_model(config, store=making.store, progress=making.progress)


def _given(items: Sequence[AnnotatedItem], config: SynthesizeConfig) -> Iterator[Made]:
    """All items, or as many as the section says, where it does."""
    most = most_given(config)
    for number, item in enumerate(items):
        keep = most is None or number < most
        yield Made(
            id=item.id,
            operation=GIVEN,
            verdict=Verdict(keep=keep, reason=GIVEN if keep else f"enough ({most} were asked for)"),
            item=item,
        )


def most_given(config: SynthesizeConfig) -> int | None:
    """How many items are only revised; all where the section does not say: its default is for what is made."""
    return config.max_items if "max_items" in config.model_fields_set else None


def _named(made: Iterable[Made], prefix: str) -> Iterator[Made]:
    """With ids that no other stage gives: what another made item names as its parent goes along."""
    names: dict[str, str] = {}
    for one in made:
        names[one.id] = f"{prefix}{one.id}"
        yield msgspec.structs.replace(
            one,
            id=names[one.id],
            item=msgspec.structs.replace(one.item, id=f"{prefix}{one.item.id}") if one.item else None,
            parents=tuple(names.get(name, name) for name in one.parents),
        )


class _Counted:
    """A language model, and what was asked of it: the same numbers whether the replies were on file or not."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self.counts = Counter({"calls": 0, "prompt_tokens": 0, "completion_tokens": 0})

    @property
    def name(self) -> str:
        """The model's."""
        return self._model.name

    def answer(self, requests: Iterable[Request]) -> Iterator[Answered]:
        """As the model answers."""
        for one in self._model.answer(requests):
            told = (one.reply.prompt_tokens, one.reply.completion_tokens) if one.reply else (0, 0)
            self.counts.update({"calls": 1, "prompt_tokens": told[0], "completion_tokens": told[1]})
            yield one


def _calls(models: Sequence[_Counted]) -> dict[str, int]:
    total = sum((model.counts for model in models), Counter[str]())
    return {key: total[key] for key in ("calls", "prompt_tokens", "completion_tokens")} if models else {}


def group_of(verdict: Verdict) -> str:
    """A reason without what it says about one thing, so that reasons can be counted: a rule's name, or the words before a bracket."""
    head, colon, _ = verdict.reason.partition(": ")
    return head if colon and head.isidentifier() else verdict.reason.partition(" (")[0]


def counts_of(production: Production) -> Mapping[str, Any]:
    """Candidates, kept, refused by reason, and both by operation; for each reviser how many items it changed."""
    refused, operations = Counter[str](), dict[str, Counter[str]]()
    total = Counter({"candidates": 0, "kept": 0})
    for one in production.made[: production.num_made]:
        tally = {"candidates": 1, "kept": int(one.verdict.keep)}
        total.update(tally)
        operations.setdefault(one.operation, Counter({"candidates": 0, "kept": 0})).update(tally)
        if not one.verdict.keep:
            refused[group_of(one.verdict)] += 1
    return {
        **total,
        "refused": dict(sorted(refused.items())),
        "by_operation": {name: dict(found) for name, found in sorted(operations.items())},
        **_revised(production),
    }


def _revised(production: Production) -> dict[str, Any]:
    """By reviser how many items it changed, and why the others stayed."""
    found: dict[str, Counter[str]] = {}
    for one in production.made[production.num_made :]:
        found.setdefault(one.operation, Counter())[one.verdict.reason.partition(" (")[0]] += 1
    return {"revised": {name: dict(sorted(tally.items())) for name, tally in found.items()}} if found else {}
