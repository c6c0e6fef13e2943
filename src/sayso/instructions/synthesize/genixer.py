"""Genixer: a model that sees writes a question with its answer about a picture, of any kind or of one that is asked for, and another model says whether that is true.

Checked in the authors' code (Zhao et al. 2023, arXiv 2312.06731, zhaohengyuan1/Genixer): generic requests and requests with the name of a kind; a model that writes (there one tuned for it, here any that
is called; a tuned one is `model: {name: local, path: FOLDER}`); for questions another model is asked whether question and answer are true of the picture, yes or no, and "yes" is kept, of which the README says that
those with probability 0.5 to 0.7 helped most (`band: [0.5, 0.7]`); for boxes the crop is compared with its words, and a crop with a side under 50 pixels is dropped.

Ours: the wording of requests and forms of replies; p("yes") is read in one forward pass (`sayso.models.deciding`), where theirs samples and takes the geometric mean of its tokens; crops are compared
by cosine, so that their threshold of 60, which is of raw products, cannot be used and `min_cosine` has to be found on your pictures: every candidate's cosine is in its details. `filter: words` asks a model that is called (`others: {judge: ...}`, else
the one that writes) and counts its first word; it knows no band.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.instructions.synthesize._asking import Said, Sampling, ask, needed, say
from sayso.instructions.synthesize._items import make_item
from sayso.instructions.synthesize._models import bundle_of
from sayso.instructions.synthesize._parsing import Unread, sections, yes_or_no
from sayso.instructions.synthesize._pictures import Seeing, beside, media_of
from sayso.instructions.synthesize._pool import Draft, Pool
from sayso.instructions.synthesize._prompts import prompts
from sayso.instructions.synthesize._protocol import Made, Synthesis, synthesizers
from sayso.instructions.synthesize.rules import Written
from sayso.lm import LanguageModel, Request
from sayso.models.continuing import asking
from sayso.models.deciding import YesNo
from sayso.models.dual_encoder import DualEncoder
from sayso.records import AnnotatedItem
from sayso.seeds import Stream, derive
from sayso.sources import load_image

__all__ = ["Genixer", "KINDS"]

METHOD = "genixer"
ANY, GROUNDED = "any", "grounded"
KINDS = (ANY, "question", "adversarial", "multiple_choice", GROUNDED)
FAILED = "not judged"
Box: TypeAlias = tuple[float, float, float, float]
_BOX = re.compile(r"\[\s*(\d*\.\d+|[01])\s*,\s*(\d*\.\d+|[01])\s*,\s*(\d*\.\d+|[01])\s*,\s*(\d*\.\d+|[01])\s*\]")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A question with its answer about a picture, and the box in the answer of one that points."""

    item: AnnotatedItem
    kind: str
    said: Said
    question: str = ""
    answer: str = ""
    box: Box | None = None
    problem: str = ""


