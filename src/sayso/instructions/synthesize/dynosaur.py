"""Dynosaur: a language model reads what a data set says of itself and writes tasks for it; every answer is the data set's own.

Checked in the authors' code (Yin et al. 2023, WadeYin9712/Dynosaur): two calls a data set, one with its card, where it has one, and one without; the names of its fields and two
rows (numbers of rows left out, each text cut to 1,000 characters); two examples; temperature 0, 256 tokens, at most three tasks. Refused is a task that is not what was asked for,
has no output field, names a field that does not exist, has its output among its inputs, or says what another says. Of the labels of 100 rows: where there are ten or fewer, the commonest
may have at most 70 % (of two) or 50 % (of more), and they are told in the instruction where none is longer than 15 characters. Several input fields are told as `name is 'value'.`

Ours: replies are JSON and are read, where theirs are evaluated; annotations of pictures are fields, by the same code; a single label is refused as skewed; a task without input needs a
picture; rows are drawn by seed, since many data sets are sorted; a row of another answer than those that are told is refused; tasks take turns, so that the first does not fill the whole. A made item is a row of a new task: it has the source and the license of the
row that it was made from. The paper's replay by instruction embeddings is a selection of rows (`sayso.data.selectors`), not a part of this.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.instructions.synthesize._asking import Said, Sampling, ask, needed, say
from sayso.instructions.synthesize._fields import Field, fields_of, render_fields
from sayso.instructions.synthesize._parsing import Unread, read_json
from sayso.instructions.synthesize._pool import Draft, Pool
from sayso.instructions.synthesize._prompts import prompts
from sayso.instructions.synthesize._protocol import Made, Synthesis, synthesizers
from sayso.instructions.synthesize.rules import Written
from sayso.lm import Request
from sayso.records import AnnotatedItem, Filled, TaskCard, Template
from sayso.seeds import Stream

__all__ = ["Dynosaur"]

METHOD = "dynosaur"
NUM_SHOWN, NUM_LOOKED_AT, MAX_SHOWN = 2, 100, 1000
MANY, LONGEST = 10, 15
SKEW = {1: 0.0, 2: 0.7}
SKEW_OF_MORE = 0.5


class Defined(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A task as it is asked for."""

    instruction: str
    input_fields: list[str]
    output_field: str | list[str]

    @property
    def output(self) -> str:
        """The one field that holds the answer; empty where there is not one."""
        names = [self.output_field] if isinstance(self.output_field, str) else self.output_field
        return names[0] if len(names) == 1 else ""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A data set: its items as fields, in an order drawn by seed, and what its card says."""

    source: str
    about: str
    items: list[AnnotatedItem]
    fields: list[dict[str, Field]]

    @property
    def names(self) -> list[str]:
        """Fields that any of the rows that are looked at has, in the order in which they come."""
        return list(dict.fromkeys(name for one in self.fields[:NUM_LOOKED_AT] for name in one))


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task that was accepted."""

    rows: Rows
    defined: Defined
    card: TaskCard
    model: str


