"""What travels between stages: frozen records, no behaviour.

    file ──source──> AnnotatedItem ──task──> Example ──template──> Sample ──model──> Prediction ──metric──> Score

An `Example` holds the facts of one row and no wording; a `Template` holds a wording and no facts. They meet in a
`Sample`, which knows for every character of its text what role it plays. Records are msgspec structs: typed JSON in
and out at about a million rows a second, and a row of the wrong shape is refused with its path.
"""

from hashlib import blake2b
from typing import Literal, TypeAlias

import msgspec

__all__ = [
    "AnnotatedItem",
    "AnnotatedObject",
    "Answer",
    "Example",
    "FieldValue",
    "Filled",
    "Lineage",
    "Media",
    "MediaPart",
    "Message",
    "Options",
    "Part",
    "Phrase",
    "Prediction",
    "Question",
    "Region",
    "Regions",
    "Relation",
    "ROLES",
    "Sample",
    "Score",
    "Span",
    "Statement",
    "Step",
    "TaskCard",
    "Template",
    "TextPart",
    "Verdict",
]

ROLES = (
    "pad",
    "bos",
    "system",
    "role_mark",
    "media",
    "media_sep",
    "instr_template",
    "instr",
    "options",
    "response",
    "resp_end",
)
"""Token roles; the position in this tuple is the integer that encodes a role in arrays."""


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Base of all records: immutable, keyword-only, unknown fields refused."""


class Region(Record, tag="region", frozen=True, kw_only=True):
    """A box as corners in [0, 1] of width and height of one medium; `medium` is that medium's position."""

    x1: float
    y1: float
    x2: float
    y2: float
    medium: int = 0


class Regions(Record, tag="regions", frozen=True, kw_only=True):
    """Several boxes that belong together, in order."""

    items: tuple[Region, ...]


class Options(Record, tag="options", frozen=True, kw_only=True):
    """The choices of an option task, in canonical order; the order shown is drawn when a sample is rendered."""

    items: tuple[str | Region, ...]


FieldValue: TypeAlias = str | Region | Regions | Options
"""What fills a slot."""

Answer: TypeAlias = str | Region | Regions
"""A gold output."""


class Media(Record, frozen=True, kw_only=True):
    """One image (audio and video later).

    `path` is a file, absolute or relative to the working folder, or a generated reference such as `shapes:...` that
    the source of that name draws again at any time; `data` holds encoded bytes instead where a file embeds them.
    `width` and `height` are pixels.
    """

    kind: Literal["image", "audio", "video"] = "image"
    path: str | None = None
    data: bytes | None = None
    width: int
    height: int

    @property
    def key(self) -> str:
        """What tells media apart: the path, or a hash of the bytes."""
        return self.path or blake2b(self.data or b"", digest_size=16).hexdigest()


class AnnotatedObject(Record, frozen=True, kw_only=True):
    """One thing in a picture: its class, box, attributes by kind (`color`, `size`, `texture` ...) and any text on it.

    `name` is what the item's own texts call it (`person 1`). `tags` and `lacks` are attributes of no known kind that it is
    said to have, and said not to have.
    """

    label: str
    region: Region | None = None
    attributes: dict[str, str] = {}
    text: str | None = None
    crowd: bool = False
    name: str = ""
    tags: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


class Relation(Record, frozen=True, kw_only=True):
    """`subject predicate object`, the two as positions in the item's objects."""

    subject: int
    predicate: str
    object: int


class Question(Record, frozen=True, kw_only=True):
    """A question somebody asked about the media, with every accepted answer.

    `kind` groups questions: `color`, `count`, `presence`, `compositional` ... (`sayso.tasks.QUESTION_KINDS`), empty where
    the source has no kinds. `options` are choices in words; a question answered by pointing has `boxes` instead and
    `answer_box` is the right one.
    """

    text: str
    answers: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    kind: str = ""
    boxes: tuple[Region, ...] = ()
    answer_box: Region | None = None


class Statement(Record, frozen=True, kw_only=True):
    """A sentence about the media that is `true`, `false` or `unknown` (or another label of the source).

    `kind` says what sort of judgement it is: empty for a plain statement about pictures, `spatial` for how two things lie,
    `entailment` for what follows from a picture, `claim` for a fact to check, with the evidence in words as `context`.
    """

    text: str
    label: str
    kind: str = ""
    context: str = ""


class Phrase(Record, frozen=True, kw_only=True):
    """Words for what is in a region; `unique` where they were written to tell it from all else in the picture."""

    text: str
    region: Region
    unique: bool = False


class Step(Record, frozen=True, kw_only=True):
    """One step of a procedure; `medium` is the position of the picture that shows it."""

    text: str
    medium: int | None = None


class Lineage(Record, frozen=True, kw_only=True):
    """Where a template came from: its parent's id and what was done to it."""

    parent: str
    operation: str
    paraphraser: str = ""
    meta_prompt: str = ""
    model: str = ""
    temperature: float | None = None
    seed: int = 0
    round: int = 0


class Template(Record, frozen=True, kw_only=True):
    """A wording of a task's instruction with named slots in braces; `{{` and `}}` are literal braces.

    `distance` says how far a held-out wording is from the trained ones: L1 same author or generator, L2 an operation
    never trained, L3 written by others.
    """

    id: str
    task: str
    text: str
    language: str = "en"
    origin: str = "library"
    held_out: bool = False
    distance: str | None = None
    lineage: Lineage | None = None


