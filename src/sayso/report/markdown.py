"""The report as Markdown, for a pull request or a README; tables and words, no images.

Texts from data are escaped, so that none of them becomes a heading, a link or HTML in whatever renders the file.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from sayso.data.selecting.told import SelectionFigures
from sayso.report.definitions import definitions
from sayso.report.further import RETENTION_HEADINGS, retention_cells
from sayso.report.headline import DISTANCES, cost_text, estimate_text, labels_of, number_text, sentences
from sayso.report.html import as_yaml, bare, by_group, count, counted, duration, gain, mean, nats, nats_interval
from sayso.report.lineage import trained_with
from sayso.report.selection import figure_text, spread_text
from sayso.report.suites import HEADINGS, SUITES, SuiteView
from sayso.report.view import (
    ConditionView,
    DataView,
    EnsembleView,
    ReasonCount,
    Report,
    RetentionView,
    SelectionView,
    ShownExample,
    StageView,
    TaskView,
    TransferView,
    VisualView,
    WordingPool,
    WordingVerdicts,
)

__all__ = ["escape_markdown", "render_markdown"]

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&$!])")
LEADING = re.compile(r"^(\s*)([-+=]|\d+[.)])")


def escape_markdown(text: str) -> str:
    """Text on one line in which nothing is markup."""
    line = " ".join(text.split())
    return LEADING.sub(lambda match: f"{match[1]}\\{match[2]}", SPECIAL.sub(r"\\\1", line))


def render_markdown(report: Report) -> str:
    """The whole report as Markdown text."""
    blocks = [
        f"# {escape_markdown(report.title)}",
        f"Run {escape_markdown(report.run)}, {counted(len(report.tasks), 'task')}, seed {report.seed}{_trained(report)}.",
        *_headline(report),
        *_transfers(report.transfers),
        *_conditions(report.conditions),
        *_ensembles(report.ensembles),
        *_suites(report.suites),
        *_visual(report.visual),
        *_retention(report.retention),
        *_tasks(report),
        *_wordings(report),
        *_examples(report.examples),
        *_data(report),
        *_selections(report.selections),
        *_lineage(report.lineage),
        *_definitions(report),
    ]
    return "\n\n".join(block.replace("\u00a0", " ") for block in blocks) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A pipe table; columns whose head ends in `:` are set right."""
    names = [name.removesuffix(":") for name in head]
    rule = ["---:" if name.endswith(":") else "---" for name in head]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (names, rule, *rows))


def _headline(report: Report) -> Iterator[str]:
    yield "## Headline"
    rows = [
        (label, estimate_text(report.headline[key]), meaning)
        for key, (label, meaning) in labels_of(report.model).items()
    ]
    yield _table(("What", "Score", "Measured on"), rows)
    if report.distances:
        yield "Held-out wordings by their distance from trained ones:"
        yield _table(("Distance", "Score", "Against trained wordings", "Sensitivity", "Wordings"), _distances(report))
    if report.robustness:
        yield "What is behind the Sensitivity:"
        yield _table(
            ("What", "Value", "Meaning"),
            [(escape_markdown(row.label), row.text, row.meaning) for row in report.robustness],
        )
    lines = [f"- {line}" for line in sentences(report.headline, distances=report.distances, model=report.model)]
    if lines:
        yield "\n".join(lines)


def _distances(report: Report) -> Iterator[tuple[str, ...]]:
    for one in report.distances:
        cost = cost_text(one.drop) or "not measured"
        yield (one.name, estimate_text(one.score), cost, estimate_text(one.sensitivity), DISTANCES[one.name][1])


def _transfers(transfers: tuple[TransferView, ...]) -> Iterator[str]:
    for transfer in transfers:
        yield f"## Training in stages: {escape_markdown(transfer.node)}"
        yield _table(
            ("What", "Value", "Meaning"),
            [(number.label, estimate_text(number.value), number.meaning) for number in transfer.numbers],
        )
        yield "After each stage, by category, in per cent; **bold** is what the stage trained on."
        rows = [
            (escape_markdown(name), *(f"**{bare(cell.mean)}**" if cell.trained else bare(cell.mean) for cell in cells))
            for name, cells in transfer.rows.items()
        ]
        yield _table(("Category", *(f"{escape_markdown(stage)}:" for stage in transfer.stages)), rows)


def _conditions(conditions: Sequence[ConditionView]) -> Iterator[str]:
    if not conditions:
        return
    yield "## Changed input"
    yield "The same examples in the same wordings, with something changed; scores and shares in per cent."
    rows = [
        (
            escape_markdown(one.condition),
            mean(one.mean),
            mean(one.plain),
            cost_text(one.drop) or "–",
            mean(one.changed_answers),
        )
        for one in conditions
    ]
    yield _table(("Condition", "Score:", "Unchanged:", "Against unchanged input", "Answers changed:"), rows)


