"""The view model: everything a report shows, read from artifacts once and then only formatted.

HTML, Markdown and JSON are three faces of one `Report`. A number that was not measured is None here and stays visible as
"not measured" on every face; it is never 0. All texts are kept as they were found: escaping belongs to the face.
"""

from typing import Any

import msgspec

from sayso.data.selecting.told import SelectionFigures
from sayso.report.suites import SuiteView

__all__ = [
    "BadRows",
    "Box",
    "Card",
    "Cell",
    "ConditionView",
    "DataView",
    "DistanceView",
    "EnsembleView",
    "Estimate",
    "GROUPS",
    "ImageView",
    "LayerView",
    "Outcome",
    "ReasonCount",
    "Report",
    "RetentionView",
    "RobustnessRow",
    "SelectionView",
    "ShownExample",
    "SourceView",
    "StageView",
    "TaskSummary",
    "TaskView",
    "TokenView",
    "TransferCell",
    "TransferNumber",
    "TransferView",
    "VisualView",
    "WordingPool",
    "WordingVerdicts",
]

GROUPS = {
    "held_in": "Held-in tasks",
    "held_out_task": "Held-out tasks",
    "held_out_category": "Held-out categories",
}
"""Groups of tasks in reading order, with the words shown for them."""


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """A mean in [0, 1] with its interval, over `n` examples of `num_tasks` tasks; bounds are None where there are none."""

    mean: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    num_tasks: int | None = None


class DistanceView(msgspec.Struct, frozen=True, kw_only=True):
    """Trained tasks under held-out wordings of one distance: the score, what they cost against trained wordings, their Sensitivity.

    `drop` is a difference of shares, paired by example; None where no task has both. `sensitivity` needs two wordings of a task.
    """

    name: str
    score: Estimate
    drop: Estimate | None = None
    sensitivity: Estimate | None = None


class ConditionView(msgspec.Struct, frozen=True, kw_only=True):
    """The main model on changed input: its score, what the change cost, and the share of its answers that became other ones.

    `plain` and `drop` are of the same examples under the same wordings.
    """

    condition: str
    mean: Estimate | None = None
    plain: Estimate | None = None
    drop: Estimate | None = None
    changed_answers: Estimate | None = None


class EnsembleView(msgspec.Struct, frozen=True, kw_only=True):
    """The answers of several wordings made one: its score, that of the same wordings asked one at a time, and what was gained, over the tasks that are not left out."""

    name: str
    by: str
    num_wordings: int
    mean: Estimate | None = None
    single: Estimate | None = None
    gain: Estimate | None = None
    left_out: tuple[str, ...] = ()


class RetentionView(msgspec.Struct, frozen=True, kw_only=True):
    """The mean log-probability of a token before and after tuning, in nats, and the change of it on the same texts."""

    text: str
    untuned: Estimate | None = None
    tuned: Estimate | None = None
    change: Estimate | None = None


class VisualView(msgspec.Struct, frozen=True, kw_only=True):
    """The visual contribution of a model against one null, in nats: of the answer summed and per token, of what fills slots, of the wording's own words."""

    model: str
    null: str
    sum: Estimate | None = None
    token_mean: Estimate | None = None
    instruction: Estimate | None = None
    template: Estimate | None = None
    median_sum: float | None = None
    share_negative: float | None = None


class LayerView(msgspec.Struct, frozen=True, kw_only=True):
    """The shares of a layer's attention while a model answers."""

    model: str
    layer: int
    media: float
    instruction: float
    options: float
    response: float
    other: float


class TokenView(msgspec.Struct, frozen=True, kw_only=True):
    """The visual contribution to every token of one example, in nats."""

    task: str
    null: str
    tokens: tuple[str, ...]
    roles: tuple[str, ...]
    values: tuple[float, ...]


