"""The blind baseline: what one scores by always giving a task's commonest answer, without image, question or wording.

The answer is counted over the training examples of the task, each of their references once. Where options are offered it is
the commonest gold option among those offered. Boxes hardly ever repeat, so for tasks whose answer is one box it is the box
of the median corners. Ties go to the option shown first, or the text that sorts first. A task without training examples has
no blind baseline.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

from sayso.config import PromptConfig
from sayso.instructions.render import format_answer
from sayso.records import Answer, Example, Region, Sample

__all__ = ["learn_blind", "Majority"]


@dataclass(frozen=True, kw_only=True)
class Majority:
    """Answers with how often they were gold in training, and the median box of a task that answers with one."""

    counts: Counter[str] = field(default_factory=Counter)
    box: Region | None = None

    def answer(self, sample: Sample, *, prompt: PromptConfig) -> str:
        """The same for every image and wording; for option tasks, the best among the options of `sample`."""
        if sample.options:
            return min(sample.options, key=lambda option: (-self.counts[option], sample.options.index(option)))
        if self.box is not None:
            return format_answer(self.box, prompt=prompt, media=sample.media)
        return min(self.counts, key=lambda text: (-self.counts[text], text))


def learn_blind(examples: Iterable[Example], *, prompt: PromptConfig) -> Majority | None:
    """Count the references of one task's training examples; None where there is no example."""
    counts: Counter[str] = Counter()
    boxes: list[Region] = []
    only_boxes = True
    for example in examples:
        counts.update({format_answer(answer, prompt=prompt, media=example.media) for answer in example.references})
        boxes += [answer for answer in example.references if isinstance(answer, Region)]
        only_boxes = only_boxes and _one_box(example.references)
    if not counts:
        return None
    return Majority(counts=counts, box=_median_box(boxes) if only_boxes else None)


def _one_box(references: tuple[Answer, ...]) -> bool:
    return all(isinstance(answer, Region) for answer in references)


def _median_box(boxes: list[Region]) -> Region:
    x1, y1, x2, y2 = (median(getattr(box, side) for box in boxes) for side in ("x1", "y1", "x2", "y2"))
    return Region(x1=x1, y1=y1, x2=x2, y2=y2)
