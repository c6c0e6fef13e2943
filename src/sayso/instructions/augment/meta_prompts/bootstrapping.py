"""Bootstrapping: a language model proposes meta-prompts, and each line of its reply is judged before anybody uses it.

A proposal has to be plain readable text of a sentence or two that speaks of rewording a text and asks for nothing else, and to differ from
those that are known. What it is made of is remembered (model, temperature, seed), and what was refused is kept with its
reason.
"""

import re
from collections.abc import Iterator, Sequence

from sayso.instructions.augment.meta_prompts import MetaPrompt, bootstrap_request
from sayso.instructions.filters._protocol import FilterContext
from sayso.instructions.filters.characters import CharactersFilter
from sayso.instructions.filters.wording import overlap, words
from sayso.lm import LanguageModel, request
from sayso.records import Record, Template, Verdict

__all__ = ["bootstrap", "JudgedMetaPrompt"]

_MARK = re.compile(r"^\s*(?:\d{1,3}[.):]|[-*•])\s+")
_REWORDING = re.compile(
    r"(?i)\b(?:re-?(?:write|word|phrase|state|order|arrange|structure|formulate|cast)\w*|paraphras\w+|rephras\w+|replac\w+|substitut\w+|exchang\w+|"
    r"swap\w*|simplif\w+|shorten\w*|expand\w*|chang\w+|turn\w*|convert\w*|split\w*|break\w*|merg\w+|combin\w+|us(?:e|ing)|express\w*|"
    r"say\w*|make|vary|adjust\w*|remov\w+|trim\w*|condens\w+|mov\w+|put|begin|start)\b"
)
_TEXT = re.compile(
    r"(?i)\b(?:texts?|instructions?|sentences?|wordings?|words?|phras(?:e|es|ing)|tasks?|questions?|commands?|requests?|verbs?|"
    r"nouns?|synonyms?|clauses?|voice|tone|vocabulary|prompts?)\b"
)
_ELSE = re.compile(
    r"(?i)https?:|www\.|\b(?:ignore|disregard|forget|answers? (?:it|the|to)|solve|carry (?:it )?out|poems?|stor(?:y|ies)|jokes?|code|python|json|html|"
    r"passwords?|api|keys?|system prompt|reveal|e-?mail|translate|summar\w+|opposite|negat\w+|pretend|role-?play|emojis?|hashtags?|"
    r"images? of|draw|example answer|explain why|provide (?:an )?(?:answer|explanation))\b"
)
_CHATTER = re.compile(
    r"(?i)^(?:sure|certainly|of course|absolutely|okay|ok|here (?:are|is)|i hope|let me know|great|note)\b"
)
_SAME = 0.8
"""The share of words from which two meta-prompts are one."""


class JudgedMetaPrompt(Record, frozen=True, kw_only=True):
    """A meta-prompt and what was decided about it; no verdict, model or seed where it ships with sayso."""

    prompt: MetaPrompt
    verdict: Verdict | None = None
    model: str = ""
    temperature: float | None = None
    seed: int = 0


def bootstrap(
    model: LanguageModel, *, count: int, known: Sequence[MetaPrompt], temperature: float = 0.7, seed: int = 0
) -> list[JudgedMetaPrompt]:
    """What `model` says when it is asked for `count` meta-prompts, line by line, each with its verdict; at most `count` are kept.

    Raises:
        BackendError: the model gave up.
    """
    how, version = bootstrap_request(count)
    asked = request(("user", how), temperature=temperature, max_tokens=1024, seed=seed % 2**31)
    (answered,) = model.answer([asked])
    if answered.reply is None:
        return [_unanswered(answered.failure or "no reply", model=model.name, temperature=temperature, seed=seed)]
    said = [line for line in answered.reply.text[:50_000].splitlines() if line.strip()]
    accepted: list[MetaPrompt] = []
    rows = []
    for number, line in enumerate(said):
        advice = _advice(line)
        problem = "enough" if len(accepted) >= count else next(_problems(advice, known=[*known, *accepted]), None)
        text = advice.encode("utf-8", "backslashreplace").decode()
        prompt = MetaPrompt(id=f"bootstrapped_{number}", version=version, operation="bootstrapped", text=text)
        accepted += [] if problem else [prompt]
        verdict = Verdict(keep=problem is None, reason=problem or "accepted")
        who = answered.reply.model or model.name
        rows.append(JudgedMetaPrompt(prompt=prompt, verdict=verdict, model=who, temperature=temperature, seed=seed))
    return rows


def _unanswered(reason: str, *, model: str, temperature: float, seed: int) -> JudgedMetaPrompt:
    prompt = MetaPrompt(id="bootstrapped", version=0, operation="bootstrapped", text="")
    verdict = Verdict(keep=False, reason=f"no reply ({reason})")
    return JudgedMetaPrompt(prompt=prompt, verdict=verdict, model=model, temperature=temperature, seed=seed)


def _advice(line: str) -> str:
    """The line without its number and marks of emphasis, `name: advice` as a sentence that speaks of the task given."""
    plain = _MARK.sub("", line).replace("**", "").replace("__", "").strip().strip('"“”')
    name, colon, advice = plain.partition(":")
    if colon and len(name.split()) <= 6 and advice.strip():
        plain = f"{name.strip()}: {advice.strip()}"
    plain = plain[:2000]
    return plain if plain.endswith((".", "!", "?", ":")) else f"{plain}."


def _problems(text: str, *, known: Sequence[MetaPrompt]) -> Iterator[str]:
    """Why this is no meta-prompt, the plainest reason first."""
    template, nothing = (Template(id="bootstrapped", task="", text=one) for one in (text, ""))
    readable = CharactersFilter(max_characters=600).judge(template, context=FilterContext(parent=nothing))
    if not readable.keep:
        yield readable.reason
    if _CHATTER.search(text) or text.endswith(":"):
        yield "chatter"
    if "{" in text or "}" in text or "SLOT" in text:
        yield "braces or a slot"
    if not 4 <= len(words(text)) <= 60:
        yield "too short or too long"
    if not (_REWORDING.search(text) and _TEXT.search(text)):
        yield "says nothing about rewording a text"
    if match := _ELSE.search(text):
        yield f"asks for something else ({match.group()})"
    if twin := next((one.id for one in known if overlap(text, one.text) >= _SAME), None):
        yield f"like one that is known ({twin})"
