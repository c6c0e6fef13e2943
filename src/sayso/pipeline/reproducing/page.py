"""One page for a reproduction, in HTML and in Markdown: what was asked, what came out, and how to do it again.

The HTML page is one file that loads nothing, in the style of a run's report; every text from plan and results is escaped by Jinja2. Markdown has the
same content with the forest plot in a file beside it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from sayso.artifacts import write_text
from sayso.pipeline.reproducing.arms import ArmRow, cost_rows, gain_measures, rows_of
from sayso.pipeline.reproducing.curves import draw_curves
from sayso.pipeline.reproducing.deciding import read_at
from sayso.pipeline.reproducing.figure import VERDICT_COLOURS, draw_forest
from sayso.pipeline.reproducing.found import VERDICTS, Results
from sayso.pipeline.reproducing.plan import Plan, Scale
from sayso.pipeline.reproducing.telling import GLYPHS, PLURALS, Card, cards_of, counts_text, level_of_page, scale_of
from sayso.report.html import style_sheet
from sayso.report.markdown import SPECIAL

__all__ = ["command_of", "inline", "markdown_table", "render_html", "render_markdown", "render_template", "write_pages"]

CODE = re.compile(r"(`[^`|]+`)")


def write_pages(plan: Plan, results: Results, *, out: Path) -> None:
    """Write `page.html`, `page.md` and, where there is something to draw, `forest.svg` and `curves.svg` into the folder `out`.

    Raises:
        DataError: the results are of another scale or lack a claim.
    """
    for name, figure in (("forest", draw_forest(plan, results)), ("curves", draw_curves(plan, results))):
        if figure:
            write_text(out / f"{name}.svg", figure)
    write_text(out / "page.md", render_markdown(plan, results))
    write_text(out / "page.html", render_html(plan, results))


def command_of(plan: Plan, results: Results) -> str:
    """What was asked for these results; where that was not kept, what would be, with the seeds where they are not the first five."""
    if results.command:
        return results.command
    own, planned = sorted({run.seed for run in results.runs}), scale_of(plan, results).seeds
    used = planned if set(own) <= set(planned) else own
    seeds = "" if tuple(used) == Scale().seeds else f" --seeds {' '.join(map(str, used))}"
    return f"sayso reproduce {plan.name} --scale {results.scale}{seeds}"


def render_html(plan: Plan, results: Results) -> str:
    """The whole page as text."""
    figures = {"figure": Markup(draw_forest(plan, results)), "curves": Markup(draw_curves(plan, results))}
    return render_template("page.html.j2", **_content(plan, results), **figures)


def render_template(name: str, **values: Any) -> str:
    """A template of this folder, with the style of all pages; every text is escaped."""
    folder = files("sayso.pipeline.reproducing")
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda file: folder.joinpath(file).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["coded"] = _coded
    return environment.get_template(name).render(css=Markup(_style()), glyphs=GLYPHS, plurals=PLURALS, **values)


def _style() -> str:
    own = files("sayso.pipeline.reproducing").joinpath("page.css").read_text(encoding="utf-8")
    light, dark = (
        "".join(f".v-{name.replace(' ', '-')}{{--v:{pair[which]}}}" for name, pair in VERDICT_COLOURS.items())
        for which in (0, 1)
    )
    return f"{style_sheet()}\n{own}\n{light}@media(prefers-color-scheme:dark){{{dark}}}"


def _content(plan: Plan, results: Results) -> dict[str, Any]:
    """What both forms of the page say."""
    counts = {verdict: sum(one.verdict == verdict for one in results.findings) for verdict in VERDICTS}
    return {
        "plan": plan,
        "results": results,
        "counts": counts,
        "counted": counts_text(results.findings),
        "facts": _facts(plan, results),
        "cards": cards_of(plan, results),
        "rows": rows_of(plan, results),
        "costs": cost_rows(plan, results),
        "gains": [plan.measures[key].label for key in gain_measures(plan)],
        "measures": [
            _heading(measure.label, measure.unit, measure.lower_is_better) for measure in plan.measures.values()
        ],
        "registered": list(_registered(plan, results)),
        "command": command_of(plan, results),
    }


def _facts(plan: Plan, results: Results) -> str:
    arms, seeds = {run.arm for run in results.runs}, {run.seed for run in results.runs}
    return (
        f"{len(arms)} of {len(plan.arms)} arms, {len(seeds)} seeds, {len(results.runs)} runs at scale {results.scale}"
    )


def _heading(label: str, unit: str, lower_is_better: bool) -> tuple[str, str]:
    written = {"%": "per cent", "": "", "s": "seconds"}[unit]
    return label, ", ".join(word for word in (written, "lower is better" if lower_is_better else "") if word)


def _registered(plan: Plan, results: Results) -> Iterator[tuple[str, str]]:
    scale = scale_of(plan, results)
    looks = read_at(scale)
    yield "When", f"{results.registered}, before the first run, with sayso {results.version}"
    yield "Digest of the plan", results.digest
    yield "Seeds", ", ".join(map(str, scale.seeds))
    read = f"after all {looks[-1]} seeds" if len(looks) == 1 else f"at {', '.join(map(str, looks))} seeds"
    yield (
        "Stopping rule",
        (
            f"verdicts are read {read} and at no other number; each interval is at {100 * level_of_page(plan, results):.4g} %"
            + (
                ""
                if len(looks) == 1
                else f", so that all {len(looks)} looks together are at {100 * results.confidence:.4g} %"
            )
        ),
    )
    yield (
        "Verdicts",
        (
            "by Student's t over seeds, paired by seed: a claim holds where its whole interval lies above what it must exceed, does not hold where the whole "
            "interval lies below what would matter, and is undecided otherwise"
        ),
    )


def inline(text: str) -> str:
    """Text inside of a line of Markdown, in which nothing is markup but code in backticks."""
    parts = CODE.split(" ".join(text.split()))
    return "".join(part if place % 2 else SPECIAL.sub(r"\\\1", part) for place, part in enumerate(parts))


def _coded(text: str) -> Markup:
    """Escaped text, in which what stands in backticks is code."""
    parts = CODE.split(text)
    return Markup().join(
        Markup("<code>{}</code>").format(part.strip("`")) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A pipe table; cells are escaped already."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def render_markdown(plan: Plan, results: Results) -> str:
    """The whole page as text."""
    content = _content(plan, results)
    blocks = [
        f"# {inline(plan.title)}",
        inline(plan.about),
        f"**{content['counted']}.** {content['facts']}.",
        *(["![Contrasts with their intervals over seeds](forest.svg)"] if draw_forest(plan, results) else []),
        *(
            ["![Measures along an amount, with their intervals over seeds](curves.svg)"]
            if draw_curves(plan, results)
            else []
        ),
        "## Claim by claim",
        *(block for card in content["cards"] for block in _claim(card)),
        "## Arms and measures",
        "Means over seeds with 95 % intervals; then the difference to the first arm, paired by seed.",
        _arms(content["rows"], [", ".join(filter(None, heading)) for heading in content["measures"]]),
        "## Cost",
        "Means over seeds; gains are over the first arm, per minute of training, upwards where better.",
        _costs(content),
        "## How it was registered",
        "\n".join(f"- {name}: {inline(text)}" for name, text in content["registered"]),
        "## Do it again",
        f"```bash\n{content['command']}\n```",
    ]
    return "\n\n".join(blocks) + "\n"


def _claim(card: Card) -> Iterator[str]:
    yield f"### {card.number}. {inline(card.says)}"
    yield f"{card.glyph} **{card.verdict}** (`{card.name}`)"
    yield "\n".join(f"- {heading}: {inline(text)}" for heading, text in card.lines)


def _arms(rows: Sequence[ArmRow], headings: Sequence[str]) -> str:
    def cell(value: str, interval: str, difference: str) -> str:
        return value + (f" ({interval})" if interval else "") + (f"; {difference}" if difference else "")

    return markdown_table(
        ("arm", "seeds", *map(inline, headings)),
        (
            (inline(row.label), str(row.seeds), *(cell(c.value, c.interval, c.difference) for c in row.cells))
            for row in rows
        ),
    )


def _costs(content: dict[str, Any]) -> str:
    gains = [f"gain per minute: {inline(label)}" for label in content["gains"]]
    return markdown_table(
        ("arm", "training, s", "whole run, s", "steps", *gains),
        ((inline(row.label), row.train, row.total, row.steps, *row.gains) for row in content["costs"]),
    )
