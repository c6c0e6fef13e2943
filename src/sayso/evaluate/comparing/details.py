"""What stands behind a score: the text of a wording, what was asked and is right, the picture, and what each model said.

Texts, gold answers and pictures come from the build that an evaluation was made on, those of a suite from its own folder; outputs from the predictions beside the scores. Where there is
neither (a file of scores), cards show what the predictions say, and no picture.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from sayso.artifacts import StageContext, read_jsonl, read_manifest
from sayso.data import BuildFolder
from sayso.errors import ConfigError, DataError
from sayso.evaluate.comparing.reading import Run
from sayso.evaluate.showcase import instruction, save_thumbnail
from sayso.evaluate.suite_runs.asked import Asked as SuiteRow
from sayso.evaluate.suite_runs.asked import read_asked
from sayso.evaluate.suite_runs.cards import NAME as CARD
from sayso.evaluate.suite_runs.cards import read_card
from sayso.records import Example, Media, Prediction
from sayso.sources import load_image

__all__ = ["Asked", "Background", "outputs"]

Asked = tuple[str, str, str]
"""Task, example, template."""


class Background:
    """The build behind a run, where there is one."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self._runs = runs

    @cached_property
    def build(self) -> BuildFolder | None:
        """Of the first run that has one."""
        found = (_build_of(source.folder) for run in self._runs for source in run.sources)
        return next((build for build in found if build is not None), None)

    @cached_property
    def texts(self) -> dict[tuple[str, str], str]:
        """Texts of wordings, by task and template."""
        built = {(one.task, one.id): one.text for one in self.build.templates} if self.build else {}
        cards = [read_card(folder) for folder in self._suites.values()]
        return built | {(card.label, name): text for card in cards for name, text in card.wordings.items()}

    @cached_property
    def _suites(self) -> dict[str, Path]:
        """Folders of suites that say what was asked, by task."""
        found = (source for run in self._runs for source in run.sources if (source.folder / CARD).exists())
        asked = ((source, source.folder) for source in found if (source.folder / "samples.jsonl").exists())
        return {task: folder for source, folder in asked for task in source.tasks}

    def cards(self, wanted: Sequence[Asked], *, folder: Path) -> Iterator[dict[str, Any]]:
        """What was asked, in the same order, pictures written to `folder/images`; empty where neither build nor suite knows it."""
        examples = self._examples({(task, example) for task, example, _ in wanted})
        rows = {task: read_asked(self._suites[task]) for task in {task for task, _, _ in wanted} & self._suites.keys()}
        for number, (task, example, template) in enumerate(wanted):
            found, row = examples.get((task, example)), rows.get(task, {}).get(example)
            if found is not None:
                yield self._card(found, template=template, folder=folder, number=number)
            else:
                yield _suite_card(row, folder=folder, number=number) if row is not None else {}

    def _examples(self, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], Example]:
        if self.build is None:
            return {}
        store = self.build.store("test")
        tasks = sorted({task for task, _ in wanted} & set(store.task_sizes))
        rows = ((task, example) for task in tasks for example in store.iter(task))
        return {(task, example.id): example for task, example in rows if (task, example.id) in wanted}

    def _card(self, example: Example, *, template: str, folder: Path, number: int) -> dict[str, Any]:
        assert self.build is not None  # noqa: S101 - there are no examples without one
        known = {one.id: one for one in self.build.templates if one.task == example.task}
        if template not in known:
            return {}
        sample = self.build.sampler().test_sample(example, template=known[template])
        return {
            "instruction": instruction(sample),
            "options": list(sample.options),
            "references": list(sample.references),
            "images": [
                _picture(media, folder=folder, name=f"flipped-{number}-{place}.png")
                for place, media in enumerate(sample.media)
            ],
        }


def _suite_card(row: SuiteRow, *, folder: Path, number: int) -> dict[str, Any]:
    """What a suite says of an example; the instruction is the prompt as it was sent."""
    media = [Media(path=path, width=w, height=h) for path, (w, h) in zip(row.pictures, row.sizes, strict=True) if path]
    shown = [_picture(one, folder=folder, name=f"flipped-{number}-{place}.png") for place, one in enumerate(media)]
    return {"options": list(row.options), "references": list(row.references), "images": shown}


def _picture(media: Media, *, folder: Path, name: str) -> str | None:
    """The name of the thumbnail; None where the picture is not there any more."""
    try:
        save_thumbnail(load_image(media), folder / "images" / name)
    except (DataError, OSError):
        return None
    return f"images/{name}"


def _build_of(folder: Path) -> BuildFolder | None:
    try:
        inputs = tuple(folder.parent / name for name in read_manifest(folder).parents)
        context = StageContext(node=folder.name, config=None, seed=0, inputs=inputs, folder=folder)
        return BuildFolder(context.nearest("build"))
    except (ConfigError, DataError):
        return None


def outputs(run: Run, wanted: Iterable[Asked]) -> dict[Asked, Prediction]:
    """The first draw of what a run answered, where its predictions lie beside its scores."""
    left = set(wanted)
    found: dict[Asked, Prediction] = {}
    for source in run.sources:
        for path in _files(source.folder, run=run, tasks={task for task, _, _ in left} & source.tasks):
            for row in read_jsonl(path, Prediction):
                asked = (row.task, row.example, row.template)
                if asked in left and (row.model, row.condition) == (run.model, run.condition):
                    found.setdefault(asked, row)
    return found


def _files(folder: Path, *, run: Run, tasks: set[str]) -> Iterator[Path]:
    """Predictions of an evaluate stage, a file per model, condition and task; of a suite, one for all or one per task."""
    mine = folder / "predictions" / f"{run.model}-{run.condition}"
    for task in sorted(tasks):
        yield from (
            path for path in (mine / f"{task}.jsonl", folder / "predictions" / f"{task}.jsonl") if path.exists()
        )
    if tasks and (one := folder / "predictions.jsonl").exists():
        yield one
