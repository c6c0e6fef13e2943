"""`sayso export`: built data in the formats of other tools."""

from pathlib import Path

from sayso import pipeline
from sayso.cli.console import ConsoleProgress, print_json, stdout
from sayso.cli.options import Json

__all__ = ["export"]


def export(run: Path, *, to: str = "llava", out: Path, split: str = "train", json: Json = False) -> None:
    """Write the examples of a run, each under one wording, in another tool's format.

    Parameters
    ----------
    run: a run folder, or the folder of a build stage.
    to: a format: llava (conversations JSON) or hf (a datasets folder).
    out: where to write.
    split: train or test.
    """
    with ConsoleProgress() as progress:
        written = pipeline.export_run(run, to=to, out=out, split=split, progress=progress)
    stdout.print(f"{written['num_samples']:,} samples written to {written['path']}", markup=False)
    if json:
        print_json(written)
