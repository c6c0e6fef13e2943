"""Task templates found in a large corpus, and what is found against what is true: `python bench/task_templates.py [rows ...]`; 0 leaves out the first part.

`scale`: a file of JSON lines in the manner of LLaVA's mixture (five turns a row on average, format sentences in first turns, region prefixes,
every question another one, and a tenth of chat in several sentences) goes through `sayso templates` as a whole: two walks over the file. Told are
seconds (on the clock, and of this process, imports included), the peak of memory in a process of its own less what imports take, and how many of the counts are exact.

`against`: where `$SAYSO_DATA` is set, wordings that nobody here wrote around real questions and captions. The truth is known, character by
character, since the rows are rendered here; precision and recall of the characters that frequency finds, and of those that `sayso induce` finds.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sayso.instructions.induce.recovering import Found, recover
from sayso.instructions.induce.rows import InstructionRow
from sayso.instructions.task_templates.counting import UnitCounter
from sayso.instructions.task_templates.detect import Settings, find_units
from sayso.instructions.task_templates.marking import Marker
from sayso.instructions.task_templates.units import key_of
from sayso.instructions.template import parse
from sayso.pipeline import TemplateOptions, find_templates
from sayso.records import Message, Span, TextPart
from sayso.seeds import Stream

FORMATS = (
    "Answer the question using a single word or phrase.",
    "Answer with the option's letter from the given choices directly.",
)
UNLISTED = ("Reply with a short phrase only.", "Give the place of this phrase as a box:")
NOUNS = ("cup", "dog", "tree", "lamp", "ship", "man", "street", "window", "horse", "sign")
VERBS = ("hold", "touch", "hide", "carry", "resemble", "face", "support", "follow")


def written(rows: int, folder: Path) -> Path:
    """The file."""
    path = folder / "mixture.jsonl"
    stream = Stream("task templates")
    with path.open("w") as lines:
        for number in range(rows):
            lines.write(json.dumps(_row(number, stream)) + "\n")
    return path


def _row(number: int, stream: Stream) -> dict[str, Any]:
    turns = []
    for turn in range(1 + stream.below(9)):
        text = _asked(number % 10, turn, stream)
        turns += [
            {"from": "human", "value": text if turn else f"<image>\n{text}"},
            {"from": "gpt", "value": stream.choice(NOUNS)},
        ]
    return {"id": str(number), "image": f"set{number % 10}/{number}.jpg", "conversations": turns}


def _asked(kind: int, turn: int, stream: Stream) -> str:
    question = f"What does the {stream.choice(NOUNS)} number {stream.below(10**6)} {stream.choice(VERBS)} near the {stream.choice(NOUNS)}?"
    if kind == 9:
        return " ".join(f"{question[:-1]} and {stream.below(10**6)} others." for _ in range(4))
    if kind in (7, 8):
        return f"{UNLISTED[1]} {question[14:-1]}"
    last = FORMATS[kind % 2] if kind < 5 else UNLISTED[0]
    return question if turn else f"{question}\n{last}"


def scale(rows: int) -> dict[str, Any]:
    """One run over a file of so many rows, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = written(rows, Path(folder))
        told = subprocess.run(
            [sys.executable, __file__, "--walk", str(path)],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ},
        )
        found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
        return {"rows": rows, "file_mib": round(path.stat().st_size / 2**20), **found}


def walk(path: Path) -> None:
    """What `scale` measures."""
    before = _peak_mib()
    started = time.perf_counter()
    found = find_templates(str(path), out=path.with_name("t.json"), how=TemplateOptions())
    wall, cpu = time.perf_counter() - started, time.process_time()
    masked = {key_of(unit["text"]) for unit in found["units"] if unit["mask"]}
    true = {key_of(text) for text in (*FORMATS, *UNLISTED)}
    print(
        json.dumps(
            {
                "turns": found["corpus"]["turns"],
                "wall_s": round(wall, 1),
                "cpu_s": round(cpu, 1),
                "memory_mib": round(_peak_mib() - before),
                "max_missed": found["corpus"]["max_missed"],
                "found": len(masked & true),
                "of": len(true),
                "others": len(masked - true),
            }
        )
    )


