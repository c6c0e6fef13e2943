"""Runs side by side, from their folders or files to a page: reads, compares, writes, and says which gate failed."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sayso.artifacts import write_json, write_text
from sayso.errors import ConfigError, GateError
from sayso.evaluate.comparing import Options, compare, parse_gate, read_run
from sayso.report.comparison import (
    as_view,
    comparison_rows,
    gate_sentence,
    gate_verdict,
    render_page,
    render_summary,
    sentences,
)

__all__ = ["compare_runs", "CompareOptions", "comparison_lines", "comparison_table", "raise_if_gated"]

CompareOptions = Options


def compare_runs(
    names: Sequence[str], *, conditions: Sequence[str] = (), options: Options, out: Path | None = None
) -> dict[str, Any]:
    """Compare what `names` name with the first of them; returns what `comparison.json` holds.

    `out` is a page, `NAME.html`, with everything else in the folder NAME beside it, or a folder for all.

    Raises:
        ConfigError: a name, an option or a condition is wrong, or `out` is of no use.
        DataError: scores cannot be read, or nothing pairs.
    """
    gates = [parse_gate(condition) for condition in conditions]
    page = None if out is None else _page(out)
    runs = [read_run(name) for name in names]
    if page is None:
        return compare(runs, options=options, gates=gates)
    folder = page.with_suffix("") if out != page.parent else page.parent
    with TemporaryDirectory() as scratch:  # nothing is half written where it cannot be compared
        found = compare(runs, options=options, gates=gates, folder=Path(scratch))
        html = render_page(as_view(found), folder=Path(scratch))
        for picture in sorted(Path(scratch).glob("images/*.png")):
            target = folder / "images" / picture.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(picture.read_bytes())
    write_json(folder / "comparison.json", found)
    write_text(folder / "comparison.md", render_summary(as_view(found)))
    write_text(page, html)
    return found | {"page": str(page)}


def _page(out: Path) -> Path:
    if out.suffix == ".html":
        if out.is_dir():
            raise ConfigError(f"--out {out} is a folder; name a page in it, such as {out / 'comparison.html'}")
        return out
    if out.suffix or out.is_file():
        raise ConfigError(f"--out {out}: name a page that ends in .html, or a folder")
    return out / "comparison.html"


def comparison_table(found: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Headings and rows for a terminal: each quantity in every run, and its difference to the baseline."""
    return comparison_rows(as_view(found))


def comparison_lines(found: Mapping[str, Any]) -> list[str]:
    """What can be said in sentences, then a line per gate and run: its verdict, and what it found."""
    view = as_view(found)
    said = [sentence.replace("\u00a0", " ") for sentence in sentences(view)]
    return said + [
        f"{gate_verdict(gate, strict=view.strict)}: {gate_sentence(gate, baseline=view.runs[0].name)}"
        for gate in view.gates
    ]


def raise_if_gated(found: Mapping[str, Any]) -> None:
    """Fail where a gate fired.

    Raises:
        GateError: says which, and by how much.
    """
    view = as_view(found)
    fired = [gate for gate in view.gates if gate.fired]
    if fired:
        raise GateError("\n".join(_failures([gate_sentence(gate, baseline=view.runs[0].name) for gate in fired])))


def _failures(sentences: Sequence[str]) -> Iterator[str]:
    noun = "condition" if len(sentences) == 1 else "conditions"
    yield f"{len(sentences)} {noun} of --fail-if met"
    yield from (f"  {sentence}" for sentence in sentences)