@synthesizers.register(METHOD)
@dataclass(frozen=True, kw_only=True)
class Dynosaur:
    """The synthesizer; the fields are the options of a recipe.

    `about` are cards of data sets by the name of the source, `cards` files with them; `rows_per_task` is how many rows of a task are wanted, all without it.
    """

    about: Mapping[str, str] = field(default_factory=dict)
    cards: Mapping[str, str] = field(default_factory=dict)
    max_tasks: int = 3
    rows_per_task: int | None = None
    temperature: float = 0.0
    max_tokens: int = 256
    extra: dict[str, Any] = field(default_factory=dict)
    rules: tuple[PluginConfig, ...] = ()

    def synthesize(self, items: Sequence[AnnotatedItem], *, synthesis: Synthesis) -> Iterator[Made]:
        """What was refused of the tasks of all data sets, then rows: the first of each task, the second of each, and so on."""
        model = needed(synthesis.model, method=METHOD)
        pool = Pool(METHOD, synthesis=synthesis)
        sets = self._sets(items, seed=synthesis.seed)
        requests = [(rows, told) for rows in sets for told in ((True, False) if rows.about else (False,))]
        tasks: list[Task] = []
        known: set[tuple[str, str]] = set()
        asked = [self._request(rows, with_card=told) for rows, told in requests]
        for (rows, _), said in zip(requests, ask(model, asked), strict=True):
            for found in self._read(said, rows, known):
                if isinstance(found, Task):
                    tasks.append(found)
                else:
                    yield pool.take(found)
        yield from self._fill(tasks, pool)

    def _sets(self, items: Sequence[AnnotatedItem], *, seed: int) -> list[Rows]:
        by_source: dict[str, list[AnnotatedItem]] = {}
        for item in items:
            if len(fields_of(item)) > 1 or (item.media and fields_of(item)):
                by_source.setdefault(item.source, []).append(item)
        if not by_source:
            raise ConfigError(
                f"synthesizer {METHOD!r} needs rows with two or more fields (labels, captions, objects, questions), or one and a picture; {len(items):,} items have none"
            )
        if unknown := sorted({*self.about, *self.cards} - by_source.keys()):
            raise ConfigError(f"about, cards: no item is of {unknown[0]!r}; sources are {', '.join(sorted(by_source))}")
        return [self._rows(source, some, seed) for source, some in by_source.items()]

    def _rows(self, source: str, items: list[AnnotatedItem], seed: int) -> Rows:
        drawn = Stream(METHOD, seed, source).sample(items, len(items))
        return Rows(source=source, about=self._card(source), items=drawn, fields=[fields_of(one) for one in drawn])

    def _card(self, source: str) -> str:
        if source not in self.cards:
            return self.about.get(source, "").strip()
        try:
            return Path(self.cards[source]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"cards: that of {source!r} cannot be read ({error}); name a text file") from error

    def _request(self, rows: Rows, *, with_card: bool) -> Request:
        texts = prompts(METHOD)
        told = {
            "source": rows.source,
            "fields": ", ".join(rows.names),
            "rows": "\n".join(map(_as_json, rows.fields[:NUM_SHOWN])),
            "pictures": texts.fill("pictured" if rows.items[0].media else "plain"),
            "max_tasks": str(self.max_tasks),
        }
        if with_card:
            told["about"] = rows.about
        text = texts.fill("with_card" if with_card else "without_card", **told)
        return say(text, how=Sampling(temperature=self.temperature, max_tokens=self.max_tokens, extra=self.extra))

    def _read(self, said: Said, rows: Rows, known: set[tuple[str, str]]) -> Iterator[Task | Draft]:
        parents = tuple(one.id for one in rows.items[:NUM_SHOWN])
        listed = Unread(said.fault) if said.fault else read_json(said.text, list[msgspec.Raw])
        raws = [] if isinstance(listed, Unread) else [bytes(raw).decode() for raw in listed]
        if isinstance(listed, Unread) or not raws:
            problem = listed.reason if isinstance(listed, Unread) else "no task in the reply"
            yield Draft(operation="define", problem=problem, parents=parents, reply=said.text, model=said.model)
        for place, raw in enumerate(raws):
            defined = read_json(raw, Defined)
            problem = f"over {self.max_tasks} tasks" if place >= self.max_tasks else ""
            problem = problem or (defined.reason if isinstance(defined, Unread) else fault_of(defined, rows))
            if not problem and not isinstance(defined, Unread):
                key = rows.source, " ".join(defined.instruction.lower().split())
                problem = "the same instruction again" if key in known else ""
                known.add(key)
            if problem or isinstance(defined, Unread):
                yield Draft(operation="define", problem=problem, parents=parents, reply=raw, model=said.model)
            else:
                yield Task(rows=rows, defined=defined, card=_card_of(defined, rows), model=said.model)

    def _fill(self, tasks: Sequence[Task], pool: Pool) -> Iterator[Made]:
        waiting = [self._drafts(task) for task in tasks]
        while waiting and pool.room > 0:
            for drafts in list(waiting):
                draft = next(drafts, None)
                if draft is None:
                    waiting.remove(drafts)
                elif pool.room > 0:
                    yield pool.take(draft)

    def _drafts(self, task: Task) -> Iterator[Draft]:
        defined, number = task.defined, 0
        told = _few(defined, task.rows)
        for item, fields in zip(task.rows.items, task.rows.fields, strict=True):
            answer = fields.get(defined.output)
            if (
                not isinstance(answer, str)
                or not fields.keys() >= set(defined.input_fields)
                or number == self.rows_per_task
            ):
                continue
            draft = _draft(task, item, given=render_fields(fields, defined.input_fields), answer=answer)
            if told and answer not in told:
                yield replace(draft, problem=f"an answer that was not told ({answer[:40]!r})")
                continue
            number += 1
            yield draft


