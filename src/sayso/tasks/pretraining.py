"""What warms a small model up before any instruction; not part of MultiInstruct.

From raw pixels question answering stays at chance for a long time; naming everything in the picture first makes a tiny
vision-language model see.
"""

from collections.abc import Iterator

from sayso.records import AnnotatedItem
from sayso.seeds import Stream
from sayso.tasks._drafts import answer
from sayso.tasks._protocol import Draft, task

__all__ = ["dense_description"]


@task(needs=("image", "description"), metrics=("rouge_l", "exact_match"))
def dense_description(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Describe every object of the picture, place by place."""
    yield answer(item.labels["description"])
