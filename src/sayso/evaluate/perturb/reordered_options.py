"""The options in another order: with `shift` each moves so many places on, so that every order of a round can be asked; without, one is drawn.

A model that answers by place changes its answer, one that reads the options does not. The gold answer is the option's text in every order.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from sayso.errors import DataError
from sayso.evaluate.perturb._protocol import perturbations
from sayso.evaluate.perturb._text import instruction_chunks, with_chunks
from sayso.instructions.options import OPTION_STYLES, append_options, format_options
from sayso.records import Sample, Verdict
from sayso.seeds import Stream

__all__ = ["ReorderedOptions"]

NO_OPTIONS = Verdict(keep=False, reason="no options to reorder")
ALONE = Verdict(keep=False, reason="one option has one order")
SAME = Verdict(keep=False, reason="moved round to the order it had")
NOT_SHOWN = Verdict(keep=False, reason="its options are not shown in a known style")


@perturbations.register("reordered_options")
@dataclass(frozen=True, kw_only=True)
class ReorderedOptions:
    """Each option `shift` places on, or an order other than the shown one."""

    shift: int | None = None

    def apply(self, samples: Sequence[Sample], *, seed: int) -> list[Sample | Verdict]:
        """The samples with other orders, which depend on the example alone."""
        return [self._reorder(one, seed) for one in samples]

    def _reorder(self, sample: Sample, seed: int) -> Sample | Verdict:
        if len(sample.options) < 2:
            return ALONE if sample.options else NO_OPTIONS
        order = self._order(sample, seed)
        if order == sorted(order):
            return SAME
        options = tuple(sample.options[place] for place in order)
        chunks = instruction_chunks(sample)
        changed = [
            (_reordered(text, sample.options, options) if role == "options" else text, role) for text, role in chunks
        ]
        if changed == chunks:
            return NOT_SHOWN
        return replace(with_chunks(sample, changed), options=options)

    def _order(self, sample: Sample, seed: int) -> list[int]:
        places = list(range(len(sample.options)))
        if self.shift is not None:
            shift = self.shift % len(places)
            return places[-shift:] + places[:-shift] if shift else places
        order, chance = list(places), Stream(seed, "reordered_options", sample.example)
        while order == places:
            chance.shuffle(order)
        return order


def _reordered(text: str, before: Sequence[str], after: Sequence[str]) -> str:
    """The text of options with the same ones in another order; as it was where it is in no known style."""
    for style in OPTION_STYLES:
        for write in (format_options, append_options):
            try:
                if write(before, style=style) == text:
                    return write(after, style=style)
            except DataError:  # these options cannot be written in this style, so they were not
                continue
    return text
