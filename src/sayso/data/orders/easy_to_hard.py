"""`easy_to_hard`: examples by a number, the small ones first; a curriculum as of Bengio et al. 2009, its pace after Platanios et al. 2019 (both from memory).

The number is the length of the response in words (`by: length`), or a column of a `select` stage among the ancestors or of a file: a loss, IFD, perplexity.
Easy is easy among the examples of the same task, so that every task is there from the beginning; with `within: all` it is easy among all.

- `pacing: bands` cuts the examples into `num_phases` bands that come one after the other, each example in one of them;
- `pacing: root` and `pacing: linear` let more and more in: phase p draws from the easiest c(p) of all, from `start` in the first to all in the last; with t = p / (P - 1),
  c = sqrt(t (1 - start^2) + start^2), or t (1 - start) + start. All phases are then equally long, and easy examples come more often than hard ones.

An example without a number is taken for hard and is counted (`unscored` of the policies).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from sayso.data.orders._pools import pools_by_task
from sayso.data.orders._protocol import Phase, Stock, orders
from sayso.errors import ConfigError
from sayso.records import Example

__all__ = ["EasyToHardOrder", "response_words"]

LENGTH = "length"
Placed = tuple[float, str, int]


@orders.register("easy_to_hard")
@dataclass(frozen=True, kw_only=True)
class EasyToHardOrder:
    """`by` is `length` or a column, `file` where it is; `descending` takes large numbers for easy."""

    by: str = LENGTH
    file: str | None = None
    descending: bool = False
    within: Literal["task", "all"] = "task"
    pacing: Literal["bands", "root", "linear"] = "root"
    num_phases: Annotated[int, Field(ge=2)] = 5
    start: Annotated[float, Field(gt=0, lt=1)] = 0.2

    def phases(self, stock: Stock) -> Sequence[Phase]:
        """`num_phases` of them.

        Raises:
            ConfigError: no example has a number.
        """
        rows = self._rows(stock)
        unscored = sum(math.isinf(number) for number, _, _ in rows)
        if unscored == len(rows):
            raise ConfigError(
                f"order 'easy_to_hard': none of {len(rows):,} examples has a number in column {self.by!r}"
            )
        groups: dict[str, list[Placed]] = {}
        for row in sorted(rows):
            groups.setdefault(row[1] if self.within == "task" else "", []).append(row)
        return [
            Phase(name=name, pools=pools_by_task(places), share=share, unscored=unscored)
            for name, places, share in (self._phase(p, list(groups.values())) for p in range(self.num_phases))
            if places
        ]

    def _rows(self, stock: Stock) -> list[Placed]:
        known = None if self.by == LENGTH else stock.columns(self.by, self.file)
        sign = -1 if self.descending else 1
        rows = []
        for task, position, example in stock.places():
            number = float(response_words(example)) if known is None else known.get(example.id, math.nan)
            rows.append((math.inf if math.isnan(number) else sign * number, task, position))
        return rows

    def _phase(self, p: int, groups: Sequence[Sequence[Placed]]) -> tuple[str, list[tuple[str, int]], float]:
        """Its name, its examples, and how long it is."""
        bands = self.pacing == "bands"
        low = p / self.num_phases if bands else 0.0
        high = (p + 1) / self.num_phases if bands else self._pace(p / (self.num_phases - 1))
        cuts = [some[_cut(low, some) : max(_cut(high, some), 0 if bands else 1)] for some in groups]
        places = [(task, position) for some in cuts for _, task, position in some]
        return f"{low:.0%} to {high:.0%}", places, float(len(places)) if bands else 1.0

    def _pace(self, t: float) -> float:
        if self.pacing == "linear":
            return t * (1 - self.start) + self.start
        return math.sqrt(t * (1 - self.start**2) + self.start**2)


def _cut(share: float, rows: Sequence[Placed]) -> int:
    return math.floor(share * len(rows) + 0.5)


def response_words(example: Example) -> int:
    """Words of the first reference; of a conversation, of all that the assistant says. A box is one word."""
    if example.messages:
        said = [m.text for m in example.messages if m.role == "assistant"]
        return sum(len(text.split()) for text in said)
    first = example.references[0]
    return len(first.split()) if isinstance(first, str) else 1
