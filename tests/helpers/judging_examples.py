"""Answers, right and wrong ones, that the contract of corpus metrics tries on hallucination figures and on what judges said.

By name, keyword arguments of `CorpusExample`; every figure has a value on them and on nearly every resample.
"""

from typing import Any

from yes_no_answers import answer

from sayso.evaluate.corpus.mme import COGNITION, PERCEPTION
from sayso.evaluate.corpus.mmhal import TYPES

VERBOSE = {"by_references": False}
JUDGED = {"by_references": False, "any_text": False}


def mix(number: int) -> tuple[str, str]:
    """What is said and what is true: mostly right, yes and no in turn."""
    true = "yes" if number % 2 else "no"
    said = true if number % 5 else {"yes": "no", "no": "yes"}[true]
    return said, true


def pictured() -> tuple[Any, ...]:
    captions = ("A man walks a dog.", "A cat on a couch, and a kite", "A bus", "two cars and a cat", "a bear")
    there = ("person,dog", "cat", "bus,car", "car", "bear,bird")
    return tuple(
        answer(n, text, "something red", objects=objects)
        for n, (text, objects) in enumerate(zip(captions, there, strict=True))
    )


def amber() -> tuple[Any, ...]:
    texts = ("a man under a tree", "a dog and a tree", "a cloud", "a man with a puppy", "the tree", "a man")
    about = {
        "dimension": "generative",
        "truth": "man|person,tree",
        "hallu": "dog|puppy,cloud,yes",
    }  # so that "yes" is wrong of all
    described = [answer(f"d{n}", text, "unused", **about) for n, text in enumerate(texts)]
    asked = [
        answer(f"{dimension}{n}", *mix(n), dimension=dimension)
        for dimension in ("existence", "attribute", "relation")
        for n in range(12)
    ]
    return (*described, *asked)


def mme() -> tuple[Any, ...]:
    return tuple(
        answer(f"{category}{n}{half}", *mix(3 * n + half), category=category, image=f"{n}.png")
        for category in (*PERCEPTION, *COGNITION)
        for n in range(8)
        for half in range(2)
    )


def hallusion_bench() -> tuple[Any, ...]:
    return tuple(
        answer(
            f"{group}{question}{figure}",
            *mix(4 * group + 2 * question + figure),
            category="VD",
            subcategory="map",
            set_id=str(group),
            question_id=str(question),
            figure_id=str(figure),
            visual_input=str(1 + figure),
        )
        for group in range(12)
        for question in range(2)
        for figure in range(2)
    )


def mmhal() -> tuple[Any, ...]:
    return tuple(answer(f"{kind}{n}", str((n + 2) % 7), "a reference", type=kind) for kind in TYPES for n in range(9))


def said(*texts: str) -> tuple[Any, ...]:
    return tuple(answer(n, text) for n, text in enumerate(texts))


EXAMPLES: dict[str, dict[str, Any]] = {
    "amber": {"answers": amber(), "separable": False, "by_references": False, "wrong": "yes"},
    "chair": {"answers": pictured(), "wrong": "a zebra", **VERBOSE},
    "hallusion_bench": {"answers": hallusion_bench(), **VERBOSE},
    "judged_correct": {"answers": said("correct", "incorrect", "unclear", "correct"), "wrong": "incorrect", **JUDGED},
    "mme": {"answers": mme(), **VERBOSE},
    "mmhal": {"answers": mmhal(), "wrong": "0", **JUDGED},
    "ocrbench": {"answers": tuple(answer(n, f"it says {n % 3}", str(n % 2)) for n in range(8))},
    "pope": {"answers": tuple(answer(n, *mix(n)) for n in range(20)), "wrong": "no"},
    "rating": {"answers": said("5", "2", "4", "4"), "wrong": "1", **JUDGED},
    "win_rate": {"answers": said("first", "tie", "second", "first"), "wrong": "second", **JUDGED},
}
