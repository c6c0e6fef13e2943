"""Opens the folder of a finished build: cards, templates, prompt, and the examples of each split."""

from functools import cached_property
from pathlib import Path
from typing import TypeVar

import msgspec

from sayso.artifacts import read_jsonl, read_manifest
from sayso.config import PluginConfig, PromptConfig
from sayso.data.cards import Card
from sayso.data.samples import UNIFORM, Sampler
from sayso.data.store import ExampleStore
from sayso.errors import DataError
from sayso.records import Template

__all__ = ["BuildFolder"]

T = TypeVar("T")


class BuildFolder:
    """A build at `path`; each part is read when it is first asked for.

    Raises:
        DataError: not a finished build, or a file of it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    @cached_property
    def seed(self) -> int:
        """The run's seed, from which every draw derives."""
        return read_manifest(self.path).seed

    @cached_property
    def cards(self) -> tuple[Card, ...]:
        """The tasks, by name."""
        return tuple(self._decode("cards.json", list[Card]))

    @cached_property
    def templates(self) -> tuple[Template, ...]:
        """Every wording, held-out ones included, by task."""
        return tuple(read_jsonl(self.path / "templates.jsonl", Template))

    @cached_property
    def prompt(self) -> PromptConfig:
        """How fields become text."""
        return PromptConfig.model_validate(self._decode("prompt.json", dict[str, str]))

    def card(self, task: str) -> Card:
        """The card of a task."""
        for card in self.cards:
            if card.name == task:
                return card
        raise DataError(f"{self.path} has no task {task!r}; it has {', '.join(card.name for card in self.cards)}")

    def store(self, split: str) -> ExampleStore:
        """The examples of `train` or `test`; an empty store where there are none.

        Raises:
            DataError: it holds fewer than were built; a file was removed.
        """
        store = ExampleStore(self.path, split=split)
        for card in self.cards:
            built = card.num_train if split == "train" else card.num_test
            if (found := store.task_sizes.get(card.name, 0)) < built:
                raise DataError(
                    f"{self.path} holds only {found} {split} examples of {card.name!r}, but {built} were built; "
                    f"delete it and run its recipe again"
                )
        return store

    def sampler(self, *, drawing: PluginConfig = UNIFORM) -> Sampler:
        """Examples of this build -> samples; wordings to train on are drawn as `drawing` says.

        Raises:
            ConfigError: no such drawing, or no such option of it.
        """
        return Sampler(cards=self.cards, templates=self.templates, prompt=self.prompt, seed=self.seed, drawing=drawing)

    def _decode(self, name: str, kind: type[T]) -> T:
        path = self.path / name
        try:
            return msgspec.json.decode(path.read_bytes(), type=kind)
        except FileNotFoundError as error:
            raise DataError(f"{self.path} is not a finished build: it has no {name}; run its recipe first") from error
        except msgspec.MsgspecError as error:
            raise DataError(f"{path} cannot be read ({error}); build the data again") from error
