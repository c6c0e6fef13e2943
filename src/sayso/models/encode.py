"""A sample becomes token ids with the role of every token: labels are built from segments, never by searching for strings.

The skeleton of the model's own chat template (see `skeleton`) is filled with the sample's texts, whose spans know their roles, and the
whole is tokenised in one go with character offsets. So the ids are exactly those of `processor.apply_chat_template`, which is
checked on the first sample of every structure, and the roles are exact too. A medium is as many tokens as the processor makes of it, all with the
role `media`.

Nothing is cut: a sample that is too long is an error with its length (what else may be done is in `sayso.train.samples.truncation`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from transformers import PreTrainedTokenizerBase, ProcessorMixin

from sayso.errors import ConfigError, DataError
from sayso.models.roles import ROLE_CODE, align, last_turn, token_roles, turns_of
from sayso.models.skeleton import Content, Fixed, Placeholder, Skeleton, Structure, TemplateFacts, make_skeleton
from sayso.models.vision import LoadImage, MediaReader, Vision
from sayso.records import Sample, TextPart

__all__ = ["Encoded", "Encoder"]


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """One conversation as the model reads it.

    `roles[i]` is the code of token i's role, `turns[i]` the number of the user turn that it belongs to, from 0. `arrays` are the processor's media inputs (`pixel_values` ...), `per_token` its further
    inputs of one value a token. `text` is what was tokenised (media as placeholders where the processor alone expands them); for a prompt, `lead` and `tail` are what the
    template writes before and after the response to come; `num_lead` counts the tokens of the first response that it writes itself, `num_last_lead` those of the last. `task` and `example` are the sample's, `place` is that of the run which the sample was made for
    and `wording` its number among the wordings that stand there side by side.
    """

    id: str
    input_ids: list[int]
    roles: NDArray[np.uint8]
    turns: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, dtype=np.uint8))
    task: str = ""
    example: str = ""
    place: int = -1
    wording: int = 0
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    per_token: dict[str, list[int]] = field(default_factory=dict)
    beside: dict[str, list[int]] = field(default_factory=dict)
    beside_roles: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, dtype=np.uint8))
    text: str = ""
    lead: str = ""
    tail: str = ""
    num_lead: int = 0
    num_last_lead: int = 0

    def __len__(self) -> int:
        return len(self.input_ids)

    @property
    def last_turn(self) -> NDArray[np.bool_]:
        """(tokens,) which of them are of the turn that the last response belongs to; none where there is no response."""
        return last_turn(self.roles)

    def first(self, count: int) -> "Encoded":
        """Its first tokens, with all of its media."""
        return self._but(
            input_ids=self.input_ids[:count],
            roles=self.roles[:count],
            turns=self.turns[:count],
            per_token={name: values[:count] for name, values in self.per_token.items()},
        )

    def only(self, places: NDArray[np.int64]) -> "Encoded":
        """These of its tokens, without media."""
        chosen = places.tolist()
        return self._but(
            input_ids=[self.input_ids[place] for place in chosen],
            roles=self.roles[places],
            turns=self.turns[places],
            per_token={name: [values[place] for place in chosen] for name, values in self.per_token.items()},
            arrays={},
        )

    def _but(self, **changed: Any) -> "Encoded":
        """As `dataclasses.replace`, in a tenth of its time: rows are cut several times each."""
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__, **changed)
        return made


@dataclass(frozen=True, kw_only=True)
class _Layout:
    """A conversation laid out: the text to tokenise, its pieces' texts and roles, and where the lead of the first response stands, and that of the last."""

    text: str
    role_of_char: NDArray[np.uint8]
    lead: tuple[int, int]
    last_lead: tuple[int, int]


