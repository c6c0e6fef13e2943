"""Answers that another program wrote down, in the four forms that people have them in, one JSON object a line.

    ours        the rows of `predictions/*/*.jsonl` of an evaluation
    simple      {"example" or "id", "output"} and, where there are any, "template", "task", "number", "prompt"
    lm_eval     `samples_TASK_DATE.jsonl` of the LM Evaluation Harness (`--log_samples`)
    lmms_eval   `DATE_samples_TASK.jsonl` of lmms-eval (`--log_samples`)

The two logs number the rows of their data set (`doc_id`). lm-eval keeps each request's arguments and the answers as a list per request; lmms-eval (0.7.3) keeps the
first argument as `input`, takes lists of one apart, and leaves `resps` out where it says what `filtered_resps` says. Both write everything in the
lists as text. The raw answer (`resps`) is what is read, not what a filter made of it. Rows of options are pairs of a log-probability and whether it was
the greedy one; lm-eval's say which text each is for, lmms-eval's do not, and are refused.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from sayso.errors import DataError
from sayso.records import Prediction

__all__ = ["read_rows", "Row"]

FLAGS = {"True", "False"}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One answer: what it answers, and what was written. `options` are texts with their log-probabilities, where these were compared."""

    place: str
    origin: str
    example: str
    output: str = ""
    task: str | None = None
    template: str | None = None
    number: int = 0
    prompt: str = ""
    model: str = ""
    condition: str = "plain"
    filter: str = ""
    extraction: str = "generated"
    logprobs: tuple[float, ...] = ()
    options: tuple[tuple[str, float], ...] = ()


def read_rows(path: Path) -> Iterator[Row]:
    """Every answer of a file, in order.

    Raises:
        DataError: it cannot be read, or a line is none of the four forms; names file and line.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); give the file of predictions as path") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield from _rows(line, place=f"{path}:{number}")


def _rows(line: bytes, *, place: str) -> Iterator[Row]:
    try:
        row = msgspec.json.decode(line, type=dict[str, Any])
        if "doc_id" in row and ("resps" in row or "filtered_resps" in row):
            yield from _logged(row, place=place)
        elif {"example", "task", "template", "model", "output"} <= set(row):
            yield _ours(msgspec.convert(row, Prediction), place=place)
        elif "output" in row and ("example" in row or "id" in row):
            yield _simple(row, place=place)
        else:
            raise DataError(
                f"{place}: a row with {', '.join(sorted(row)) or 'nothing'} is no prediction; give example (or id) and output, "
                "or the log of lm-eval or lmms-eval"
            )
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError) as error:
        raise DataError(f"{place}: {type(error).__name__}: {error}; correct the row") from error


def _ours(row: Prediction, *, place: str) -> Row:
    return Row(
        place=place,
        origin="file",
        example=row.example,
        output=row.output,
        task=row.task,
        template=row.template,
        number=row.number,
        prompt=row.prompt,
        model=row.model,
        condition=row.condition,
        extraction=row.extraction,
        logprobs=row.logprobs,
    )


def _simple(row: dict[str, Any], *, place: str) -> Row:
    known = {"output", "template", "task", "number", "prompt"}
    given = {name: value for name, value in row.items() if name in known and value is not None}
    return msgspec.convert(
        {"place": place, "origin": "file", "example": str(row.get("example", row.get("id"))), **given}, Row
    )


def _logged(row: dict[str, Any], *, place: str) -> Iterator[Row]:
    """One row a drawn answer, or one for all the options of a question."""
    ours = "arguments" in row
    same: dict[str, Any] = {"place": place, "origin": "lm_eval" if ours else "lmms_eval", "example": str(row["doc_id"])}
    arguments = _arguments(row["arguments"]) if ours else []
    prompt = str(arguments[0][0]) if arguments else str(row.get("input", ""))
    same |= {"prompt": prompt, "filter": str(row.get("filter", ""))}
    raw = row["resps"] if "resps" in row else row["filtered_resps"]
    if _is_compared(raw):
        yield Row(**same, extraction="likelihood", options=_options(raw, arguments, place=place))
        return
    for number, text in enumerate(_texts(raw, place=place)):
        yield Row(**same, output=text, number=number)


def _arguments(said: Any) -> list[list[Any]]:
    """By request, in order: `{"gen_args_0": {"arg_0": prompt, "arg_1": continuation or settings}}`."""
    requests = sorted(said.items(), key=lambda pair: int(pair[0].rpartition("_")[2]))
    return [[arguments[name] for name in sorted(arguments)] for _, arguments in requests]


def _is_compared(raw: Any) -> bool:
    """Whether a leaf is a pair of a number and `True` or `False`."""
    while isinstance(raw, list) and raw and isinstance(raw[0], list):
        raw = raw[0]
    return isinstance(raw, list) and len(raw) == 2 and raw[1] in FLAGS and _is_number(raw[0])


def _is_number(text: Any) -> bool:
    try:
        float(text)
    except (TypeError, ValueError):
        return False
    return True


def _options(raw: list[Any], arguments: list[list[Any]], *, place: str) -> tuple[tuple[str, float], ...]:
    if not arguments:
        raise DataError(
            f"{place}: this log compares options and does not say their texts; log them as generated answers, or with lm-eval"
        )
    values = [float(one[0][0] if isinstance(one[0], list) else one[0]) for one in raw]
    if len(values) != len(arguments):
        raise DataError(
            f"{place}: {len(values)} answers to {len(arguments)} requests; the log is damaged, write it again"
        )
    return tuple((str(said[1]), value) for said, value in zip(arguments, values, strict=True))


def _texts(raw: Any, *, place: str) -> list[str]:
    """The draws of the one request: a text, a list of draws, or a list of one such list."""
    if isinstance(raw, list) and len(raw) == 1 and isinstance(raw[0], list):
        raw = raw[0]
    texts = [raw] if isinstance(raw, str) else raw
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise DataError(
            f"{place}: resps {raw!r} are not the answers to one request; give a task that generates one text"
        )
    return texts