class RobustnessRow(msgspec.Struct, frozen=True, kw_only=True):
    """A figure beside the Sensitivity: what it is called, its value in words, and what it means."""

    key: str
    label: str
    text: str
    meaning: str


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One wording of one task: its template's id and text (None: not recorded) and its score in [0, 1]."""

    template: str
    text: str | None = None
    held_out: bool = False
    distance: str | None = None
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    unscored: int = 0


class TaskSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `by_task` in summary.json; scores in [0, 1], None where not measured.

    `reasons` counts why predictions could not be scored.
    """

    task: str
    category: str = ""
    group: str = "held_in"
    metric: str = ""
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    std: float | None = None
    sensitivity: float | None = None
    worst: float | None = None
    best: float | None = None
    num_wordings: int | None = None
    n: int | None = None
    blind: float | None = None
    untuned: float | None = None
    shuffled: float | None = None
    held_in_wordings: float | None = None
    held_out_wordings: float | None = None
    held_out_wordings_by_distance: dict[str, float | None] = {}
    reasons: dict[str, int] = {}


class TaskView(msgspec.Struct, frozen=True, kw_only=True):
    """A task's summary beside the scores of its wordings, trained ones first."""

    summary: TaskSummary
    cells: tuple[Cell, ...] = ()

    @property
    def trained(self) -> tuple[Cell, ...]:
        """The wordings that training may draw."""
        return tuple(cell for cell in self.cells if not cell.held_out)

    @property
    def held_out(self) -> tuple[Cell, ...]:
        """The wordings kept for the test."""
        return tuple(cell for cell in self.cells if cell.held_out)

    @property
    def labelled(self) -> tuple[tuple[str, Cell], ...]:
        """Each wording with its number on the page: 1, 2 ... for trained ones, H1, H2 ... for held-out ones."""
        trained = ((str(number), cell) for number, cell in enumerate(self.trained, start=1))
        held_out = ((f"H{number}", cell) for number, cell in enumerate(self.held_out, start=1))
        return (*trained, *held_out)

    def label_of(self, score: float | None) -> str:
        """The number of the first wording with this score; empty where none has it."""
        near = (label for label, cell in self.labelled if score is not None and _equal(cell.mean, score))
        return next(near, "")


def _equal(first: float | None, second: float) -> bool:
    return first is not None and abs(first - second) < 1e-9


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """A box to draw on a shown image: corners in [0, 1], the position of its image, and what it is."""

    x1: float
    y1: float
    x2: float
    y2: float
    medium: int = 0
    label: str = ""


