"""Captions, text in pictures, dialogue, and reading without a picture."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from sayso.records import AnnotatedItem
from sayso.seeds import Stream
from sayso.tasks._drafts import answer
from sayso.tasks._objects import mentions, various
from sayso.tasks._protocol import Draft, task

__all__ = ["description_question_answering", "image_captioning", "visual_dialogue", "visual_text_extraction"]

MAX_TURNS = 2


@task(needs=("image", "captions"), metrics=("rouge_l",), aliases=("image_caption",))
def image_captioning(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Describe the picture in one sentence."""
    yield answer(*(caption for caption in item.captions if caption.strip()))


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
)
def visual_dialogue(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Answer the next question of a dialogue about the picture."""
    if item.dialogue:
        yield from _last_exchange([text for _, text in item.dialogue])
        return
    chosen = various(item.questions, stream, count=len(item.questions))
    if not chosen:
        return
    last, *others = chosen
    turns = [f"Q: {turn.text} A: {turn.answers[0]}" for turn in others]
    # What was said before must not tell the answer.
    told = [turn for turn in turns if not any(mentions(turn, answer) for answer in last.answers)][:MAX_TURNS]
    if told:
        yield answer(*last.answers, dialogue=" ".join(told), question=last.text)


def _last_exchange(texts: Sequence[str]) -> Iterator[Draft]:
    """Speakers take turns: the last answer is asked for, with the exchanges before it, but for those that tell it."""
    rounds = list(zip(texts[::2], texts[1::2], strict=False))
    if len(rounds) < 2 or not all(text.strip() for text in rounds[-1]):
        return
    question, reply = rounds[-1]
    told = [f"Q: {asked} A: {said}" for asked, said in rounds[:-1] if asked.strip() and said.strip()]
    history = " ".join(turn for turn in told if not mentions(turn, reply))
    if history and not mentions(question, reply):
        yield answer(reply, dialogue=history, question=question)


@task(needs=("description", "questions"), slots={"passage": "text", "question": "text"})
def description_question_answering(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Answer a question from a written description alone, without any picture."""
    # Ours, not MultiInstruct's: the text-only task, for items with or without media. The passage is the evidence.
    passage = item.labels["description"]
    # Items without media may tell the passage in every question; here it stands once, in its own slot.
    asked = [replace(question, text=question.text.removeprefix(f"{passage}. ")) for question in item.questions]
    for question in various(asked, stream, count=1):
        fields = {"passage": passage, "question": question.text}
        yield Draft(fields=fields, references=question.answers, media=())