def _ensembles(ensembles: Sequence[EnsembleView]) -> Iterator[str]:
    if not ensembles:
        return
    yield "## Several wordings, one answer"
    yield "The answers of several trained wordings made into one, against the same wordings asked one at a time; scores in per cent."
    rows = [
        (
            escape_markdown(one.name),
            f"{one.num_wordings}, by {one.by}",
            mean(one.mean),
            mean(one.single),
            gain(one.gain),
            count(len(one.left_out)),
        )
        for one in ensembles
    ]
    yield _table(("Ensemble", "Wordings", "Together:", "One at a time:", "Gained", "Tasks left out:"), rows)


def _retention(rows: Sequence[RetentionView]) -> Iterator[str]:
    if not rows:
        return
    yield "## What the model kept"
    yield "Log-probability of a token in nats, before and after tuning; a change below 0 is a loss."
    cells = [(escape_markdown(text), *numbers) for text, *numbers in map(retention_cells, rows)]
    yield _table(RETENTION_HEADINGS, cells)


def _suites(suites: Sequence[SuiteView]) -> Iterator[str]:
    if not suites:
        return
    yield "## Suites"
    yield SUITES
    head = ("Suite", "Model", "Figure", *(f"{name}:" for name in HEADINGS), "Parser", "Digest")
    rows = [
        (*map(escape_markdown, (one.label, one.model, one.figure)), *one.cells, escape_markdown(one.parser), one.digest)
        for one in suites
    ]
    yield _table(head, rows)


def _visual(rows: Sequence[VisualView]) -> Iterator[str]:
    if not rows:
        return
    yield "## What the picture tells"
    yield "Visual contribution in nats: how much likelier the right answer is with the picture than with one that shows nothing."
    head = ("Model", "Against", "Answer:", "Interval:", "Per token:", "Slots, per token:", "Wording, per token:")
    cells = [
        (
            escape_markdown(one.model),
            escape_markdown(one.null),
            nats(one.sum),
            nats_interval(one.sum),
            nats(one.token_mean),
            nats(one.instruction),
            nats(one.template),
        )
        for one in rows
    ]
    yield _table(head, cells)


def _tasks(report: Report) -> Iterator[str]:
    yield "## Every task"
    yield "Scores in per cent; – means not measured."
    head = ("Task", "Metric", "Score:", "Interval:", "n:", "Std:", "Sensitivity:", "Worst:", "Best:")
    names = tuple(one.name for one in report.distances)
    more = ("Held-out wordings:", *(f"{name}:" for name in names), "Untuned:", "Shuffled:", "Blind:")
    for title, members in by_group(report.tasks):
        yield f"### {escape_markdown(title)}"
        yield _table((*head, *more), [_task_row(task, distances=names) for task in members])


def _task_row(task: TaskView, *, distances: Sequence[str]) -> tuple[str, ...]:
    row = task.summary
    interval = "–" if row.low is None or row.high is None else f"{bare(row.low)} to {bare(row.high)}"
    numbers = (
        row.std,
        row.sensitivity,
        row.worst,
        row.best,
        row.held_out_wordings,
        *(row.held_out_wordings_by_distance.get(name) for name in distances),
        row.untuned,
        row.shuffled,
        row.blind,
    )
    size = "–" if row.n is None else f"{row.n:,}"
    return (escape_markdown(row.task), escape_markdown(row.metric), bare(row.mean), interval, size, *map(bare, numbers))


def _wordings(report: Report) -> Iterator[str]:
    yield "## Tasks and wordings"
    yield "H marks wordings held out of training."
    rows = [
        (
            escape_markdown(task.summary.task),
            f"{label} {cell.distance}" if cell.held_out and cell.distance else label,
            escape_markdown(cell.text if cell.text is not None else f"text not recorded: {cell.template}"),
            number_text(cell.mean),
        )
        for task in report.tasks
        for label, cell in task.labelled
    ]
    yield _table(("Task", "No.", "Wording", "Score:"), rows)


def _examples(examples: tuple[ShownExample, ...]) -> Iterator[str]:
    if not examples:
        return
    yield "## Examples"
    for number, example in enumerate(examples, start=1):
        yield f"### {number}. {escape_markdown(example.task)}"
        yield "\n".join(_example_lines(example))


def _example_lines(example: ShownExample) -> Iterator[str]:
    yield f"- Instruction: {escape_markdown(example.instruction)}"
    if example.options:
        yield f"- Options: {'; '.join(map(escape_markdown, example.options))}"
    yield f"- Reference: {'; '.join(map(escape_markdown, example.references))}"
    for outcome in example.outcomes:
        mark = {True: "right", False: "wrong", None: "not scored"}[outcome.right]
        mark = mark if outcome.share is None else f"{100 * outcome.share:.0f} % right"
        yield f"- {escape_markdown(outcome.label)}: {escape_markdown(outcome.output) or '(no text)'} — **{mark}**"