def _peak_mib() -> float:
    """Of this process alone where the system says so: what `getrusage` tells may be its parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def corpora(root: Path) -> Iterator[tuple[str, list[TextPart], list[str]]]:
    """(name, instructions with their true roles, answers)."""
    wordings = json.loads((root / "instruction_templates/xinstructblip/templates.json").read_text())["image"]
    asked = [text for text in wordings["qa"] if text.count("{}") == 1]
    rows = json.loads((root / "vqa_rad/trainset.json").read_text())
    questions = [(row["question"], str(row["answer"])) for row in rows]
    told = [
        json.loads(line) for line in (root / "benchmark_annotations/vsr/zeroshot/train.jsonl").read_text().splitlines()
    ]
    captions = [row["caption"] for row in told[:1500]]
    stream = Stream("task templates, real")
    few = stream.sample(asked, 5)
    yield "47 wordings x VQA-RAD", [_filled(stream.choice(asked), q) for q, _ in questions], [a for _, a in questions]
    yield "5 wordings x VQA-RAD", [_filled(stream.choice(few), q) for q, _ in questions], [a for _, a in questions]
    known = json.loads((root / "instruction_templates/multiinstruct/templates.json").read_text())
    plain = {text.replace("{options}", "").strip() for entry in known for text in entry["templates"]}
    pool = sorted(text for text in plain if text.count("{") == 1 and "{question}" in text)
    chosen = [stream.choice(pool).replace("{question}", "{}") for _ in questions]
    yield (
        f"{len(pool)} of MultiInstruct x VQA-RAD",
        [_filled(w, q) for w, (q, _) in zip(chosen, questions, strict=True)],
        [a for _, a in questions],
    )
    yield "53 captions x VSR", [_filled(stream.choice(wordings["caption"]), "") for _ in captions], captions
    mixed = [_filled("{}\n" + FORMATS[0], q) if n % 2 else _filled("{}", q) for n, (q, _) in enumerate(questions)]
    yield "LLaVA's format sentence x VQA-RAD", mixed, [a for _, a in questions]
    alpaca = [json.loads(line) for line in (root / "text_instructions/alpaca_1500.jsonl").read_text().splitlines()]
    yield (
        "Alpaca (no template)",
        [_filled("{}", _alpaca(row)) for row in alpaca],
        [row["output"] or "-" for row in alpaca],
    )
    bench = [
        json.loads(line)
        for line in (root / "benchmark_annotations/llava_bench_coco/qa90_questions.jsonl").read_text().splitlines()
    ]
    yield "LLaVA-Bench (no template)", [_filled("{}", row["text"]) for row in bench], ["-" for _ in bench]


def _alpaca(row: dict[str, str]) -> str:
    return f"{row['instruction']}\n{row['input']}" if row["input"] else row["instruction"]


def _filled(wording: str, value: str) -> TextPart:
    before, _, after = wording.partition("{}")
    pieces = [(before, "instr_template"), (value, "instr"), (after, "instr_template")]
    spans, end = [], 0
    for text, role in pieces:
        if text:
            spans.append(Span(start=end, end=end + len(text), role=role))
            end += len(text)
    return TextPart(text="".join(text for text, _ in pieces), spans=tuple(spans))


def against(parts: Sequence[TextPart], answers: Sequence[str]) -> dict[str, Any]:
    """Both ways on one corpus."""
    true = [_characters(part) for part in parts]
    rows = [InstructionRow(id=str(n), text=part.text, answer=answers[n]) for n, part in enumerate(parts)]
    by_count = _precision(true, by_frequency(parts), parts)
    return {
        "rows": len(parts),
        "frequency": by_count,
        "induce": _precision(true, by_induction(recover(rows), parts), parts),
    }


def by_frequency(parts: Sequence[TextPart]) -> list[set[int]]:
    """The characters that are marked with the default settings."""
    talks = [
        (Message(role="user", parts=(TextPart(text=p.text, spans=(Span(start=0, end=len(p.text), role="instr"),)),)),)
        for p in parts
    ]
    counter = UnitCounter()
    for number, talk in enumerate(talks):
        counter.add(talk, example=str(number))
    keys = frozenset(key_of(unit.text) for unit in find_units(counter, settings=Settings()) if unit.mask)
    return [_characters(Marker(keys=keys).mark_messages(talk)[0].parts[0]) for talk in talks]


def by_induction(found: Found, parts: Sequence[TextPart]) -> list[set[int]]:
    """The characters that induced templates write themselves, where a row has one."""
    texts = {one.id: one.text for task in found.tasks for one in task.templates}
    marked = []
    for row, part in zip(found.rows, parts, strict=True):
        places: set[int] = set()
        end = 0
        values = iter(row.values.values())
        for piece in parse(texts[row.template]).pieces if row.template in texts else ():
            text = piece if isinstance(piece, str) else _said(next(values))
            if isinstance(piece, str):
                places |= set(range(end, end + len(text)))
            end += len(text)
        marked.append(places if end == len(part.text) else set())
    return marked


def _said(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _characters(part: Any) -> set[int]:
    return {at for span in part.spans if span.role == "instr_template" for at in range(span.start, span.end)}


def _precision(true: list[set[int]], found: list[set[int]], parts: Sequence[TextPart]) -> dict[str, float | None]:
    """Of characters that are no white space."""
    seen = [{at for at, letter in enumerate(part.text) if not letter.isspace()} for part in parts]
    both = sum(len(a & b & c) for a, b, c in zip(true, found, seen, strict=True))
    number_found = sum(len(b & c) for b, c in zip(found, seen, strict=True))
    number_true = sum(len(a & c) for a, c in zip(true, seen, strict=True))
    return {
        "precision": round(both / number_found, 3) if number_found else None,
        "recall": round(both / number_true, 3) if number_true else None,
        "masked": round(number_found / max(1, sum(map(len, seen))), 3),
    }


def main() -> None:
    """Both; the last line is JSON."""
    if "--walk" in sys.argv:
        walk(Path(sys.argv[-1]))
        return
    told: dict[str, Any] = {"bench": "task_templates"}
    if data := os.environ.get("SAYSO_DATA"):
        told["against"] = {}
        for name, parts, answers in corpora(Path(data)):
            told["against"][name] = against(parts, answers)
            print(name, told["against"][name], file=sys.stderr)
    told["scale"] = [scale(int(size)) for size in sys.argv[1:] or [665_000] if int(size)]
    print(json.dumps(told))


if __name__ == "__main__":
    main()
