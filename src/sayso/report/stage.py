"""The report stage: artifacts -> `report.html`, `report.md` and `report.json`."""

from typing import Any

import msgspec

from sayso.artifacts import StageContext, write_json, write_text
from sayso.report.collect import collect
from sayso.report.headline import BY_DISTANCE
from sayso.report.html import render_html
from sayso.report.markdown import render_markdown
from sayso.report.view import Report

__all__ = ["run"]


def run(context: StageContext) -> dict[str, Any]:
    """Write the three faces of one report into `context.folder`; returns the counts of its manifest.

    Raises:
        ConfigError: no evaluate stage comes before this one, or several directly.
        DataError: an artifact is missing or cannot be read.
    """
    report = collect(context)
    html = render_html(report)
    write_text(context.folder / "report.html", html)
    write_text(context.folder / "report.md", render_markdown(report))
    write_json(context.folder / "report.json", as_json(report))
    return _counts(report, html=html)


def as_json(report: Report) -> dict[str, Any]:
    """The report as plain values, without the images' bytes; the headline keys stand at the top."""
    value: dict[str, Any] = msgspec.to_builtins(report)
    for example in value["examples"]:
        for image in example["images"]:
            del image["uri"]
    for selection in value["selections"]:
        for picture in selection["pictures"].values():
            del picture["uri"]
    for transfer in value["transfers"]:
        del transfer["figure"]
    headline, distances = value.pop("headline"), value.pop("distances")
    apart = {
        key: {one["name"]: one[part] for one in distances}
        for key, part in zip(BY_DISTANCE, ("score", "drop", "sensitivity"), strict=True)
    }
    return {"title": value.pop("title"), **headline, **apart, **value}


def _counts(report: Report, *, html: str) -> dict[str, Any]:
    measured = sum(value is not None for value in report.headline.values())
    return {
        "num_tasks": len(report.tasks),
        "num_wordings": sum(len(task.cells) for task in report.tasks),
        "num_examples_shown": len(report.examples),
        "num_headline_numbers": measured,
        "html_bytes": len(html.encode()),
    }