class ImageView(msgspec.Struct, frozen=True, kw_only=True):
    """A shown image: its path in the evaluate folder, and its bytes as a data URI or the `problem` that prevented it."""

    path: str
    uri: str | None = None
    width: int = 0
    height: int = 0
    problem: str = ""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one model said under one condition; `right` is None where it is neither, and then `share` is how much of it is, if scored."""

    key: str
    label: str
    output: str
    right: bool | None = None
    share: float | None = None


class ShownExample(msgspec.Struct, frozen=True, kw_only=True):
    """One test example as it was asked, with every model's output."""

    task: str
    group: str
    instruction: str
    options: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    images: tuple[ImageView, ...] = ()
    boxes: tuple[Box, ...] = ()


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A row of cards.json."""

    name: str
    category: str = ""
    output: str = ""
    metrics: tuple[str, ...] = ()
    held_out: str | None = None
    num_train: int | None = None
    num_test: int | None = None


class ReasonCount(msgspec.Struct, frozen=True, kw_only=True):
    """How often something was refused for one reason, and one example of it."""

    reason: str
    count: int
    example: str = ""


class SourceView(msgspec.Struct, frozen=True, kw_only=True):
    """A source of a build stage with its settings as text."""

    name: str
    settings: str = ""


class BadRows(msgspec.Struct, frozen=True, kw_only=True):
    """The quarantine of a build stage; `total` is None where it kept no such file."""

    total: int | None = None
    reasons: tuple[ReasonCount, ...] = ()


class DataView(msgspec.Struct, frozen=True, kw_only=True):
    """What one build stage made: cards, sources, licences (empty: not recorded), its bad rows and skipped tasks."""

    node: str
    cards: tuple[Card, ...] = ()
    sources: tuple[SourceView, ...] = ()
    licenses: tuple[tuple[str, int | None], ...] = ()
    bad_rows: BadRows = BadRows()
    skipped: tuple[tuple[str, str], ...] = ()


class WordingPool(msgspec.Struct, frozen=True, kw_only=True):
    """The wordings of one task that training may see: how many were given and are there now, and how much they differ.

    `distinct_2` and `self_bleu` are as in `sayso.instructions.diversity`, None where there are fewer than two.
    """

    task: str
    before: int | None
    after: int
    distinct_2: float | None = None
    self_bleu: float | None = None


class WordingVerdicts(msgspec.Struct, frozen=True, kw_only=True):
    """What the filters of one augment stage decided about wordings, or the rules of one synthesize stage about items."""

    node: str
    what: str = "wordings"
    num_kept: int
    num_refused: int
    reasons: tuple[ReasonCount, ...] = ()
    pools: tuple[WordingPool, ...] = ()


class StageView(msgspec.Struct, frozen=True, kw_only=True):
    """A stage in the lineage; `depth` counts the arrows to the report, `repeated` marks one that stands further up already."""

    node: str
    kind: str
    depth: int
    digest: str = ""
    seed: int = 0
    wall_s: float | None = None
    config: dict[str, Any] = {}
    counts: dict[str, str] = {}
    versions: dict[str, str] = {}
    repeated: bool = False


class TransferNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A number of a sequence of train stages in words, and its value: a share, or a difference of shares."""

    key: str
    label: str
    meaning: str
    value: Estimate | None = None


class TransferCell(msgspec.Struct, frozen=True, kw_only=True):
    """A category's score after one stage; `trained` where that stage trained on it."""

    stage: str
    category: str
    mean: float
    low: float
    high: float
    n: int
    num_tasks: int
    trained: bool


class TransferView(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer stage: its train stages in order, its numbers, its cells, and its figure as a data URI."""

    node: str
    stages: tuple[str, ...]
    numbers: tuple[TransferNumber, ...]
    cells: tuple[TransferCell, ...]
    figure: str

    @property
    def rows(self) -> dict[str, tuple[TransferCell, ...]]:
        """The cells of each category, in the order of the stages."""
        names = dict.fromkeys(cell.category for cell in self.cells)
        return {name: tuple(cell for cell in self.cells if cell.category == name) for name in names}


class SelectionView(msgspec.Struct, frozen=True, kw_only=True):
    """What was chosen to train on, and the pictures of the rows that are shown, by the names that these have."""

    figures: SelectionFigures
    pictures: dict[str, ImageView] = {}


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All of a report; `headline` maps the headline keys to estimates, None where the recipe has none.

    `distances` are those at which held-out wordings were tested, nearest first.
    """

    title: str
    run: str
    seed: int
    confidence: float
    num_resamples: int | None
    model: str
    headline: dict[str, Estimate | None]
    tasks: tuple[TaskView, ...]
    examples: tuple[ShownExample, ...]
    data: tuple[DataView, ...]
    wordings: tuple[WordingVerdicts, ...]
    refused: tuple[ReasonCount, ...]
    lineage: tuple[StageView, ...]
    transfers: tuple[TransferView, ...] = ()
    distances: tuple[DistanceView, ...] = ()
    conditions: tuple[ConditionView, ...] = ()
    ensembles: tuple[EnsembleView, ...] = ()
    suites: tuple[SuiteView, ...] = ()
    retention: tuple[RetentionView, ...] = ()
    visual: tuple[VisualView, ...] = ()
    attention: tuple[LayerView, ...] = ()
    token_contributions: tuple[TokenView, ...] = ()
    robustness: tuple[RobustnessRow, ...] = ()
    selections: tuple[SelectionView, ...] = ()