class TaskCard(Record, frozen=True, kw_only=True):
    """A task that a source brings along, `templates` its wordings.

    Without `slots` every question of kind `name` is a row of it: the one slot of the templates is `{input}`, the question's text
    (and `{options}` where these are the output); the answers are the references. With `slots`, names and their types, its
    rows are what items have `filled` in under that name.
    """

    name: str
    category: str
    summary: str
    templates: tuple[Template, ...]
    output: Literal["text", "option", "region", "region_option"] = "text"
    held_out: bool = False
    slots: dict[str, Literal["text", "region", "regions", "options"]] | None = None


class Filled(Record, frozen=True, kw_only=True):
    """A row of a task that a source brings along: what fills its slots, and every accepted output."""

    task: str
    fields: dict[str, FieldValue]
    references: tuple[Answer, ...]


class Span(Record, frozen=True, kw_only=True):
    """Characters `start` to `end` (end excluded) of a text play `role`, one of ROLES."""

    start: int
    end: int
    role: str


class TextPart(Record, tag="text", frozen=True, kw_only=True):
    """Text of a message; `spans` cover it without gap or overlap."""

    text: str
    spans: tuple[Span, ...]


class MediaPart(Record, tag="media", frozen=True, kw_only=True):
    """The place of one medium in a message; `index` is its position in the sample's media."""

    index: int = 0


Part: TypeAlias = TextPart | MediaPart
"""A piece of a message."""


class Message(Record, frozen=True, kw_only=True):
    """One turn: who speaks, and the ordered parts."""

    role: Literal["system", "user", "assistant"]
    parts: tuple[Part, ...]


class AnnotatedItem(Record, frozen=True, kw_only=True):
    """Everything a source knows about one or several media (or none): the input of every task.

    `group` is what must not be split between training and test, such as the picture that several rows share. `labels` says
    something of the whole by kind (`disaster`, `flaw`, `goal`, `method` ...). `vocabulary` holds, by kind (`label`, `color`,
    `relation`, `disaster` ...), the words this source could have used: wrong answers are drawn from it, so that they cannot be
    told without looking. `elsewhere` holds texts of other items of the source (`captions`, `questions`), which do not
    fit this one. `conversation` is one that somebody wrote, kept as it is; `wordings` are other texts of its first turn. `filled` are
    rows of tasks that the source brings along.
    """

    id: str
    source: str
    split: str = ""
    group: str = ""
    license: str = ""
    media: tuple[Media, ...] = ()
    objects: tuple[AnnotatedObject, ...] = ()
    relations: tuple[Relation, ...] = ()
    captions: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    statements: tuple[Statement, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    steps: tuple[Step, ...] = ()
    dialogue: tuple[tuple[str, str], ...] = ()
    labels: dict[str, str] = {}
    vocabulary: dict[str, tuple[str, ...]] = {}
    elsewhere: dict[str, tuple[str, ...]] = {}
    conversation: tuple[Message, ...] = ()
    wordings: tuple[str, ...] = ()
    filled: tuple[Filled, ...] = ()


class Example(Record, frozen=True, kw_only=True):
    """One row of a task before any wording: what fills the slots, the media, and the gold outputs.

    `references` holds every accepted output; for option tasks each is one of the options. `rejected` is a worse
    answer, for preference methods. `messages` is a conversation that brings its own wording: it is rendered as it stands,
    and its last turn is the reference. `wordings` are other texts of its first instruction, verified, of which training draws one.
    """

    id: str
    task: str
    source: str
    split: str
    fields: dict[str, FieldValue] = {}
    media: tuple[Media, ...] = ()
    messages: tuple[Message, ...] = ()
    wordings: tuple[str, ...] = ()
    references: tuple[Answer, ...]
    rejected: Answer | None = None
    license: str = ""


class Sample(Record, frozen=True, kw_only=True):
    """One conversation as the model sees it: an example under one wording, with its lineage."""

    id: str
    example: str
    task: str
    template: str
    messages: tuple[Message, ...]
    media: tuple[Media, ...] = ()
    options: tuple[str, ...] = ()
    references: tuple[str, ...] = ()


class Verdict(Record, frozen=True, kw_only=True):
    """Keep or drop, how sure (higher keeps), and why; nothing is dropped without one."""

    keep: bool
    reason: str
    score: float | None = None


class Prediction(Record, frozen=True, kw_only=True):
    """What a model produced for one example under one wording; `condition` is `plain` or how the input was changed.

    `output` is raw: how an answer is read out of it is up to scoring, which can be done again. `extraction` says how it came about, `number`
    which of several draws it is, `logprobs` are those of the sample's options where they were compared.
    """

    example: str
    task: str
    template: str
    model: str
    condition: str = "plain"
    prompt: str
    output: str
    extraction: str = "generated"
    number: int = 0
    logprobs: tuple[float, ...] = ()


class Score(Record, frozen=True, kw_only=True):
    """One value of one metric; `value` is None, with a reason, where it cannot be computed."""

    metric: str
    value: float | None
    reason: str = ""
