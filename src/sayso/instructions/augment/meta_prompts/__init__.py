"""Meta-prompts: what a language model is told to do to a wording, as data beside this file, each with an id and a version.

A meta-prompt belongs to an *operation* (synonyms, reorder, politeness ...), and where that is a scale it has a level. All share one frame: do
not carry the task out, keep its slots, reply with the new wording alone. InstrAug (arXiv 2402.14492) asked with one fixed request to
rephrase and the first five of ten that its model had proposed; the wording of all here is our own, and what a model
proposes is judged like anything else it says (`bootstrap`).
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import msgspec
import yaml

from sayso.errors import ConfigError, did_you_mean
from sayso.records import Record

__all__ = [
    "bootstrap_request",
    "choose",
    "instruction",
    "LANGUAGES",
    "meta_prompts",
    "MetaPrompt",
    "OPERATIONS",
    "translation",
]


class MetaPrompt(Record, frozen=True, kw_only=True):
    """An instruction to a rewriter; `changes` is what it may touch, `language` the code of the one it asks for."""

    id: str
    version: int
    operation: str
    text: str
    level: int = 0
    changes: str = ""
    language: str = ""

    @property
    def name(self) -> str:
        """What a lineage says: id and version."""
        return f"{self.id}@{self.version}"


class _Bootstrap(Record, frozen=True, kw_only=True):
    version: int
    text: str


class _File(Record, frozen=True, kw_only=True):
    frame: str
    slots: str
    lines: str
    prompts: tuple[MetaPrompt, ...]
    bootstrap: _Bootstrap


@cache
def _file() -> _File:
    content = yaml.safe_load(files(__name__).joinpath("meta_prompts.yaml").read_bytes())
    return msgspec.convert(content, _File)


def meta_prompts() -> tuple[MetaPrompt, ...]:
    """All meta-prompts that ship with sayso, in the usual order."""
    return _file().prompts


OPERATIONS = tuple(dict.fromkeys(one.operation for one in meta_prompts()))
"""What a meta-prompt's operation may be; those that a model proposed have the operation `bootstrapped`."""

LANGUAGES = {
    "ar": "Arabic", "bn": "Bengali", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian",
    "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "no": "Norwegian", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sv": "Swedish", "sw": "Swahili", "th": "Thai", "tr": "Turkish",
    "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
"""Languages to translate to, by ISO 639-1 code."""


def choose(names: Sequence[str] = (), *, without: Sequence[str] = ()) -> tuple[MetaPrompt, ...]:
    """The meta-prompts of these operations or ids, in this order and as often as named; all but translation where empty.

    Raises:
        ConfigError: there is no such operation or meta-prompt, or none is left.
    """
    known = {one.id for one in meta_prompts()} | set(OPERATIONS)
    for name in (*names, *without):
        if name not in known:
            raise ConfigError(f"no meta-prompt or operation {name!r}{did_you_mean(name, sorted(known))}")
    if "translate" in names:
        raise ConfigError("the operation 'translate' needs to know where to; write languages: [de] in its place")
    named = [one for name in names or OPERATIONS for one in meta_prompts() if name in (one.id, one.operation)]
    left = tuple(one for one in named if not {one.id, one.operation} & {"translate", *without})
    if not left:
        raise ConfigError(f"operations {list(names)} without {list(without)} leave no meta-prompt; name more of them")
    return left


def instruction(prompt: MetaPrompt, *, slots: bool, lines: bool) -> str:
    """The system message: what to do, then the frame, with a word on slots and line breaks where the text has any."""
    file = _file()
    parts = [prompt.text, file.frame, *([file.slots] if slots else []), *([file.lines] if lines else [])]
    return "\n\n".join(parts)


def translation(code: str) -> MetaPrompt:
    """The meta-prompt that asks for a language.

    Raises:
        ConfigError: no language has that code here.
    """
    if code not in LANGUAGES:
        raise ConfigError(f"no language {code!r}{did_you_mean(code, list(LANGUAGES))}")
    (plain,) = (one for one in meta_prompts() if one.operation == "translate")
    text = plain.text.replace("<language>", LANGUAGES[code])
    return msgspec.structs.replace(plain, id=f"{plain.id}:{code}", text=text, language=code)


def bootstrap_request(count: int) -> tuple[str, int]:
    """How a model is asked for `count` meta-prompts, and the version of that text."""
    asked = _file().bootstrap
    return asked.text.replace("<count>", str(count)), asked.version
