"""A sample becomes token ids with the role of every token: labels are built from segments, never by searching for strings.

The skeleton of the model's own chat template (see `skeleton`) is filled with the sample's texts, whose spans know their roles, and the
whole is tokenised in one go with character offsets. So the ids are exactly those of `processor.apply_chat_template`, which is
checked on the first sample of every structure, and the roles are exact too. A medium is as many tokens as the processor makes of it, all with the
role `media`. A token that covers characters of several roles goes to the most structural of them (template literals before
instruction before response), except that a leading space in front of content belongs to the content.

Nothing is cut: a sample that is too long is an error with its length.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from transformers import PreTrainedTokenizerBase, ProcessorMixin

from sayso.errors import ConfigError, DataError
from sayso.models.skeleton import Content, Fixed, Placeholder, Skeleton, Structure, TemplateFacts, make_skeleton
from sayso.records import ROLES, Media, Sample, TextPart

__all__ = ["Encoded", "Encoder", "LoadImage", "MAX_CACHED_BYTES", "ROLE_CODE"]

ROLE_CODE = {role: code for code, role in enumerate(ROLES)}
"""Role name -> the integer that stands for it in `Encoded.roles`."""

MAX_CACHED_BYTES = 256 << 20
"""What an encoder keeps of the processor's media arrays."""

LoadImage: TypeAlias = Callable[[Media], Image.Image]
"""Opens a medium as an RGB picture."""

_STRUCTURE_FIRST = (
    "bos", "system", "role_mark", "resp_end", "media", "media_sep", "instr_template", "options", "instr", "response", "pad",
)  # fmt: skip
_RANK = np.array([_STRUCTURE_FIRST.index(role) for role in ROLES], dtype=np.uint8)
_CONTENT = frozenset(ROLE_CODE[role] for role in ("instr_template", "options", "instr", "response"))
_NOT_ARRAYS = ("input_ids", "attention_mask", "token_type_ids", "mm_token_type_ids", "text_replacement_offsets")


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """One conversation as the model reads it.

    `roles[i]` is the code of token i's role. `arrays` are the processor's media inputs (`pixel_values` ...), `per_token` its further
    inputs of one value a token. `text` is what was tokenised, media still as placeholders; for a prompt, `lead` and `tail` are what the
    template writes before and after the response to come.
    """

    id: str
    input_ids: list[int]
    roles: NDArray[np.uint8]
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    per_token: dict[str, list[int]] = field(default_factory=dict)
    text: str = ""
    lead: str = ""
    tail: str = ""

    def __len__(self) -> int:
        return len(self.input_ids)


@dataclass(frozen=True, kw_only=True)
class _Vision:
    """What the processor made of a sample's media: arrays, and the text that stands for each medium (None: not known)."""

    arrays: dict[str, NDArray[Any]]
    expansions: tuple[str, ...] | None
    images: tuple[Image.Image, ...]

    @property
    def num_bytes(self) -> int:
        return sum(array.nbytes for array in self.arrays.values())


