r"""Caption tokens: nearly what the captioning literature counts as words.

Captions are cut by the Penn Treebank tokeniser of Stanford CoreNLP 3.4.1, which is a Java program, then lower-cased, and the tokens of plain
punctuation are deleted (coco-caption). This is that in one regular expression. It knows contractions (`do n't`, `can not`), possessives, numbers,
hyphens, abbreviations and acronyms that keep their period (`u.s.`), brackets (`-lrb-`, which coco-caption means to delete and does not),
emoticons and addresses. It does not know the end of a sentence: an abbreviation keeps its period wherever it stands.

It is an approximation, and every card says so. On 26,595 sentences of public captions, statements, questions and answers it differs from the Java program
in 11 (`docs/decisions/035-text-metrics.md`).
"""

import re
from functools import lru_cache

__all__ = ["PTB", "tokens"]

PTB = "approximate PTB (CoreNLP 3.4.1), lower case, without coco-caption's punctuation"
"""What cards say of it."""

SPELT = str.maketrans(
    {"\n": " ", "\r": " ", "’": "'", "‘": "'", "´": " ´ ", "“": '"', "”": '"', "–": "--", "—": "--", "…": " ... "}
    | {"½": "1/2", "¼": "1/4", "¾": "3/4", "£": "#", "€": "$", "¢": " cents ", "\xa0": " "}
)
DELETED = frozenset({"''", "'", "``", "`", ".", "?", "!", ",", ":", "-", "--", "...", ";", '"'})
BRACKETS = str.maketrans(
    {"(": "-lrb-", ")": "-rrb-", "[": "-lsb-", "]": "-rsb-", "{": "-lcb-", "}": "-rcb-"},
)
ABBREVIATIONS = (
    "jan feb mar apr jun jul aug sept? oct nov dec mon tues? wed thu thurs fri ala ariz calif colo conn ct dak fla ga ind kans? ky "
    "md mich minn mo mont neb nev okla penn tenn va vt wisc? wyo mr mrs ms drs? profs? sens? reps? attys? lt col gen messrs govs? "
    "adm rev maj sgt cpl pvt capt ste? ave pres lieut hon brig cmdr pfc spc supt det mt ft adj adv asst assoc ens insp mlle mme "
    "msgr sfc invt elec natl m[ft]g dept inc cos? corp pp?ty ltd plc rt bancorp bhd assn univ intl sys tel est ext sq jr sr "
    "bros blvd rd esq etc al seq bldg vs alex wm jos cie cf ph\\.d"
)
CAPITALISED = "Az Ark Del Ill La Mass Miss Ore Pa Tex Wash"
BEFORE_NUMBERS = "figs? nos? op pp"
ALNUM = r"(?:[^\W_²³¹°ºª]|[\u0300-\u036f\u0900-\u0dff])"
LETTER = r"[^\W\d_²³¹°ºª]"
START = rf"(?<!{ALNUM})"
END = rf"(?!{ALNUM})"
TOKEN = re.compile(
    "|".join(
        [
            r"</?[a-z][^<>]*>|-[lr][rcs]b-",
            r"(?:https?://|www\.)[^\s\"<>]*[^\s\"<>.,;:!?')]",
            rf"[\w.+-]*\w@\w[\w-]*(?:\.[\w-]+)*|@{LETTER}\w*|#{LETTER}+",
            r"[<>]?[:;=][-o*']?[()dpo\\{@|\[\]]",
            rf"'(?:\d\ds|cause|em|til|n'){END}",
            rf"{START}(?:{'|'.join(ABBREVIATIONS.split())}|(?-i:{'|'.join(CAPITALISED.split())}))\.(?!\w)",
            rf"{START}(?:{'|'.join(BEFORE_NUMBERS.split())})\.(?=\s?\d)",
            rf"{START}(?:{LETTER}+-)?{LETTER}(?:\.{LETTER})*\.(?:-{LETTER}+|(?!\w))",
            rf"{START}(?:can(?=not{END})|(?:gon|wan)(?=na{END})|got(?=ta{END})|(?:gim|lem)(?=me{END}))",
            rf"'t(?=(?:is|was){END})|y'(?=(?:all|know){END})|ol'{END}|{START}(?:us|c|hk)\$",
            rf"[-+]?(?:\d+(?:[.,:]\d+)+|\.\d+)(?:[-/]{ALNUM}+)*|[-+]\d+(?![^\W_])",
            rf"{LETTER}+?(?=n't{END})",
            rf"n't{END}|'(?:s|m|d|ll|re|ve){END}",
            rf"{LETTER}'(?!(?:ll|re|ve){END}){LETTER}{{2,}}|ma'am",
            r"(?-i:[A-Z]+&[A-Z]+)|c\+\+",
            rf"{ALNUM}+(?:[-/_.?!](?!{ALNUM}*n't){ALNUM}+)*",
            r"[?!]+|\*+|_+|[^\W_]|[^\w\s\U00010000-\U0010ffff]",
        ]
    ),
    re.IGNORECASE,
)


@lru_cache(maxsize=65536)
def tokens(text: str) -> tuple[str, ...]:
    """The words of a caption, lower-cased; none holds a space."""
    found = (token.lower().replace(" ", "\xa0") for token in TOKEN.findall(text.translate(SPELT)))
    return tuple(token.translate(BRACKETS) for token in found if token not in DELETED)