@synthesizers.register(METHOD)
@dataclass(frozen=True, kw_only=True)
class Genixer:
    """The synthesizer; the fields are the options of a recipe. `judge` is a model whose p("yes") counts, without it the last trained; `encoder` a dual encoder for boxes."""

    kinds: tuple[str, ...] = (ANY,)
    per_item: int = 1
    pictures: Seeing = "shown"
    filter: Literal["likelihood", "words", "none"] = "likelihood"
    judge: PluginConfig | None = None
    band: tuple[float, float] = (0.0, 1.0)
    encoder: str = ""
    min_cosine: float | None = None
    min_side: int = 50
    temperature: float = 0.7
    top_p: float = 0.95
    max_tokens: int = 512
    extra: dict[str, Any] = field(default_factory=dict)
    rules: tuple[PluginConfig, ...] = (PluginConfig(name="empty_output"), PluginConfig(name="refusal"))

    def __post_init__(self) -> None:
        if unknown := [kind for kind in self.kinds if kind not in KINDS]:
            raise ConfigError(f"kinds: {unknown[0]!r} is none of {', '.join(KINDS)}")
        if not 0 <= self.band[0] <= self.band[1] <= 1:
            raise ConfigError(f"band: {list(self.band)} is no part of [0, 1]; give [0.5, 0.7]")
        if self.filter == "words" and self.band != (0.0, 1.0):
            raise ConfigError("band: a word has no probability; set filter: likelihood and name a judge")
        if GROUNDED in self.kinds and not self.encoder:
            raise ConfigError(f"kinds: {GROUNDED!r} needs encoder: FOLDER, a dual encoder such as CLIP")

    def synthesize(self, items: Sequence[AnnotatedItem], *, synthesis: Synthesis) -> Iterator[Made]:
        """One for each picture, kind and draw, in this order."""
        model = needed(synthesis.model, method=METHOD)
        pictured = [item for item in items if item.media]
        if not pictured:
            raise ConfigError(f"synthesizer {METHOD!r} asks about pictures, and none of {len(items):,} items has any")
        pool = Pool(METHOD, synthesis=synthesis)
        judging = _Judging(self, synthesis, model)
        wanted = [(item, kind, n) for item in pictured for kind in self.kinds for n in range(self.per_item)]
        for some in pool.portions(wanted):
            requests = [self._request(*one, seed=synthesis.seed) for one in some]
            found = [_read(item, kind, said) for (item, kind, _), said in zip(some, ask(model, requests), strict=True)]
            for one, details in zip(found, judging.judge(found), strict=True):
                yield pool.take(_draft(one, details))

    def _request(self, item: AnnotatedItem, kind: str, number: int, *, seed: int) -> Request:
        texts = prompts(METHOD)
        generic = Stream(METHOD, seed, item.id, kind, number).choice(texts.among("generic_"))
        tag = "" if kind == ANY else texts.fill(f"kind_{kind}")
        form = texts.fill("form_grounded" if kind == GROUNDED else "form")
        text = beside("\n".join(line for line in (texts.fill(generic), tag, form) if line), item, self.pictures)
        how = Sampling(temperature=self.temperature, top_p=self.top_p, max_tokens=self.max_tokens, extra=self.extra)
        chance = derive(METHOD, seed, item.id, kind, number)
        return say(text, how=how, seed=chance, number=number, media=media_of(item, self.pictures))


