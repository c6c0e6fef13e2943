"""Rows that the source itself refuses: degenerate boxes, missing pictures, labels that are none."""

import re
from collections.abc import Iterator

from sayso.evaluate.proof._protocol import Finding, Proof, proofs
from sayso.evaluate.proof._tally import Tally, many
from sayso.sources import BadRow

__all__ = ["BadRows"]

MAX_KINDS = 20
VALUES = re.compile(r"'[^']*'|\"[^\"]*\"|\[[^\]]*\]|-?\d+(?:\.\d+)?")


@proofs.register("bad_rows")
class BadRows(Proof):
    """Reasons that differ in names and numbers only are one."""

    summary = "the source can use every row"

    def __init__(self) -> None:
        self._rows: Tally[str] = Tally()
        self._wording: dict[str, str] = {}

    def see_bad_row(self, row: BadRow) -> None:
        """Count its reason."""
        kind = VALUES.sub("#", row.reason)
        self._wording.setdefault(kind, row.reason)
        self._rows.add(kind, row.place)

    def findings(self) -> Iterator[Finding]:
        """The most frequent reasons, then how many more there are."""
        kinds = list(self._rows)
        for kind, count, places in kinds[:MAX_KINDS]:
            first = "" if count == 1 else ", the first because"
            yield _finding(
                f"{many(count, 'row')} set aside by the source{first}: {self._wording[kind]}",
                count=count,
                places=places,
            )
        if rest := kinds[MAX_KINDS:]:
            total = sum(count for _, count, _ in rest)
            yield _finding(
                f"{total:,} more rows set aside, for {len(rest)} other reasons", count=total, places=rest[0][2]
            )


def _finding(text: str, *, count: int, places: tuple[str, ...]) -> Finding:
    return Finding(
        check="bad_rows",
        level="warning",
        count=count,
        examples=places,
        text=text,
        remedy="mend the rows, or allow them with build.max_bad_rows: they go to quarantine.jsonl",
    )
