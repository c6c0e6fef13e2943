"""Where every round of a run begins, and which example comes at any place of a round whose policy is known: computed in constant time.

Phases of an order come one after the other, and a mixer is asked at places of its own; between two such marks lies a round. Place k of a round is
the n-th of one of the phase's pools (`sayso.data.interleaving`), counted from the beginning of the phase: what earlier rounds of it gave is added up when a
policy is known, and so is never walked. The n-th of a pool of m is number n mod m of its lap n div m, at random, each lap in another way. So every example
of a pool comes before any comes again, whatever the weights of rounds, and one that comes again has another epoch, and another wording.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise

from sayso.data.interleaving import Interleaving, Spread, Turns
from sayso.data.order import WINDOW, MixedOrder
from sayso.data.orders import Phase
from sayso.data.store import ROWS_PER_GROUP
from sayso.seeds import derive
from sayso.train.rounds.held_back import HeldBack
from sayso.train.samples.order import Place

__all__ = ["Layout", "Round", "rounds_of"]


@dataclass(frozen=True, kw_only=True)
class Round:
    """A stretch of places; `asked` is the number of the mixer's answer that holds in it."""

    number: int
    first: int
    places: int
    phase: int
    asked: int


def rounds_of(phases: Sequence[Phase], *, total: int, asked_at: Sequence[int]) -> list[Round]:
    """The rounds of a run of `total` places; the mixer is asked at the places `asked_at`, the first of which is 0."""
    lengths = [phase.num_examples if phase.share is None else phase.share for phase in phases]
    ends = [round(total * end / sum(lengths)) for end in accumulate(lengths)]
    starts = [0, *ends[:-1]]
    marks = sorted({mark for mark in (*starts, *asked_at) if mark < total} | {0})
    return [
        Round(
            number=number,
            first=first,
            places=end - first,
            phase=bisect_right(ends[:-1], first),
            asked=bisect_right(asked_at, first) - 1,
        )
        for number, (first, end) in enumerate(pairwise([*marks, total]))
    ]


class Layout:
    """Places of the rounds whose shares are known; those of later rounds are as if all examples weighed the same."""

    def __init__(self, phases: Sequence[Phase], *, rounds: Sequence[Round], held_back: HeldBack, seed: int) -> None:
        self.phases = list(phases)
        self._pools = [list(phase.pools.values()) for phase in self.phases]
        self.rounds = list(rounds)
        self._held_back, self._seed = held_back, seed
        self._firsts = [one.first for one in self.rounds]
        self._known: list[tuple[Interleaving, Sequence[int]]] = []
        most = max(len(phase.pools) for phase in self.phases)
        self._lap = lru_cache(maxsize=max(64, 2 * most))(self._shuffle)
        self._guess = lru_cache(maxsize=4)(self._by_size)

    @property
    def num_known(self) -> int:
        """Rounds whose shares are known."""
        return len(self._known)

    def add(self, shares: Sequence[int]) -> None:
        """The shares of the next round, by pool of its phase in their order."""
        number = len(self._known)
        here = self.rounds[number]
        before: Sequence[int] = [0] * len(shares)
        if number and self.rounds[number - 1].phase == here.phase:
            last, started = self._known[-1]
            given = last.before(self.rounds[number - 1].places)
            before = [a + b for a, b in zip(started, given, strict=True)]
        turns = self.phases[here.phase].turns
        self._known.append((Turns(shares) if turns else Spread(shares), before))

    def __getitem__(self, k: int) -> Place:
        number = max(0, bisect_right(self._firsts, k) - 1)
        here = self.rounds[number]
        known = self._known[number] if number < len(self._known) else self._guess(number)
        pool, n = known[0][k - here.first]
        return self._place(here.phase, pool, n + known[1][pool])

    def _place(self, phase: int, pool: int, n: int) -> Place:
        """The n-th example of a pool of a phase."""
        found = self._pools[phase][pool]
        lap, offset = divmod(n, len(found))
        _, index = self._lap(phase, pool, lap)[offset]
        task, trained = found[index]
        return Place(lap * len(self.phases) + phase, task, self._held_back.trained(task, trained))

    def _shuffle(self, phase: int, pool: int, lap: int) -> MixedOrder:
        """A pool's examples at random, so that nearby ones of all pools together touch few row groups."""
        name, size = list(self.phases[phase].pools)[pool], len(self._pools[phase][pool])
        window = max(ROWS_PER_GROUP, WINDOW // len(self._pools[phase]))
        return MixedOrder({name: size}, seed=derive(self._seed, "rounds", phase), epoch=lap, window=window)

    def _by_size(self, number: int) -> tuple[Interleaving, Sequence[int]]:
        phase = self.rounds[number].phase
        sizes = [len(pool) for pool in self._pools[phase]]
        return Turns(sizes) if self.phases[phase].turns else Spread(sizes), [0] * len(sizes)