class _Judging:
    """What is asked about candidates, and by whom; a judge is loaded before anything is paid for, so that a recipe without one fails at once."""

    def __init__(self, options: Genixer, synthesis: Synthesis, model: LanguageModel) -> None:
        self._options, self._synthesis = options, synthesis
        self._called = synthesis.others.get("judge", model)
        self._decider: YesNo | None = None
        self._encoder: DualEncoder | None = None
        if options.filter == "likelihood" and set(options.kinds) != {GROUNDED}:
            self._judge()

    def judge(self, found: Sequence[Candidate]) -> Iterator[dict[str, Any]]:
        """For each its scores, and why it is refused as `problem`."""
        asked = [one for one in found if not one.problem and one.kind != GROUNDED]
        answers = iter(self._decided(asked) if asked else ())
        for one in found:
            if one.problem:
                yield {}
            elif one.kind == GROUNDED:
                yield self._compared(one)
            else:
                yield next(answers)

    def _decided(self, asked: Sequence[Candidate]) -> Iterator[dict[str, Any]]:
        if self._options.filter == "none":
            yield from ({} for _ in asked)
        elif self._options.filter == "words":
            requests = [self._asking(one) for one in asked]
            for said in ask(self._called, requests):
                found = yes_or_no(said.text)
                told = said.problem or (found.reason if isinstance(found, Unread) else "")
                yield {"problem": f"{FAILED} ({told})" if told else "" if found else "judged as untrue"}
        else:
            texts = [(_question(one), one.item) for one in asked]
            samples = [asking(text, media=item.media, name=item.id) for text, item in texts]
            yield from (self._in_band(pair) for pair in self._judge().probabilities(samples))

    def _judge(self) -> YesNo:
        if self._decider is None:
            bundle = bundle_of(self._options.judge, self._synthesis, method=METHOD, option="judge")
            self._decider = YesNo(bundle, load=load_image)
        return self._decider

    def _in_band(self, pair: tuple[float, float] | str) -> dict[str, Any]:
        if isinstance(pair, str):
            return {"problem": f"{FAILED} ({pair})"}
        (yes, no), (low, high) = pair, self._options.band
        problem = "judged as untrue" if yes <= no else ""
        if not problem and not low <= yes <= high:
            problem = f"p(yes) outside of the band ({low:g} to {high:g})"
        return {"yes": yes, "no": no, "problem": problem}

    def _asking(self, one: Candidate) -> Request:
        pictures = self._options.pictures
        how = Sampling(max_tokens=8, extra=self._options.extra)
        return say(beside(_question(one), one.item, pictures), how=how, media=media_of(one.item, pictures))

    def _compared(self, one: Candidate) -> dict[str, Any]:
        """The cosine of the crop with its words."""
        if one.box is None:
            return {"problem": "no box"}
        self._encoder = self._encoder or DualEncoder(self._options.encoder)
        image = load_image(one.item.media[0])
        left, top = math.floor(one.box[0] * image.width), math.floor(one.box[1] * image.height)
        crop = image.crop((left, top, math.ceil(one.box[2] * image.width), math.ceil(one.box[3] * image.height)))
        if min(crop.size) < self._options.min_side:
            return {"problem": f"a small box (a side under {self._options.min_side} pixels)"}
        cosine = float(self._encoder.cosines([crop], [one.question])[0])
        least = self._options.min_cosine
        return {
            "cosine": cosine,
            "problem": f"cosine (below {least:g})" if least is not None and cosine < least else "",
        }


def _question(one: Candidate) -> str:
    return prompts(METHOD).fill("judge", question=one.question, answer=one.answer)


def _read(item: AnnotatedItem, kind: str, said: Said) -> Candidate:
    labels = ("Phrase", "Box") if kind == GROUNDED else ("Question", "Answer")
    found = Unread(said.fault) if said.fault else sections(said.text, labels)
    if isinstance(found, Unread):
        return Candidate(item=item, kind=kind, said=said, problem=found.reason)
    if empty := next((label for label in labels if not found[label]), ""):
        return Candidate(item=item, kind=kind, said=said, problem=f"nothing after {empty!r}")
    question, answer = (found[label] for label in labels)
    if kind != GROUNDED:
        return Candidate(item=item, kind=kind, said=said, question=question, answer=answer)
    box = _box(answer)
    problem = box.reason if isinstance(box, Unread) else ""
    point = None if isinstance(box, Unread) else box
    return Candidate(item=item, kind=kind, said=said, question=question, answer=answer, box=point, problem=problem)


def _box(text: str) -> Box | Unread:
    found = _BOX.fullmatch(text.strip())
    if found is None:
        return Unread("not one box of four shares of width and height")
    left, top, right, bottom = map(float, found.groups())
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        return Unread("a box without room, or outside of the picture")
    return left, top, right, bottom


def _draft(one: Candidate, details: dict[str, Any]) -> Draft:
    problem = one.problem or details.get("problem", "")
    asked = prompts(METHOD).fill("point", phrase=one.question) if one.kind == GROUNDED else one.question
    written = Written(instruction=asked, output=one.answer, num_media=len(one.item.media))
    return Draft(
        operation=one.kind,
        item=None if one.problem else make_item(written, method=METHOD, parents=[one.item], media=one.item.media),
        problem=problem,
        parents=(one.item.id,),
        reply=one.said.text if one.problem else "",
        model=one.said.model,
        details={name: value for name, value in details.items() if name != "problem"},
    )