def fault_of(defined: Defined, rows: Rows) -> str:
    """Why a task is refused; empty where it is not."""
    if not defined.instruction.strip():
        return "no instruction"
    if not defined.output:
        return "not one output field"
    if unknown := [name for name in (*defined.input_fields, defined.output) if name not in rows.names]:
        return f"a field that does not exist ({unknown[0][:40]!r})"
    if defined.output in defined.input_fields:
        return f"output among the inputs ({defined.output!r})"
    if not defined.input_fields and not rows.items[0].media:
        return "no input field, and no picture"
    return _fault_of_labels(_labels(defined, rows))


def _labels(defined: Defined, rows: Rows) -> list[Field]:
    return [one[defined.output] for one in rows.fields[:NUM_LOOKED_AT] if defined.output in one]


def _fault_of_labels(labels: Sequence[Field]) -> str:
    if any(not isinstance(label, str) for label in labels):
        return "output of several values"
    counts = Counter(labels)
    share = max(counts.values()) / len(labels)
    if len(counts) <= MANY and share > SKEW.get(len(counts), SKEW_OF_MORE):
        return f"skewed labels (the commonest of {len(counts)} has {share:.0%})"
    return ""


def told_of(defined: Defined, rows: Rows) -> str:
    """The instruction, with the allowed answers where they are few and short."""
    labels = _few(defined, rows)
    text = defined.instruction.strip()
    return f"{text} Answer with one of: {', '.join(labels)}." if labels else text


def _few(defined: Defined, rows: Rows) -> list[str]:
    """The answers that are told: those of the rows that are looked at, where they are few and short."""
    labels = sorted({label for label in _labels(defined, rows) if isinstance(label, str)})
    return labels if len(labels) <= MANY and all(len(label) <= LONGEST for label in labels) else []


def _card_of(defined: Defined, rows: Rows) -> TaskCard:
    """The new task; its name says where it is from, and is another one for other fields or other words."""
    told = told_of(defined, rows)
    key = blake2b("\n".join((told, *defined.input_fields, defined.output)).encode("utf-8", "replace"), digest_size=4)
    source = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in rows.source.lower())
    name = f"{METHOD}_{source}_{key.hexdigest()}"
    text = told.replace("{", "{{").replace("}", "}}") + ("\n{input}" if defined.input_fields else "")
    return TaskCard(
        name=name,
        category="made",
        summary=f"{defined.output} from {', '.join(defined.input_fields) or 'the picture'}, of {rows.source}",
        templates=(Template(id=f"{name}/0", task=name, text=text, origin=METHOD),),
        slots={"input": "text"} if defined.input_fields else {},
    )


def _draft(task: Task, item: AnnotatedItem, *, given: str, answer: str) -> Draft:
    row = Filled(task=task.card.name, fields={"input": given} if task.card.slots else {}, references=(answer,))
    made = AnnotatedItem(
        id="",
        source=item.source,
        group=item.group or (item.id if item.media else ""),
        license=item.license,
        media=item.media,
        filled=(row,),
    )
    instruction = told_of(task.defined, task.rows)
    written = Written(instruction=instruction, input=given, output=answer, num_media=len(item.media))
    return Draft(operation="fill", item=made, card=task.card, written=written, parents=(item.id,), model=task.model)


def _as_json(fields: Mapping[str, Field]) -> str:
    cut = {
        name: value[:MAX_SHOWN] if isinstance(value, str) else [one[:MAX_SHOWN] for one in value]
        for name, value in fields.items()
    }
    return msgspec.json.encode(cut).decode()
