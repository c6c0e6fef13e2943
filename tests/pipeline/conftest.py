"""A small recipe of rows in our own format, and how to run it."""

import json
import textwrap

import pytest

from sayso.config import load_recipe
from sayso.pipeline import run_recipe, run_stages

TASK = "description_question_answering"


def write_rows(folder, count, *, first=0, name="rows.jsonl"):
    rows = [
        {
            "id": number,
            "labels": {"description": f"There are {number} cats."},
            "questions": [{"question": "How many cats are there?", "answers": str(number)}],
            "license": "CC0-1.0" if number % 2 else "CC-BY-4.0",
        }
        for number in range(first, first + count)
    ]
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))


class Kitchen:
    """A folder with rows, a recipe and runs."""

    def __init__(self, folder):
        self.folder, self.out = folder, folder / "run"
        self.text = textwrap.dedent(f"""
            name: kitchen
            seed: 3
            augment: {{tasks: [{TASK}], max_wordings: 8}}
            build:
              sources: [{{name: jsonl, path: {folder / "rows.jsonl"}, use: split, test_fraction: 0.4}}]
              tasks: [{TASK}]
        """)
        write_rows(folder, 12)

    def recipe(self, *overrides, text=None):
        path = self.folder / "kitchen.yaml"
        path.write_text(self.text if text is None else textwrap.dedent(text))
        return load_recipe(path, overrides=overrides)

    def run(self, *overrides, text=None, progress=None):
        return run_recipe(self.recipe(*overrides, text=text), out=self.out, progress=progress)

    def run_only(self, *names):
        return list(run_stages(self.recipe(), out=self.out, only=names))

    def files(self, stage="build"):
        """Every file of a stage with its bytes, but for the manifest, which knows how long it took."""
        folder = self.out / stage
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and path.name != "manifest.json"
        }


@pytest.fixture
def kitchen(tmp_path):
    return Kitchen(tmp_path)