class Encoder:
    """Turns samples into tokens for one processor; thread-safe for reading, meant for one model.

    `load` opens a medium where the caller gives no images; what the processor makes of it is kept for the last
    `num_cached` samples' media, within 256 MiB.
    """

    def __init__(
        self,
        processor: ProcessorMixin | PreTrainedTokenizerBase,
        *,
        max_tokens: int,
        load: LoadImage | None = None,
        num_cached: int = 16384,
    ) -> None:
        self.processor = processor
        self.max_tokens = max_tokens
        self.remedy = "raise train.max_tokens, limit the image size, or say what to do about it with train.truncation"
        self.tokenizer: PreTrainedTokenizerBase = getattr(processor, "tokenizer", processor)
        self._reader = MediaReader(processor, load=load, num_cached=num_cached)
        self._skeletons: dict[tuple[Structure, bool], Skeleton] = {}
        self._around: dict[Structure, tuple[str, str]] = {}
        self._facts = _facts(processor, self.tokenizer)
        self._firsts = {token[0] for token in self._facts.forbidden}
        if not self.tokenizer.is_fast:
            raise ConfigError(
                f"tokenizer {type(self.tokenizer).__name__} gives no character offsets; use a fast tokenizer"
            )

    def encode(self, sample: Sample, *, images: Sequence[Image.Image] | None = None, response: bool = True) -> Encoded:
        """One sample; without `response` the prompt alone, ready for generation.

        `images` are in the order of the sample's media.

        Raises:
            DataError: it is too long, has a control token in its text, or media that the model cannot read.
        """
        return self.encode_batch([sample], images=None if images is None else [images], response=response)[0]

    def encode_batch(
        self,
        samples: Sequence[Sample],
        *,
        images: Sequence[Sequence[Image.Image]] | None = None,
        response: bool = True,
        limit: bool = True,
    ) -> list[Encoded]:
        """Several samples at once, tokenised together; without `limit` they may be longer than `max_tokens`.

        Raises:
            DataError: as for `encode`.
        """
        given = images if images is not None else [None] * len(samples)
        visions = [self._reader.read(sample, images=some) for sample, some in zip(samples, given, strict=True)]
        layouts = [self._layout(s, vision=v, response=response) for s, v in zip(samples, visions, strict=True)]
        tokens = self._tokenise([layout.text for layout in layouts])
        rows = zip(samples, visions, layouts, tokens["input_ids"], tokens["offset_mapping"], strict=True)
        done = [self._finish(*row, response=response) for row in rows]
        for row in done if limit else ():
            self.check_length(row)
        return done

    def fits(self, row: Encoded) -> bool:
        """Whether a sample is no longer than `max_tokens`, on each side of an encoder-decoder."""
        return max(len(row), len(row.beside_roles)) <= self.max_tokens

    def check_length(self, row: Encoded) -> None:
        """Nothing is cut here.

        Raises:
            DataError: the sample is longer than `max_tokens`.
        """
        if not self.fits(row):
            length = max(len(row), len(row.beside_roles))
            num_media = max(int((roles == ROLE_CODE["media"]).sum()) for roles in (row.roles, row.beside_roles))
            raise DataError(
                f"sample {row.id!r} has {length} tokens, {num_media} of them media, over max_tokens {self.max_tokens}; "
                f"{self.remedy}"
            )

    def check_text(self, sample: Sample, text: str) -> None:
        """Texts may not hold control tokens, which would be read as such.

        Raises:
            DataError: this one does.
        """
        if not any(first in text for first in self._firsts):
            return
        for token in self._facts.forbidden:
            if token in text:
                raise DataError(
                    f"sample {sample.id!r}: its text holds the control token {token!r}; take it out of {text[:80]!r}"
                )

    def continuations(self, prompt: Encoded, options: Sequence[str]) -> tuple[int, list[list[int]]]:
        """How many of the prompt's last tokens fuse with a response, and each option's tokens with these and its end."""
        laid_out = [prompt.text, *(prompt.text + prompt.lead + option + prompt.tail for option in options)]
        given, *whole = self._tokenise(laid_out)["input_ids"]
        shared = min((_num_shared(given, ids) for ids in whole), default=len(given))
        return len(given) - shared, [ids[shared:] for ids in whole]

    def _tokenise(self, texts: Sequence[str]) -> Any:
        return self.tokenizer(list(texts), add_special_tokens=self._adds(texts[0]), return_offsets_mapping=True)

    def _adds(self, text: str) -> bool:
        """Whether special tokens are added to what the chat template wrote; as `apply_chat_template` decides."""
        written = bool(self._facts.bos) and text.startswith(self._facts.bos or "")
        return isinstance(self.processor, ProcessorMixin) and not written

    def _finish(
        self, sample: Sample, vision: Vision, layout: _Layout, ids: list[int], offsets: Any, *, response: bool
    ) -> Encoded:
        places = np.asarray(offsets, dtype=np.int64).reshape(-1, 2)
        roles = token_roles(layout.text, role_of_char=layout.role_of_char, offsets=places)
        if vision.images and vision.expansions is None:
            made = self._reader.expand(layout.text, images=vision.images, add_special_tokens=self._adds(layout.text))
            expanded = made["input_ids"][0]
            roles = align(ids, roles, expanded=list(expanded))
            ids = list(expanded)
        lead, tail = ("", "") if response else self._around_response(sample)
        num_lead = _num_within(places, layout.lead)
        return Encoded(
            id=sample.id,
            input_ids=ids,
            roles=roles,
            turns=turns_of(roles),
            task=sample.task,
            example=sample.example,
            arrays=vision.arrays,
            per_token=self._per_token(ids),
            text=layout.text,
            lead=lead,
            tail=tail,
            num_lead=num_lead,
            num_last_lead=num_lead if layout.last_lead == layout.lead else _num_within(places, layout.last_lead),
        )

    def _per_token(self, ids: list[int]) -> dict[str, list[int]]:
        if not getattr(self.processor, "return_mm_token_type_ids", False):
            return {}
        names = getattr(self.processor, "model_input_names", ())
        name = "mm_token_type_ids" if "mm_token_type_ids" in names else "token_type_ids"  # Gemma has its own word
        return {name: self.processor.create_mm_token_type_ids([ids])[0]}

    def _layout(self, sample: Sample, *, vision: Vision, response: bool) -> _Layout:
        messages = sample.messages if response else sample.prompt
        skeleton = self._skeleton(sample, structure=_structure(messages), prompt=not response)
        texts = iter([part for message in messages for part in message.parts if isinstance(part, TextPart)])
        expansions = iter(vision.expansions or ())
        pieces: list[tuple[str, NDArray[np.uint8]]] = []
        for piece in skeleton:
            if isinstance(piece, Content):
                pieces.append(self._content(next(texts), piece, sample=sample))
            else:
                text, role = _written(piece, expansions, self._facts)
                pieces.append((text, _all_of(role, len(text))))
        return _Layout(
            text="".join(t for t, _ in pieces),
            role_of_char=np.concatenate([r for _, r in pieces]),
            lead=_first_lead(skeleton, pieces),
            last_lead=_last_lead(skeleton, pieces),
        )

    def _content(self, part: TextPart, place: Content, *, sample: Sample) -> tuple[str, NDArray[np.uint8]]:
        self.check_text(sample, part.text)
        codes = [ROLE_CODE[span.role] for span in part.spans]
        roles = np.repeat(np.array(codes, dtype=np.uint8), [span.end - span.start for span in part.spans])
        text, start = place.clean(part.text)
        return text, roles[start : start + len(text)]

    def _skeleton(self, sample: Sample, *, structure: Structure, prompt: bool) -> Skeleton:
        key = (structure, prompt)
        if key not in self._skeletons:
            made = make_skeleton(structure, render=self._render, facts=self._facts, prompt=prompt)
            if not prompt and structure[-1][0] == "assistant":
                _check_end(made)
                self._check_prompt(structure[:-1])
            self._skeletons[key] = made
            self._check(sample, prompt=prompt)
        return self._skeletons[key]

    def _check(self, sample: Sample, *, prompt: bool) -> None:
        """The template must write this sample as its skeleton says; one that looks at its texts would not."""
        messages = sample.prompt if prompt else sample.messages
        conversation = [{"role": m.role, "content": [_plain(part) for part in m.parts]} for m in messages]
        wanted = self._render(conversation, prompt)
        nothing = Vision(arrays={}, expansions=None, images=())
        if (got := self._layout(sample, vision=nothing, response=not prompt).text) != wanted:
            raise ConfigError(
                f"the model's chat template changes texts: it wrote {wanted!r} where {got!r} was expected; "
                "give the model a template that writes texts as they are"
            )

    def _around_response(self, sample: Sample) -> tuple[str, str]:
        """What the template writes between the generation prompt and the response, and after it."""
        asked = _structure(sample.prompt)
        if asked not in self._around:
            self._around[asked] = self._find_around(asked)
        return self._around[asked]

    def _find_around(self, asked: Structure) -> tuple[str, str]:
        given, before, after = self._around_place(asked)
        return before[len(given) :] if before.startswith(given) else "", after

    def _around_place(self, asked: Structure) -> tuple[str, str, str]:
        """Between the last text and a response: what a prompt ends in, what stands there in training; and what closes it."""
        answered: Structure = (*asked, ("assistant", ("text",)))
        whole = make_skeleton(answered, render=self._render, facts=self._facts, prompt=False)
        prompt = make_skeleton(asked, render=self._render, facts=self._facts, prompt=True)
        place = max(index for index, piece in enumerate(whole) if isinstance(piece, Content))
        closing = "".join(p.text for p in whole[place + 1 :] if isinstance(p, Fixed) and p.role == "resp_end")
        return _fixed_text(prompt), _fixed_text(whole[:place]), closing

    def _check_prompt(self, asked: Structure) -> None:
        """What is trained must be what is asked."""
        given, before, _ = self._around_place(asked)
        if not before.startswith(given):
            raise ConfigError(
                f"the model's chat template asks with {given[-40:]!r} but writes {before[-40:]!r} in front of a response, so that what is "
                "trained would not be what is asked; set the option of the template that makes both alike (such as "
                "model.template_options.enable_thinking: false), or give the model another template"
            )

    def _render(self, conversation: list[dict[str, Any]], prompt: bool) -> str:
        if not isinstance(self.processor, ProcessorMixin):
            conversation = [{**m, "content": "".join(p["text"] for p in m["content"])} for m in conversation]
        text: str = self.processor.apply_chat_template(conversation, tokenize=False, add_generation_prompt=prompt)
        return text