def _data(report: Report) -> Iterator[str]:
    yield "## Data card"
    for data in report.data:
        yield f"### Stage {escape_markdown(data.node)}"
        rows = [
            (
                escape_markdown(c.name),
                escape_markdown(c.category),
                c.held_out or "",
                count(c.num_train),
                count(c.num_test),
            )
            for c in data.cards
        ]
        yield _table(("Task", "Category", "Held out", "Train:", "Test:"), rows)
        yield "\n".join(_data_lines(data))
    for verdicts in report.wordings:
        yield "\n".join(_verdict_lines(verdicts))
        if verdicts.pools:
            yield _table(
                ("Task", "Before:", "After:", "Distinct-2 (%):", "Self-BLEU (%):"), map(_pool_row, verdicts.pools)
            )
    if report.refused:
        yield "\n".join(["- Test samples refused:", *_reasons(report.refused)])


def _selections(selections: Sequence[SelectionView]) -> Iterator[str]:
    for figures in (view.figures for view in selections):
        yield f"## What was chosen to train on, stage {escape_markdown(figures.node)}"
        yield f"{figures.num_kept:,} of {counted(figures.num_rows, 'row')} kept."
        rows = [
            ("kept" if row.keep else "left out", escape_markdown(row.reason), count(row.count))
            for row in figures.reasons
        ]
        yield _table(("What became of them", "Why", "Rows:"), rows)
        yield from _selected_columns(figures)


def _selected_columns(figures: SelectionFigures) -> Iterator[str]:
    if figures.diversity:
        rows = [
            (escape_markdown(name), figure_text(one), figure_text(two))
            for name, (one, two) in figures.diversity.items()
        ]
        yield _table(("Diversity", "Before:", "After:"), rows)
    if figures.columns:
        cells = [
            (
                escape_markdown(one.name),
                count(one.before.n),
                count(one.before.num_missing),
                spread_text(one.before),
                spread_text(one.after),
            )
            for one in figures.columns
        ]
        yield _table(("Column", "Values:", "None:", "Before, median (5 to 95 %):", "After:"), cells)


def _data_lines(data: DataView) -> Iterator[str]:
    sources = "; ".join(f"{escape_markdown(s.name)} ({escape_markdown(s.settings)})" for s in data.sources)
    licenses = "; ".join(
        escape_markdown(name) + (f": {number:,}" if number is not None else "") for name, number in data.licenses
    )
    yield f"- Sources: {sources or 'not recorded'}"
    yield f"- Licences: {licenses or 'not recorded'}"
    yield f"- Bad rows: {count(data.bad_rows.total)}"
    yield from _reasons(data.bad_rows.reasons)
    for name, reason in data.skipped:
        yield f"- Left out: {escape_markdown(name)}, {escape_markdown(reason)}"


def _reasons(rows: tuple[ReasonCount, ...]) -> Iterator[str]:
    for row in rows:
        yield f"  - {row.count:,} × {escape_markdown(row.reason)}"


def _verdict_lines(verdicts: WordingVerdicts) -> Iterator[str]:
    yield f"- Candidate {verdicts.what} of stage {escape_markdown(verdicts.node)}: {verdicts.num_kept:,} kept, {verdicts.num_refused:,} refused"
    yield from _reasons(verdicts.reasons)


def _pool_row(pool: WordingPool) -> tuple[str, ...]:
    figures = map(bare, (pool.distinct_2, pool.self_bleu))
    return (escape_markdown(pool.task), count(pool.before), count(pool.after), *figures)


def _lineage(stages: tuple[StageView, ...]) -> Iterator[str]:
    yield "## Lineage"
    yield "\n".join(_stage_line(stage) for stage in stages)
    for stage in stages:
        if not stage.repeated:
            yield f"Config of `{stage.node}`:"
            yield _fenced(as_yaml(stage.config))


def _trained(report: Report) -> str:
    told = trained_with(report.lineage)
    return told and f", {escape_markdown(told)}"


def _stage_line(stage: StageView) -> str:
    facts = [stage.kind, *([stage.digest] if stage.digest else [])]
    if stage.repeated:
        facts.append("shown above")
    else:
        facts += [f"seed {stage.seed}", *([duration(stage.wall_s)] if stage.wall_s is not None else [])]
    return f"{'  ' * stage.depth}- {escape_markdown(stage.node)} ({escape_markdown(', '.join(facts))})"


def _fenced(text: str) -> str:
    """A code block whose fence is longer than any run of backquotes in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}yaml\n{text.rstrip()}\n{fence}"


def _definitions(report: Report) -> Iterator[str]:
    yield "## What the numbers mean"
    yield "\n".join(f"- **{term}**: {meaning}" for term, meaning in definitions(report))
