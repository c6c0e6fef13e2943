"""What a stage begins with: the items of its sources that may be trained on, in order.

What goes to test is left out, as a build with the same `use` and seed would put it there, so that nothing is made of what a model is tested on. Sources that
bring tasks of their own (Natural Instructions) give their rows as conversations under the task's first wording, as instruction and input.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from sayso.config import PromptConfig, SourceConfig
from sayso.errors import DataError
from sayso.instructions.render import render_sample
from sayso.records import AnnotatedItem, TaskCard
from sayso.sources import BadRow, TaskSource, open_source, walk
from sayso.tasks import brought_task, make_examples

__all__ = ["as_conversations", "read_seeds", "Seeds"]

_LISTED = 5


@dataclass(frozen=True, kw_only=True)
class Seeds:
    """Items, and how many rows could not be read, with the first places."""

    items: list[AnnotatedItem] = field(default_factory=list)
    bad_rows: Counter[str] = field(default_factory=Counter)
    places: list[str] = field(default_factory=list)
    num_test: int = 0


def read_seeds(configs: Sequence[SourceConfig], *, seed: int) -> Seeds:
    """Every item of the sources that goes to training.

    Raises:
        ConfigError: no such source, or a wrong option.
        DataError: a source cannot be read, none has an item for training, or two have one id: whatever is made says by it what it was made from.
    """
    items: list[AnnotatedItem] = []
    known: dict[str, int] = {}
    bad_rows, places, num_test = Counter[str](), list[str](), 0
    for number, config in enumerate(configs, start=1):
        source = open_source(config)
        cards = list(source.tasks()) if isinstance(source, TaskSource) else []
        for row in walk(config, seed=seed):
            if isinstance(row, BadRow):
                bad_rows[row.reason] += 1
                places.append(f"{row.place}: {row.reason}")
            elif row.split == "test":
                num_test += 1
            elif row.id in known:
                raise DataError(
                    f"two items have the id {row.id!r}: one of source {known[row.id]}, one of source {number} ({config.name}); name each file once, or give each an id of its own"
                )
            else:
                known[row.id] = number
                items += as_conversations(row, cards) or [row]
    if not items:
        told = "\n  ".join(places[:_LISTED]) or f"{num_test:,} items go to test"
        raise DataError(f"synthesize.sources {[one.name for one in configs]} give no item for training:\n  {told}")
    return Seeds(items=items, bad_rows=bad_rows, places=places[:_LISTED], num_test=num_test)


def as_conversations(item: AnnotatedItem, cards: Sequence[TaskCard]) -> list[AnnotatedItem]:
    """The rows of an item in tasks that its source brings along, each as a conversation under the task's first wording."""
    return [one for card in cards for one in _of_task(item, card)]


def _of_task(item: AnnotatedItem, card: TaskCard) -> Iterator[AnnotatedItem]:
    template = next((one for one in card.templates if not one.held_out), None)
    if template is None or card.held_out:
        return
    task = brought_task(card)
    for example in make_examples(task, item=item, seed=0):
        sample = render_sample(
            example, template=template, card=task, prompt=PromptConfig(), order=None, reference=example.references[0]
        )
        yield msgspec.structs.replace(
            item, id=example.id, group=item.group or item.id, questions=(), filled=(), conversation=sample.messages
        )
