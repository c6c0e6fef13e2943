"""Tasks recovered from a file that hides them, against the truth: `python bench/induce.py [rows ...]`.

The tasks of the catalogue are rendered on drawn scenes, each row under one of the task's wordings, into one LLaVA file with shuffled
ids and no names, with and without conversations of other people mixed in (`$SAYSO_DATA`, where it is set). Then `induce` reads that
file alone. The truth is kept aside and compared with `tasks.yaml` and `rows.jsonl`:

- `v`, `pair_f1`: how well the induced tasks agree with the true ones over rows that have one; `majority` is the share of rows whose
  induced task is mostly of their true one, `kept` the share of rows of tasks that got any, `free` that of the others that got none;
- `templates`: share of the true wordings found with the same text, names of slots aside; `slots`: share of rows whose values are
  those that were put in.
"""

import json
import math
import os
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from PIL import Image

from sayso import tasks
from sayso.artifacts import write_json
from sayso.config import PromptConfig
from sayso.instructions.library import load_templates
from sayso.instructions.render import format_answer, options_of, render_sample
from sayso.instructions.template import parse
from sayso.pipeline import induce
from sayso.records import Example, Options, Template, TextPart
from sayso.seeds import Stream
from sayso.sources import sources
from sayso.sources.induced import InducedRow, read_review

PROMPT = PromptConfig(regions="percent")


@dataclass(frozen=True)
class Truth:
    """A row as it was made; no task where somebody else wrote it."""

    text: str
    answer: str
    media: int = 0
    task: str = ""
    template: str = ""
    values: tuple[str, ...] = ()


def rendered(names: list[str], *, count: int, seed: int) -> list[Truth]:
    """About `count` rows, the same number of each task as far as the scenes go."""
    made: dict[str, list[Truth]] = {name: [] for name in names}
    wanted = math.ceil(count / len(names))
    items = 600 + 8 * wanted
    for item in sources.build("shapes", {"kind": "everything", "count": items, "seed": seed}).items():
        for name in names:
            task = tasks.get(name)
            if len(made[name]) < wanted and tasks.meets(task, item):
                made[name] += (_row(example, task) for example in tasks.make_examples(task, item=item, seed=seed))
        if all(len(rows) >= wanted for rows in made.values()):
            break
    return [row for rows in made.values() for row in rows[:wanted]]


def _row(example: Example, task: tasks.Task) -> Truth:
    stream = Stream("bench induce", example.id)
    template = stream.choice([one for one in load_templates(task) if not one.held_out])
    options = options_of(example)
    order = stream.sample(range(len(options.items)), len(options.items)) if options else None
    answer = stream.choice(example.references)
    sample = render_sample(example, template=template, card=task, prompt=PROMPT, order=order, reference=answer)
    text, reply = ("".join(p.text for p in m.parts if isinstance(p, TextPart)) for m in sample.messages)
    return Truth(text, reply, len(example.media), task.name, template.text, _values(example, template))


def _values(example: Example, template: Template) -> tuple[str, ...]:
    """What fills the slots but the options, as it is written, in order."""
    given = (example.fields[name] for name in parse(template.text).slots if name in example.fields)
    return tuple(format_answer(v, prompt=PROMPT, media=example.media) for v in given if not isinstance(v, Options))


def chat(count: int) -> list[Truth]:
    """Rows of other people: instructions of text models, and questions about photographs."""
    root = Path(os.environ["SAYSO_DATA"])
    rows = [
        _alpaca(row)
        for name in ("alpaca_1500", "self_instruct_1500")
        for row in _lines(root / f"text_instructions/{name}.jsonl")
    ]
    bench = root / "benchmark_annotations/llava_bench_coco"
    pairs = zip(_lines(bench / "qa90_questions.jsonl"), _lines(bench / "qa90_gpt4_answer.jsonl"), strict=True)
    rows += [Truth(question["text"], answer["text"], 1) for question, answer in pairs]
    known = [row for row in rows if row.text.strip() and row.answer.strip()]
    return [known[number % len(known)] for number in random.Random(1).sample(range(max(count, len(known))), count)]


def _alpaca(row: dict[str, str]) -> Truth:
    return Truth("\n\n".join(filter(str.strip, (row["instruction"], row.get("input", "")))), row["output"])


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def write_llava(rows: list[Truth], folder: Path) -> Path:
    """One LLaVA file over one picture, with nothing that tells where a row is from."""
    Image.new("RGB", (640, 480)).save(folder / "picture.png")
    path = folder / "data.json"
    write_json(path, [_llava(number, row) for number, row in enumerate(rows)])
    return path


