"""Sentences about the picture that are true or false. The whole category is held out of training."""

from collections.abc import Iterator, Mapping

from sayso.records import AnnotatedItem, Relation, Statement
from sayso.seeds import Stream
from sayso.tasks._drafts import judge
from sayso.tasks._objects import expressions, holding, pick
from sayso.tasks._protocol import Draft, task
from sayso.tasks._vocabulary import rivals

__all__ = ["natural_language_visual_reasoning", "visual_spatial_relationship"]

TRUTH: Mapping[str, bool] = {"true": True, "yes": True, "false": False, "no": False}


@task(needs=("images", "statements"), slots={"statement": "text"}, output="option", held_out=True)
def natural_language_visual_reasoning(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell whether a sentence about one or several pictures is true."""
    by_truth: dict[bool, list[Statement]] = {}
    for statement in item.statements:
        if statement.text.strip() and statement.label.lower() in TRUTH:
            by_truth.setdefault(TRUTH[statement.label.lower()], []).append(statement)
    for truth in pick(sorted(by_truth), stream, count=1):
        yield judge(truth, statement=stream.choice(by_truth[truth]).text)


@task(
    needs=("image", "relations"),
    slots={"statement": "text"},
    output="option",
    held_out=True,
    aliases=("visual_spatial_reasoning",),
)
def visual_spatial_relationship(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell whether a sentence about the positions of two objects is true."""
    known = holding(item.relations)
    for relation in pick(item.relations, stream, count=2):
        subject, other = _names(item, relation, stream)
        true = known[relation.subject, relation.object]
        wrong = [word for word in rivals("relation", relation.predicate) if word not in true]
        truth = stream.below(2) == 1
        if subject and other and wrong:
            predicate = relation.predicate if truth else stream.choice(wrong)
            yield judge(truth, statement=f"the {subject} is {predicate} the {other}.")


def _names(item: AnnotatedItem, relation: Relation, stream: Stream) -> tuple[str, str]:
    """A phrase for each end, empty where none fits it alone."""
    subject, other = (expressions(item, item.objects[end]) for end in (relation.subject, relation.object))
    return (stream.choice(subject) if subject else "", stream.choice(other) if other else "")