def _facts(processor: Any, tokenizer: PreTrainedTokenizerBase) -> TemplateFacts:
    """Control tokens by their mark in the vocabulary: a tokenizer's own list of special tokens lacks many of them."""
    added = {token.content: token.special for token in tokenizer.added_tokens_decoder.values()}
    special = {
        *filter(None, tokenizer.all_special_tokens),
        *(token for token, is_special in added.items() if is_special),
    }
    media = getattr(processor, "image_token", None)
    media = getattr(media, "content", media)
    special |= {media} - {None}
    template = str(getattr(processor, "chat_template", "") or "")
    return TemplateFacts(
        bos=tokenizer.bos_token,
        special=tuple(sorted(special)),
        forbidden=tuple(sorted(special | {token for token in added if token in template and token.strip()})),
        media_token=media,
    )


def _num_shared(given: list[int], whole: list[int]) -> int:
    pairs = enumerate(zip(given, whole, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(given), len(whole)))


def _structure(messages: Any) -> Structure:
    return tuple((m.role, tuple("text" if isinstance(p, TextPart) else "media" for p in m.parts)) for m in messages)


def _check_end(skeleton: Skeleton) -> None:
    """Whoever is trained on a conversation must learn where a response ends."""
    place = max((index for index, piece in enumerate(skeleton) if isinstance(piece, Content)), default=0)
    if not any(isinstance(piece, Fixed) and piece.role == "resp_end" for piece in skeleton[place:]):
        raise ConfigError(
            "the model's chat template writes nothing behind the last response, so that a model would not learn to stop; "
            "give the model a template that closes every response, as GLM's does with <|user|> where it is meant for training"
        )


