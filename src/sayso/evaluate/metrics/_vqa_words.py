"""How answers of VQA are made alike before they are compared: the official script and two of its descendants.

The steps of the official script (GT-Vision-Lab/VQA, vqaEval.py), with its quirks, since published numbers have them:

- a sign of `SIGNS` is deleted wherever it occurs if it stands beside a space anywhere in the text, or if the text holds a comma between digits;
  otherwise a space takes its place;
- a period goes unless a digit follows; what was meant to spare those after a digit is mistyped and spares nothing, and as a flag is passed where
  the count belongs, only the first 32 go;
- lower case, number words to digits (`none` is 0), `a`, `an`, `the` dropped, short forms get their apostrophe back. Four entries of that table have
  capitals and can never match; `somebody'd` loses its apostrophe.

Colons and apostrophes stay. `evalai` is the processor of M4C and EvalAI, `lmms` that of lmms-eval's VQAv2 at commit 75571cfe; at others it
puts predictions through `evalai` first and leaves references alone where they agree, which is not offered.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Literal, TypeAlias

__all__ = ["evalai", "lmms", "Normaliser", "NORMALISERS", "official", "one_line"]

Normaliser: TypeAlias = Literal["official", "evalai", "lmms"]

SIGNS = ';/[]"{}()=+\\_->' + "<@`,?!"
MOST_PERIODS = 32
PERIOD = re.compile(r"\.(?!\d)")
COMMA = re.compile(r"\d,\d")
COMMAS = re.compile(r"\d,+\d")
ARTICLES = frozenset({"a", "an", "the"})
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
DIGITS = {"none": "0"} | {word: str(value) for value, word in enumerate(NUMBERS)}
_APOSTROPHES = """
ain't aren't can't could've couldn't didn't doesn't don't hadn't hasn't haven't he'd he's how'd how'll how's isn't it'd it'll ma'am mightn't
might've mustn't must've needn't not've o'clock oughtn't shan't should've shouldn't somebody'll somebody's someone'd someone'll someone's
something'd something'll that's there'd there're there's they'd they'll they're they've 'twas wasn't we've weren't what'll what're what's what've
when's where'd where's where've who'd who'll who's who've why'll why're why's won't would've wouldn't y'all you'd you'll you're you've
"""
_TWICE = """
couldn't've hadn't've he'd've it'd've mightn't've she'd've shouldn't've somebody'd've someone'd've something'd've there'd've they'd've we'd've
who'd've wouldn't've y'all'll you'd've
"""


def _table() -> Mapping[str, str]:
    """Short forms without one of their apostrophes, to the form with all of them."""
    table = {form.replace("'", ""): form for form in _APOSTROPHES.split()}
    for form in _TWICE.split():
        first, second, third = form.split("'")
        table |= {f"{first}{second}'{third}": form, f"{first}'{second}{third}": form}
    rest = {"yall'd've": "y'all'd've", "y'alld've": "y'all'd've", "y'all'dve": "y'all'd've", "somebody'd": "somebodyd"}
    return table | rest | dict.fromkeys(("ow's'at", "'ows'at", "'ow'sat"), "'ow's'at")


SHORT_FORMS = _table()


def one_line(text: str) -> str:
    """Line breaks and tabs as spaces, none at the ends: the only step for answers that all annotators gave alike."""
    return text.replace("\n", " ").replace("\t", " ").strip()


def _signs(text: str, *, comma: re.Pattern[str]) -> str:
    between_digits = comma.search(text) is not None
    plain = text
    for sign in SIGNS:
        deleted = between_digits or f"{sign} " in text or f" {sign}" in text
        plain = plain.replace(sign, "" if deleted else " ")
    return PERIOD.sub("", plain, count=MOST_PERIODS)


def _words(text: str) -> str:
    words = (DIGITS.get(word, word) for word in text.lower().split())
    return " ".join(SHORT_FORMS.get(word, word) for word in words if word not in ARTICLES)


@lru_cache(maxsize=65536)
def official(text: str) -> str:
    """Signs, then words."""
    return _words(_signs(one_line(text), comma=COMMA))


@lru_cache(maxsize=65536)
def lmms(text: str) -> str:
    """As `official`, but several commas between digits count as one."""
    return _words(_signs(one_line(text), comma=COMMAS))


@lru_cache(maxsize=65536)
def evalai(text: str) -> str:
    """Lower case first, commas and question marks deleted, `'s` a word of its own; then as `lmms`."""
    return lmms(text.lower().replace(",", "").replace("?", "").replace("'s", " 's"))


NORMALISERS: Mapping[Normaliser, Callable[[str], str]] = {"official": official, "evalai": evalai, "lmms": lmms}
"""By the name that a recipe gives."""
