"""Visual question answering: a question about the picture, answered in words, by an option or by a region.

Questions are those of the source. Where it has none of the kind that a task asks, two tasks make their own from what is known
of the objects: about text, and by pointing. A made question never speaks of size, which boxes tell without the picture.
"""

from collections.abc import Iterator, Sequence

from sayso.records import AnnotatedItem, AnnotatedObject, Options, Question, Region
from sayso.seeds import Stream
from sayso.tasks._drafts import answer, choose
from sayso.tasks._objects import KINDS, SEEN_IN_BOX, boxed, expressions, has_look, pick, values
from sayso.tasks._options import FAR, overlap, region_options, sort_regions
from sayso.tasks._protocol import Draft, task
from sayso.tasks._questions import OPEN_KINDS, answer_options, asked
from sayso.tasks._vocabulary import be, generic

__all__ = [
    "compositional_vqa",
    "grounded_vqa",
    "open_domain_vqa",
    "outside_knowledge_vqa",
    "text_vqa",
    "visual_question_answering",
]

NUM_CHOICES = 4


@task(needs=("images", "questions"), slots={"question": "text"}, aliases=("open-domain_VQA",))
def open_domain_vqa(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Answer a question about the picture in a word or a few."""
    for question in asked(item, OPEN_KINDS, stream, count=2):
        yield answer(*question.answers, question=question.text)


@task(needs=("images", "questions"), slots={"question": "text"}, output="option", aliases=("VQA",))
def visual_question_answering(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the answer to a question about the picture."""
    for question in asked(item, OPEN_KINDS, stream, count=2):
        options = answer_options(question, stream, vocabulary=item.vocabulary, count=NUM_CHOICES)
        if options is not None:
            yield choose(question.answers[0], options, question=question.text)


# The repository calls this task and the next one `open-domain_VQA` as well; a name belongs to one task here.
@task(
    needs=("images", "compositional_question"),
    slots={"question": "text"},
    analogue="Questions that lead from one shape over its relations to another stand in for those on photographs.",
)
def compositional_vqa(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Answer a question about the picture that takes several steps of reasoning."""
    for question in asked(item, ("compositional",), stream, count=1):
        yield answer(*question.answers, question=question.text)


@task(
    needs=("images", "knowledge_question"),
    slots={"question": "text"},
    analogue="Which fruit or thing a shape looks like and what the French call it stand in for knowledge of the world.",
)
def outside_knowledge_vqa(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Answer a question that takes the picture and some knowledge from outside it."""
    for question in asked(item, ("knowledge",), stream, count=1):
        yield answer(*question.answers, question=question.text)


@task(
    needs=("image", "text_question"),
    slots={"question": "text"},
    held_out=True,
    analogue="Drawn words stand in for signs and labels on photographs.",
)
def text_vqa(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Answer a question by reading text in the picture."""
    for question in asked(item, ("text",), stream, count=1) or _reading(item, stream):
        yield answer(*question.answers, question=question.text)


def _reading(item: AnnotatedItem, stream: Stream) -> Iterator[Question]:
    """What is written, and where there is more than one text, what is written on something that can be named."""
    written = [(text, one) for one in item.objects if (text := one.text)]
    for text, one in pick(written, stream, count=1):
        asks = f"what {_kind_of_writing(text)} written"
        names = [name for name in expressions(item, one) if has_look(one)]
        if len(written) == 1:
            yield Question(text=f"{asks}?", answers=(text,))
        elif names:
            yield Question(text=f"{asks} on the {stream.choice(names)}?", answers=(text,))


def _kind_of_writing(text: str) -> str:
    return "words are" if len(text.split()) > 1 else "word is"


@task(
    needs=("image", "pointing_question"),
    slots={"question": "text"},
    output="region_option",
    held_out=True,
    aliases=("grounded_VQA",),
    analogue="Questions after the one shape of a look stand in for questions after things on photographs.",
)
def grounded_vqa(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Answer a question by choosing the region that shows the answer."""
    pointing = [question for question in item.questions if question.answer_box and question.text.strip()]
    for question in pick(pointing, stream, count=2):
        if question.answer_box and (options := _boxes(question, question.answer_box, stream)):
            yield choose(question.answer_box, options, question=question.text)
    if not pointing:
        yield from _pointing(item, stream)


def _boxes(question: Question, gold: Region, stream: Stream) -> Options | None:
    """Boxes of the question that clearly are not the right one; no two of them equal."""
    different = dict.fromkeys(box for box in question.boxes if overlap(box, gold) < 1 - FAR)
    wrong = pick(list(different), stream, count=NUM_CHOICES - 1)
    return sort_regions([gold, *wrong]) if wrong else None


def _pointing(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    objects = boxed(item)
    for one in pick(objects, stream, count=2):
        questions = _pointing_questions(item, one, objects)
        regions = [other.region for other in objects if other is not one and other.region]
        if questions and one.region and (options := region_options(one.region, regions, stream)):
            yield choose(one.region, options, question=stream.choice(questions))


def _pointing_questions(item: AnnotatedItem, one: AnnotatedObject, objects: Sequence[AnnotatedObject]) -> list[str]:
    """Questions that only `one` answers: by its name, or by an attribute that nothing else has."""
    whole = generic(values(item.objects, "label"))
    questions = [f"which {be(name)} the {name}?" for name in expressions(item, one, hide=SEEN_IN_BOX)]
    if len(item.objects) != len(objects) or any(other.attributes.keys() != one.attributes.keys() for other in objects):
        return questions
    for kind in KINDS:
        value = one.attributes.get(kind)
        if kind not in SEEN_IN_BOX and value and sum(other.attributes[kind] == value for other in objects) == 1:
            questions.append(f"which {whole} is {value}?")
    return questions
