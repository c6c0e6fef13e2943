"""An instruction down to instances: is it a classification task, then inputs with outputs, or a label first and then an input for it.

Checked in yizhongw/self-instruct: classification tasks are asked for the label first, since models that write the input first keep to one label; temperature 0; an instance that
was cut off is dropped with the reply's last; at most five a task; contradicting ones take all of the task with them. Few-shot prompts for models that continue texts have become requests.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sayso.instructions.synthesize._asking import Said, Sampling, ask, say
from sayso.instructions.synthesize._parsing import Unread, blank_if_none, blocks, sections, yes_or_no
from sayso.instructions.synthesize._prompts import prompts
from sayso.instructions.synthesize.rules import Written
from sayso.lm import LanguageModel

__all__ = ["Instance", "instances", "Instances"]

METHOD = "self_instruct"


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One of a task, or why there is none: `problem`, with what was said."""

    written: Written | None = None
    problem: str = ""
    said: str = ""
    model: str = ""
    is_classification: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Instances:
    """How instances are asked for; `classification` asks first what kind of task it is."""

    most: int
    classification: bool
    about_kind: Sampling
    about_instances: Sampling


def instances(instructions: Sequence[str], *, model: LanguageModel, how: Instances) -> Iterator[list[Instance]]:
    """The instances of each instruction, in order."""
    kinds = list(_kinds(instructions, model=model, how=how))
    names = ["instances_classification" if kind is True else "instances" for kind in kinds]
    asked = [
        say(
            prompts(METHOD).fill(name, instruction=text, most=str(how.most)),
            how=how.about_instances,
        )
        for name, text, kind in zip(names, instructions, kinds, strict=True)
        if not isinstance(kind, Instance)
    ]
    replies = ask(model, asked)
    for text, kind in zip(instructions, kinds, strict=True):
        yield [kind] if isinstance(kind, Instance) else list(_read(next(replies), text, kind))


def _kinds(instructions: Sequence[str], *, model: LanguageModel, how: Instances) -> Iterator[bool | Instance]:
    if not how.classification:
        yield from (False for _ in instructions)
        return
    asked = [
        say(prompts(METHOD).fill("is_classification", instruction=text), how=how.about_kind) for text in instructions
    ]
    for said in ask(model, asked):
        kind = yes_or_no(said.text)
        if said.problem or isinstance(kind, Unread):
            problem = said.problem or "not told whether it is a classification task"
            yield Instance(problem=problem, said=said.text, model=said.model)
        else:
            yield kind


def _read(said: Said, instruction: str, kind: bool) -> Iterator[Instance]:
    found = blocks(said.text)
    if said.problem or not found:
        problem = said.problem or "no instance in the reply"
        yield Instance(problem=problem, said=said.text, model=said.model, is_classification=kind)
    for place, (_, text) in enumerate(found):
        parts = sections(text, ("Output", "Input") if kind else ("Input", "Output"))
        if said.cut and place == len(found) - 1:
            yield Instance(problem="reply cut off", said=text, model=said.model, is_classification=kind)
        elif isinstance(parts, Unread):
            yield Instance(problem=parts.reason, said=text, model=said.model, is_classification=kind)
        else:
            written = Written(instruction=instruction, input=blank_if_none(parts["Input"]), output=parts["Output"])
            yield Instance(written=written, model=said.model, is_classification=kind)
