"""A suite with its wordings as a task group of lmms-eval: a task for each wording, the documents as JSON lines, and the functions they need.

    lmms_eval --model ... --include_path OUT --tasks sayso_vizwiz --log_samples

Documents hold the prompt under every wording as sayso renders it, options included, so that both tools ask the same. Pictures stay where they are and are named by absolute path; drawn or
embedded ones are written beside. lmms-eval's figures here are plain: exact match, inclusion and ROUGE-L, or only whether there is an answer where a parser must read it first. The suite's own metric is scored
from the log of samples, whose rows number the documents: `ids.txt` has the example of each. `until` is empty: left out, lmms-eval ends every answer at its first blank line.
"""

import json
import os
from collections.abc import Iterator, Sequence
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

from sayso.artifacts import write_jsonl, write_text
from sayso.errors import ConfigError, DataError
from sayso.evaluate.suites import Files, Suite
from sayso.instructions.render import render_sample
from sayso.records import Example, Media, Template
from sayso.sources import load_image

__all__ = ["export_suite"]

FUNCTIONS = "sayso_suite.py"
FIGURES = {True: ("exact_match", "contains", "rouge_l"), False: ("answered",)}


def export_suite(suite: Suite, *, files: Files, out: Path) -> dict[str, Any]:
    """Write the group into `out`; returns its name, tasks, numbers of documents and of rows that could not be used.

    Raises:
        ConfigError: `out` is a file or has something in it.
        DataError: no row can be used, or pictures are only names.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"{out} is there already; give --out a new folder")
    rows = list(suite.read(files))
    examples = [row for row in rows if isinstance(row, Example)]
    if not examples:
        raise DataError(
            f"suite {suite.name}: none of {len(rows)} rows of {files.data} can be used; it needs {suite.needs}"
        )
    group = f"sayso_{suite.name}"
    templates = [
        Template(id=f"{suite.name}/{number}", task=suite.name, text=text) for number, text in enumerate(suite.wordings)
    ]
    plain = suite.parser.name == "whole" and suite.output == "text" and all(one.references for one in examples)
    docs = out / "docs.jsonl"
    num_docs = write_jsonl(docs, ({**doc, "plain": plain} for doc in _docs(suite, examples, templates, out=out)))
    write_text(out / "ids.txt", "".join(f"{one.id}\n" for one in examples))
    names = [f"{group}_w{number}" for number in range(len(templates))]
    write_text(out / FUNCTIONS, resources(__package__).joinpath("generated.py.txt").read_text(encoding="utf-8"))
    for number, name in enumerate(names):
        write_text(out / f"{name}.yaml", _task(suite, name, number=number, docs=docs.resolve(), figures=FIGURES[plain]))
    write_text(out / f"{group}.yaml", _group(suite, group, names=names))
    return {
        "group": group,
        "tasks": names,
        "num_tasks": len(names),
        "num_docs": num_docs,
        "num_unusable": len(rows) - len(examples),
    }


def _docs(
    suite: Suite, examples: Sequence[Example], templates: Sequence[Template], *, out: Path
) -> Iterator[dict[str, Any]]:
    for example in examples:
        samples = [
            render_sample(example, template=one, card=suite, prompt=suite.prompt, order=None, reference=None)
            for one in templates
        ]
        about = {
            name: value for name, value in example.fields.items() if isinstance(value, str) and name not in suite.slots
        }
        yield {
            "id": example.id,
            "prompts": [sample.messages[-1].text for sample in samples],
            "images": [_path(example, number, media, out=out) for number, media in enumerate(example.media)],
            "references": list(samples[0].references),
            "options": list(samples[0].options),
            "about": json.dumps(about, ensure_ascii=False),
        }


def _path(example: Example, number: int, media: Media, *, out: Path) -> str:
    """Where the picture is: its own file, or one written for it."""
    if media.data is None and media.path is not None and Path(media.path).is_file():
        return os.path.abspath(media.path)
    if media.data is None and not media.width:
        raise DataError(f"example {example.id!r}: its picture {media.path!r} is only a name; add --images FOLDER")
    name = f"images/{example.id.replace('/', '_')}-{number}.png"
    (out / "images").mkdir(parents=True, exist_ok=True)
    load_image(media).save(out / name)
    return name


def _task(suite: Suite, name: str, *, number: int, docs: Path, figures: Sequence[str]) -> str:
    """One YAML; texts are quoted as JSON, which YAML reads."""
    metrics = "".join(f"  - metric: {one}\n    aggregation: mean\n    higher_is_better: true\n" for one in figures)
    functions = "".join(
        f"{kind}: !function sayso_suite.{kind}\n" for kind in ("doc_to_visual", "doc_to_text", "doc_to_target")
    )
    return (
        f"task: {name}\n"
        "dataset_path: json\n"
        f"dataset_kwargs:\n  data_files:\n    test: {json.dumps(str(docs))}\n"
        "test_split: test\n"
        "output_type: generate_until\n"
        f"{functions}"
        "process_results: !function sayso_suite.process_results\n"
        f"generation_kwargs:\n  max_new_tokens: {suite.decoding.max_new_tokens}\n  temperature: 0\n  do_sample: false\n  until: []\n"
        f"metric_list:\n{metrics}"
        f"lmms_eval_specific_kwargs:\n  default:\n    wording: {number}\n"
        f"metadata:\n  version: 1.0\n  wording: {json.dumps(suite.wordings[number], ensure_ascii=False)}\n"
    )


def _group(suite: Suite, group: str, *, names: Sequence[str]) -> str:
    tasks = "".join(f"  - {name}\n" for name in names)
    scored_by = [metric.name for metric in suite.metrics] + ([f"judge {suite.judge.name}"] if suite.judge else [])
    said = {
        "title": suite.title,
        "source": suite.source,
        "own_metric": ", ".join(scored_by),
        "parser": suite.parser.name,
    }
    about = "".join(f"  {key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in said.items())
    return f"group: {group}\ntask:\n{tasks}metadata:\n  version: 1.0\n{about}"
