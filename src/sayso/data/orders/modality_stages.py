"""`modality_stages`: one modality after the other, text first; a schedule and nothing more (the survey's reference for it does not exist, the accepted instance is LLaVA's align, then tune).

Which parts of a model train when is a matter of several train stages. MultiInstruct found that text alone first hurts unless text goes on being mixed in later: that is
`keep: true`. Modalities are `text` (no media), `image` (one), `images` (several), `audio`, `video`, `mixed` (media of several kinds).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from sayso.data.orders._pools import pools_by_task
from sayso.data.orders._protocol import Phase, Stock, orders
from sayso.errors import ConfigError
from sayso.records import Example

__all__ = ["Modality", "ModalityOrder"]

Modality: TypeAlias = Literal["text", "image", "images", "audio", "video", "mixed"]
USUAL: tuple[tuple[Modality, ...], ...] = (("text",), ("image",), ("images",), ("audio",), ("video",), ("mixed",))


@orders.register("modality_stages")
@dataclass(frozen=True, kw_only=True)
class ModalityOrder:
    """`stages` are lists of modalities; `reverse` takes the last first; with `keep` what came before stays in every later phase.

    `shares` are how long the phases are; as long as their own examples are of all where None.
    """

    stages: tuple[tuple[Modality, ...], ...] = USUAL
    reverse: bool = False
    keep: bool = False
    shares: tuple[Annotated[float, Field(gt=0)], ...] | None = None

    def phases(self, stock: Stock) -> Sequence[Phase]:
        """A phase for each of the stages that has examples.

        Raises:
            ConfigError: examples are of a modality that no stage names, or shares are given for other stages than there are.
        """
        found: dict[str, list[tuple[str, int]]] = {}
        for task, position, example in stock.places():
            found.setdefault(_modality(example), []).append((task, position))
        stages = [one for one in (self.stages[::-1] if self.reverse else self.stages) if any(m in found for m in one)]
        named = {modality for one in stages for modality in one}
        if left := sorted(set(found) - named):
            raise ConfigError(
                f"order 'modality_stages': no stage for {', '.join(left)}, of which there are {sum(len(found[one]) for one in left):,} examples; "
                "add them to stages, or leave their tasks out of the train stage"
            )
        if self.shares is not None and len(self.shares) != len(stages):
            raise ConfigError(
                f"order 'modality_stages' has {len(self.shares)} shares for {len(stages)} stages with examples ({stages}); give one for each"
            )
        return [self._phase(number, stages=stages, found=found) for number in range(len(stages))]

    def _phase(self, number: int, *, stages: Sequence[Sequence[str]], found: dict[str, list[tuple[str, int]]]) -> Phase:
        own = [place for modality in stages[number] for place in found.get(modality, ())]
        earlier = [p for stage in stages[:number] for m in stage for p in found.get(m, ())] if self.keep else []
        share = float(len(own)) if self.shares is None else self.shares[number]
        return Phase(name=" and ".join(stages[number]), pools=pools_by_task([*own, *earlier]), share=share)


def _modality(example: Example) -> str:
    kinds = {medium.kind for medium in example.media}
    if len(kinds) > 1:
        return "mixed"
    kind = next(iter(kinds), "text")
    return "images" if kind == "image" and len(example.media) > 1 else kind
