"""`sayso probe`: a first look at how a model takes other wordings, in a minute."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.table import Table

from sayso import pipeline
from sayso.cli.console import ConsoleProgress, print_json, stdout
from sayso.cli.options import Json

__all__ = ["probe"]

SHOWN_GROUPS = 5


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Asking:
    """How it is asked."""

    num_wordings: Annotated[int, Parameter(name=["--num-wordings", "-n"])] = 20
    """Rewordings, besides the instruction itself."""
    wordings: Path | None = None
    """A text file with a wording a line, in place of a paraphraser."""
    paraphraser: str = "grammar"
    """Who rewords: grammar (offline), NAME@URL of an endpoint, or a model's folder."""
    choices: Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative="")] = ()
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
        table.add_row(one.wording, one.output, style=None if one.answer == most else "yellow")
    stdout.print(table, markup=False)
    if found.probe.num_blank:
        stdout.print(f"{found.probe.num_blank} of {len(answers)} answers are blank", style="yellow")
    if found.probe.agreement is None:
        stdout.print("fewer than two wordings got an answer, so there is nothing to compare", markup=False)
        return
    groups = found.probe.groups
    said = "; ".join(f"{count} x {answer}" for answer, count in groups[:SHOWN_GROUPS])
    more = f"; and {len(groups) - SHOWN_GROUPS} more" if len(groups) > SHOWN_GROUPS else ""
    how_many = f"{len(groups)} different answers" if len(groups) > 1 else "one answer"
    stdout.print(
        f"\n{len(answers)} wordings, {how_many}: {said}{more}\n"
        f"agreement {100 * found.probe.agreement:.0f} % of pairs, similarity {100 * (found.probe.similarity or 0):.0f} % (ROUGE-L)",
        markup=False,
    )
