"""Natural Instructions, version 2: unseen text tasks, each by its definition and worked examples (Wang et al. 2022, arXiv:2204.07705).

A folder of task files is one suite; each example says its task as its category, and begins its id with it. The prompt is that of Tk-Instruct: definition, two positive examples, the
input. The publishers test the first 100 instances of 119 tasks, by ROUGE-L with stemming (here without).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from sayso.errors import DataError
from sayso.evaluate.backends import Decoding
from sayso.evaluate.suites._asked import ask, each, numbered, plugin
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import decode_each, read_whole
from sayso.sources.natural_instructions import Instance, NaturalInstructions, Shown, TaskFile

__all__ = ["natural_instructions"]

WORDINGS = (
    "Definition: {definition}{examples}\n\nNow complete the following example -\nInput: {input}\nOutput:",
    "{definition}{examples}\n\nInput: {input}\nOutput:",
    "Here is a task. {definition}{examples}\n\nDo the same for this one.\nInput: {input}\nOutput:",
    "Instructions\n{definition}{examples}\n\nThe input to work on is:\n{input}\nWrite the output:",
    "You are given a job to do: {definition}{examples}\n\nGiven: {input}\nResult:",
)


@suites.register("natural_instructions")
def natural_instructions(*, tasks: Sequence[str] = (), max_instances: int = 100, num_examples: int = 2) -> Suite:
    """The suite.

    Args:
        tasks: names of task files without `.json`; all of the folder where none is named.
        max_instances: instances of each task, the first ones of its file.
        num_examples: positive examples shown, 0 for the definition alone.
    """
    return Suite(
        name="natural_instructions",
        title="Natural Instructions v2",
        source="Wang et al. 2022, arXiv:2204.07705; prompt of Tk-Instruct, 128 new tokens, ROUGE-L without its stemming",
        needs="data: folder of task*.json, or one such file; no images",
        group="text",
        read=lambda files: _read(files, tuple(tasks), max_instances, num_examples),
        wordings=WORDINGS,
        slots={"definition": "text", "examples": "text", "input": "text"},
        decoding=Decoding(max_new_tokens=128),
        metrics=(plugin("rouge_l"), plugin("exact_match", ignore_case=True, ignore_punctuation=True)),
        tried=True,
    )


def _read(files: Files, tasks: tuple[str, ...], limit: int, num_examples: int) -> Iterator[Example | BadRow]:
    paths = NaturalInstructions(path=str(files.data)).paths()
    if missing := sorted(set(tasks) - {path.stem for path in paths}):
        raise DataError(f"{files.data} has no task file {', '.join(missing)}; give their files, or name other tasks")
    for path in paths:
        if not tasks or path.stem in tasks:
            yield from _read_task(path, limit, num_examples)


def _read_task(path: Path, limit: int, num_examples: int) -> Iterator[Example | BadRow]:
    file = read_whole(path, TaskFile)
    given = [file.definition] if isinstance(file.definition, str) else file.definition
    definition = " ".join(text.strip() for text in given)
    shown = "".join(_show(number, raw) for number, raw in enumerate(file.positive[:num_examples], start=1))

    def make(found: tuple[int, Instance]) -> Example:
        number, row = found
        outputs = [row.output] if isinstance(row.output, str) else row.output
        fields = {"definition": definition, "examples": "", "input": row.input, "category": path.stem}
        made = ask("natural_instructions", f"{path.stem}-{number}", fields=fields, references=outputs)
        return msgspec.structs.replace(made, fields=made.fields | {"examples": shown})  # which begin with blank lines

    return each(numbered(decode_each(file.instances[:limit], Instance, place=f"{path}: instance")), make)


def _show(number: int, raw: object) -> str:
    try:
        one = msgspec.convert(raw, Shown)
    except msgspec.ValidationError:
        return ""  # an odd example is no reason to refuse a task
    return f"\n\nPositive Example {number} -\nInput: {one.input.strip()}\nOutput: {one.output.strip()}"
