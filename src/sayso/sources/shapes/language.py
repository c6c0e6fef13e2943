"""What can be said about a scene: description, captions, questions with answers, statements true and false.

Two rules keep it honest. Nothing can be answered without the picture: within a kind of question every answer is about
equally likely, and a question never tells what it asks. And a false statement is a true one with one fact changed, both
given side by side, so that words alone do not betray the label.

Wordings are few and plain, for small vocabularies; variety of wording is the business of templates.
"""

from functools import cache, lru_cache
from typing import TypeAlias

from sayso.records import Question, Statement
from sayso.sources.shapes.letters import WORDS
from sayso.sources.shapes.scene import COLORS, SHAPES, SIZES, TEXTURES, Scene, Thing
from sayso.sources.shapes.view import IMPLIED, OPPOSITE, PLURALS, View, enumerate_words, name_cells

__all__ = ["ask", "describe", "look", "make_captions", "make_questions", "make_statements", "YES_NO"]

YES_NO = ("yes", "no")
Pair: TypeAlias = tuple[str, str]


def describe(view: View) -> str:
    """Everything there is, in reading order: `top left: large red striped circle; middle right: ...`.

    Empty cells go unsaid: a model that is trained on it spends its steps on what is there.
    """
    cells = {thing.cell: f"{thing.size} {thing.color} {thing.texture} {thing.shape}" for thing in view.things}
    for word in view.scene.words:
        cells[word.cell] = "unreadable word" if word.damage else f"word {word.text}"
    return "; ".join([f"{view.positions[cell]}: {cells[cell]}" for cell in sorted(cells)])


@lru_cache(maxsize=1024)
def make_captions(scene: Scene, grid: int, where: str = "") -> tuple[str, ...]:
    """Three sentences about the whole scene, from the roughest to the most exact."""
    positions = name_cells(grid)
    kinds = [f"a {thing.color} {thing.shape}" for thing in scene.things]
    places = [f"{kind} at {positions[thing.cell]}" for kind, thing in zip(kinds, scene.things, strict=True)]
    count = len(kinds)
    return (
        f"{enumerate_words(kinds)}{where}.",
        f"{count} {'shape' if count == 1 else 'shapes'}{where}: {enumerate_words(places)}.",
        f"{enumerate_words([f'a {look(thing)}' for thing in scene.things])}{where}.",
    )


def make_questions(view: View) -> tuple[Question, ...]:
    """At most one question of each kind; `Question.options` are all answers of the kind, in a fixed order."""
    questions = [
        _ask_color(view),
        _ask_shape(view),
        _ask_size(view),
        _ask_texture(view),
        _ask_count(view),
        _ask_shared(view),
        _ask_presence(view),
        _ask_position(view),
        _ask_relation(view),
        _ask_text(view),
    ]
    return tuple([question for question in questions if question is not None])


def make_statements(view: View) -> tuple[Statement, ...]:
    """A true sentence and its false twin, in random order; none in the rare scene where nothing can be changed."""
    makers = (_state_presence, _state_position, _state_count, _state_relation)
    first = view.chance.below(len(makers))
    for step in range(len(makers)):
        pair = makers[(first + step) % len(makers)](view)
        if pair is not None:
            true = Statement(text=pair[0], label="true")
            false = Statement(text=pair[1], label="false")
            return (true, false) if view.chance.below(2) else (false, true)
    return ()


def look(thing: Thing) -> str:
    """All that can be seen of a thing, `large red striped star`; nobody says `plain`."""
    texture = "" if thing.texture == "plain" else f"{thing.texture} "
    return f"{thing.size} {thing.color} {texture}{thing.shape}"


def ask(kind: str, text: str, answer: str, options: tuple[str, ...]) -> Question:
    """A question with one answer among all that the kind has."""
    return Question(text=text, answers=(answer,), options=options, kind=kind)


def _ask_about(view: View, kind: str, start: str, phrase: str, answer: tuple[str, tuple[str, ...]]) -> Question:
    """A question that takes for granted that there is what `phrase` names; its twin about nothing goes to `misfits`."""
    misnomer = view.misnomer(phrase)
    if misnomer is not None:
        view.misfits.append(f"{start} {misnomer}{view.where}?")
    return ask(kind, f"{start} {phrase}{view.where}?", *answer)


def _ask_color(view: View) -> Question:
    i = view.draw()
    return _ask_about(view, "color", "what color is", view.point(i, "color"), (view.colors[i], COLORS))


def _ask_shape(view: View) -> Question:
    i = view.draw()
    return _ask_about(view, "shape", "what is the shape of", _thing(view, i), (view.shapes[i], SHAPES))


def _thing(view: View, index: int) -> str:
    if view.colors.count(view.colors[index]) == 1 and view.chance.below(2):
        return f"the {view.colors[index]} one"
    return f"the one at {view.at(index)}"


