"""Samples to ask an endpoint: a question on one picture, with options, under two wordings."""

from toy_conversation import text

from sayso.records import Media, MediaPart, Message, Sample

REFERENCE = "shapes:v2?kind=things&seed=7&index={}&medium=0&size=48&grid=3&objects=1-4&text=0"
WORDINGS = ("What color is it?", "Say the color of it.")


def asked(number, *, media=True, wording=0, options=("red", "green", "blue")):
    """The sample of example `number`; `media` may be a Media, True for a drawn scene, or False for none."""
    picture = Media(path=REFERENCE.format(number), width=48, height=48) if media is True else media
    parts = ((MediaPart(index=0),) if picture else ()) + (
        text((f"{WORDINGS[wording]} Number {number}.", "instr_template")),
    )
    return Sample(
        id=f"color/{number}/{wording}",
        example=f"color/{number}",
        task="color",
        template=f"color/{wording}",
        messages=(Message(role="user", parts=parts),),
        media=(picture,) if picture else (),
        options=options,
    )
