"""A request in the words of other programs: chat turns whose pictures are hashes (to compare) or data URLs (to send).

A picture is bytes or a file. References such as `shapes:...` are drawn by a source, which is above this floor of the house: who asks
about one hands its bytes over.
"""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from sayso.errors import DataError
from sayso.lm._protocol import Request
from sayso.records import Media, Message, TextPart

__all__ = ["data_url", "image_bytes", "image_hash", "key_of", "turns"]

SCHEMA = 1  # part of every key: a change of what is hashed is a new number
MAGIC = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif", b"RIFF": "webp"}
encode = msgspec.json.Encoder(order="deterministic").encode


def turns(one: Request, *, image: Callable[[Media], str]) -> list[dict[str, Any]]:
    """The messages as chat turns: a plain text where there is no picture, else a list of parts with `image` of each."""
    return [{"role": message.role, "content": _content(message, one, image)} for message in one.messages]


def key_of(one: Request, *, model: bytes) -> bytes:
    """32 bytes that are equal for equal calls: `model` says who is asked, the rest is all that the reply depends on."""
    said = turns(one, image=image_hash)
    sampling = (one.temperature, one.top_p, one.max_tokens, one.seed, one.number)
    asked = (said, sampling, one.extra) if one.extra else (said, sampling)  # keys of calls without it are as they were
    return hashlib.sha256(b"%d\0%b\0%b" % (SCHEMA, model, encode(asked))).digest()


def image_bytes(medium: Media) -> bytes:
    """The encoded picture.

    Raises:
        DataError: the file cannot be read, or it is no picture.
    """
    if medium.kind != "image":
        raise DataError(f"language models are shown images, and this is {medium.kind} ({medium.path}); leave it out")
    if medium.data is not None:
        return medium.data
    try:
        return Path(medium.path or "").read_bytes()
    except OSError as error:
        raise DataError(f"image {medium.path!r} cannot be read ({error.strerror}); give a file, or bytes") from error


def image_hash(medium: Media) -> str:
    """What stands for a picture in a key: the hash of its bytes, or its name where it cannot be read."""
    try:
        return "sha256:" + hashlib.sha256(image_bytes(medium)).hexdigest()
    except DataError:
        return f"unreadable:{medium.path}"


def data_url(medium: Media) -> str:
    """The picture inside an address.

    Raises:
        DataError: it cannot be read, or is in a format that endpoints do not take.
    """
    raw = image_bytes(medium)
    kind = next((kind for start, kind in MAGIC.items() if raw.startswith(start)), None)
    if kind is None:
        raise DataError(f"image {medium.path!r} begins with {raw[:4]!r}: it is no PNG, JPEG, GIF or WebP; convert it")
    return f"data:image/{kind};base64,{base64.b64encode(raw).decode()}"


def _content(message: Message, one: Request, image: Callable[[Media], str]) -> Any:
    parts = message.parts
    if len(parts) == 1 and isinstance(parts[0], TextPart):
        return parts[0].text
    return [
        {"type": "text", "text": part.text}
        if isinstance(part, TextPart)
        else {"type": "image_url", "image_url": {"url": image(one.media[part.index])}}
        for part in parts
    ]