def _ask_size(view: View) -> Question:
    i = view.draw()
    return _ask_about(view, "size", "what size is", view.point(i, "size"), (view.things[i].size, SIZES))


def _ask_texture(view: View) -> Question:
    i = view.draw()
    return _ask_about(view, "texture", "what texture is", view.point(i, "texture"), (view.things[i].texture, TEXTURES))


@cache
def _counts(high: int) -> tuple[str, ...]:
    return tuple(str(count) for count in range(1, high + 1))


def _ask_count(view: View) -> Question:
    options = _counts(view.spec.max_objects)
    return ask("count", f"how many shapes are there{view.where}?", str(len(view.things)), options)


@cache
def _acceptance(low: int, high: int) -> tuple[float, ...]:
    """How often to ask about a shared count, by count - 1, so that the counts asked about are uniform on 1..high."""
    chances = [sum(1 / count for count in range(max(shared, low), high + 1)) for shared in range(1, high + 1)]
    return tuple(chances[-1] / chance for chance in chances)


def _ask_shared(view: View) -> Question | None:
    theme, shared, spec = view.scene.theme, view.scene.shared, view.spec
    if view.chance.uniform() >= _acceptance(spec.min_objects, spec.max_objects)[shared - 1]:
        return None
    what = PLURALS.get(theme) or f"{theme} shapes"
    return ask("count", f"how many {what} are there{view.where}?", str(shared), _counts(spec.max_objects))


def _ask_presence(view: View) -> Question | None:
    color, shape = view.kinds[view.draw()]
    absent = view.absent(color, shape)
    if absent is None:
        return None
    answer = view.chance.below(2)
    color, shape = absent if answer else (color, shape)
    return ask("presence", f"is there a {color} {shape}{view.where}?", YES_NO[answer], YES_NO)


def _ask_position(view: View) -> Question | None:
    i = view.draw()
    name = view.name(i)
    if name is None or len(view.positions) == 1:
        return None
    return _ask_about(view, "position", "where is", name, (view.at(i), view.positions))


def _draw_relation(view: View) -> tuple[str, str, str] | None:
    """Two things that can be named and how the first lies to the second."""
    if len(view.things) == 1:
        return None
    i = view.draw()
    j = (i + 1 + view.chance.below(len(view.things) - 1)) % len(view.things)
    one, other = view.name(i), view.name(j)
    if one is None or other is None:
        return None
    parts = sorted(IMPLIED[view.direction(i, j)], key=len)  # the direction itself is the longest
    predicate = parts[view.chance.below(2)] if len(parts) > 1 else parts[0]
    return one, predicate, other


def _ask_relation(view: View) -> Question | None:
    facts = _draw_relation(view)
    if facts is None:
        return None
    one, predicate, other = facts
    answer = view.chance.below(2)
    said = OPPOSITE[predicate] if answer else predicate
    return ask("relation", f"is {one} {said} {other}{view.where}?", YES_NO[answer], YES_NO)


def _ask_text(view: View) -> Question | None:
    readable = [word for word in view.scene.words if not word.damage]
    if not readable:
        return None
    word = view.chance.choice(readable)
    place = f" at {view.positions[word.cell]}" if len(view.scene.words) > 1 else ""
    return ask("text", f"what word is written{place}{view.where}?", word.text, WORDS)


def _state_presence(view: View) -> Pair | None:
    color, shape = view.kinds[view.draw()]
    absent = view.absent(color, shape)
    if absent is None:
        return None
    return f"there is a {color} {shape}{view.where}.", f"there is a {absent[0]} {absent[1]}{view.where}."


def _state_position(view: View) -> Pair | None:
    i = view.draw()
    name = view.name(i)
    if name is None or len(view.positions) == 1:
        return None
    cells = len(view.positions)
    other = view.positions[(view.things[i].cell + 1 + view.chance.below(cells - 1)) % cells]
    return f"{name} is at {view.at(i)}{view.where}.", f"{name} is at {other}{view.where}."


def _state_count(view: View) -> Pair | None:
    low, span = view.spec.min_objects, view.spec.max_objects - view.spec.min_objects + 1
    if span == 1:
        return None
    count = len(view.things)
    other = low + (count - low + 1 + view.chance.below(span - 1)) % span
    return _count_sentence(count, view.where), _count_sentence(other, view.where)


def _count_sentence(count: int, where: str) -> str:
    return f"there is 1 shape{where}." if count == 1 else f"there are {count} shapes{where}."


def _state_relation(view: View) -> Pair | None:
    facts = _draw_relation(view)
    if facts is None:
        return None
    one, predicate, other = facts
    return f"{one} is {predicate} {other}{view.where}.", f"{one} is {OPPOSITE[predicate]} {other}{view.where}."
