"""Selection for people who have no recipe: a file of records in, the records that are kept out, and a verdict for every one of them.

    sayso select --data IN.jsonl --scorer NAME --selector NAME --budget 0.1 --out OUT.jsonl

The records may be in any format of conversations that is known. Values are kept beside the output, so that another budget scores nothing again.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sayso.artifacts import Progress, fingerprint, refuse_overwriting, write_jsonl
from sayso.config import SelectConfig
from sayso.data.scorers import Scoring
from sayso.data.selecting.chain import Around, Fates, Step, build_selectors, run_chain
from sayso.data.selecting.columns import Scored, build_scorers, score_rows
from sayso.data.selecting.costs import cost_of
from sayso.data.selecting.figures import Describing, select_figures
from sayso.data.selecting.parents import target_file
from sayso.data.selecting.reading import check_selection, columns_read
from sayso.data.selecting.record_file import Records, check_out, only_table, open_records, write_kept
from sayso.data.selecting.rows import Rows, look_at
from sayso.data.selecting.told import SelectionFigures
from sayso.data.selecting.vectors import feature_maker
from sayso.data.selecting.verdicts import RowVerdict, count_reasons, row_verdict
from sayso.data.selectors._protocol import Ints
from sayso.errors import ConfigError, DataError
from sayso.sources.conversations import Conversations

__all__ = ["RecordFiles", "select_records", "Selected"]

WHERE = "select"


@dataclass(frozen=True, kw_only=True)
class RecordFiles:
    """What is read and written. `task_key` is the key of a record that names its task, `columns` the folder where values are kept."""

    data: Path
    out: Path
    format: str = "auto"
    images: Path | None = None
    task_key: str | None = None
    report: Path | None = None
    columns: Path | None = None

    @property
    def verdicts(self) -> Path:
        """Where every record goes with its verdict."""
        return self.out.with_name(f"{self.out.stem}.verdicts.jsonl")

    @property
    def page(self) -> Path:
        """Where the report goes."""
        return self.report or self.out.with_name(f"{self.out.stem}.report.html")

    @property
    def store(self) -> Path:
        """Where the replies of language models are kept."""
        return self.out.with_name(f"{self.out.stem}.calls.sqlite")

    @property
    def values(self) -> Path:
        """Where values are kept."""
        return self.columns or self.out.with_name(f"{self.out.stem}.columns.cache")

    def check(self, target: Path | None) -> None:
        """No file is written over another; what a killed run of this output left is.

        Raises:
            ConfigError: one would be.
            DataError: there is such an output already, or one that its verdicts or its page belong to.
        """
        given = [self.data, *([target] if target else [])]
        refuse_overwriting(self.out, option="--out", given=given)
        refuse_overwriting(self.verdicts, option="--out", given=given)
        refuse_overwriting(self.page, option="--report", given=[*given, self.out, self.verdicts])
        if self.out.exists():
            raise DataError(f"--out {self.out} exists; choose another name, or delete it to choose again")
        if self.values.is_file():
            raise ConfigError(f"--cache {self.values} is a file; name a folder")
        if self.report is not None and self.report.exists() and not self.verdicts.exists():
            raise DataError(f"--report {self.report} exists and is not of --out {self.out}; choose another name")
        self._check_verdicts(given)

    def _check_verdicts(self, given: Sequence[Path]) -> None:
        """`out.json` and `out.jsonl` have one file of verdicts."""
        for other in map(self.out.with_suffix, (".jsonl", ".json", ".parquet")):
            read = any(other.resolve() == one.resolve() for one in given)
            if self.verdicts.exists() and other.exists() and not read:
                raise DataError(
                    f"--out {self.out}: {self.verdicts} is there and belongs to {other}; choose another name"
                )


@dataclass(frozen=True, kw_only=True)
class Selected:
    """Records with their fate, before anything is written."""

    files: RecordFiles
    records: Records
    rows: Rows
    numbers: Ints
    scored: Scored
    fates: Fates
    steps: Sequence[Step]
    scoring: Scoring
    num_extremes: int

    @property
    def keep(self) -> npt.NDArray[np.bool_]:
        """Of each record, whether it is kept."""
        kept = np.zeros(len(self.records), dtype=bool)
        kept[self.numbers] = self.fates.keep
        return kept

    def figures(self, folder: Path) -> SelectionFigures:
        """What the page tells; pictures of shown records go to `folder`.

        Raises:
            DataError: a sample cannot be read.
            OSError: the disk is full.
        """
        return select_figures(
            Describing(
                node=self.files.data.name,
                rows=self.rows,
                fates=self.fates,
                scored=self.scored,
                steps=self.steps,
                scoring=self.scoring,
                folder=folder,
                num_extremes=self.num_extremes,
            )
        )

    def write_verdicts(self) -> None:
        """Write `OUT.verdicts.jsonl`.

        Raises:
            BackendError: the disk is full.
        """
        write_jsonl(self.files.verdicts, self._verdicts())

    def write_kept(self) -> dict[str, Any]:
        """Write the kept records; returns the counts of all that was done.

        Raises:
            DataError: the file changed meanwhile.
            BackendError: the disk is full.
        """
        files, records = self.files, self.records
        count = write_kept(records, keep=self.keep, out=files.out)
        pairs = list(zip(self.fates.reasons, self.fates.keep.tolist(), strict=True))
        return {
            "out": str(files.out),
            "verdicts": str(files.verdicts),
            "report": str(files.page),
            "format": records.format,
            "evidence": records.evidence,
            "num_records": len(records),
            "num_kept": count,
            "num_bad": len(records.bad),
            "bad": count_reasons(records.bad.values()),
            "bad_places": records.bad_places,
            "kept": count_reasons(reason for reason, keep in pairs if keep),
            "refused": count_reasons(reason for reason, keep in pairs if not keep),
            "left": self.fates.left,
            "unscored": self.scored.num_missing,
        }

    def _verdicts(self) -> Iterator[RowVerdict]:
        at = np.full(len(self.records), -1, dtype=np.int64)
        at[self.numbers] = np.arange(len(self.numbers))
        for number, (row, place) in enumerate(zip(at.tolist(), self.records.places(), strict=True)):
            name = self.records.ids[number]
            if row < 0:
                reason = self.records.bad[number]
                yield RowVerdict(row=number, id=name, task="", keep=False, reason=reason, place=place)
            else:
                told = {"id": name, "task": self.rows.tasks[row], "place": place}
                yield row_verdict(self.fates, row, columns=self.scored.columns, row=number, told=told)


@contextmanager
def select_records(files: RecordFiles, *, config: SelectConfig, seed: int, progress: Progress) -> Iterator[Selected]:
    """Choose among the records of a file; nothing is written but values and replies, until the block asks for it.

    Raises:
        ConfigError: a plugin, option or column is not there, or a file would be written over another.
        DataError: the file or the target cannot be used; names file and line.
        BackendError: a model or the disk gave up; the same command goes on.
    """
    target = Path(config.target) if config.target else None
    files.check(target)
    check_selection(config, where=WHERE)
    named, steps = build_scorers(config.scorers, where=WHERE), build_selectors(config, where=WHERE)
    scoring = Scoring(
        seed=seed,
        store=files.store,
        columns=files.values,
        target=target_file(target, images=files.images) if target else {},
        progress=progress,
    )
    around: Mapping[str, Any] = {"trained": [], "target": [fingerprint(target)] if target else []}
    source = Conversations(path=files.data, format=files.format, images=files.images)
    check_out(files.out, path=only_table(source))
    spool = files.out.with_name(f".{files.out.name}.samples.tmp")
    with open_records(source, spool=spool, task_key=files.task_key, progress=progress) as records:
        cost = cost_of(config.scorers, trained=()) if config.max_tokens is not None else None
        rows = look_at(records.samples, progress=progress, cost=cost)
        if rows.unusable:
            raise DataError(f"{spool}: {next(iter(rows.unusable.values()))}")
        numbers = np.setdiff1d(np.arange(len(records)), np.fromiter(records.bad, dtype=np.int64))
        read = [name for step in steps for name in columns_read(step.config)]
        rows = replace(rows, ids=[records.ids[number] for number in numbers.tolist()])
        scored = score_rows(rows, named=named, scoring=scoring, around=around, read=read)
        features = feature_maker(rows, scoring=scoring, around=around)
        seen = Around(columns=scored.by_any_name, other_names=scored.other_names, features=features, scoring=scoring)
        nobody = np.empty(0, dtype=np.int64)
        fates = run_chain(rows, steps=steps, config=config, around=seen, chosen=nobody)
        yield Selected(
            files=files,
            records=records,
            rows=rows,
            numbers=numbers,
            scored=scored,
            fates=fates,
            steps=steps,
            scoring=scoring,
            num_extremes=config.num_extremes,
        )
