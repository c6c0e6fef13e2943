"""A plan on a model -> the predictions in its folder, some examples at a time, so that a killed run goes on where it stopped.

A part is some examples under all wordings of the plan: a backend may then share what the wordings of an example have in common. Each is written whole;
`predictions.jsonl` appears when all are there.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shutil import rmtree
from typing import Any

import msgspec

from sayso.artifacts import Progress, changed_keys, read_jsonl, write_json, write_jsonl
from sayso.errors import ConfigError, DataError
from sayso.evaluate.backends import Backend
from sayso.evaluate.corpus.measuring import corpus_metric
from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.opening import using
from sayso.evaluate.parsers import parsers
from sayso.evaluate.suite_runs.asked import asked_of
from sayso.evaluate.suite_runs.cards import NAME, SuiteCard, read_card
from sayso.evaluate.suite_runs.judging import judge_of
from sayso.evaluate.suite_runs.plan import Plan
from sayso.evaluate.suite_runs.scoring import Reading, score_folder
from sayso.records import Example, Prediction

__all__ = ["check", "Model", "opened", "run_suite"]

PART = 200
"""Examples that are answered and written at once."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model by the name that its numbers get, and how to load it: only when there is something to answer.

    `answers` are fingerprints of the files that its answers are read from, where it is not asked here.
    """

    name: str
    load: Callable[[], Backend]
    answers: tuple[str, ...] = ()


@contextmanager
def opened(name: str, load: Callable[[], Backend], *, answers: tuple[str, ...] = ()) -> Iterator[Model]:
    """A model that is loaded when the first suite needs it, once, and given back at the end."""
    with ExitStack() as stack:
        yield Model(name=name, load=cache(lambda: stack.enter_context(using(load()))), answers=answers)


def run_suite(
    plan: Plan,
    *,
    folder: Path,
    model: Model,
    bootstrap: Bootstrap,
    reading: Reading | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Ask what has no prediction in `folder` yet, and score all; returns what `scores.json` says.

    `reading` replaces the suite's own parser and metrics.

    Raises:
        ConfigError: the folder holds answers to something else; a parser or metric is not known.
        DataError: the plan has pictures that are only names, or an answer cannot be scored at all.
        BackendError: the model gave up; run it again to go on.
    """
    wanted = reading or Reading()
    check(plan, wanted, looks=not model.answers)
    card = SuiteCard.of(plan, model=model.name, answers=model.answers)
    _open(folder, card)
    if not (folder / "predictions.jsonl").exists():
        _predict(plan, folder=folder, model=model, progress=progress or Progress())
    return score_folder(folder, reading=wanted, bootstrap=bootstrap, progress=progress)


def check(plan: Plan, reading: Reading, *, looks: bool = True) -> None:
    """What is wrong must show before hours of decoding, and before a folder is made; answers that are there are given by nobody who `looks`.

    Raises:
        ConfigError: there is no such parser or metric, an option of it is wrong, or a judge is given to a suite that has none, or none to one that needs it.
        DataError: pictures are only names.
    """
    if plan.suite.judge is not None and not reading.metrics and reading.judge is None:
        judge_of(plan.suite.judge, model=None, wanted=f"suite {plan.label}", folder=Path())  # which is refused
    if plan.suite.judge is None and reading.judge is not None:
        raise ConfigError(f"suite {plan.label} is not scored by a judge, and one is given; leave it out")
    parser = reading.parser or plan.suite.parser
    parsers.build(parser.name, parser.options)
    for metric in reading.metrics or plan.suite.metrics:
        corpus_metric(metric.name, metric.options)
    if looks and plan.without_pictures:
        raise DataError(
            f"suite {plan.suite.name}: no model can look at pictures that are only names; add --images FOLDER ({plan.suite.needs})"
        )


def _open(folder: Path, card: SuiteCard) -> None:
    """Say in the folder what is asked there, or see that it is what there are answers to."""
    answered = (folder / "predictions.jsonl").exists() or any((folder / "predictions").glob("*.jsonl"))
    if answered and (folder / NAME).exists():
        before = read_card(folder)
        if changed := "; ".join(changed_keys(before.asked, card.asked)):
            raise ConfigError(f"{folder} has answers to something else ({changed}); choose another --out or delete it")
    write_json(folder / NAME, msgspec.to_builtins(card))


def _predict(plan: Plan, *, folder: Path, model: Model, progress: Progress) -> None:
    write_jsonl(folder / "samples.jsonl", (_row(plan, example) for example in plan.examples))
    parts = list(_parts(plan.examples, folder / "predictions"))
    missing = [(path, examples) for path, examples in parts if not path.exists()]
    progress.start(
        f"{plan.label}, {model.name}", total=sum(map(len, (part for _, part in missing))) * len(plan.templates)
    )
    if missing:
        backend = model.load()
        for path, examples in missing:
            write_jsonl(path, map(msgspec.structs.asdict, _answer(plan, examples, model, backend, progress)))
    rows = (row for path, _ in parts for row in read_jsonl(path, Prediction))
    write_jsonl(folder / "predictions.jsonl", map(msgspec.structs.asdict, rows))
    rmtree(folder / "predictions", ignore_errors=True)


def _row(plan: Plan, example: Example) -> object:
    sample = plan.sample(example, plan.templates[0])
    return asked_of(example, sample=sample, prompt=plan.suite.prompt, slots=plan.suite.slots)


def _parts(examples: Sequence[Example], folder: Path) -> Iterator[tuple[Path, Sequence[Example]]]:
    for start in range(0, len(examples), PART):
        yield folder / f"{start:06}.jsonl", examples[start : start + PART]


def _answer(
    plan: Plan, examples: Sequence[Example], model: Model, backend: Backend, progress: Progress
) -> Iterator[Prediction]:
    samples = plan.samples(examples)
    replies = backend.answer(samples, decoding=plan.suite.decoding, advance=progress.advance)
    for sample, reply in zip(samples, replies, strict=True):
        yield Prediction(
            example=sample.example,
            task=plan.label,
            template=sample.template,
            model=model.name,
            prompt=reply.prompt,
            output=reply.output,
            extraction=reply.extraction,
            logprobs=reply.logprobs,
        )