@dataclass(frozen=True, kw_only=True)
class _Layout:
    """A conversation laid out: the text to tokenise, its pieces' texts and roles."""

    text: str
    role_of_char: NDArray[np.uint8]


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
        self.tokenizer: PreTrainedTokenizerBase = getattr(processor, "tokenizer", processor)
        self._load = load
        self._num_cached = num_cached
        self._visions: OrderedDict[tuple[str, ...], _Vision] = OrderedDict()
        self._cached_bytes = 0
        self._skeletons: dict[tuple[Structure, bool], Skeleton] = {}
        self._facts = _facts(processor, self.tokenizer)
        self._reads_media = getattr(processor, "image_processor", None) is not None
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
    ) -> list[Encoded]:
        """Several samples at once, tokenised together."""
        given = images if images is not None else [None] * len(samples)
        visions = [self._vision(sample, some) for sample, some in zip(samples, given, strict=True)]
        layouts = [self._layout(s, vision=v, response=response) for s, v in zip(samples, visions, strict=True)]
        tokens = self._tokenise([layout.text for layout in layouts])
        rows = zip(samples, visions, layouts, tokens["input_ids"], tokens["offset_mapping"], strict=True)
        return [self._finish(*row, response=response) for row in rows]

    def tokenise(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of laid-out texts, special tokens added as the chat template wants it."""
        ids: list[list[int]] = self._tokenise(texts)["input_ids"]
        return ids

    def _tokenise(self, texts: Sequence[str]) -> Any:
        add = isinstance(self.processor, ProcessorMixin) and not (
            self._facts.bos and texts[0].startswith(self._facts.bos)
        )
        return self.tokenizer(list(texts), add_special_tokens=add, return_offsets_mapping=True)

    def _finish(
        self, sample: Sample, vision: _Vision, layout: _Layout, ids: list[int], offsets: Any, *, response: bool
    ) -> Encoded:
        roles = _token_roles(layout, np.asarray(offsets, dtype=np.int64).reshape(-1, 2))
        if vision.images and vision.expansions is None:
            expanded = self._call(layout.text, vision.images)["input_ids"][0]
            roles = _align(ids, roles, expanded=list(expanded))
            ids = list(expanded)
        if len(ids) > self.max_tokens:
            raise DataError(
                f"sample {sample.id!r} has {len(ids)} tokens, {int((roles == ROLE_CODE['media']).sum())} of them media, "
                f"over max_tokens {self.max_tokens}; raise train.max_tokens or limit the image size (nothing is cut)"
            )
        lead, tail = ("", "") if response else self._around_response(sample)
        return Encoded(
            id=sample.id,
            input_ids=ids,
            roles=roles,
            arrays=vision.arrays,
            per_token=self._per_token(ids),
            text=layout.text,
            lead=lead,
            tail=tail,
        )

    def _per_token(self, ids: list[int]) -> dict[str, list[int]]:
        if "mm_token_type_ids" not in getattr(self.processor, "model_input_names", ()):
            return {}
        return {"mm_token_type_ids": self.processor.create_mm_token_type_ids([ids])[0]}

    def _layout(self, sample: Sample, *, vision: _Vision, response: bool) -> _Layout:
        messages = sample.messages if response else _prompt(sample)
        skeleton = self._skeleton(sample, structure=_structure(messages), prompt=not response)
        texts = iter([part for message in messages for part in message.parts if isinstance(part, TextPart)])
        expansions = iter(vision.expansions or ())
        pieces: list[tuple[str, NDArray[np.uint8]]] = []
        for piece in skeleton:
            if isinstance(piece, Content):
                pieces.append(self._content(next(texts), piece, sample=sample))
            else:
                text, role = _written(piece, expansions, self._facts)
                pieces.append((text, np.full(len(text), ROLE_CODE[role], dtype=np.uint8)))
        return _Layout(text="".join(t for t, _ in pieces), role_of_char=np.concatenate([r for _, r in pieces]))

    def _content(self, part: TextPart, place: Content, *, sample: Sample) -> tuple[str, NDArray[np.uint8]]:
        for token in self._facts.special:
            if token in part.text:
                raise DataError(
                    f"sample {sample.id!r}: its text holds the control token {token!r}; take it out of {part.text[:80]!r}"
                )
        codes = [ROLE_CODE[span.role] for span in part.spans]
        roles = np.repeat(np.array(codes, dtype=np.uint8), [span.end - span.start for span in part.spans])
        text = place.clean(part.text)
        start = len(part.text) - len(part.text.lstrip()) if place.strip_left else 0
        return text, roles[start : start + len(text)]

    def _skeleton(self, sample: Sample, *, structure: Structure, prompt: bool) -> Skeleton:
        key = (structure, prompt)
        if key not in self._skeletons:
            self._skeletons[key] = make_skeleton(structure, render=self._render, facts=self._facts, prompt=prompt)
            self._check(sample, prompt=prompt)
        return self._skeletons[key]

    def _check(self, sample: Sample, *, prompt: bool) -> None:
        """The template must write this sample as its skeleton says; one that looks at its texts would not."""
        messages = _prompt(sample) if prompt else sample.messages
        conversation = [{"role": m.role, "content": [_plain(part) for part in m.parts]} for m in messages]
        wanted = self._render(conversation, prompt)
        nothing = _Vision(arrays={}, expansions=None, images=())
        if (got := self._layout(sample, vision=nothing, response=not prompt).text) != wanted:
            raise ConfigError(
                f"the model's chat template changes texts: it wrote {wanted!r} where {got!r} was expected; "
                "give the model a template that writes texts as they are"
            )

    def _around_response(self, sample: Sample) -> tuple[str, str]:
        """What the template writes between the generation prompt and the response, and after it."""
        structure = (*_structure(_prompt(sample)), ("assistant", ("text",)))
        whole = self._skeleton_of(structure, prompt=False)
        prompt = self._skeleton_of(structure[:-1], prompt=True)
        place = max(index for index, piece in enumerate(whole) if isinstance(piece, Content))
        before, after = _fixed_text(whole[:place]), whole[place + 1 :]
        given = _fixed_text(prompt)
        lead = before[len(given) :] if before.startswith(given) else ""
        return lead, "".join(p.text for p in after if isinstance(p, Fixed) and p.role == "resp_end")

    def _skeleton_of(self, structure: Structure, *, prompt: bool) -> Skeleton:
        key = (structure, prompt)
        return self._skeletons.get(key) or make_skeleton(
            structure, render=self._render, facts=self._facts, prompt=prompt
        )

    def _render(self, conversation: list[dict[str, Any]], prompt: bool) -> str:
        if not isinstance(self.processor, ProcessorMixin):
            conversation = [{**m, "content": "".join(p["text"] for p in m["content"])} for m in conversation]
        text: str = self.processor.apply_chat_template(conversation, tokenize=False, add_generation_prompt=prompt)
        return text

    def _vision(self, sample: Sample, images: Sequence[Image.Image] | None) -> _Vision:
        order = [part.index for message in sample.messages for part in message.parts if not isinstance(part, TextPart)]
        if order and not self._reads_media:
            raise DataError(f"sample {sample.id!r} has {len(order)} media, but the model reads text only")
        if images is not None:
            return self._look([images[index] for index in order])
        key = tuple(sample.media[index].path or "" for index in order)
        if key in self._visions:
            self._visions.move_to_end(key)
            return self._visions[key]
        vision = self._look([self._open(sample, index) for index in order])
        if all(key):
            self._keep(key, vision)
        return vision

    def _keep(self, key: tuple[str, ...], vision: _Vision) -> None:
        self._visions[key] = vision
        self._cached_bytes += vision.num_bytes
        while len(self._visions) > self._num_cached or self._cached_bytes > MAX_CACHED_BYTES:
            self._cached_bytes -= self._visions.popitem(last=False)[1].num_bytes

    def _open(self, sample: Sample, index: int) -> Image.Image:
        if self._load is None:
            raise DataError(f"sample {sample.id!r} has media, but no images were given; pass images= or load=")
        return self._load(sample.media[index])

    def _look(self, images: Sequence[Image.Image]) -> _Vision:
        if not images:
            return _Vision(arrays={}, expansions=(), images=())
        made = self._call((self._facts.media_token or "") * len(images), images)
        arrays = {name: np.asarray(value) for name, value in made.items() if name not in _NOT_ARRAYS}
        replaced = made.get("text_replacement_offsets")
        if replaced:
            expansions = tuple(entry["replacement"] for entry in replaced[0])
            return _Vision(arrays=arrays, expansions=expansions, images=())
        return _Vision(arrays=arrays, expansions=None, images=tuple(images))

    def _call(self, text: str, images: Sequence[Image.Image]) -> Any:
        extra = {} if _own_call(self.processor) else {"return_text_replacement_offsets": True}
        add = not (self._facts.bos and text.startswith(self._facts.bos))
        return self.processor(text=[text], images=list(images), add_special_tokens=add, **extra)


def _own_call(processor: Any) -> bool:
    return type(processor).__call__ is not ProcessorMixin.__call__


def _facts(processor: Any, tokenizer: PreTrainedTokenizerBase) -> TemplateFacts:
    special = {token for token in tokenizer.all_special_tokens if token}
    media = getattr(processor, "image_token", None)
    media = getattr(media, "content", media)
    return TemplateFacts(bos=tokenizer.bos_token, special=tuple(sorted({*special, media} - {None})), media_token=media)


def _prompt(sample: Sample) -> Any:
    """The messages before the last response."""
    return sample.messages[:-1] if sample.messages[-1].role == "assistant" else sample.messages


def _structure(messages: Any) -> Structure:
    return tuple((m.role, tuple("text" if isinstance(p, TextPart) else "media" for p in m.parts)) for m in messages)


def _plain(part: Any) -> dict[str, str]:
    return {"type": "text", "text": part.text} if isinstance(part, TextPart) else {"type": "image"}


def _written(piece: Fixed | Placeholder, expansions: Any, facts: TemplateFacts) -> tuple[str, str]:
    if isinstance(piece, Fixed):
        return piece.text, piece.role
    return next(expansions, facts.media_token or ""), "media"


def _fixed_text(skeleton: Skeleton) -> str:
    """All that comes after the last text of a skeleton."""
    texts: list[str] = []
    for piece in skeleton:
        if isinstance(piece, Content):
            texts.clear()
        elif isinstance(piece, Fixed):
            texts.append(piece.text)
    return "".join(texts)


def _token_roles(layout: _Layout, offsets: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The role of each token from those of its characters; a token of no characters is one the tokenizer added."""
    of_char = layout.role_of_char
    starts, ends = offsets[:, 0], offsets[:, 1]
    empty = starts >= ends
    first = of_char[np.minimum(starts, len(of_char) - 1)]
    roles = first.copy()
    changes = np.concatenate([[0], np.cumsum(of_char[1:] != of_char[:-1])])
    mixed = (changes[np.maximum(ends, 1) - 1] != changes[np.minimum(starts, len(of_char) - 1)]) & ~empty
    for index in np.flatnonzero(mixed):
        roles[index] = _mixed_role(layout, int(starts[index]), int(ends[index]))
    middle = len(roles) // 2
    for index in np.flatnonzero(empty):
        roles[index] = ROLE_CODE["bos"] if index <= middle else ROLE_CODE["resp_end"]
    return roles


def _mixed_role(layout: _Layout, start: int, end: int) -> int:
    codes = layout.role_of_char[start:end]
    if layout.text[start] == " " and len(set(codes[1:].tolist())) == 1 and int(codes[1]) in _CONTENT:
        return int(codes[1])
    return int(min(codes.tolist(), key=lambda code: _RANK[code]))


def _align(ids: list[int], roles: NDArray[np.uint8], *, expanded: list[int]) -> NDArray[np.uint8]:
    """Roles for ids in which the processor has put many tokens where `ids` has one placeholder.

    Raises:
        ConfigError: what stands around the media is not the same in both.
    """
    out = np.full(len(expanded), ROLE_CODE["media"], dtype=np.uint8)
    is_media = roles == ROLE_CODE["media"]
    place = 0
    for start, end in _runs(is_media):
        run = ids[start:end]
        found = _find(expanded, run, start=place, last=end == len(ids))
        if found is None or (start == 0 and found != 0):
            raise ConfigError(f"the processor changes text around media: cannot find tokens {run[:8]} in its ids")
        out[found : found + len(run)] = roles[start:end]
        place = found + len(run)
    return out


def _runs(is_media: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches of text tokens."""
    edges = np.flatnonzero(np.diff(np.concatenate([[1], is_media.astype(np.int8), [1]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _find(ids: list[int], run: list[int], *, start: int, last: bool) -> int | None:
    places = range(len(ids) - len(run), start - 1, -1) if last else range(start, len(ids) - len(run) + 1)
    return next((place for place in places if ids[place : place + len(run)] == run), None)
