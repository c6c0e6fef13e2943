"""A file of seeds in, a file of new items out, for people who have no recipe: `sayso synthesize --method self_instruct --seeds IN.jsonl --out OUT.jsonl`.

Seeds are conversations in any format that the source `conversations` knows, released rows of Unnatural Instructions, or, for methods that begin with passages, JSON lines with
`text`. Out go rows that other tools and `conversations` read: Alpaca's where all is text, LLaVA's where there are pictures or several turns; or rows in the released shape of Unnatural Instructions. Beside
them every candidate lies with its verdict, and the replies of language models, so that the same command goes on where it was stopped and asks nothing twice.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from sayso.artifacts import Progress, read_jsonl, write_jsonl
from sayso.config import SourceConfig, SynthesizeConfig
from sayso.errors import DataError
from sayso.instructions.candidate_files import CandidateFiles
from sayso.instructions.synthesizing.making import Making, Production, counts_of, produce
from sayso.instructions.synthesizing.seeds import Seeds, as_conversations, read_seeds
from sayso.records import AnnotatedItem, MediaPart, Message, TextPart
from sayso.sources.unnatural_instructions import released_row

__all__ = ["SynthesisFiles", "synthesize_file"]

To = Literal["auto", "alpaca", "llava", "unnatural_instructions"]
_LONGEST = 1 << 20  # of a first line that is looked at: a whole data set may be on one
_SPEAKERS = {"system": "system", "user": "human", "assistant": "gpt"}


@dataclass(frozen=True, kw_only=True)
class SynthesisFiles(CandidateFiles):
    """What is read and written; `candidates` lies beside `out` where left out. `images` is the folder of the seeds' pictures."""

    seeds: Path
    images: Path | None = None
    to: To = "auto"


class _Passage(msgspec.Struct, frozen=True):
    """A line of a file of passages; other keys are left alone."""

    text: str
    id: str | int | None = None
    license: str = ""


def synthesize_file(
    files: SynthesisFiles, *, config: SynthesizeConfig, seed: int, progress: Progress
) -> dict[str, Any]:
    """Make items of a file as a stage with this `config` would of its sources; returns paths and counts.

    Raises:
        ConfigError: a plugin or one of its options is unknown, or a file would be written over another.
        DataError: the file cannot be used, or nothing was kept.
        BackendError: a language model gave up; the same command goes on.
    """
    files.check_against(files.seeds)
    seeds = _read(files, seed=seed)
    making = Making(config=config, seed=seed, store=files.store, progress=progress)
    production = produce(seeds.items, making)
    write_jsonl(files.verdicts, production.made)
    counts = counts_of(production)
    if not production.items:
        reasons = "; ".join(f"{number} x {reason}" for reason, number in counts["refused"].items())
        raise DataError(
            f"none of {counts['candidates']:,} candidates was kept ({reasons or 'nothing came'}); they are in {files.verdicts}"
        )
    left_out = Counter[str]()
    num_written = write_jsonl(files.out, _rows(production, files=files, left_out=left_out))
    return {
        "out": str(files.out),
        "candidates_file": str(files.verdicts),
        "num_seeds": len(seeds.items),
        "num_items": num_written,
        **counts,
        **production.calls,
        "left_out": dict(left_out),
        "bad_rows": dict(seeds.bad_rows),
        "bad_places": seeds.places,
    }


def _read(files: SynthesisFiles, *, seed: int) -> Seeds:
    first = _first_line(files.seeds)
    if "text" in first and not {"instruction", "messages", "conversations", "prompt"} & first.keys():
        return Seeds(items=list(_passages(files.seeds)))
    written: dict[str, Any] = {"name": "conversations", "path": str(files.seeds)}
    if {"instruction", "instances"} <= first.keys():
        written["name"] = "unnatural_instructions"
        if not _was_released(first):
            written["license"] = ""
    elif files.images is not None:
        written["images"] = str(files.images)
    return read_seeds([SourceConfig.model_validate(written)], seed=seed)


