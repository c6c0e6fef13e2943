"""An output that names boxes in the prompt's region style. It is handed on as it stands, for metrics that read boxes themselves.

With `at_most`, an output with more boxes is ambiguous; by default their number is left to the metric, which has invented boxes cost something.
"""

from dataclasses import dataclass

from sayso.evaluate.metrics import Context
from sayso.evaluate.parsers._protocol import Parsed, parsers
from sayso.evaluate.parsers._words import missing

__all__ = ["Box", "box"]


@dataclass(frozen=True)
class Box:
    """Boxes or nothing."""

    at_most: int | None = None

    def read(self, output: str, *, context: Context) -> Parsed:
        """The output without outer white space; none where it has no box, or too many."""
        if context.read_regions is None:
            return missing("no region style given")
        found = context.read_regions(output)
        if not found:
            return missing("no region found")
        if self.at_most is not None and len(found) > self.at_most:
            return missing(f"ambiguous: more than {self.at_most} regions")
        return Parsed(text=output.strip())


@parsers.register("box")
def box(*, at_most: int | None = None) -> Box:
    """Boxes; `at_most` so many."""
    return Box(at_most=at_most)
