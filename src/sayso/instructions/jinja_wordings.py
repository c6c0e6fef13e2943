"""The input of a Jinja template as a wording of ours, without running any of it.

| in the Jinja | becomes |
|---|---|
| `{{question}}` | the slot `{question}` |
| `{{ x | trim }}`, `{{ x.strip() }}`, `{{ x | lower }}` | the slot `{x}`: how its value is tidied is not the wording's |
| `{{ options.0 }}`, `{{ answers['text'] }}` | `{options_0}`, `{answers_text}`: a constant place in a column is a name |
| `{{ choices | join(", ") }}` | `{choices}`: a list as text is what fills a slot |
| `{{ answer_choices[1] }}`, `{{ answer_choices | join(", ") }}` | the choices' own text, where the template spells it out; else `{options}` |
| `{{ "a" }}`, `{{ "a" ~ x }}` | the text, and both one after the other |
| `{% if label == 1 %}input ||| target{% endif %}` | the input: which rows it is for is the task's business |
| `{% set x = ... %}` | nothing; a slot that it fills is still a slot |

What is left out of a wording that is carried over is noted. Everything else is refused with its kind: logic that chooses or repeats
text, filters and calls that make other text, places that must be computed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import jinja2
from jinja2 import nodes

__all__ = ["BETWEEN", "Carried", "carry", "NotCarriedError", "spelled_out"]

BETWEEN = "|||"
NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
CHOICES = "answer_choices"
TIDYING = frozenset({"capitalize", "lower", "safe", "string", "title", "trim", "upper", "strip", "lstrip", "rstrip"})


class NotCarriedError(Exception):
    """Why a template cannot be one of ours: a kind, and words."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Carried:
    """A wording, and what of the Jinja it does not say."""

    text: str
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reading:
    """A walk through one template: the text of each choice (None: known to the row alone), names that are set, and notes."""

    choices: Sequence[str] | None
    options: str
    set_names: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


def carry(body: str, *, choices: Sequence[str] | None = None) -> Carried:
    """The wording of a template `input ||| target`; `choices` are its answer choices as templates of ours, where they are spelled out.

    Raises:
        NotCarriedError: its input is more than text and columns; says what.
    """
    tree = _parsed(body)
    taken = any(name.name == "options" for name in tree.find_all(nodes.Name))
    reading = _Reading(choices, options=CHOICES if taken else "options")
    pieces: list[tuple[str, bool]] = []
    for piece in _input(tree.body, reading):
        if piece is None:
            text = _stripped(pieces)
            if not text.strip():
                raise NotCarriedError("empty", "its input is empty")
            return Carried(text, tuple(dict.fromkeys(reading.notes)))
        pieces.append(piece)
    raise NotCarriedError("empty", f"it has no {BETWEEN}, so it asks for nothing")


def spelled_out(written: str) -> tuple[str, ...] | None:
    """Answer choices `a ||| {{b}}` as templates of ours; None where how many there are is known to the row alone."""
    try:
        pieces = _input(_parsed(f"{written}\n{BETWEEN}").body, _Reading(None, options="options"), whole=True)
        text = "".join(piece[0] for piece in pieces if piece)
    except NotCarriedError:
        return None
    choices = tuple(choice.strip() for choice in text.split(BETWEEN)[:-1])
    return None if len(choices) == 1 and choices[0].startswith("{") else choices


def _parsed(body: str) -> nodes.Template:
    try:
        return jinja2.Environment(autoescape=False).parse(body)
    except (jinja2.TemplateSyntaxError, RecursionError) as error:
        raise NotCarriedError("syntax", f"not Jinja: {error}") from error


def _stripped(pieces: Sequence[tuple[str, bool]]) -> str:
    """The pieces as one text; literals lose white space at both ends, quoted white space stays."""
    texts = [text for text, _ in pieces]
    for order, strip in ((range(len(pieces)), str.lstrip), (reversed(range(len(pieces))), str.rstrip)):
        for place in order:
            if not pieces[place][1]:
                break
            texts[place] = strip(texts[place])
            if texts[place]:
                break
    return "".join(texts)


def _input(body: Sequence[nodes.Node], reading: _Reading, *, whole: bool = False) -> Iterator[tuple[str, bool] | None]:
    """Text and whether it is literal, piece by piece; None where the target begins, which ends it unless `whole`."""
    for node in body:
        if isinstance(node, nodes.Output):
            for part in node.nodes:
                yield from _output(part, reading, whole=whole)
        elif _is_silent(node):
            reading.set_names.update(name.name for name in node.find_all(nodes.Name) if name.ctx == "store")
        elif isinstance(node, nodes.If) and not node.elif_ and all(map(_is_silent, node.else_)) and _has_middle(node):
            reading.notes.append("it is for some rows only")
            yield from _input(node.body, reading, whole=whole)
        else:
            raise NotCarriedError("logic", f"it has logic ({type(node).__name__.lower()})")


