"""Unnatural Instructions as it was released (Honovich et al. 2023): an instruction, instances with input, constraints and output, and reformulations.

    {"instruction": ..., "instances": [{"instruction_with_input": ..., "input": ..., "constraints": ..., "output": ...}],
     "reformulations": [{"instruction": "... {INPUT} ...", "instruction_with_input": ..., "input": ..., "output": ...}]}

An instance is a conversation: instruction, input on a new line, and what constrains the output on another, where there is something. Reformulations are its other
wordings, filled with its input, so that training draws one of them; the text of an instance as the file has it is one more where it is another. `released_row` is the way
back: what the file said is said again. The core file has no reformulations.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from sayso.records import AnnotatedItem, Message, Span, TextPart
from sayso.sources._files import read_lines
from sayso.sources._protocol import BadRow, sources

__all__ = ["CONSTRAINTS", "fill_input", "HOLE", "released_row", "SHOWN", "UnnaturalInstructions", "with_constraints"]

HOLE = "{INPUT}"
CONSTRAINTS, SHOWN = "constraints", "reformulations"
"""Labels of an item: what constrains its output, and reformulations with their hole, one JSON list."""
NOTHING = {"", "none", "none."}


class Instance(msgspec.Struct, frozen=True):
    """One input of a task with its output."""

    input: str
    output: str
    constraints: str = ""
    instruction_with_input: str = ""


class Reformulation(msgspec.Struct, frozen=True):
    """The task in other words, `{INPUT}` being the place of the input."""

    instruction: str
    input: str
    output: str
    instruction_with_input: str = ""


class Row(msgspec.Struct, frozen=True):
    """One line of a released file."""

    instruction: str
    instances: tuple[Instance, ...]
    reformulations: tuple[Reformulation, ...] = ()


@sources.register("unnatural_instructions")
@dataclass(frozen=True, kw_only=True)
class UnnaturalInstructions:
    """The source: a released file, `core_data.jsonl` or `full_data.jsonl`, or one of the same shape."""

    path: str
    license: str = "MIT"
    """That of the released files."""
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """An item for each instance; all of a line are of one group.

        Raises:
            DataError: the file is missing.
        """
        name = Path(self.path).stem
        for place, row in read_lines(Path(self.path), Row):
            number = place.rpartition(":")[2]
            if isinstance(row, BadRow):
                yield row
            elif problem := _problem(row):
                yield BadRow(place=place, reason=problem)
            else:
                for at, instance in enumerate(row.instances):
                    own = [one.instruction for one in row.reformulations if one.input == instance.input]
                    yield AnnotatedItem(
                        id=f"{name}-{number}-{at}",
                        source="unnatural_instructions",
                        split=self.split,
                        group=f"{name}-{number}",
                        license=self.license,
                        labels=_labels(instance.constraints, own),
                        conversation=_turns(row.instruction, instance),
                        wordings=_wordings(row.instruction, instance, own),
                    )


def _problem(row: Row) -> str:
    if not row.instruction.strip() or not row.instances:
        return "no instruction, or no instance of it; correct or remove the row"
    if any(not one.output.strip() for one in row.instances):
        return "an instance without an output; correct or remove it"
    return next(
        (
            f"reformulation without {HOLE}: {one.instruction[:60]!r}"
            for one in row.reformulations
            if HOLE not in one.instruction
        ),
        "",
    )


def _labels(constraints: str, reformulations: Sequence[str]) -> dict[str, str]:
    labels = {CONSTRAINTS: constraints} if constraints else {}
    return labels | ({SHOWN: msgspec.json.encode(list(reformulations)).decode()} if reformulations else {})


def with_constraints(given: str, constraints: str) -> str:
    """An input, and on a new line what constrains the output, unless that is nothing."""
    return "\n".join(
        text for text in (given, constraints if constraints.strip().lower() not in NOTHING else "") if text
    )


def fill_input(wording: str, *, given: str, constraints: str) -> str:
    """A reformulation with its hole filled, to the letter."""
    return with_constraints(wording.replace(HOLE, given), constraints)


def _wordings(instruction: str, instance: Instance, reformulations: Sequence[str]) -> tuple[str, ...]:
    first = f"{instruction}\n{with_constraints(instance.input, instance.constraints)}"
    told = [instance.instruction_with_input] if instance.instruction_with_input else []
    filled = [fill_input(one, given=instance.input, constraints=instance.constraints) for one in reformulations]
    return tuple(dict.fromkeys(text for text in (*told, *filled) if text != first))


def _turns(instruction: str, instance: Instance) -> tuple[Message, ...]:
    rest = with_constraints(instance.input, instance.constraints)
    texts = [instruction, *([f"\n{rest}"] if rest else [])]
    ends = [sum(map(len, texts[: number + 1])) for number in range(len(texts))]
    spans = tuple(Span(start=end - len(text), end=end, role="instr") for text, end in zip(texts, ends, strict=True))
    answer = Span(start=0, end=len(instance.output), role="response")
    return (
        Message(role="user", parts=(TextPart(text="".join(texts), spans=spans),)),
        Message(role="assistant", parts=(TextPart(text=instance.output, spans=(answer,)),)),
    )


def released_row(item: AnnotatedItem) -> dict[str, Any]:
    """An item of this source, or of the synthesizer of this name, as a line of a released file."""
    asked, answered = item.conversation
    instruction, given = _apart(asked)
    constraints = item.labels.get(CONSTRAINTS, "")
    bare = given.removesuffix(constraints).removesuffix("\n") if with_constraints("", constraints) else given
    wordings = msgspec.json.decode(item.labels.get(SHOWN, "[]"), type=list[str])
    filled = [fill_input(one, given=bare, constraints=constraints) for one in wordings]
    told = next((text for text in item.wordings if text not in filled), asked.text)
    instance = {"instruction_with_input": told, "input": bare, "constraints": constraints, "output": answered.text}
    again = [
        {"instruction": one, "instruction_with_input": text, "input": bare, "output": answered.text}
        for one, text in zip(wordings, filled, strict=True)
    ]
    return {"instruction": instruction, "instances": [instance], **({"reformulations": again} if again else {})}


def _apart(message: Message) -> tuple[str, str]:
    texts = [
        part.text[span.start : span.end] for part in message.parts if isinstance(part, TextPart) for span in part.spans
    ]
    return texts[0], "".join(texts[1:]).removeprefix("\n")
