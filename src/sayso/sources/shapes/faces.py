"""Faces with moods: two or three in a picture, each of another colour. Stands in for photographs of people who feel something."""

from functools import cache

from PIL import Image

from sayso.records import Phrase, Question, Region
from sayso.seeds import Stream
from sayso.sources.shapes._kinds import Facts, chance_of, kind_of_scene, media_of
from sayso.sources.shapes.canvas import Canvas
from sayso.sources.shapes.draw import PALETTE
from sayso.sources.shapes.pictograms import POSITIONS, TINTS, Pictogram, paste_all, place, say_all, see
from sayso.sources.shapes.scene import Spec

__all__ = ["face_sprite", "Faces", "MOODS"]

MOODS = ("happy", "sad", "angry", "surprised", "sleepy", "calm")
INK = (24, 20, 20)
WHITE = (255, 255, 255)
VOCABULARY = {"label": ("face",), "mood": MOODS, "color": TINTS, "position": POSITIONS}


@kind_of_scene("faces")
class Faces:
    """Objects with a mood, captions, phrases, questions of the kind `sentiment`."""

    def tell(self, spec: Spec, index: int) -> Facts:
        """See the class."""
        faces, chance = _faces(spec, index), chance_of(spec, index, "words")
        objects = tuple(see(spec, one, label="face", mood=one.what) for one in faces)
        phrases = tuple(
            Phrase(text=f"{one.what} {one.color} face", region=seen.region, unique=True)
            for one, seen in zip(faces, objects, strict=True)
            if seen.region
        )
        return Facts(
            media=media_of(spec, index),
            objects=objects,
            captions=(_caption(faces),),
            questions=(*_questions(faces, chance), *_pointing(faces, [seen.region for seen in objects if seen.region])),
            phrases=phrases,
            vocabulary=VOCABULARY,
            elsewhere=_elsewhere(spec, faces, chance),
        )

    def draw(self, spec: Spec, index: int, medium: int) -> Image.Image:
        """See the class."""
        return paste_all(spec, _faces(spec, index), face_sprite)


def _faces(spec: Spec, index: int) -> tuple[Pictogram, ...]:
    return _draw_faces(spec, chance_of(spec, index, "look"))


def _draw_faces(spec: Spec, chance: Stream) -> tuple[Pictogram, ...]:
    return place(spec, chance, [chance.choice(MOODS) for _ in range(2 + chance.below(2))], TINTS)


def _caption(faces: tuple[Pictogram, ...]) -> str:
    return say_all([f"{one.what} {one.color} face" for one in faces]) + "."


def _questions(faces: tuple[Pictogram, ...], chance: Stream) -> tuple[Question, ...]:
    one = chance.choice(faces)
    by_color = _ask(f"how does the {one.color} face feel?", one)
    other = chance.choice(faces)
    return by_color, _ask(f"what mood is the face at {POSITIONS[other.cell]} in?", other)


def _pointing(faces: tuple[Pictogram, ...], boxes: list[Region]) -> tuple[Question, ...]:
    """For each mood that only one face has, the question which one it is."""
    moods = [one.what for one in faces]
    return tuple(
        Question(text=f"which face is {mood}?", kind="sentiment", boxes=tuple(boxes), answer_box=box)
        for mood, box in zip(moods, boxes, strict=True)
        if moods.count(mood) == 1
    )


def _ask(text: str, one: Pictogram) -> Question:
    return Question(text=text, answers=(one.what,), options=MOODS, kind="sentiment")


def _elsewhere(spec: Spec, faces: tuple[Pictogram, ...], chance: Stream) -> dict[str, tuple[str, ...]]:
    """Captions of faces that are not here, and the item's questions about faces that are not here."""
    seen = {(one.what, one.color) for one in faces}
    captions: list[str] = []
    while len(captions) < 4:
        others = _draw_faces(spec, chance)
        if any((one.what, one.color) not in seen for one in others):
            captions.append(_caption(others))
    absent = chance.choice([color for color in TINTS if color not in {one.color for one in faces}])
    cell = chance.choice([cell for cell in range(4) if cell not in {one.cell for one in faces}])
    questions = (f"how does the {absent} face feel?", f"what mood is the face at {POSITIONS[cell]} in?")
    return {"captions": tuple(captions), "questions": questions}


@cache
def face_sprite(mood: str, color: str, side: int) -> Image.Image:
    """A face of `side` pixels that fills its square."""
    canvas = Canvas(side, units=20)
    canvas.oval((0, 0), (20, 20), PALETTE[color])
    for x in (6.2, 13.8):
        _eye(canvas, mood, x)
    _mouth(canvas, mood)
    return canvas.done()


def _eye(canvas: Canvas, mood: str, x: float) -> None:
    if mood == "sleepy":
        canvas.arc((x - 2.6, 4.5), (x + 2.6, 9.5), INK, degrees=(10, 170), width=1.3)
        return
    wide = 2.7 if mood == "surprised" else 2.1
    canvas.oval((x - wide, 7.5 - wide), (x + wide, 7.5 + wide), WHITE)
    canvas.oval((x - 1.1, 6.4), (x + 1.1, 8.6), INK)
    inner = 1 if x < 10 else -1
    if mood == "angry":
        canvas.line([(x - 3.2 * inner, 3.2), (x + 2.6 * inner, 6.2)], INK, width=1.5)
    if mood == "sad":
        canvas.line([(x - 3.2 * inner, 5.6), (x + 2.2 * inner, 3.4)], INK, width=1.2)


def _mouth(canvas: Canvas, mood: str) -> None:
    if mood == "happy":
        canvas.arc((4.5, 7), (15.5, 17), INK, degrees=(15, 165), width=2)
    elif mood in ("sad", "angry"):
        canvas.arc((5.5, 12.5), (14.5, 20.5), INK, degrees=(200, 340), width=1.8)
    elif mood == "surprised":
        canvas.oval((7.6, 11.6), (12.4, 18), INK)
    else:
        width = 2.2 if mood == "sleepy" else 4
        canvas.line([(10 - width, 14.4), (10 + width, 14.4)], INK, width=1.6)