def _was_released(row: Mapping[str, Any]) -> bool:
    """Whether a row is as those of Unnatural Instructions, whose license is known; Self-Instruct's seeds, and many people's own, have the same two keys."""
    instances = row["instances"]
    return isinstance(instances, list) and all(isinstance(one, dict) and "constraints" in one for one in instances)


def _first_line(path: Path) -> dict[str, Any]:
    """The first line, where it is a JSON object; whatever else is wrong is told by who reads all of it."""
    try:
        with path.open("rb") as file:
            line = next((line for line in iter(lambda: file.readline(_LONGEST), b"") if line.strip()), b"")
        return msgspec.json.decode(line, type=dict[str, Any])
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return {}


def _passages(path: Path) -> Iterator[AnnotatedItem]:
    for number, row in enumerate(read_jsonl(path, _Passage)):
        name = f"{path.stem}-{number if row.id is None else row.id}"
        yield AnnotatedItem(id=name, source="passages", license=row.license, labels={"text": row.text})


def _rows(production: Production, *, files: SynthesisFiles, left_out: Counter[str]) -> Iterator[dict[str, Any]]:
    cards = production.cards
    items = [one for item in production.items.values() for one in as_conversations(item, cards) or [item]]
    asked = [item for item in items if item.conversation]
    left_out.update({"no conversation": len(items) - len(asked)} if len(asked) < len(items) else {})
    to = files.to if files.to != "auto" else "alpaca" if all(map(_is_plain, asked)) else "llava"
    for item in asked:
        try:
            yield _row(item, to=to, folder=files.out.parent)
        except DataError as error:
            left_out[str(error)] += 1


def _is_plain(item: AnnotatedItem) -> bool:
    return not item.media and [turn.role for turn in item.conversation] == ["user", "assistant"]


def _row(item: AnnotatedItem, *, to: str, folder: Path) -> dict[str, Any]:
    if to == "llava":
        return _llava(item, folder=folder)
    if not _is_plain(item):
        raise DataError(f"rows of {to} hold one question and its answer, without pictures")
    if to == "unnatural_instructions":
        return released_row(item)
    instruction, given = _apart(item.conversation[0])
    return _told(item, {"instruction": instruction, "input": given, "output": item.conversation[1].text})


def _told(item: AnnotatedItem, row: dict[str, Any]) -> dict[str, Any]:
    return {"id": item.id, **row, **({"license": item.license} if item.license else {})}


def _apart(message: Message) -> tuple[str, str]:
    """The first piece of a turn, and the others; a filled template is one piece."""
    spans = [(span, part.text) for part in message.parts if isinstance(part, TextPart) for span in part.spans]
    if any(span.role == "instr_template" for span, _ in spans):
        return message.text, ""
    texts = [text[span.start : span.end] for span, text in spans]
    return (texts[0], "".join(texts[1:]).removeprefix("\n")) if texts else (message.text, "")


def _llava(item: AnnotatedItem, *, folder: Path) -> dict[str, Any]:
    names = [_file_of(medium.path, folder) for medium in item.media]
    turns = [{"from": _SPEAKERS[turn.role], "value": _marked(turn)} for turn in item.conversation]
    pictures = {"image": names[0] if len(names) == 1 else names} if names else {}
    return _told(item, {**pictures, "conversations": turns})


def _file_of(path: str | None, folder: Path) -> str:
    """The picture's file below the folder of the rows, or where it is.

    Raises:
        DataError: it has none.
    """
    if path is None or not Path(path).is_file():
        raise DataError(f"a picture that is no file of its own ({path or 'bytes'})")
    try:
        return str(Path(path).resolve().relative_to(folder.resolve()))
    except ValueError:
        return os.path.abspath(path)


def _marked(turn: Message) -> str:
    return "".join("<image>\n" if isinstance(part, MediaPart) else part.text for part in turn.parts)
