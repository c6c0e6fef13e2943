"""MultiInstruct's released rows as a test: each an instruction, its options and its answer (Xu et al. 2023, ACL).

JSON lines with `task_name`, `prompt`, `target`, `options` and `image_path`, read as the source of that name reads them. A row holds its instruction, in the one wording that was drawn when
the file was made, so that further wordings can only stand around it; the suite `task` asks the same tasks from their annotations under wordings of their own.
"""

from collections.abc import Iterator
from functools import partial

from sayso.config import PluginConfig
from sayso.errors import DataError
from sayso.evaluate.backends import Decoding
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import each, picture
from sayso.evaluate.suites._wordings import RELEASED
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import read_lines
from sayso.sources.multi_instruct import Row

__all__ = ["multi_instruct"]


@suites.register("multi_instruct")
def multi_instruct(*, task_name: str | None = None) -> Suite:
    """Rows of one of the tasks, or of all.

    Args:
        task_name: as the rows say it; all where None.
    """
    return Suite(
        name="multi_instruct",
        title=f"MultiInstruct, {task_name or 'all released rows'}",
        source="arXiv:2212.10773; released JSON lines, asked as they stand",
        needs="data: test.jsonl; images: the folder that the rows' image_path starts from, or of the files themselves",
        group="general_vqa",
        read=partial(_read, task_name=task_name),
        wordings=RELEASED,
        slots={"input": "text"},
        decoding=Decoding(max_new_tokens=48),
        metrics=(PluginConfig(name="exact_match"), PluginConfig(name="rouge_l")),
        tried=True,
    )


def _read(files: Files, *, task_name: str | None) -> Iterator[Example | BadRow]:
    rows = read_lines(files.data, Row)
    yield from each(
        ((place, row) for place, row in rows if isinstance(row, BadRow) or task_name in {None, row.task_name}),
        lambda row, place: _example(row, place, files=files),
    )


def _example(row: Row, place: str, *, files: Files) -> Example:
    if not row.prompt.strip() or not row.target.strip():
        raise DataError(f"prompt {row.prompt!r} or target {row.target!r} is empty; correct or remove the row")
    path = row.image_path.replace("\\", "/")
    names = (path.lstrip("/"), path.rpartition("/")[2])
    return Example(
        id=f"multi_instruct/{row.task_name}/{row.unique_id or place.rpartition(':')[2]}",
        task="multi_instruct",
        source="multi_instruct",
        split="",
        fields={"input": row.prompt, "category": row.task_name},
        media=(picture(files, *names),) if path else (),
        references=(row.target,),
    )
