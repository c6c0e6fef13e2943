"""Leaked markers: the words around a prompt's parts, said back in what was made.

Evol-Instruct refuses what leaks its prompt's section markers (checked in EasyInstruct's code), and the words "given prompt" and the like (as we remember it); many
ordinary instructions speak of "the given prompt", so that these words count only where something was made of a parent that has them not (ours).
The marks of chat formats, of thinking aloud and of Alpaca's prompt are ours. A method with other markers names them.
"""

from dataclasses import dataclass

from sayso.instructions.synthesize.rules._protocol import Written, rules
from sayso.instructions.synthesize.rules._text import fold
from sayso.records import Verdict

__all__ = ["EVOLVED", "LeakedMarkersRule", "MARKERS"]

MARKERS = (
    "#given prompt#",
    "#created prompt#",
    "#rewritten prompt#",
    "### instruction:",
    "### input:",
    "### response:",
    "<|im_start|>",
    "<|im_end|>",
    "<|endoftext|>",
    "[inst]",
    "[/inst]",
    "<think>",
    "</think>",
)
EVOLVED = ("given prompt", "created prompt", "rewritten prompt")


@rules.register("leaked_markers")
@dataclass(frozen=True, kw_only=True)
class LeakedMarkersRule:
    """`markers` are looked for in all parts, `evolved` in an instruction that has a parent; in any case and white space."""

    markers: tuple[str, ...] = MARKERS
    evolved: tuple[str, ...] = EVOLVED

    def judge(self, written: Written) -> Verdict:
        """Refuse what says a marker, and name it."""
        for name, text in (("instruction", written.instruction), ("input", written.input), ("answer", written.output)):
            if (found := _first(self.markers, fold(text))) is not None:
                return Verdict(keep=False, reason=f"the {name} has {found!r}")
        parent = fold(written.parent)
        own = [marker for marker in self.evolved if parent and fold(marker) not in parent]
        if (found := _first(own, fold(written.instruction))) is not None:
            return Verdict(keep=False, reason=f"the instruction has {found!r}, which its parent has not")
        return Verdict(keep=True, reason="no marker of a prompt")


def _first(markers: tuple[str, ...] | list[str], text: str) -> str | None:
    return next((marker for marker in markers if marker.strip() and fold(marker) in text), None)
