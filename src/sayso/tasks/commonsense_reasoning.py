"""Sentences and questions that ask for more than naming what is there. The whole category is held out of training.

A statement is asked about by the task of its kind: plain ones (NLVR), spatial ones (VSR), what follows from a picture (SNLI-VE).
Where an item has several, the verdict is drawn before the statement, so that none is likelier than the item makes it.
"""

from collections.abc import Iterator

from sayso.records import AnnotatedItem, AnnotatedObject, Options, Question, Regions, Relation
from sayso.seeds import Stream
from sayso.tasks._drafts import NO_YES, choose, judge, sentence
from sayso.tasks._objects import expressions, is_fair, mentions, pick
from sayso.tasks._protocol import Draft, task
from sayso.tasks._questions import answer_options
from sayso.tasks._verdicts import NOT_SURE, statements
from sayso.tasks._vocabulary import inverse

__all__ = [
    "commonsense_vqa",
    "natural_language_visual_reasoning",
    "visual_entailment",
    "visual_spatial_relationship",
]

MAX_NAMED = 10
PER_ITEM = 3


@task(needs=("images", "statements"), slots={"statement": "text"}, output="option", held_out=True)
def natural_language_visual_reasoning(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell whether a sentence about one or several pictures is true."""
    for said, verdict in statements(item, stream, kind="", among=NO_YES):
        yield choose(verdict, NO_YES, statement=sentence(said.text))


@task(
    needs=("images", "entailment_statement"),
    slots={"text": "text"},
    output="option",
    held_out=True,
    aliases=("visual_nli",),
    analogue="Sentences about a scene, one place of which lies under a card, stand in for what people conclude from photographs.",
)
def visual_entailment(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell whether a sentence follows from the picture, contradicts it, or neither."""
    for said, verdict in statements(item, stream, kind="entailment"):
        yield choose(verdict, NOT_SURE, text=sentence(said.text))


@task(
    needs=("image", "spatial_facts"),
    slots={"statement": "text"},
    output="option",
    held_out=True,
    aliases=("visual_spatial_reasoning",),
)
def visual_spatial_relationship(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell whether a sentence about the positions of two objects is true."""
    written = list(statements(item, stream, kind="spatial", among=NO_YES))
    if written:
        yield from (choose(verdict, NO_YES, statement=sentence(said.text)) for said, verdict in written)
        return
    # One relation for two things, whose inverse may be written down too.
    pairs = {frozenset((one.subject, one.object)): one for one in item.relations if inverse(one.predicate)}
    for relation in pick(list(pairs.values()), stream, count=2):
        names = _ends(item, relation, stream)
        if all(names):
            truth, statement = _placed(names, relation.predicate, stream)
            yield judge(truth, statement=statement)


def _placed(names: tuple[str, str], predicate: str, stream: Stream) -> tuple[bool, str]:
    """Truth and words. The opposite direction is what is surely false; from either end, so that no direction is likelier."""
    turned = inverse(predicate) or predicate
    if stream.below(2):
        names, predicate, turned = names[::-1], turned, predicate
    truth = stream.below(2) == 1
    return truth, f"the {names[0]} is {predicate if truth else turned} the {names[1]}."


def _ends(item: AnnotatedItem, relation: Relation, stream: Stream) -> tuple[str, str]:
    """A phrase for each end, empty where none fits it alone."""
    subject, other = (expressions(item, item.objects[end]) for end in (relation.subject, relation.object))
    return (stream.choice(subject) if subject else "", stream.choice(other) if other else "")


@task(
    needs=("image", "commonsense_question", "boxes"),
    slots={"names": "text", "region_info": "regions", "question": "text"},
    output="option",
    metrics=("accuracy", "rouge_l"),
    held_out=True,
    aliases=("commonsense_VQA",),
    analogue="Named shapes with wants of their own stand in for people, and what they do next for common sense about films.",
)
def commonsense_vqa(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose what common sense answers to a question about things that are named and located."""
    fair = [question for question in item.questions if question.kind == "commonsense" and is_fair(question)]
    for question in pick(fair, stream, count=PER_ITEM):
        named = _named(item, question)
        # Only choices that somebody wrote: how people act has no list of rivals.
        options = answer_options(question, stream) if question.options else None
        if named and options:
            boxes = tuple(one.region for one in named if one.region)
            names = ", ".join(one.name for one in named)
            yield _ask(question, options, names=names, boxes=Regions(items=boxes))


def _ask(question: Question, options: Options, *, names: str, boxes: Regions) -> Draft:
    return choose(question.answers[0], options, names=names, region_info=boxes, question=question.text)


def _named(item: AnnotatedItem, question: Question) -> list[AnnotatedObject]:
    """The objects of which question or options speak, once each; the first of all where they speak of none."""
    by_name: dict[str, AnnotatedObject] = {}
    for one in item.objects:
        if one.name.strip() and one.region:
            by_name.setdefault(one.name, one)
    words = " ; ".join((question.text, *question.options))
    meant = [one for name, one in by_name.items() if mentions(words, name)]
    return (meant or list(by_name.values()))[:MAX_NAMED]
