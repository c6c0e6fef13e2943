"""`sayso init`: a recipe for what is in a folder."""

from pathlib import Path

from sayso import pipeline
from sayso.cli.console import print_json, stdout
from sayso.cli.options import Json

__all__ = ["init"]


def init(folder: Path, *, out: Path = Path("recipe.yaml"), json: Json = False) -> None:
    """Look at a folder (or a file), say what is there and which tasks fit, and write a small recipe for it.

    Parameters
    ----------
    folder
        Data, or a recipe of LLaMA-Factory or ms-swift with its data.
    out
        The recipe to write.
    """
    result = pipeline.init_folder(folder, out=out)
    for line in result.lines():
        stdout.print(line, markup=False)
    stdout.print(f"recipe written to {out}; type: sayso run {out}", markup=False)
    if json:
        print_json(result.as_json())
