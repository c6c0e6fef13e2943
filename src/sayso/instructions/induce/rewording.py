"""Other wordings of single rows: of rows without a task by a paraphraser, of rows with one from the task's other templates.

What must not change is hidden as slots first: numbers, quotations, names, boxes, lists of options, marks and links. Then a row's
instruction is a template like any other, and the same filters judge what the paraphraser proposes.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sayso.config import AugmentConfig, PromptConfig
from sayso.errors import ConfigError, DataError
from sayso.instructions.augment.paraphrasers._protocol import ModelParaphraser, Paraphraser, paraphrasers
from sayso.instructions.filters._protocol import FilterContext, Pool
from sayso.instructions.filters.chain import Chain, build_chain, judge, prepare
from sayso.instructions.induce.marking import Lexicon, find_marks
from sayso.instructions.induce.recovering import Found, FoundTask
from sayso.instructions.induce.rows import InstructionRow
from sayso.instructions.render import render_sample
from sayso.instructions.template import check_slots, parse, render
from sayso.records import Example, Template
from sayso.seeds import Stream

__all__ = ["hide", "reword", "Reworder", "task_wordings"]

FIXED = re.compile(
    r"https?://\S+|`[^`\n]+`|<[^<>\n]{1,40}>|\"[^\"\n]+\"|\u201c[^\u201d\n]+\u201d|(?<!\w)'[^'\n]+'(?!\w)"
    r"|\d+(?:[.,:/%-]\d+)*%?|(?<=[a-z,;] )[A-Z][\w'-]*(?: [A-Z][\w'-]*)*"
)
"""Links, code, marks, quotations, numbers, and names that do not begin a sentence."""
MAX_CHARACTERS = 600
PER_WORDING = 8
"""Proposals asked for each wording that is wanted."""


@dataclass(frozen=True)
class Reworder:
    """Who proposes, who judges, how many are kept for a row, and the seed of all chance."""

    paraphraser: Paraphraser
    chain: Chain
    count: int
    seed: int = 0
    refused: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, config: AugmentConfig, *, count: int, seed: int = 0) -> "Reworder":
        """With the paraphraser and the filters that an augment stage would have.

        Raises:
            ConfigError: a plugin or one of its options is unknown, or the paraphraser asks a model.
        """
        paraphraser = paraphrasers.build(config.paraphraser.name, config.paraphraser.options)
        if isinstance(paraphraser, ModelParaphraser):
            raise ConfigError(
                f"paraphraser {config.paraphraser.name!r} asks a model; rows are reworded by rules: name grammar"
            )
        return cls(paraphraser, build_chain(config.filters), count, seed)


def hide(text: str) -> tuple[str, dict[str, str]]:
    """The text as a template whose slots are what must stay, and what fills these."""
    marks = find_marks(text, answer="", lexicon=Lexicon(), prompt=PromptConfig())
    spans = [(mark.start, mark.end) for mark in marks]
    free = (match.span() for match in FIXED.finditer(text))
    spans += [(a, b) for a, b in free if not any(a < end and start < b for start, end in spans)]
    chunks: list[str] = []
    values: dict[str, str] = {}
    at = 0
    for start, end in sorted(spans):
        name = f"value{len(values)}"
        chunks += [_escaped(text[at:start]), f"{{{name}}}"]
        values[name] = text[start:end]
        at = end
    return "".join([*chunks, _escaped(text[at:])]), values


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def reword(row: InstructionRow, *, how: Reworder) -> tuple[str, ...]:
    """Other texts of a row's instruction, each kept by every filter; why others were refused is counted in `how.refused`."""
    if not row.text.strip() or len(row.text) > MAX_CHARACTERS:
        return ()
    text, values = hide(row.text)
    parent = Template(id=row.id, task="conversation", text=text, origin="data")
    pool, slots = Pool([parent]), dict.fromkeys(values, "text")
    stream = Stream(how.seed, "reword", row.id, row.text)
    proposals = how.paraphraser.propose(parent, count=PER_WORDING * how.count, stream=stream)
    candidates = [
        Template(id=f"{row.id}~{number}", task=parent.task, text=proposal.text, lineage=proposal.lineage)
        for number, proposal in enumerate(proposals)
    ]
    prepare(how.chain, [(parent, candidate) for candidate in candidates])
    for candidate in candidates:
        if problem := _problem(candidate, parent=parent, pool=pool, slots=slots, chain=how.chain):
            how.refused[problem] = how.refused.get(problem, 0) + 1
            continue
        pool.add(candidate)
        if len(pool) > how.count:
            break
    return tuple(_filled(template, values) for template in pool.templates[1:])


def _problem(candidate: Template, *, parent: Template, pool: Pool, slots: Mapping[str, str], chain: Chain) -> str:
    context = FilterContext(parent=parent, accepted=pool, slots=slots)
    verdict = judge(candidate, context=context, chain=chain)
    if not verdict.keep:
        return verdict.reason.partition(" (")[0]
    try:
        check_slots(candidate.text, slots=slots)
    except DataError:
        return "slots"
    return ""


def _filled(template: Template, values: Mapping[str, str]) -> str:
    text, _ = render(parse(template.text), values={name: (value, "instr") for name, value in values.items()})
    return text


def task_wordings(found: Found, rows: Sequence[InstructionRow], *, count: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    """For each row of a task that stays a conversation: its instruction under up to `count` other templates."""
    tasks = {task.name: task for task in found.tasks}
    for number, (row, one) in enumerate(zip(rows, found.rows, strict=True)):
        if row.stays and one.task:
            example = Example(
                id=row.id,
                task=one.task,
                source="",
                split="",
                fields=dict(one.values),
                media=row.media,
                references=(one.answer,),
            )
            others = _others(example, tasks[one.task], own=one.template, prompt=found.prompt, count=count)
            yield number, tuple(dict.fromkeys(others))


def _others(example: Example, task: FoundTask, *, own: str, prompt: PromptConfig, count: int) -> Iterator[str]:
    others = [template for template in task.templates if template.id != own]
    for one in Stream("other wordings", example.id).sample(others, min(count, len(others))):
        template = Template(id=one.id, task=task.name, text=one.text)
        sample = render_sample(example, template=template, card=task, prompt=prompt, order=None, reference=None)
        yield sample.messages[0].text
