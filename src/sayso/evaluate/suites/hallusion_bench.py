"""HallusionBench: do questions about a figure stay right when the figure is changed or taken away (Guan et al. 2024, CVPR).

`HallusionBench.json`: `category` (VD or VS), `subcategory`, `visual_input` (0 none, 1 original, 2 changed), `set_id`, `figure_id`, `question_id`, `question`, `gt_answer` ("0"
or "1") and `filename`, null for the VS questions without a picture. All questions of a set are one story: the metric counts groups of them.
"""

from collections.abc import Iterator

import msgspec

from sayso.config import PluginConfig
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import each, picture, said, yes_or_no
from sayso.evaluate.suites._wordings import YES_NO
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import read_rows

__all__ = ["hallusion_bench"]


class Row(msgspec.Struct, frozen=True):
    """One question."""

    category: str
    subcategory: str
    set_id: str | int
    figure_id: str | int
    question_id: str | int
    question: str
    gt_answer: str | int
    visual_input: str | int = ""
    filename: str | None = None


@suites.register("hallusion_bench")
def hallusion_bench() -> Suite:
    """Questions with and without their figures."""
    return Suite(
        name="hallusion_bench",
        title="HallusionBench",
        source="arXiv:2310.14566; file of tianyi-lab/HallusionBench, whose questions are the published prompt",
        needs="data: HallusionBench.json; images: the folder that holds VD and VS",
        group="hallucination",
        read=_read,
        wordings=("{question}", *YES_NO),
        slots={"question": "text"},
        parser=PluginConfig(name="yes_no"),
        metrics=(PluginConfig(name="hallusion_bench"), PluginConfig(name="accuracy")),
        together=("category", "subcategory", "set_id"),
    )


def _read(files: Files) -> Iterator[Example | BadRow]:
    yield from each(read_rows(files.data, Row), lambda row, place: _example(row, files=files))


def _example(row: Row, *, files: Files) -> Example:
    about = {
        "category": row.category,
        "subcategory": row.subcategory,
        "set_id": str(row.set_id),
        "figure_id": str(row.figure_id),
        "question_id": str(row.question_id),
        "visual_input": str(row.visual_input),
    }
    names = [row.filename.removeprefix("./")] if row.filename else []
    names += [name.removeprefix("hallusion_bench/") for name in names]
    return Example(
        id="/".join(("hallusion_bench", *list(about.values())[:5])),
        task="hallusion_bench",
        source="hallusion_bench",
        split="",
        fields={"question": said(row.question, what="question"), **about},
        media=(picture(files, *names),) if names else (),
        references=(yes_or_no(row.gt_answer),),
    )
