"""What comes before and after: the steps of a procedure, each with a text and, for some, a picture.

A question shows the one picture that it needs and never tells the text of that picture, so that the step must be recognised
(but for the generation task, whose current step is given in words too, as in MultiInstruct). In MultiInstruct's release the
history was one list shared by all steps, so that it held the answer and all that came after (defect 28); here the history of
a step is what stands before it, made anew for each, and a step whose answer was said already is not asked about.

For next or previous, the step in the middle is drawn first and its neighbour by the toss of a coin: both answers are equally
likely whatever is read. That takes three steps; what two steps could be asked would be told by the text alone.
"""

from collections.abc import Iterator, Sequence

from sayso.records import AnnotatedItem, Media, Options, Step
from sayso.seeds import Stream
from sayso.tasks._drafts import answer, choose, sentence
from sayso.tasks._objects import mentions, pick
from sayso.tasks._protocol import Draft, task

__all__ = [
    "image_text_temporal_ordering",
    "next_step_selection",
    "text_image_temporal_ordering",
    "wikihow_next_step_generation",
]

NOTHING_YET = "Nothing has been done yet."
"""The history of a first step."""
ORDER = Options(items=("next", "previous"))
NUM_OPTIONS = 4
PER_ITEM = 2
SCENES = "Drawings that grow by one shape a step, with the next one on a tray, stand in for the photographs of how-to guides."


@task(
    needs=("images", "steps"),
    slots={"method": "text", "context": "text", "text": "text"},
    metrics=("rouge_l", "exact_match"),
    aliases=("wikihow_next_step",),
    analogue=SCENES,
)
def wikihow_next_step_generation(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Write the next step of a procedure from the steps so far and a picture of the current one."""
    for at in pick(_with_next(item), stream, count=PER_ITEM):
        now, then = sentence(item.steps[at].text), item.steps[at + 1].text.strip()
        context = _history(item.steps[:at])
        if not any(mentions(said, then) for said in (now, context, _method(item))):
            drafted = answer(then, method=_method(item), context=context, text=now)
            yield _showing(item, at, drafted)


@task(
    needs=("images", "steps"),
    slots={"method": "text", "context": "text"},
    output="option",
    aliases=("wikihow_immediate_next_step_selection",),
    analogue=SCENES,
)
def next_step_selection(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the step that comes right after the one in the picture."""
    for at in pick(_with_next(item), stream, count=PER_ITEM):
        now, then, *later = (step.text.strip() for step in item.steps[at:])
        context = _history(item.steps[:at])
        if now == then or any(mentions(said, then) for said in (context, _method(item))):
            continue
        # The step shown is an option too: who cannot see the picture cannot rule it out.
        others = sorted(set(later) - {now, then, ""})
        options = Options(items=tuple(sorted((now, then, *pick(others, stream, count=NUM_OPTIONS - 2)))))
        yield _showing(item, at, choose(then, options, method=_method(item), context=context))


@task(
    needs=("images", "steps"),
    slots={"method": "text", "text": "text"},
    output="option",
    aliases=("wikihow_image_text_step_order",),
    analogue=SCENES,
)
def image_text_temporal_ordering(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell whether a step in words comes right after or right before the step in the picture."""
    for at, after in _beside(item, stream):
        # The picture shows the step after the text, or the one before it.
        drafted = choose(
            "previous" if after else "next", ORDER, method=_method(item), text=sentence(item.steps[at].text)
        )
        yield _showing(item, at + 1 if after else at - 1, drafted)


@task(
    needs=("images", "steps"),
    slots={"method": "text", "text": "text"},
    output="option",
    aliases=("wikihow_text_image_step_order",),
    analogue=SCENES,
)
def text_image_temporal_ordering(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell whether the step in the picture comes right after or right before a step in words."""
    for at, after in _beside(item, stream):
        drafted = choose(
            "next" if after else "previous", ORDER, method=_method(item), text=sentence(item.steps[at].text)
        )
        yield _showing(item, at + 1 if after else at - 1, drafted)


def _with_next(item: AnnotatedItem) -> list[int]:
    """Positions of steps that have a picture and words, and a step in words after them."""
    if not _method(item):
        return []
    steps = item.steps
    written = [bool(step.text.strip()) for step in steps]
    return [at for at in range(len(steps) - 1) if written[at] and written[at + 1] and _picture(item, at)]


def _beside(item: AnnotatedItem, stream: Stream) -> Iterator[tuple[int, bool]]:
    """Positions of steps with a picture on either side, each with whether the one after it is meant."""
    texts = [step.text.strip() for step in item.steps]
    inner = range(1, len(texts) - 1) if _method(item) else ()
    fit = [
        at
        for at in inner
        if texts[at]
        and texts[at] not in {texts[at - 1], texts[at + 1]}
        and _picture(item, at - 1)
        and _picture(item, at + 1)
    ]
    for at in pick(fit, stream, count=PER_ITEM):
        yield at, stream.below(2) == 1


def _method(item: AnnotatedItem) -> str:
    """What the steps are good for: the goal, and the way to it where it has a name."""
    said = (item.labels.get(name, "").strip().rstrip(".") for name in ("goal", "method"))
    return ": ".join(dict.fromkeys(words for words in said if words))


def _history(steps: Sequence[Step]) -> str:
    """The steps in words, as one text; said in words too where there are none."""
    return " ".join(filter(None, (sentence(step.text) for step in steps))) or NOTHING_YET


def _picture(item: AnnotatedItem, at: int) -> Media | None:
    medium = item.steps[at].medium
    known = medium is not None and 0 <= medium < len(item.media) and item.media[medium].kind == "image"
    return item.media[medium] if known and medium is not None else None


def _showing(item: AnnotatedItem, at: int, drafted: Draft) -> Draft:
    """The draft with the picture of one step alone."""
    picture = _picture(item, at)
    return Draft(fields=drafted.fields, references=drafted.references, media=(picture,) if picture else ())
