"""Examples to lay out in orders: three tasks of two categories, with answers of several lengths, and pictures in some."""

from sayso.data.orders import Stock
from sayso.records import Example, Media

SIZES = {"colors": 9, "counting": 6, "reading": 13}
CATEGORIES = {"colors": "image", "counting": "image", "reading": "text"}
BLOOM = ("remember", "understand", "apply")
IMAGE = Media(path="shapes:1", width=8, height=8)


def example(task: str, position: int) -> Example:
    """Number `position` of a task; its answer has between 1 and 5 words."""
    words = 1 + position * 7 % 5
    return Example(
        id=f"{task}-{position}",
        task=task,
        source="notes" if task == "reading" else "shapes",
        split="train",
        fields={"bloom": BLOOM[position % 3], "subject": ("arts", "maths")[position % 2]},
        media=() if task == "reading" else (IMAGE,) * (1 + position % 2),
        references=(" ".join(["word"] * words),),
    )


def stock(sizes=SIZES, *, columns=None) -> Stock:
    """The examples of `sizes`; `columns` are numbers by example id."""
    return Stock(
        sizes=sizes,
        categories=CATEGORIES,
        read=lambda task: (example(task, n) for n in range(sizes[task])),
        columns=lambda column, file: columns,
    )


def places(phase):
    """All of a phase."""
    return [pool[n] for pool in phase.pools.values() for n in range(len(pool))]
