"""MME: two yes/no questions about each picture, one of either answer, in 14 categories (Fu et al. 2023, arXiv:2306.13394).

Either a folder of files `existence.txt` ... with `picture TAB question TAB answer` a line, or the released folders: one per category, with a file beside
each picture and `question TAB answer` a line. Questions end in the publishers' own request for yes or no, which is cut off here: it is the second wording.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from sayso.config import PluginConfig
from sayso.errors import DataError
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import data_files, each, picture, said, yes_or_no
from sayso.evaluate.suites._wordings import ONE_WORD, YES_NO
from sayso.records import Example
from sayso.sources import BadRow

__all__ = ["mme"]

REQUEST = "Please answer yes or no."
INSIDE = {"images", "questions_answers_YN"}


@suites.register("mme")
def mme() -> Suite:
    """MME's questions."""
    return Suite(
        name="mme",
        title="MME",
        source="arXiv:2306.13394; released files; prompt of lmms-eval, the publishers' own is the second wording",
        needs="data: the folder of categories, or of their .txt files; images: the folder of categories",
        group="comprehensive",
        read=_read,
        wordings=(ONE_WORD, f"{{question}} {REQUEST}", *YES_NO),
        slots={"question": "text"},
        parser=PluginConfig(name="mme"),
        metrics=(PluginConfig(name="mme"), PluginConfig(name="accuracy")),
        together=("category", "image"),
    )


def _read(files: Files) -> Iterator[Example | BadRow]:
    for path in data_files(files, ".txt"):
        rows = ((f"{path}:{number}", line) for number, line in enumerate(_lines(path), start=1) if line.strip())
        yield from each(rows, partial(_example, path=path, files=files))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read ({error}); give the folder as it was published") from error


def _example(line: str, place: str, *, path: Path, files: Files) -> Example:
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) not in {2, 3}:
        raise DataError(f"{len(cells)} cells in {line!r}; a line is [picture TAB] question TAB answer")
    *named, question, answer = cells
    folders = [folder for folder in (path.parent.name, path.parent.parent.name) if folder not in INSIDE]
    category, image = (path.stem, named[0]) if named else (folders[0], path.stem)
    return Example(
        id=f"mme/{category}/{image}/{place.rpartition(':')[2]}",
        task="mme",
        source="mme",
        split="",
        fields={
            "question": said(question.removesuffix(REQUEST), what="question"),
            "category": category,
            "image": image,
        },
        media=(picture(files, *_names(category, image)),),
        references=(yes_or_no(answer),),
    )


def _names(category: str, image: str) -> list[str]:
    files = [image] if Path(image).suffix else [f"{image}.jpg", f"{image}.png"]
    return [f"{category}/{inside}{file}" for inside in ("", "images/") for file in files] + files
