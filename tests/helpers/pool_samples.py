"""Samples as a pool has them, and what a scorer is given besides."""

from io import BytesIO
from pathlib import Path

from PIL import Image
from toy_conversation import text

from sayso.data.scorers import Scoring, Trained
from sayso.records import Media, MediaPart, Message, Sample

__all__ = ["ask", "picture", "scoring"]


def ask(
    words: str,
    response: str | None,
    *,
    name: str = "a",
    task: str = "t",
    filled: str = "",
    media: tuple[Media, ...] = (),
) -> Sample:
    """One question in `words` of its wording, with `filled` behind them, and its answer; none where it is None."""
    pieces = [(words, "instr_template"), (filled, "instr")] if filled else [(words, "instr_template")]
    shown = tuple(MediaPart(index=place) for place in range(len(media)))
    messages = [Message(role="user", parts=(*shown, text(*pieces)))]
    if response is not None:
        said = text((response, "response")) if response else text()
        messages.append(Message(role="assistant", parts=(said,)))
    return Sample(id=name, example=name, task=task, template="w", messages=tuple(messages), media=media)


def picture(color: tuple[int, int, int], *, size: int = 48) -> Media:
    """A picture of one colour, as its bytes."""
    file = BytesIO()
    Image.new("RGB", (size, size), color).save(file, format="PNG")
    return Media(data=file.getvalue(), width=size, height=size)


def scoring(folder: Path, *models: Path, seed: int = 0) -> Scoring:
    """What scorers may use, with train stages that left `models`."""
    trained = tuple(Trained(name=model.name, model=model, folder=model.parent) for model in models)
    return Scoring(seed=seed, store=folder / "replies.sqlite", columns=folder / "columns", trained=trained)
