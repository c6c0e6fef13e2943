"""The recipe as text: short, commented, and small enough for two cores and a few minutes."""

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from textwrap import shorten
from typing import Any

import yaml

from sayso.pipeline.initialising._finding import Finding
from sayso.pipeline.initialising._probing import Probe

__all__ = ["compose", "recipe_name"]

MAX_TASKS = 12
"""Tasks of the first run; the others stand in a comment."""
PREFERRED = (
    "conversation", "open_domain_vqa", "image_captioning", "visual_question_answering", "object_detection", "object_recognition",
    "counting", "grounded_captioning", "natural_language_visual_reasoning", "image_text_matching",
)  # fmt: skip


def recipe_name(folder: Path) -> str:
    """A name for the recipe of a folder: small letters, digits, dashes."""
    return re.sub(r"[^a-z0-9]+", "-", folder.resolve().stem.lower()).strip("-") or "mine"


def compose(folder: Path, findings: Sequence[Finding], probe: Probe, fitting: Sequence[str]) -> str:
    """The YAML of a recipe that `sayso check` accepts."""
    chosen = sorted(fitting, key=lambda name: (PREFERRED.index(name) if name in PREFERRED else len(PREFERRED), name))[
        :MAX_TASKS
    ]
    rest = [name for name in fitting if name not in chosen]
    lines = [
        f"# Written by `sayso init {_quoted(folder)}`. What was found there:",
        *(f"#   {line}" for finding in findings for line in finding.told.splitlines()),
        "# A first run of a few minutes on two cores, with a tiny model: it shows the way and is good for nothing else.",
        "# First `sayso check` this file, then `sayso run` it; `sayso preview` shows the samples, `sayso tasks show NAME` a task.",
        f"name: {recipe_name(folder)}",
        "seed: 1",
        "",
        "build:",
        "  sources:",
        *_shared(probe),
        *(f"    - {_flow(source)}" for source in probe.sources),
        "  tasks:",
        *(f"    - {_scalar(name)}" for name in sorted(chosen)),
        *([f"    # {len(rest)} more fit and can be added: {', '.join(rest)}"] if rest else []),
        *_bad_rows(probe),
        "  max_examples_per_task: 400 # leave this and the next line out to use all",
        "  max_test_examples_per_task: 50",
        "",
        "train:",
        "  model: {name: tiny} # for results, name one of the hub or a folder: {name: auto, path: HuggingFaceTB/SmolVLM-256M-Instruct}",
        "  max_steps: 60 # or leave it out and say num_train_epochs",
        "  per_device_train_batch_size: 8",
        "  max_tokens: 2048",
        *_settings(findings),
        "",
        "evaluate: # a look at a few rows; raise these numbers for scores that mean something",
        "  max_examples_per_task: 10",
        "  max_wordings: 3",
        "  max_new_tokens: 24",
        "  per_device_eval_batch_size: 8",
        "",
        "report: {} # a page that opens in any browser",
    ]
    return "\n".join(lines) + "\n"


def _shared(probe: Probe) -> list[str]:
    if not probe.num_shared:
        return []
    what = f"{probe.num_shared} groups (pictures) are in the files for training and in those for testing"
    return [f"    # {what}; to keep them apart, write use: split in all"]


def _bad_rows(probe: Probe) -> list[str]:
    count = sum(probe.bad_rows.values())
    if not count:
        return []
    reasons = "; ".join(
        f"{number} x {shorten(reason, 100, placeholder=' ...')}" for reason, number in probe.bad_rows.most_common(3)
    ).replace("\n", " ")
    return [
        f"  # {count} rows cannot be used and go to quarantine with their reasons: {reasons}",
        f"  max_bad_rows: {count}",
    ]


def _settings(findings: Sequence[Finding]) -> list[str]:
    lines = [line for finding in findings for line in finding.settings]
    return ["  # The other recipe says this, for its own model:", *(f"  # {line}" for line in lines)] if lines else []


def _flow(source: dict[str, Any]) -> str:
    return "{" + ", ".join(f"{key}: {_value(value)}" for key, value in source.items()) + "}"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return _flow({_scalar(key): one for key, one in value.items()})
    return _scalar(value)


def _scalar(value: Any) -> str:
    """A scalar of YAML in flow style; text that YAML could take for something else is quoted as JSON, which is YAML too."""
    if isinstance(value, str):
        plain = re.fullmatch(r"[A-Za-z_./][\w./-]*", value) and isinstance(yaml.safe_load(value), str)
        return (
            value
            if plain
            else json.dumps(value.replace("$", "$$") if os.sep not in value else value, ensure_ascii=False)
        )
    return yaml.safe_dump(value, default_flow_style=True).partition("\n")[0]


def _quoted(folder: Path) -> str:
    return str(folder).replace("\n", " ")
