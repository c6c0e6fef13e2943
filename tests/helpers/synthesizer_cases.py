"""A model for every synthesizer, with which it keeps something. A new one adds an entry to CASES."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import made_up

from sayso.records import AnnotatedItem


@dataclass(frozen=True, kw_only=True)
class Case:
    """What a synthesizer can use, and a model with which it keeps something.

    `writer` makes the function that answers the text of a request; `others` are the answers of further models by name. One that needs no language model says so.
    """

    writer: Callable[[], Callable[[str], str]]
    items: Callable[[], list[AnnotatedItem]] = made_up.seeds
    options: Mapping[str, Any] = field(default_factory=dict)
    others: Mapping[str, Callable[[str], str]] = field(default_factory=dict)
    needs_model: bool = True


def tasks() -> Callable[[str], str]:
    return made_up.writing_tasks


def instructions() -> Callable[[str], str]:
    numbers = count()

    def answer(text: str) -> str:
        if text.startswith("Below is a numbered list"):
            some = [
                made_up.writing_tasks(f"{next(numbers)}").split("Instruction: ")[1].partition("\n")[0] for _ in range(3)
            ]
            return "\n".join(f"{number}. {one}" for number, one in enumerate(some, start=9))
        return "No" if "Fixed answers (Yes" in text else "### 1\nInput: None\nOutput: Here it is."

    return answer


def about_pictures() -> Callable[[str], str]:
    numbers = count()

    def answer(text: str) -> str:
        if "Go on with the list" not in text:
            return "It could roll to the left."
        return f"4. {made_up.writing_tasks(f'{next(numbers)}').split('Instruction: ')[1].partition(chr(10))[0]}"

    return answer


def unnatural() -> Callable[[str], str]:
    numbers = count()

    def answer(text: str) -> str:
        if text.startswith("Here are"):
            return f"Instruction: Name thing number {next(numbers)}.\nInput: a list\nConstraints: None"
        return "What is {INPUT}?" if "{INPUT}" in text else "A thing."

    return answer


def of_rows(text: str) -> str:
    fields = ["instruction"] if '"instruction":' in text.rpartition("Data set: ")[2] else ["input"]
    return json.dumps([{"instruction": "Answer it.", "input_fields": fields, "output_field": "output"}])


def in_three_types(text: str) -> str:
    pair = "Question: What is red?\nAnswer: The thing on the left."
    return (
        f"### 1\n{pair}" if "three to six" in text else pair if "one question" in text else "All of it is on a table."
    )


def asking() -> Callable[[str], str]:
    return lambda text: "Yes." if "Say Yes or No" in text else "Question: What is beside it?\nAnswer: A ball."


def coding() -> Callable[[str], str]:
    numbers = count()
    told = {
        "Use case: a few words": "Use case: help\nSkills: writing",
        "### 1\nRubric: what": "\n".join(f"### {n}\nRubric: {n}\nAction: Add {n}." for n in range(1, 5)),
        "numbered list of the tasks": "1. Name a bird.\n2. Name a fish.",
    }

    def answer(text: str) -> str:
        if "a score from 1 to 10" in text:
            first = text.partition("first answer -----")[2].lstrip()
            return "First: 9\nSecond: 2" if first.startswith("A strong") else "First: 2\nSecond: 9"
        if "To be done:" in text:
            return f"Name thing number {next(numbers)} and say why."
        return next((said for mark, said in told.items() if mark in text), f"A strong answer to {text}")

    return answer


def exploring() -> Callable[[str], str]:
    numbers = count()

    def answer(text: str) -> str:
        one = next(numbers)
        if "Instruction: what is asked" in text:
            asked = made_up.writing_tasks(str(one)).split("Instruction: ")[1].partition("\n")[0]
            return f"### 1\nInstruction: {asked}\nInput: None\nOutput: Here is {one}."
        return f"### 1\nName: Part{one}\nReason: It is one.\nExample 1: Ask {one}.\nExample 2: Ask more of {one}."

    return answer


CASES: Mapping[str, Case] = {
    "alpaca": Case(writer=tasks),
    "back_translation": Case(
        writer=lambda: (
            lambda text: "All of it.\nScore: 5" if "scale from 1" in text else f"Write text {len(text)} in one go."
        )
    ),
    "codeclm": Case(writer=coding, others={"target": lambda text: "No idea."}),
    "dynosaur": Case(writer=lambda: of_rows),
    "evol_instruct": Case(
        writer=lambda: (
            lambda text: (
                f"{text.partition('given task -----')[2].partition('-----')[0].strip()} Say why."
                if "given task" in text
                else "For many good reasons."
            )
        )
    ),
    "explore_instruct": Case(
        writer=exploring,
        options={"domain": "words", "breadths": (3,), "per_request": 1, "returns": 2, "examples_per_request": 1},
    ),
    "genixer": Case(writer=asking, items=made_up.pictures, options={"filter": "words", "per_item": 3}),
    "llava": Case(writer=lambda: in_three_types, items=made_up.pictures),
    "self": Case(
        writer=lambda: str,
        items=made_up.pictures,
        options={"model": {"name": "tiny_base"}, "max_instruction_tokens": 24, "max_tokens": 24, "per_item": 3},
        needs_model=False,
    ),
    "self_instruct": Case(writer=instructions),
    "self_instruct, pictures": Case(writer=about_pictures, items=made_up.pictures, options={"pictures": "described"}),
    "unnatural_instructions": Case(writer=unnatural),
}
