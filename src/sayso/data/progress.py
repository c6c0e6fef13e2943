"""How far a build is: all that it must know to go on after a kill, in one small file beside the spools."""

from pathlib import Path

import msgspec

from sayso.artifacts import write_text
from sayso.data.writer import SpoolState
from sayso.errors import DataError

__all__ = ["BuildState", "forget_state", "load_state", "save_state"]

FILE = "progress.json"


class BuildState(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Counts up to row `row` of source number `source`, and where the files ended there.

    `examples` counts by split and task; `met` the items that a task ran on; `provided` holds every set of needs that an
    item met; `bad_rows` counts by reason, `bad_places` keeps the first few. With `done`, nothing is left to do.
    """

    source: int = 0
    row: int = 0
    num_items: int = 0
    num_seen: int = 0
    examples: dict[str, dict[str, int]] = msgspec.field(default_factory=lambda: {"train": {}, "test": {}})
    met: dict[str, int] = {}
    provided: list[list[str]] = []
    bad_rows: dict[str, int] = {}
    bad_places: list[str] = []
    quarantine_bytes: int = 0
    spools: dict[str, dict[str, SpoolState]] = {}
    done: bool = False

    def count(self, split: str, task: str) -> int:
        """Examples of a task in a split so far."""
        return self.examples[split].get(task, 0)

    @property
    def num_bad_rows(self) -> int:
        """Rows in quarantine so far."""
        return sum(self.bad_rows.values())


def load_state(folder: Path) -> BuildState:
    """The state that an earlier build left in `folder`, or that of one which has not begun.

    Raises:
        DataError: the file cannot be read.
    """
    path = folder / FILE
    if not path.exists():
        return BuildState()
    try:
        return msgspec.json.decode(path.read_bytes(), type=BuildState)
    except msgspec.MsgspecError as error:
        raise DataError(f"{path} cannot be read ({error}); delete {folder} to build again") from error


def save_state(folder: Path, state: BuildState) -> None:
    """Write the state, whole or not at all."""
    write_text(folder / FILE, msgspec.json.encode(state).decode())


def forget_state(folder: Path) -> None:
    """Let the next build begin at the first row."""
    (folder / FILE).unlink(missing_ok=True)
