"""Draws what an example leaves open - wording, order of options, reference - and makes the sample.

Every draw is a pure function of the run's seed, the example's id and, in training, the epoch: a resumed run, another number
of workers or another library version sees the same samples. How often each wording comes in training is up to a drawing
(`sayso.data.drawing`), which weighs the wordings of a task once. In testing the order of options depends on the example
alone, so that an example is the same question under each of its wordings.

Training may ask for several wordings of an example side by side: the same question again, with the same options, order, labels and answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

from sayso.config import PluginConfig, PromptConfig
from sayso.data.cards import Card
from sayso.data.drawing import Wheel, drawings, make_wheel
from sayso.errors import DataError, did_you_mean
from sayso.instructions.render import options_of, render_sample, reworded
from sayso.instructions.verbalisers import label_sets, with_labels
from sayso.records import Example, Sample, Template
from sayso.seeds import Stream

__all__ = ["Sampler", "UNIFORM", "Wording"]

UNIFORM = PluginConfig(name="uniform")

Wording: TypeAlias = Literal["per_epoch", "fixed"]
"""Draw a wording again every epoch, or one per example for good."""


class Sampler:
    """Examples of the given cards -> samples; `drawing` is how often each wording is drawn in training.

    Raises:
        ConfigError: no such drawing, or no such option of it.
    """

    def __init__(
        self,
        *,
        cards: Iterable[Card],
        templates: Iterable[Template],
        prompt: PromptConfig,
        seed: int,
        drawing: PluginConfig = UNIFORM,
    ) -> None:
        self.cards: Mapping[str, Card] = {card.name: card for card in cards}
        self.prompt = prompt
        self.seed = seed
        self._drawing_name = drawing.name
        self._drawing = drawings.build(drawing.name, drawing.options)
        self._wheels: dict[str, Wheel[Template]] = {}
        self._templates: dict[tuple[str, bool], tuple[Template, ...]] = {}
        for template in templates:
            pool = (template.task, template.held_out)
            self._templates[pool] = (*self._templates.get(pool, ()), template)

    def templates(self, task: str, *, held_out: bool) -> tuple[Template, ...]:
        """The wordings of a task that are trained on, or those that are held out; in the order of the build, maybe none.

        Raises:
            DataError: no such task.
        """
        self._card(task)
        return self._templates.get((task, held_out), ())

    def train_sample(self, example: Example, *, epoch: int, wording: Wording = "per_epoch") -> Sample:
        """`example` with its answer, under a wording that is not held out.

        Raises:
            DataError: the task is unknown or has no wording to train on, or the example cannot be rendered.
            ConfigError: the drawing gave weights that nothing can be drawn by.
        """
        return self.train_samples(example, epoch=epoch, wording=wording)[0]

    def train_samples(
        self,
        example: Example,
        *,
        epoch: int,
        count: int = 1,
        wording: Wording = "per_epoch",
        written_first: bool = False,
    ) -> list[Sample]:
        """`example` under `count` wordings that are not held out, in all else the same; the first is that of `train_sample`.

        No wording comes twice before all of them have come. With `written_first` the first is one that somebody wrote, where there are any.

        Raises:
            DataError: the task is unknown or has no wording to train on, or the example cannot be rendered.
            ConfigError: the drawing gave weights that nothing can be drawn by.
        """
        card, wheel = self._card(example.task), self.wheel(example.task)
        turn = epoch if wording == "per_epoch" else "fixed"
        chance = Stream(self.seed, "train sample", example.id, turn)
        first = ((written_first and wheel.only(_is_written)) or wheel).turn(chance)
        if self.prompt.verbalisers == "varied":
            labels = Stream(self.seed, "labels", example.id, turn).choice(label_sets(example, template=first))
            plain, example = example, with_labels(example, labels=labels)
            wheel = wheel.only(lambda other: labels in label_sets(plain, template=other)) or wheel
        further = [Stream(self.seed, "further wording", example.id, turn, number) for number in range(1, count)]
        if example.wordings:
            text = Stream(self.seed, "row wording", example.id, turn)
            asked = [(first, row) for row in _drawn(example, text, further=further, written_first=written_first)]
        else:
            asked = [(template, example) for template in wheel.spread(first, chances=further)]
        order, reference = _order(example, chance), chance.choice(example.references)
        return [
            render_sample(row, template=template, card=card, prompt=self.prompt, order=order, reference=reference)
            for template, row in asked
        ]

    def wheel(self, task: str) -> Wheel[Template]:
        """The wordings that a task is trained on, with the weights they are drawn by; made when first asked for.

        Raises:
            DataError: the task is unknown or has no wording to train on.
            ConfigError: the drawing gave weights that nothing can be drawn by.
        """
        if task not in self._wheels:
            self._wheels[task] = make_wheel(self._held_in(task), drawing=self._drawing, name=self._drawing_name)
        return self._wheels[task]

    def test_sample(self, example: Example, *, template: Template) -> Sample:
        """`example` as a prompt under `template`, its options in the same order under every wording.

        Raises:
            DataError: the task is unknown, or the example cannot be rendered.
        """
        order = _order(example, Stream(self.seed, "test sample", example.id))
        card = self._card(example.task)
        return render_sample(example, template=template, card=card, prompt=self.prompt, order=order, reference=None)

    def demonstration(self, example: Example, *, template: Template) -> Sample:
        """`example` as `test_sample` puts it, with its first reference as the answer: what another example may be shown with.

        Raises:
            DataError: the task is unknown, or the example cannot be rendered.
        """
        order = _order(example, Stream(self.seed, "test sample", example.id))
        card, answer = self._card(example.task), example.references[0]
        return render_sample(example, template=template, card=card, prompt=self.prompt, order=order, reference=answer)

    def _held_in(self, task: str) -> tuple[Template, ...]:
        templates = self.templates(task, held_out=False)
        if not templates:
            raise DataError(
                f"task {task!r} has no wording to train on: all of its templates are held out or there is none"
            )
        return templates

    def _card(self, task: str) -> Card:
        if task not in self.cards:
            raise DataError(f"task {task!r} is not in this build{did_you_mean(task, list(self.cards))}")
        return self.cards[task]


def _drawn(example: Example, chance: Stream, *, further: Sequence[Stream], written_first: bool) -> list[Example]:
    """A conversation as it was written, or under one of its other wordings, all equally likely; then under further ones."""
    wheel = Wheel(("", *example.wordings), [1.0] * (1 + len(example.wordings)))
    texts = wheel.spread("" if written_first else wheel.turn(chance), chances=further)
    return [reworded(example, text) if text else example for text in texts]


def _is_written(template: Template) -> bool:
    return template.lineage is None


def _order(example: Example, chance: Stream) -> tuple[int, ...] | None:
    options = options_of(example)
    if options is None:
        return None
    order = list(range(len(options.items)))
    chance.shuffle(order)
    return tuple(order)
