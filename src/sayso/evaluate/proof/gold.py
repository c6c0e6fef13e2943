"""The gold answer, written as a model would write it, gets the best score under every region and option style."""

from collections.abc import Iterator
from itertools import product

from sayso.config import PromptConfig
from sayso.errors import DataError
from sayso.evaluate.metrics import Metric, metrics, score
from sayso.evaluate.proof._protocol import Finding, Proof, Seen, proofs
from sayso.evaluate.proof._tally import Tally, many
from sayso.evaluate.scoring import context_of
from sayso.instructions.options import OPTION_STYLES
from sayso.instructions.regions import REGION_STYLES
from sayso.instructions.render import options_of, render_sample
from sayso.records import Example, Options, Region, Regions, Sample

__all__ = ["Gold"]

MAX_EXAMPLES = 300


@proofs.register("gold")
class Gold(Proof):
    """Up to MAX_EXAMPLES of a task, each reference, under every metric of the card."""

    summary = "gold answers score 1.0 under the task's own metrics, in every style of regions and options"

    def __init__(self) -> None:
        self._wrong: Tally[tuple[str, bool, str]] = Tally()
        self._seen: dict[str, int] = {}
        self._metrics: dict[str, Metric] = {}

    def see(self, seen: Seen) -> None:
        """Score its references."""
        name = seen.subject.task.name
        self._seen[name] = self._seen.get(name, 0) + 1
        if self._seen[name] > MAX_EXAMPLES or not seen.prompts:
            return
        for style in _styles(seen):
            for reason in self._problems(seen, style=style):
                self._wrong.add((name, style.options == seen.config.options, reason), seen.example.id)

    def _problems(self, seen: Seen, *, style: PromptConfig) -> Iterator[str]:
        try:
            sample = _sample(seen, style=style)
        except DataError as error:
            yield f"cannot be written with {_named(style)}: {str(error).replace(seen.example.id, 'it')}"
            return
        context = context_of(sample, prompt=style, extraction="generated")
        for name in seen.subject.task.metrics:
            metric = self._metric(name)
            best = metric.card.high if metric.card.higher_is_better else metric.card.low
            for reference in sample.references:
                found = score(metric, prediction=reference, references=sample.references, context=context)
                if found.value is None or abs(found.value - best) > 1e-9:
                    value = "no value" if found.value is None else f"{found.value:.2f}"
                    yield f"{value} under {name} with {_named(style)}{f' ({found.reason})' if found.reason else ''}"

    def _metric(self, name: str) -> Metric:
        if name not in self._metrics:
            self._metrics[name] = metrics.build(name, {})
        return self._metrics[name]

    def findings(self) -> Iterator[Finding]:
        """One per task and reason; an option style that the prompt does not use is a note."""
        for (task, own, reason), count, ids in self._wrong:
            yield Finding(
                check="gold",
                level="error" if own else "note",
                task=task,
                count=count,
                examples=ids,
                text=f"{many(count, 'gold answer')}: {reason}",
                remedy="mend the answers or boxes in the data, or choose another metric"
                if own
                else "leave that style to other tasks",
            )


def _named(style: PromptConfig) -> str:
    return f"regions {style.regions}, options {style.options}"


def _styles(seen: Seen) -> Iterator[PromptConfig]:
    """Only styles that make a difference for this example."""
    values = [*seen.example.fields.values(), *seen.example.references]
    boxes = any(_has_box(value) for value in values)
    listed = any(isinstance(value, Options) for value in values)
    for regions, options in product(
        REGION_STYLES if boxes else REGION_STYLES[:1], OPTION_STYLES if listed else OPTION_STYLES[:1]
    ):
        yield seen.config.model_copy(update={"regions": regions, "options": options})


def _has_box(value: object) -> bool:
    if isinstance(value, Options):
        return any(isinstance(item, Region) for item in value.items)
    return isinstance(value, Region | Regions)


def _sample(seen: Seen, *, style: PromptConfig) -> Sample:
    example: Example = seen.example
    template = seen.subject.templates[0]
    options = options_of(example)
    order = list(reversed(range(len(options.items)))) if options else None  # sorted numbers would match their places
    return render_sample(example, template=template, card=seen.subject.task, prompt=style, order=order, reference=None)
