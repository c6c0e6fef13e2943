"""A wording, read once: its words and their weight, its slots, what it asks a reader to do, and which words turn its sense.

Nothing here knows a task. A word weighs by how rare it is in instruction English (`words.json`: in how many of 3,230
published instructions it appears), so that "given", "following" and "please" hardly count and the subject matter does.
"""

import json
import math
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files

__all__ = ["OPPOSITE", "read", "Reading", "SLOT", "stem", "weight"]

TOKEN = re.compile(r"\{[a-z][a-z0-9_]*\}|[^\W\d_]+(?:'[^\W\d_]+)?|\d+")
SLOT = re.compile(r"(?<!\{)\{[a-z][a-z0-9_]*\}(?!\})")
MAX_CHARACTERS = 8000
"""Longer texts are read by their beginning; other filters refuse them."""

TURNS = {
    "more": "more most greater greatest larger largest longer longest higher highest bigger biggest maximum exceed exceeds",
    "less": "fewer fewest less least smaller smallest shorter shortest lower lowest minimum lesser",
    "first": "first earliest earlier before precede precedes preceding preceded prior previous beginning begins begin starts",
    "last": "last final after succeeding succeeds later latest end ends ending ended conclude concludes concluding concluded"
    " finish finishes finishing terminate terminates terminating closing",
    "all": "all every each entire only solely exclusively entirely entirety everything none",
    "any": "any some either anything anyone",
    "not": "not never without nor cannot lacks lack lacking excluding exclude excludes except avoid avoiding avoids neither",
    "same": "same equal identical alike",
    "similar": "similar similarly resemble resembles comparable akin",
    "different": "different differ differs opposite contrary unlike odd",
    "right": "correct correctly right properly proper accurate accurately true",
    "wrong": "incorrect incorrectly wrong wrongly improper error errors mistake mistakes false",
}
"""Words that turn what an instruction asks for: comparison, order, quantity, negation, truth."""
OPPOSITE = {"more": "less", "less": "more", "first": "last", "last": "first", "all": "any", "any": "all"}
ACTS = {
    "ask": "what which who whom whose where when why how",
    "decide": "determine identify choose select pick find tell state indicate name give decide specify detect classify"
    " recognize point mark return answer output judge evaluate assess confirm verify check say figure deduce"
    " infer establish locate predict respond provide recommend suggest categorize label interpret clarify",
    "write": "write create generate compose produce craft construct formulate develop design draft form build invent make",
    "compare": "compare contrast",
    "explain": "explain explanation reasoning reason justify elaborate describe discuss",
    "complete": "complete fill finish continue",
}
"""Verbs and question words by what they ask a reader to do."""
_FUNCTION_WORDS = (
    "the a an of to in is and you for that or it this with if are on your me can be from do as by at will would should"
    " have has its their them they there was were does did been being not i we us our my so than then also into onto"
    " about up out between among following given below above provided please kindly could may must shall might need"
    " which what who whom whose where when how whether"
)
FUNCTION = frozenset(_FUNCTION_WORDS.split())
ENDINGS = (
    *("ically", "ations", "ation", "ingly", "ions", "ing", "ies", "ied", "ion", "est"),
    *("ed", "es", "ly", "er", "al", "s"),
)


def _by_word(groups: dict[str, str]) -> dict[str, str]:
    return {word: name for name, words in groups.items() for word in words.split()}


_TURN_OF, _ACT_OF = _by_word(TURNS), _by_word(ACTS)


@lru_cache(maxsize=1)
def _counts() -> tuple[int, dict[str, int]]:
    """How many instructions were counted, and in how many of them each stem's commonest word is."""
    total, counts = json.loads(files(__package__).joinpath("words.json").read_text("utf-8"))
    by_stem: dict[str, int] = {}
    for word, count in counts.items():
        by_stem[stem(word)] = max(by_stem.get(stem(word), 0), count)
    return total, by_stem


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The word without its ending, roughly; what stays has at least three letters."""
    ending = next((e for e in ENDINGS if word.endswith(e) and len(word) - len(e) >= 3), "")
    root = word.removesuffix(ending)
    return root[:-1] if root.endswith("e") and len(root) > 3 else root


@lru_cache(maxsize=65536)
def weight(root: str) -> float:
    """How much a stem says, about in [0, 1]: 1 for one that instructions hardly use."""
    total, counts = _counts()
    return math.log(total / (counts.get(root, 1) + 1)) / math.log(total / 2)


@dataclass(frozen=True)
class Reading:
    """What a wording is made of; every part is found when it is first asked for."""

    text: str

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """Words in small letters, numbers, and slots as `{name}`, in order."""
        return tuple(TOKEN.findall(self.text.lower().replace("’", "'")))

    @cached_property
    def words(self) -> frozenset[str]:
        """Different words, without slots."""
        return frozenset(token for token in self.tokens if not token.startswith("{"))

    @cached_property
    def content(self) -> frozenset[str]:
        """Stems of the words that carry meaning."""
        return frozenset(stem(word) for word in self.words if word not in FUNCTION and len(word) > 1)

    @cached_property
    def slots(self) -> tuple[str, ...]:
        """Slots in order of appearance, with braces."""
        return tuple(SLOT.findall(self.text))

    @cached_property
    def turns(self) -> frozenset[str]:
        """Which groups of `TURNS` it has a word of."""
        found = {_TURN_OF[word] for word in self.words if word in _TURN_OF}
        return frozenset(found | {"not"} if any(word.endswith("n't") for word in self.words) else found)

    @cached_property
    def acts(self) -> frozenset[str]:
        """Which groups of `ACTS` it has a word of."""
        return frozenset(_ACT_OF[word] for word in self.words if word in _ACT_OF)


def read(text: str) -> Reading:
    """Read a wording; equal texts are read once."""
    return _read(text[:MAX_CHARACTERS])


@lru_cache(maxsize=16384)
def _read(text: str) -> Reading:
    return Reading(text)
