"""Visual question answering: a question about the picture, answered in words, by an option or by a region."""

from collections.abc import Iterator, Sequence

from sayso.records import AnnotatedItem, AnnotatedObject, Options, Question
from sayso.seeds import Stream
from sayso.tasks._drafts import answer, choose
from sayso.tasks._objects import KINDS, boxed, expressions, has_look, pick, values, various
from sayso.tasks._options import region_options, word_options
from sayso.tasks._protocol import Draft, task
from sayso.tasks._vocabulary import family, generic, kind_of, number_options

__all__ = ["grounded_vqa", "open_domain_vqa", "text_vqa", "visual_question_answering"]


@task(needs=("images", "questions"), slots={"question": "text"}, aliases=("open-domain_VQA",))
def open_domain_vqa(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Answer a question about the picture in a word or a few."""
    for question in various(item.questions, stream, count=2):
        yield answer(*question.answers, question=question.text)


@task(needs=("images", "questions"), slots={"question": "text"}, output="option", aliases=("VQA",))
def visual_question_answering(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the answer to a question about the picture."""
    for question in various(item.questions, stream, count=2):
        gold = question.answers[0]
        options = _answer_options(question, gold, stream)
        if options is not None:
            yield choose(gold, options, question=question.text)


def _answer_options(question: Question, gold: str, stream: Stream) -> Options | None:
    if gold.isdecimal() and gold == str(int(gold)):  # `007` and the like are names
        return Options(
            items=tuple(word for word in number_options(int(gold)) if word == gold or word not in question.answers)
        )
    wrong = question.options or _family_as_written(gold)
    return word_options(gold, stream, pool=[word for word in wrong if word not in question.answers])


def _family_as_written(gold: str) -> tuple[str, ...]:
    """`No` beside `Yes`: an answer in capitals must not stand out among small ones, nor be unknown for them."""
    small = gold.lower()
    words = family(kind_of(small), small)
    if gold == small:
        return words
    return tuple(word.upper() if gold.isupper() else word.capitalize() for word in words)


@task(needs=("image", "text_in_image"), slots={"question": "text"}, held_out=True)
def text_vqa(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Answer a question by reading text in the picture."""
    written = [(text, one) for one in item.objects if (text := one.text)]
    for text, one in pick(written, stream, count=1):
        names = [name for name in expressions(item, one) if has_look(one)]
        if len(written) == 1:
            yield answer(text, question=f"what {_kind_of_writing(text)} written?")
        elif names:
            yield answer(text, question=f"what {_kind_of_writing(text)} written on the {stream.choice(names)}?")


def _kind_of_writing(text: str) -> str:
    return "words are" if len(text.split()) > 1 else "word is"


@task(
    needs=("image", "boxes"),
    slots={"question": "text"},
    output="region_option",
    held_out=True,
    aliases=("grounded_VQA",),
)
def grounded_vqa(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Answer a question by choosing the region that shows the answer."""
    objects = boxed(item)
    for one in pick(objects, stream, count=2):
        questions = _pointing_questions(item, one, objects)
        regions = [other.region for other in objects if other is not one and other.region]
        if questions and one.region and (options := region_options(one.region, regions, stream)):
            yield choose(one.region, options, question=stream.choice(questions))


def _pointing_questions(item: AnnotatedItem, one: AnnotatedObject, objects: Sequence[AnnotatedObject]) -> list[str]:
    """Questions that only `one` answers: by its name, or by an attribute that nothing else has."""
    whole = generic(values(item.objects, "label"))
    questions = [f"which is the {name}?" for name in expressions(item, one)]
    if len(item.objects) != len(objects) or any(other.attributes.keys() != one.attributes.keys() for other in objects):
        return questions
    for kind in KINDS:
        value = one.attributes.get(kind)
        if value and sum(other.attributes[kind] == value for other in objects) == 1:
            questions.append(f"which {whole} is {value}?")
    return questions
