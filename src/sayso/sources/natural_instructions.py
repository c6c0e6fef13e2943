"""Natural Instructions, versions 1 and 2: text tasks with human definitions (Mishra et al. 2022; Wang et al. 2022).

A file is a task and brings its own wordings: the definition (in version 1 also the prompt and the title) before, after and
around the input; held out are a manner of asking that is never trained on, and, where the file has a worked example, the
definition with that example. Every output of an instance is an accepted reference. There are no pictures.

Both schemas are read by what is in the file: version 2 has a list of definitions and `Positive Examples`, version 1 one text,
`Prompt`, `Title` and `Examples`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec

from sayso.errors import DataError, did_you_mean
from sayso.records import AnnotatedItem, Question, TaskCard, Template
from sayso.sources._assemble import clean
from sayso.sources._files import decode_each, read_whole
from sayso.sources._protocol import BadRow, sources

__all__ = ["NaturalInstructions"]

NOTHING = {"", "-"}
"""How the files say that there is none."""
MAX_EXAMPLE_CHARACTERS = 400
HELD_IN = (
    "{definition}\n\n{slot}",
    "{definition}\n\nInput: {slot}\nOutput:",
    "{slot}\n\n{definition}",
    "Task: {definition}\nText: {slot}\nAnswer:",
    "Here is a text.\n{slot}\nThis is what to do with it: {definition}",
)
HELD_OUT = (
    ("Instructions: {definition}\nGiven: {slot}\nResult:", "L1"),
    ("{definition}\n\nDo so for the following.\n{slot}", "L1"),
    ("I have this text: {slot}\nIf you were asked the following, what would you write? {definition}", "L2"),
)
SHOWN = "{definition}\n\nFor example, the input\n{input}\nhas the output\n{output}\n\nNow the input is\n{slot}"


class Shown(msgspec.Struct, frozen=True):
    """A worked example of a task."""

    input: str
    output: str


class Shelves(msgspec.Struct, frozen=True):
    """Where version 1 keeps its worked examples; `-` instead of a list means none."""

    positive: list[Any] | str = msgspec.field(default="-", name="Positive Examples")


class TaskFile(msgspec.Struct, frozen=True):
    """A file of either version; instances are typed one by one, so that a bad one is bad alone."""

    definition: list[str] | str = msgspec.field(name="Definition")
    instances: list[msgspec.Raw] = msgspec.field(name="Instances")
    categories: list[str] = msgspec.field(default=[], name="Categories")
    title: str = msgspec.field(default="-", name="Title")
    prompt: str = msgspec.field(default="-", name="Prompt")
    positive: list[Any] = msgspec.field(default=[], name="Positive Examples")
    examples: Shelves = msgspec.field(default=Shelves(), name="Examples")
    license: list[str] = msgspec.field(default=[], name="Instance License")


class Instance(msgspec.Struct, frozen=True):
    """One row: an input and every accepted output."""

    input: str
    output: list[str] | str
    id: str = ""


@sources.register("natural_instructions")
@dataclass(frozen=True, kw_only=True)
class NaturalInstructions:
    """The tasks in a file or a folder of files; the fields are the options of a recipe.

    Raises:
        DataError: no file fits, or one is no task file.
    """

    path: str
    """One `.json` file, or a folder of them."""
    tasks_like: str = "*"
    """Shell pattern of the file names, without `.json`."""
    max_instances: int | None = None
    """Instances per task."""
    max_characters: int | None = None
    """Leaves out instances whose input or output is longer, for models that read short texts only."""
    split: str = ""
    """What `AnnotatedItem.split` says."""

    def tasks(self) -> Iterator[TaskCard]:
        """A task for each file; its name is the file's, its category `text.` and that of the file."""
        for path in self.paths():
            yield _card(path, read_whole(path, TaskFile))

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """An item for each instance, file by file."""
        for path in self.paths():
            file = read_whole(path, TaskFile)
            kept = 0
            for number, (place, instance) in enumerate(
                decode_each(file.instances, Instance, place=f"{path}: instance")
            ):
                if kept == self.max_instances:
                    break
                row = instance if isinstance(instance, BadRow) else self._item(path, file, number, instance, place)
                if row is not None:
                    kept += isinstance(row, AnnotatedItem)
                    yield row

    def _item(
        self, path: Path, file: TaskFile, number: int, instance: Instance, place: str
    ) -> AnnotatedItem | BadRow | None:
        written = [instance.output] if isinstance(instance.output, str) else instance.output
        outputs = tuple(dict.fromkeys(text for text in map(str.strip, written) if text))
        if not instance.input.strip() or not outputs:
            return BadRow(place=place, reason="an instance without an input or an output; correct or remove it")
        if self.max_characters and max(len(instance.input), *map(len, outputs)) > self.max_characters:
            return None
        return AnnotatedItem(
            id=(name := f"natural-instructions-{path.stem}-{number}"),
            source="natural_instructions",
            split=self.split,
            group=name,
            license=", ".join(file.license),
            questions=(Question(text=instance.input.strip(), answers=outputs, kind=path.stem),),
        )

    def paths(self) -> list[Path]:
        """The task files, by name.

        Raises:
            DataError: there is none of that name.
        """
        root = Path(self.path)
        if root.is_file():
            return [root]
        if not root.is_dir():
            raise DataError(f"{root} does not exist; give a task file of Natural Instructions or a folder of them")
        found = sorted(path for path in root.glob("*.json") if path.is_file())
        chosen = [path for path in found if fnmatchcase(path.stem, self.tasks_like)]
        if not chosen:
            below = sorted({str(path.parent) for path in root.glob("*/*.json")})
            hint = did_you_mean(self.tasks_like, [path.stem for path in found])
            where = f"; there are some in {', '.join(below[:3])}: name that folder" if below and not found else hint
            raise DataError(f"{root} has no task file like {self.tasks_like!r}{where}")
        return chosen