def _plain(part: Any) -> dict[str, str]:
    return {"type": "text", "text": part.text} if isinstance(part, TextPart) else {"type": "image"}


def _written(piece: Fixed | Placeholder, expansions: Any, facts: TemplateFacts) -> tuple[str, str]:
    if isinstance(piece, Fixed):
        return piece.text, piece.role
    return next(expansions, facts.media_token or ""), "media"


@lru_cache(maxsize=4096)
def _all_of(role: str, count: int) -> NDArray[np.uint8]:
    """(count,) the code of a role; for reading."""
    return np.full(count, ROLE_CODE[role], dtype=np.uint8)


def _first_lead(skeleton: Skeleton, pieces: Sequence[tuple[str, NDArray[np.uint8]]]) -> tuple[int, int]:
    """Characters of the first response that the template writes itself, in front of the rest of it."""
    start = 0
    for piece, (text, roles) in zip(skeleton, pieces, strict=True):
        if _is_said(piece, roles):
            return (start, start + len(text)) if isinstance(piece, Fixed) else (0, 0)
        start += len(text)
    return 0, 0


def _last_lead(skeleton: Skeleton, pieces: Sequence[tuple[str, NDArray[np.uint8]]]) -> tuple[int, int]:
    """The same of the last response, in front of its text."""
    found = lead = (0, 0)
    start = 0
    for piece, (text, roles) in zip(skeleton, pieces, strict=True):
        end = start + len(text)
        if isinstance(piece, Fixed):
            lead = (start, end) if _is_said(piece, roles) else (0, 0)
        elif _is_said(piece, roles):
            found, lead = lead, (0, 0)
        start = end
    return found


def _is_said(piece: Fixed | Placeholder | Content, roles: NDArray[np.uint8]) -> bool:
    """Whether a piece is of a response; none is so in part."""
    if isinstance(piece, Fixed):
        return bool(piece.text) and piece.role == "response"
    return len(roles) > 0 and roles[0] == ROLE_CODE["response"]


def _num_within(offsets: NDArray[np.int64], span: tuple[int, int]) -> int:
    """How many tokens have all of their characters there."""
    start, end = span
    if start == end:
        return 0
    return int(((offsets[:, 0] >= start) & (offsets[:, 1] <= end) & (offsets[:, 0] < offsets[:, 1])).sum())


def _fixed_text(skeleton: Skeleton) -> str:
    """All that comes after the last text of a skeleton."""
    texts: list[str] = []
    for piece in skeleton:
        if isinstance(piece, Content):
            texts.clear()
        elif isinstance(piece, Fixed):
            texts.append(piece.text)
    return "".join(texts)