def _output(part: nodes.Node, reading: _Reading, *, whole: bool) -> Iterator[tuple[str, bool] | None]:
    if not isinstance(part, nodes.TemplateData):
        yield _expression(part, reading), False
    elif whole or BETWEEN not in part.data:
        yield _doubled(part.data), True
    else:
        yield _doubled(part.data.partition(BETWEEN)[0]), True
        yield None


def _is_silent(node: nodes.Node) -> bool:
    """Whether nothing but white space comes of it, whatever the row."""
    if isinstance(node, nodes.Assign | nodes.AssignBlock):
        return True
    if isinstance(node, nodes.Output):
        return all(isinstance(part, nodes.TemplateData) and not part.data.strip() for part in node.nodes)
    if isinstance(node, nodes.For):
        return all(map(_is_silent, [*node.body, *node.else_]))
    return isinstance(node, nodes.If) and all(map(_is_silent, [*node.body, *node.elif_, *node.else_]))


def _has_middle(node: nodes.If) -> bool:
    return any(BETWEEN in data.data for part in node.body for data in part.find_all(nodes.TemplateData))


def _expression(node: nodes.Node, reading: _Reading) -> str:
    if isinstance(node, nodes.Const) and isinstance(node.value, str | int | float):
        return _doubled(str(node.value))
    if isinstance(node, nodes.Concat):
        return "".join(_expression(part, reading) for part in node.nodes)
    if isinstance(node, nodes.Filter | nodes.Call):
        return _made(node, reading)
    if (path := _path(node)) is None:
        raise NotCarriedError(*_reason(node))
    if path[0] == CHOICES:
        return _choice(path, reading)
    return _slot("_".join(map(str, path)), root=str(path[0]), reading=reading)


def _path(node: nodes.Node | None) -> tuple[str | int, ...] | None:
    """A column and the constant places in it; None where a place must be computed."""
    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.Getattr):
        inner = _path(node.node)
        return (*inner, node.attr) if inner else None
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str | int):
        inner = _path(node.node)
        return (*inner, node.arg.value) if inner else None
    return None


def _slot(name: str, *, root: str, reading: _Reading) -> str:
    if not NAME.match(name.lower()):
        raise NotCarriedError("column", f"column {name!r} is no name of a slot")
    if root in reading.set_names:
        reading.notes.append(f"{root} is computed from the row")
    return f"{{{name.lower()}}}"


def _choice(path: tuple[str | int, ...], reading: _Reading) -> str:
    known = reading.choices
    if len(path) == 2 and isinstance(path[1], int) and known and path[1] < len(known):
        return known[path[1]]
    raise NotCarriedError("choices", "answer choices that only a row knows stand in its input")


def _made(node: nodes.Filter | nodes.Call, reading: _Reading) -> str:
    """What a filter or a call makes of a column, where it is the column's text tidied, or a list as text."""
    name, of, arguments = _called(node)
    tidied = isinstance(of, nodes.Filter | nodes.Call) or _path(of) not in {None, (CHOICES,)}
    if of is not None and name in TIDYING and not arguments and tidied:
        reading.notes.append(f"{name} is left to whoever fills the slot")
        return _expression(of, reading)
    if of is None or name != "join" or not all(isinstance(one, nodes.Const) for one in arguments) or not _path(of):
        raise NotCarriedError(*_reason(node))
    between = "".join(str(one.value) for one in arguments if isinstance(one, nodes.Const))
    if _path(of) != (CHOICES,):
        reading.notes.append("a list is laid out by whoever fills the slot")
        return _expression(of, reading)
    if reading.choices:
        return _doubled(between).join(reading.choices)
    return _slot(reading.options, root="", reading=reading)


def _called(node: nodes.Filter | nodes.Call) -> tuple[str, nodes.Node | None, list[nodes.Node]]:
    """The name, what it is done to and the arguments of `x | name(...)`, `x.name(...)` and `"sep".join(x)`."""
    if isinstance(node, nodes.Filter):
        return node.name, node.node, list(node.args)
    called = node.node
    if not isinstance(called, nodes.Getattr):
        return "", None, []
    if called.attr == "join" and len(node.args) == 1:
        return "join", node.args[0], [called.node]
    return called.attr, called.node, list(node.args)


def _reason(node: nodes.Node) -> tuple[str, str]:
    if any(name.name == CHOICES for name in [*node.find_all(nodes.Name), node] if isinstance(name, nodes.Name)):
        return "choices", "answer choices that must be computed stand in its input"
    if isinstance(node, nodes.CondExpr):
        return "logic", "it has logic (condexpr)"
    if isinstance(node, nodes.Filter | nodes.Call) or next(node.find_all((nodes.Filter, nodes.Call)), None):
        return "filters", "it has a filter or a call that makes other text"
    if isinstance(node, nodes.Getattr | nodes.Getitem):
        return "fields", "it takes a part of a column that must be computed"
    return "logic", f"it has an expression ({type(node).__name__})"


def _doubled(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
