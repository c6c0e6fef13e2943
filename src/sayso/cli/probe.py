"""`sayso probe`: a first look at how a model takes other wordings, in a minute."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.table import Table
from rich.text import Text

from sayso import pipeline
from sayso.cli.console import ConsoleProgress, print_json, stdout
from sayso.cli.options import Json, Many

__all__ = ["probe"]

SHOWN_GROUPS = 5


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Asking:
    """How it is asked."""

    num_wordings: Annotated[int | None, Parameter(name=["--num-wordings", "-n"])] = None
    """Rewordings, besides the instruction itself; 20, or all of a file, where left out."""
    wordings: Path | None = None
    """A text file with a wording a line, in place of a paraphraser."""
    paraphraser: str = "grammar"
    """Who rewords: grammar (offline), NAME@URL of an endpoint, or a model's folder."""
    choices: Many = ()
    """Answers to choose among; the likeliest is taken."""
    max_new_tokens: int = 48
    """Longest answer."""
    seed: int = 1
    """Of all chance."""


def probe(model: str, image: str, instruction: str, *, asking: Asking = Asking(), json: Json = False) -> None:
    """Ask one thing about one picture in many verified wordings, and see whether the answers agree.

    Parameters
    ----------
    model
        A transformers folder or hub id, a run folder, or NAME@URL of an endpoint.
    image
        A file, or "none".
    instruction
        What to ask, in quotes.
    """
    options = pipeline.ProbeOptions(**vars(asking))
    with ConsoleProgress() as progress:
        found = pipeline.probe_model(model, image, instruction, options=options, progress=progress)
    _show(found)
    if json:
        print_json(found.as_json())


def _show(found: "pipeline.Probed") -> None:
    answers = found.probe.answers
    table = Table("Wording", "Answer", box=None, pad_edge=False)
    most = next((answer for answer, _ in found.probe.groups), "")
    for one in answers:
        table.add_row(Text(one.wording), Text(one.output), style=None if one.answer == most else "yellow")
    stdout.print(table, markup=False)
    if len(answers) == 1:
        stdout.print(
            f"no rewording was kept{_why(found.refused)}; give some with --wordings FILE, or try --paraphraser NAME@URL",
            style="yellow",
        )
    if found.probe.num_blank:
        stdout.print(f"{found.probe.num_blank} of {len(answers)} answers are blank", style="yellow")
    if found.probe.agreement is None:
        stdout.print("fewer than two wordings got an answer, so there is nothing to compare", markup=False)
        return
    groups = found.probe.groups
    said = "; ".join(f"{count} x {answer}" for answer, count in groups[:SHOWN_GROUPS])
    said += f"; and {len(groups) - SHOWN_GROUPS} more" if len(groups) > SHOWN_GROUPS else ""
    alike = found.probe.similarity
    similarity = "" if alike is None else f", similarity {100 * alike:.0f} % (ROUGE-L)"
    count = len(groups)
    text = f"\n{len(answers)} wordings, {count} different answer{'s' if count > 1 else ''}: {said}\nagreement {100 * found.probe.agreement:.0f} % of pairs{similarity}"
    stdout.print(Text(text))


def _why(refused: Mapping[str, int]) -> str:
    counted = ", ".join(f"{reason} ({count})" for reason, count in sorted(refused.items(), key=lambda one: -one[1]))
    return f": {counted}" if counted else ""
