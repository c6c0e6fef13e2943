"""The policy of each round, as a file of the stage's folder: `policies/round-00000.json` and so on.

A round is a stretch of places with one policy: the tasks' weights, the phase of the order, and from both the share of every pool. Shares are what the places are computed from,
so a run that goes on reads them and asks no mixer again.
"""

from pathlib import Path
from typing import Any

import msgspec

from sayso.artifacts import write_json
from sayso.errors import DataError

__all__ = ["Policies", "Policy"]


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A round's: `weights` by task, and from them `shares` by pool of the phase.

    `first_place` and `num_places` count examples of the run; with a replay, which lies between them, their number is None. `turns` says that the pools take
    turns, where shares are their sizes. `losses` is what the weights came from, where they were measured: nats per target token on `held_back` examples of
    each task. `asked` counts how often the mixer had been asked before.
    """

    round: int
    first_place: int
    num_places: int | None
    phase: str
    order: str
    mixer: str
    shares: dict[str, int]
    turns: bool = False
    weights: dict[str, float] = {}
    asked: int = 0
    losses: dict[str, float | None] = {}
    held_back: dict[str, int] = {}
    unscored: int = 0


class Policies:
    """The files of a stage."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "policies"

    def path(self, number: int) -> Path:
        """Of round `number`."""
        return self.folder / f"round-{number:05d}.json"

    def find(self, number: int) -> Policy | None:
        """What is written of that round, or None.

        Raises:
            DataError: the file cannot be read.
        """
        path = self.path(number)
        try:
            return msgspec.json.decode(path.read_bytes(), type=Policy)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            raise DataError(f"{path} cannot be read ({error}); delete the stage's folder and train it again") from error

    def write(self, policy: Policy) -> None:
        """Write it, whole or not at all."""
        found: dict[str, Any] = msgspec.to_builtins(policy)
        write_json(self.path(policy.round), found)
