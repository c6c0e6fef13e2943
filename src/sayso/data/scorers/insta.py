"""INSTA: how near the instruction of a row's task is to those of the tasks that the model is to become good at (Lee et al. 2024, "Instruction Matters").

    score(source task, target task) = max over wordings of both of the cosine of their sentence vectors

of instructions alone, without inputs or answers (section 3; `aggregate: mean` is the mean over all pairs). A row has the score of its task, with the target
task that it is nearest to (several targets are ours). Instructions are cleaned first: of a wording only the words of its template count, what fills its slots and the options are left out, and so are
`drop` words such as names of data sets. A row whose instruction has no template, as of a conversation that somebody wrote, is a task by itself.

The paper also tunes the encoder on pairs of wordings of one task; that is not built. Its choice, all rows of the nearest k tasks, is the selector `top_tasks`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from sayso.config import PluginConfig
from sayso.data.scorers._protocol import Column, Columns, Floats, Scoring, scorers
from sayso.errors import ConfigError
from sayso.models.encoders import encoders
from sayso.records import Sample, TextPart

__all__ = ["Insta", "instruction_of"]

Unit: TypeAlias = tuple[str, str]
"""A task, or a row that is one by itself: its name, and its text where it has no template."""
NO_INSTRUCTION = "no instruction without slots and options"
_BLOCK = 1024


def instruction_of(sample: Sample, *, drop: re.Pattern[str] | None = None) -> tuple[str, bool]:
    """The first instruction of a sample without slots and options, and whether it is a template's; all of it where nobody made it of a template."""
    asked = next((message for message in sample.prompt if message.role == "user"), None)
    spans = [
        (span.role, part.text[span.start : span.end])
        for part in (asked.parts if asked else ())
        if isinstance(part, TextPart)
        for span in part.spans
    ]
    made = any(role == "instr_template" for role, _ in spans)
    text = " ".join(text for role, text in spans if role == ("instr_template" if made else "instr"))
    return " ".join((drop.sub(" ", text) if drop else text).split()), made


@dataclass
class _Wordings:
    """Texts once each, the texts of each unit, and the unit of each row (-1 where it has no text)."""

    texts: dict[str, int] = field(default_factory=dict)
    units: dict[Unit, set[int]] = field(default_factory=dict)
    rows: list[Unit | None] = field(default_factory=list)

    def add(self, samples: Iterable[Sample], *, drop: re.Pattern[str] | None) -> "_Wordings":
        for sample in samples:
            text, made = instruction_of(sample, drop=drop)
            unit = (sample.task, "" if made else text)
            self.rows.append(unit if text else None)
            if text:
                self.units.setdefault(unit, set()).add(self.texts.setdefault(text, len(self.texts)))
        return self


@scorers.register("insta")
@dataclass(frozen=True, kw_only=True)
class Insta:
    """Column `insta`, between -1 and 1."""

    per_row = False  # a task's wordings are those of all its rows
    reads_trained = False

    encoder: PluginConfig = field(default_factory=lambda: PluginConfig(name="minilm"))
    aggregate: Literal["max", "mean"] = "max"
    drop: tuple[str, ...] = ()
    """Words that are no part of an instruction, such as names of data sets."""

    def score(self, samples: Sequence[Sample], *, scoring: Scoring) -> Columns:
        """The similarity of each row's task to the nearest target task.

        Raises:
            ConfigError: there is no target, none with an instruction, or the encoder is not installed.
        """
        drop = self._pattern()
        targets = _Wordings()
        for some in scoring.target.values():
            targets.add(some, drop=drop)
        if not targets.units:
            raise ConfigError(
                f"scorer 'insta' has {len(targets.rows)} targets with an instruction; add a build of what the model is to become good at to from:, "
                "or target: FILE"
            )
        pool = _Wordings().add(samples, drop=drop)
        encode = encoders.build(self.encoder.name, self.encoder.options).encode
        near = (
            self._nearest(encode(list(pool.texts)), encode(list(targets.texts)), targets=targets)
            if pool.texts
            else None
        )
        return {"insta": self._column(pool, near)}

    def _pattern(self) -> re.Pattern[str] | None:
        words = "|".join(re.escape(word) for word in self.drop)
        return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) if words else None

    def _nearest(self, vectors: np.ndarray, others: np.ndarray, *, targets: _Wordings) -> Floats:
        """(texts of the pool, target tasks): the largest or the mean cosine with the wordings of each."""
        reduce = np.max if self.aggregate == "max" else np.mean
        members = [sorted(places) for places in targets.units.values()]
        found: Floats = np.empty((len(vectors), len(members)))
        for start in range(0, len(vectors), _BLOCK):
            cosines = vectors[start : start + _BLOCK].astype(np.float64) @ others.T.astype(np.float64)
            for column, places in enumerate(members):
                found[start : start + _BLOCK, column] = reduce(cosines[:, places], axis=1)
        return found

    def _column(self, pool: _Wordings, near: Floats | None) -> Column:
        reduce = np.max if self.aggregate == "max" else np.mean
        of_unit = {
            unit: round(float(reduce(near[sorted(places)], axis=0).max()), 6)  # what single precision carries
            for unit, places in pool.units.items()
            if near is not None
        }
        values = np.array([np.nan if unit is None else of_unit[unit] for unit in pool.rows], dtype=np.float64)
        return Column(values=values, why={row: NO_INSTRUCTION for row, unit in enumerate(pool.rows) if unit is None})
