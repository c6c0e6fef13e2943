"""How far a build is: all that it must know to go on after a kill, in one small file beside the spools."""

from pathlib import Path

import msgspec

from sayso.artifacts import Progress, write_text
from sayso.data.writer import SpoolState, missing_file

__all__ = ["BuildState", "forget_state", "IDS", "load_state", "QUARANTINE", "save_state"]

FILE = "progress.json"
QUARANTINE = "quarantine.jsonl"
"""Bad rows with their reasons."""
IDS = "ids.spool"
"""Hashes of the ids seen so far."""
RESULTS = ("cards.json", "templates.jsonl", "prompt.json")


class BuildState(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Counts up to row `row` of source number `source`, and where the files ended there.

    `examples` counts by split and task; `met` the items that a task ran on; `provided` holds every set of needs that an
    item met; `licenses` counts examples; `bad_rows` counts by reason, `bad_places` keeps the first few. With `done`, nothing is left to do.
    """

    source: int = 0
    row: int = 0
    num_items: int = 0
    num_seen: int = 0
    examples: dict[str, dict[str, int]] = msgspec.field(default_factory=lambda: {"train": {}, "test": {}})
    met: dict[str, int] = {}
    provided: list[list[str]] = []
    licenses: dict[str, int] = {}
    bad_rows: dict[str, int] = {}
    bad_places: list[str] = []
    quarantine_bytes: int = 0
    ids_bytes: int = 0
    spools: dict[str, dict[str, SpoolState]] = {}
    done: bool = False

    def count(self, split: str, task: str) -> int:
        """Examples of a task in a split so far."""
        return self.examples[split].get(task, 0)

    @property
    def num_bad_rows(self) -> int:
        """Rows in quarantine so far."""
        return sum(self.bad_rows.values())


def load_state(folder: Path, *, progress: Progress) -> BuildState:
    """The state that an earlier build left in `folder`, or that of one which has not begun.

    Where a file that the state speaks of is not there any more, the build begins again, and `progress` says why.
    """
    path = folder / FILE
    if not path.exists():
        return BuildState()
    try:
        state = msgspec.json.decode(path.read_bytes(), type=BuildState)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        damaged: Path | None = path
    else:
        if (damaged := _damaged_file(folder, state)) is None:
            return state
    progress.note(f"{damaged} is missing or damaged: the build begins again")
    return BuildState()


def _damaged_file(folder: Path, state: BuildState) -> Path | None:
    sizes = {QUARANTINE: state.quarantine_bytes, **({} if state.done else {IDS: state.ids_bytes})}
    for name, size in sizes.items():
        path = folder / name
        if size > (path.stat().st_size if path.exists() else 0):
            return path
    if state.done:
        return next((path for name in RESULTS if not (path := folder / name).exists()), None)
    missing = (missing_file(folder, split=split, state=spools) for split, spools in state.spools.items())
    return next((path for path in missing if path), None)


def save_state(folder: Path, state: BuildState) -> None:
    """Write the state, whole or not at all."""
    write_text(folder / FILE, msgspec.json.encode(state).decode())


def forget_state(folder: Path) -> None:
    """Let the next build begin at the first row."""
    (folder / FILE).unlink(missing_ok=True)