def _card(path: Path, file: TaskFile) -> TaskCard:
    definitions = [file.definition] if isinstance(file.definition, str) else file.definition
    texts = [clean(text) for text in definitions if clean(text) not in NOTHING]
    if not texts:
        raise DataError(f"{path} has no definition ({file.definition!r}); a task without one cannot be asked")
    category = re.sub(r"\W+", "_", (file.categories or ["natural_instructions"])[0].lower()).strip("_")
    return TaskCard(
        name=path.stem,
        category=f"text.{category}",
        summary=clean(file.title) if clean(file.title) not in NOTHING else path.stem.replace("_", " "),
        templates=tuple(_templates(path.stem, texts, file)),
    )


def _templates(task: str, definitions: list[str], file: TaskFile) -> Iterator[Template]:
    shorter = [text for text in map(clean, (file.prompt, file.title)) if text not in NOTHING]
    trained = [_fill(form, definition=text) for text in definitions for form in HELD_IN]
    trained += [_fill(HELD_IN[number % 2], definition=text) for number, text in enumerate(shorter)]
    for number, text in enumerate(dict.fromkeys(trained)):
        yield Template(id=f"{task}/{number}", task=task, text=text, origin="data")
    held_out = [(_fill(form, definition=definitions[0]), distance) for form, distance in HELD_OUT]
    if shown := _shown(file):
        text = _fill(SHOWN, definition=definitions[0], input=clean(shown.input), output=clean(shown.output))
        held_out.append((text, "L2"))
    for number, (text, distance) in enumerate(held_out):
        yield Template(id=f"{task}/h{number}", task=task, text=text, origin="data", held_out=True, distance=distance)


def _fill(form: str, **texts: str) -> str:
    """What people wrote stands as it is, braces included; `{slot}` becomes the slot of the input."""
    known = {name: text.replace("{", "{{").replace("}", "}}") for name, text in texts.items()}
    return re.sub(r"\{(\w+)\}", lambda hole: known.get(hole[1], "{input}"), form)


def _shown(file: TaskFile) -> Shown | None:
    """The first worked example that is short enough to be shown."""
    shelf: Any = file.positive or file.examples.positive
    for raw in shelf if isinstance(shelf, list) else ():
        try:
            shown = msgspec.convert(raw, Shown)
        except msgspec.ValidationError:
            continue  # an odd example is no reason to refuse a task
        if 0 < len(shown.input) + len(shown.output) <= MAX_EXAMPLE_CHARACTERS and shown.output.strip():
            return shown
    return None
