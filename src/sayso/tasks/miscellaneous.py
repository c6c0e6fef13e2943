"""Captions, writing and its kinds, dialogue, facts to check, disasters, and reading without a picture.

What the options of a task are is a fact and the same in every run. MultiInstruct's release drew the words for legible and
illegible once per run, so that a run knew one of them only, and offered the labels of three questions about disasters in one list
(defects 35 and 34). Here an example offers the labels of its own question; how yes and no are worded is drawn for each example
when it is rendered (`prompt.verbalisers`).
"""

from collections.abc import Iterator, Sequence

from sayso.records import AnnotatedItem, AnnotatedObject, Options, Question
from sayso.seeds import Stream
from sayso.tasks._drafts import answer, choose, sentence
from sayso.tasks._objects import is_fair, mentions, pick, various
from sayso.tasks._protocol import Draft, task
from sayso.tasks._verdicts import NOT_SURE, statements

__all__ = [
    "disaster_type_classification",
    "image_captioning",
    "multimodal_factual_checking",
    "text_legibility",
    "text_type_classification",
    "visual_dialogue",
    "visual_text_extraction",
]

MAX_TURNS = 2
NOTHING_SAID = "Nothing has been asked yet."
"""The history of a first question."""
LEGIBILITY = ("illegible", "legible")
TEXT_TYPES = ("handwritten", "other", "printed")


@task(needs=("image", "captions"), metrics=("rouge_l",), aliases=("image_caption",))
def image_captioning(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Describe the picture in one sentence."""
    yield answer(*dict.fromkeys(caption for caption in item.captions if caption.strip()))


@task(
    needs=("image", "legibility"),
    slots={"region": "region"},
    output="option",
    analogue="Drawn words, whole or spoilt, stand in for the writing on photographs.",
)
def text_legibility(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell whether the writing in a region can be read."""
    yield from _writing(item, stream, kind="legibility", words=LEGIBILITY)


@task(
    needs=("image", "text_type"),
    slots={"region": "region"},
    output="option",
    aliases=("text_type",),
    analogue="Words drawn in three manners stand in for printed, handwritten and other writing on photographs.",
)
def text_type_classification(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell whether the writing in a region is printed, handwritten or something else."""
    yield from _writing(item, stream, kind="text_type", words=TEXT_TYPES)


def _writing(item: AnnotatedItem, stream: Stream, *, kind: str, words: tuple[str, ...]) -> Iterator[Draft]:
    """One piece of writing of a random value among those of the item; the options are all values that there are."""
    by_value: dict[str, list[AnnotatedObject]] = {}
    for one in item.objects:
        if one.region and not one.crowd and one.attributes.get(kind) in words:
            by_value.setdefault(one.attributes[kind], []).append(one)
    for value in pick(sorted(by_value), stream, count=1):
        region = stream.choice(by_value[value]).region
        if region:
            yield choose(value, Options(items=words), region=region)


@task(
    needs=("images", "claim_statement"),
    slots={"context": "text", "text": "text"},
    output="option",
    analogue="A sentence that ties a claim to a place of a scene stands in for the evidence of fact checkers.",
)
def multimodal_factual_checking(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell from a picture and a written context whether a claim is true, or cannot be told."""
    for said, verdict in statements(item, stream, kind="claim"):
        yield choose(verdict, NOT_SURE, context=sentence(said.context), text=sentence(said.text))


@task(
    needs=("images", "disaster"),
    output="option",
    held_out=True,
    aliases=("medic_disaster_types",),
    analogue="Drawings of a house and what befalls it stand in for photographs of disasters.",
)
def disaster_type_classification(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell which kind of disaster the picture shows."""
    gold, known = item.labels["disaster"].strip(), item.vocabulary.get("disaster", ())
    options = tuple(sorted({gold, *(word.strip() for word in known)} - {""}))
    if len(options) > 1:
        yield choose(gold, Options(items=options))


@task(needs=("image", "text_in_image"), held_out=True)
def visual_text_extraction(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Read out the text in the picture, from top to bottom and left to right."""
    written = [one for one in item.objects if one.text]
    written.sort(key=lambda one: (one.region.y1, one.region.x1) if one.region else (1.0, 1.0))
    if written:
        yield answer(" ".join(one.text for one in written if one.text))


@task(
    needs=("images", "dialogue"),
    slots={"dialogue": "text", "question": "text"},
    metrics=("rouge_l", "exact_match"),
    held_out=True,
    aliases=("visual_dialog",),
    analogue="Questions about one scene, one after the other, stand in for people talking about a photograph.",
)
def visual_dialogue(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Answer the next question of a dialogue about the picture."""
    if item.dialogue:
        yield from _one_round([text.strip() for _, text in item.dialogue], stream)
        return
    chosen = various(item.questions, stream, count=len(item.questions))
    for last in _of_any_answer(chosen, stream):
        turns = [_turn(asked.text, asked.answers[0]) for asked in chosen if asked is not last]
        # What was said before must not tell the answer. Every third dialogue has only begun.
        told = [turn for turn in turns if not any(mentions(turn, answer) for answer in last.answers)][:MAX_TURNS]
        if told:
            history = " ".join(told) if stream.below(3) else NOTHING_SAID
            yield answer(*dict.fromkeys(last.answers), dialogue=history, question=last.text)


def _of_any_answer(questions: Sequence[Question], stream: Stream) -> list[Question]:
    """One question, each answer equally likely: many ask for a yes or no, and these would be half of all answers."""
    by_answer: dict[str, list[Question]] = {}
    for question in questions:
        by_answer.setdefault(question.answers[0], []).append(question)
    return [stream.choice(by_answer[said]) for said in pick(sorted(by_answer), stream, count=1)]


def _one_round(texts: Sequence[str], stream: Stream) -> Iterator[Draft]:
    """Speakers take turns: any round may be asked for, with the rounds before it, but for those that tell its answer."""
    rounds = list(zip(texts[::2], texts[1::2], strict=False))
    asked = [Question(text=question, answers=(reply,)) for question, reply in rounds]
    for at in pick([at for at, question in enumerate(asked) if is_fair(question)], stream, count=1):
        question, reply = rounds[at]
        told = [_turn(text, said) for text, said in rounds[:at] if text and said]
        history = " ".join(turn for turn in told if not mentions(turn, reply))
        if history or not at:
            yield answer(reply, dialogue=history or NOTHING_SAID, question=question)


def _turn(question: str, reply: str) -> str:
    return f"Q: {question} A: {sentence(reply)}"
