"""Samples without a file, and a build with a few tasks to choose from."""

import json
import shutil

import numpy as np
import pytest
import toy_choices

from sayso.artifacts import Manifest, Progress, StageContext, close_stage, read_manifest
from sayso.config import BuildConfig, SelectConfig, TrainConfig
from sayso.data.stage import run as run_build


@pytest.fixture(autouse=True)
def _nobody_asked():
    toy_choices.ASKED.clear()
    toy_choices.LIFE["dies_at"] = -1


def row(number):
    return {
        "id": number,
        "labels": {"description": f"There are {number} cats."},
        "questions": [{"question": "How many cats?", "answers": " ".join(["cat"] * (number % 7 + 1))}],
        "license": "CC0-1.0" if number % 2 else "CC-BY-4.0",
    }


def talk(number):
    answer = " ".join([f"{number} cats"] + ["well"] * (number % 5))
    return {"id": f"t{number}", "instruction": "How many?", "input": "", "output": answer}


class Run:
    """A run folder with finished builds, and select stages on them."""

    def __init__(self, folder):
        self.folder, self.out = folder, folder / "run"

    def build(self, name="build", *, count=30, first=0, **config):
        rows = "".join(json.dumps(row(number)) + "\n" for number in range(first, first + count))
        (self.folder / f"{name}.jsonl").write_text(rows)
        source = {"name": "jsonl", "path": str(self.folder / f"{name}.jsonl"), "use": "split", "test_fraction": 0.2}
        talks = "".join(json.dumps(talk(number)) + "\n" for number in range(first, first + count // 2))
        (self.folder / f"{name}-talks.jsonl").write_text(talks)
        talking = {"name": "conversations", "path": str(self.folder / f"{name}-talks.jsonl")}
        tasks = ["description_question_answering", "conversation"]
        parsed = BuildConfig.model_validate({"sources": [source, talking], "tasks": tasks, **config})
        return self._stage(name, "build", parsed, run_build, inputs=())

    def trained(self, name="warm", *, inputs=("build",), digest="warm"):
        """A folder that says it is a train stage: nobody here reads its weights."""
        partial = self.out / f"{name}.partial"
        (partial / "model").mkdir(parents=True)
        config = TrainConfig().model_dump(mode="json")
        close_stage(partial, Manifest(node=name, kind="train", digest=digest, config=config, seed=3))
        return self.out / name

    def context(self, name="select", *, inputs=("build",), progress=None, **config):
        partial = self.out / f"{name}.partial"
        partial.mkdir(parents=True, exist_ok=True)
        return StageContext(
            node=name,
            config=SelectConfig.model_validate(config),
            seed=3,
            inputs=tuple(self.out / one for one in inputs),
            folder=partial,
            progress=progress or Progress(),
        )

    def select(self, name="select", *, inputs=("build",), **config):
        from sayso.data.selecting.stage import run

        return self._stage(name, "select", SelectConfig.model_validate(config), run, inputs=inputs)

    def _stage(self, name, kind, config, run, *, inputs):
        partial = self.out / f"{name}.partial"
        partial.mkdir(parents=True, exist_ok=True)
        paths = tuple(self.out / one for one in inputs)
        context = StageContext(node=name, config=config, seed=3, inputs=paths, folder=partial)
        counts = run(context)
        parents = {path.name: read_manifest(path).digest for path in paths}
        manifest = Manifest(
            node=name,
            kind=kind,
            digest=f"{name}-digest",
            config=config.model_dump(mode="json"),
            seed=3,
            parents=parents,
            counts=counts,
        )
        return close_stage(partial, manifest)

    def files(self, name="select"):
        """Every file of a stage with its bytes."""
        folder = self.out / name
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def verdicts(self, name="select"):
        return [json.loads(line) for line in (self.out / name / "verdicts.jsonl").read_text().splitlines()]


@pytest.fixture(scope="session")
def _built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("built")
    Run(folder).build()
    return folder


@pytest.fixture
def made(_built, tmp_path):
    shutil.copytree(_built, tmp_path, dirs_exist_ok=True)
    return Run(tmp_path)


@pytest.fixture
def few():
    """Makes n samples of which the k-th has k words."""
    from sayso.records import Message, Sample, Span, TextPart

    def turn(role, text, kind):
        spans = (Span(start=0, end=len(text), role=kind),)
        return Message(role=role, parts=(TextPart(text=text, spans=spans),))

    def make(numbers):
        return [
            Sample(
                id=f"{number}",
                example=f"{number}",
                task="t",
                template="t",
                messages=(
                    turn("user", f"ask {number}", "instr"),
                    turn("assistant", " ".join(["w"] * number), "response"),
                ),
            )
            for number in np.asarray(numbers).tolist()
        ]

    return make