def _llava(number: int, row: Truth) -> dict[str, Any]:
    text = "<image>\n" * row.media + row.text
    turns = [{"from": "human", "value": text}, {"from": "gpt", "value": row.answer}]
    return {
        "id": f"{number:07d}",
        **({"image": ["picture.png"] * row.media} if row.media else {}),
        "conversations": turns,
    }


def compare(rows: list[Truth], out: Path) -> dict[str, float]:
    """The figures of one induction."""
    review = read_review(out / "tasks.yaml")
    place = {one.id: task.name for task in review.tasks for one in task.templates}
    texts = {_shape(one.text) for task in review.tasks for one in task.templates}
    lines = [msgspec.json.decode(line, type=InducedRow) for line in (out / "rows.jsonl").read_bytes().splitlines()]
    pairs = [(place.get(line.template, ""), row) for line, row in zip(lines, rows, strict=True)]
    of_tasks = [(found, row.task) for found, row in pairs if row.task]
    others = [found for found, row in pairs if not row.task]
    known = {row.template for row in rows if row.task}
    right = sum(_said(line) == row.values for line, row in zip(lines, rows, strict=True) if row.task and line.template)
    kept = [pair for pair in of_tasks if pair[0]]
    return {
        **agreement(kept),
        "kept": len(kept) / len(of_tasks),
        "free": sum(not found for found in others) / len(others) if others else 1.0,
        "templates": sum(_shape(text) in texts for text in known) / len(known),
        "slots": right / max(1, len(kept)),
        "num_tasks": len(review.tasks),
        "true_tasks": len({row.task for row in rows if row.task}),
        "num_templates": len(place),
        "true_templates": len(known),
    }


def _shape(text: str) -> str:
    return "".join(piece if isinstance(piece, str) else "{}" for piece in parse(text.removesuffix(" {options}")).pieces)


def _said(line: InducedRow) -> tuple[str, ...]:
    given = (value for value in line.values if not isinstance(value, Options))
    return tuple(format_answer(value, prompt=PROMPT, media=()) for value in given)


def agreement(pairs: list[tuple[str, str]]) -> dict[str, float]:
    """V-measure, F1 over pairs of rows, and the share of rows in the majority of their group, of (found, true)."""
    both, found, true = Counter(pairs), Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    n = max(1, len(pairs))

    def entropy(counts: Counter[Any]) -> float:
        return -sum(count / n * math.log(count / n) for count in counts.values())

    homogeneous = 1 - (entropy(both) - entropy(found)) / (entropy(true) or 1)
    complete = 1 - (entropy(both) - entropy(true)) / (entropy(found) or 1)
    together = sum(count * count for count in both.values())
    best = Counter[str]()
    for (a, _), count in both.items():
        best[a] = max(best[a], count)
    squares = sum(c * c for c in found.values()) + sum(c * c for c in true.values())
    return {
        "homogeneous": homogeneous,
        "complete": complete,
        "v": 2 * homogeneous * complete / ((homogeneous + complete) or 1),
        "pair_f1": 2 * together / max(1, squares),
        "majority": best.total() / n,
    }


def settings(sizes: list[int]) -> Iterator[tuple[int, int, float]]:
    """Tasks, rows, and the share of other people's rows."""
    names = [5, 20, len(tasks.names())]
    for rows in sizes:
        yield from ((count, rows, 0.0) for count in names)
    if os.environ.get("SAYSO_DATA"):
        yield from ((names[-1], sizes[min(1, len(sizes) - 1)], share) for share in (0.1, 0.3))


def measure(count: int, rows: int, share: float) -> dict[str, Any]:
    """Make a file, induce, compare."""
    chosen = random.Random(count).sample(
        [name for name in tasks.names() if load_templates(tasks.get(name))], k=min(count, 62)
    )
    others = chat(round(rows * share)) if share else []
    made = [*rendered(sorted(chosen), count=rows - len(others), seed=5), *others]
    random.Random(7).shuffle(made)
    with tempfile.TemporaryDirectory() as folder:
        path = write_llava(made, Path(folder))
        started = time.perf_counter()
        induce(str(path), out=Path(folder) / "out")
        wall = time.perf_counter() - started
        figures = compare(made, Path(folder) / "out")
    told = {name: round(value, 3) for name, value in figures.items()}
    return {"tasks": len(chosen), "rows": len(made), "chat": share, **told, "wall_s": round(wall, 1)}


def main() -> None:
    """Every setting, a line each; the last line is JSON."""
    results = []
    for setting in settings([int(size) for size in sys.argv[1:]] or [2000, 10000, 50000]):
        results.append(measure(*setting))
        print(results[-1], file=sys.stderr)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"bench": "induce", "peak_mib": round(peak), "settings": results}))


if __name__ == "__main__":
    main()
