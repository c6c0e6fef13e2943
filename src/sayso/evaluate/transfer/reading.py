"""The evaluations of a sequence of train stages, read back from their predictions and scored again: one row per stage.

All rows must have met the same test examples: only then is a difference between two of them about the model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sayso.artifacts import StageContext, read_manifest, serves_as
from sayso.config import EvaluateConfig, TrainConfig, TransferConfig
from sayso.data import BuildFolder
from sayso.data.selection import trained_tasks
from sayso.errors import ConfigError, DataError, did_you_mean
from sayso.evaluate.plan import TaskPlan, Unit, make_plans
from sayso.evaluate.scoring import ScoreTable, reading_of
from sayso.evaluate.tables import score_unit

__all__ = ["BEFORE", "read_rows", "Row"]

BEFORE = "before"
"""The label of the row before the sequence; a stage of that name is called by the whole of it."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """The model after one train stage, or `before` the first: which tasks that stage trained on, and its scores by task.

    `name` is the train stage's, `label` a short form of it; `tables` are of the headline metric on unchanged input.
    """

    name: str
    label: str
    evaluation: str
    trained: frozenset[str]
    tables: dict[str, ScoreTable]
    before: bool = False


def read_rows(context: StageContext) -> list[Row]:
    """A row per evaluate stage among the inputs, in their order; first of all the one from before the sequence, if there is one.

    Raises:
        ConfigError: no evaluate stage is read, `before` is none of them, or one does not test the tuned model.
        DataError: two of them did not test the same examples.
    """
    config: TransferConfig = context.config
    folders = context.inputs_of("evaluate")
    names = [folder.name for folder in folders]
    if config.before is not None and config.before not in names:
        raise ConfigError(
            f"stage {context.node!r}: before is {config.before!r}, which it does not read{did_you_mean(config.before, names)}"
        )
    if not set(names) - {config.before}:
        raise ConfigError(
            f"stage {context.node!r} reads {', '.join(names) or 'no evaluate stage'}; name the evaluate stage of every train stage in its from:"
        )
    reader = _Reader(context)
    first = [reader.row(folder, before=True) for folder in folders if folder.name == config.before]
    after = [folder for folder in folders if folder.name != config.before]
    if not first and "untuned" in reader.config(after[0]).models:
        first = [reader.row(after[0], before=True, model="untuned")]
    rows = [*first, *(reader.row(folder) for folder in after)]
    _refuse_repeats(rows, node=context.node)
    _refuse_other_examples(rows)
    return rows


def _refuse_repeats(rows: Sequence[Row], *, node: str) -> None:
    trained = [row.name for row in rows if not row.before]
    if twice := {name for name in trained if trained.count(name) > 1}:
        raise ConfigError(f"stage {node!r} reads several evaluations of {min(twice)!r}; name one for every train stage")


class _Reader:
    """Reads rows; what two evaluations were asked is made once where their configs are equal."""

    def __init__(self, context: StageContext) -> None:
        self._context = context
        self._plans: dict[str, list[TaskPlan]] = {}

    def config(self, folder: Path) -> EvaluateConfig:
        return EvaluateConfig.model_validate(read_manifest(folder).config)

    def row(self, folder: Path, *, before: bool = False, model: str = "tuned") -> Row:
        config = self.config(folder)
        if model not in config.models:
            raise ConfigError(f"{folder.name} tests {', '.join(config.models)}; give it models: [{model}]")
        build, train = self._nearest(folder, "build"), self._nearest(folder, "train")
        units = [
            Unit(model=model, condition="plain", plan=plan, full=model == config.models[0])
            for plan in self._planned(build, config=config)
        ]
        reading = reading_of(config, prompt=BuildFolder(build).prompt)
        tables = [next(score_unit(unit, folder=folder, reading=reading, seed=self._context.seed)) for unit in units]
        return Row(
            name=train.name,
            label=BEFORE if before else self._label(train.name),
            evaluation=folder.name,
            trained=frozenset() if before else self._trained(train),
            tables={table.task.name: table for table in tables if table.examples},
            before=before,
        )

    def _planned(self, build: Path, *, config: EvaluateConfig) -> list[TaskPlan]:
        asked = (
            "tasks",
            "held_out",
            "max_examples_per_task",
            "max_wordings",
            "max_generated_wordings",
            "reference_wordings",
        )
        key = f"{build} {config.model_dump_json(include=set(asked))}"
        if key not in self._plans:
            self._plans[key] = make_plans(BuildFolder(build), config=config, seed=self._context.seed)
        return self._plans[key]

    def _nearest(self, folder: Path, kind: str) -> Path:
        inputs = tuple(folder.parent / name for name in read_manifest(folder).parents)
        return StageContext(
            node=folder.name, config=None, seed=self._context.seed, inputs=inputs, folder=folder
        ).nearest(kind)

    def _trained(self, train: Path) -> frozenset[str]:
        manifest = read_manifest(train)
        parents = [train.parent / name for name in manifest.parents]
        build = next(path for path in parents if serves_as(read_manifest(path).kind, "build"))
        patterns = TrainConfig.model_validate(manifest.config).tasks
        cards = trained_tasks(BuildFolder(build).cards, patterns=patterns, where=f"{train.name}.tasks")
        return frozenset(card.name for card in cards)

    def _label(self, name: str) -> str:
        """`continual-2-language` is `language` in the transfer `continual`."""
        number, _, rest = name.removeprefix(f"{self._context.node}-").partition("-")
        known = name.startswith(f"{self._context.node}-") and number.isdecimal() and rest not in {"", BEFORE}
        return rest if known else name


def _refuse_other_examples(rows: Sequence[Row]) -> None:
    first = rows[0]
    for row in rows[1:]:
        if missing := row.tables.keys() ^ first.tables.keys():
            raise DataError(
                f"{row.evaluation} and {first.evaluation} do not test the same tasks ({', '.join(sorted(missing)[:5])}); give both the same tasks:"
            )
        for task, table in row.tables.items():
            if table.examples != first.tables[task].examples:
                raise DataError(
                    f"{row.evaluation} and {first.evaluation} test other examples of {task!r}; evaluate all stages on one build "
                    "with the same max_examples_per_task"
                )
