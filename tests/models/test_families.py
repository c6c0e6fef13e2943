"""Every family: ids are its processor's own, every token's role is exact, it trains and it answers."""

import json
from importlib.util import find_spec
from itertools import groupby

import numpy as np
import pytest
import torch
from more_families import ovis2_processor
from PIL import Image
from tiny_families import FAMILIES, Family, mllama_processor, paligemma_processor
from toy_conversation import text

from sayso.errors import ConfigError, DataError
from sayso.models.auto import load_model
from sayso.models.direct import make_encoder
from sayso.models.encode import Encoded, Encoder
from sayso.models.generate import generate
from sayso.models.likelihood import option_logprobs
from sayso.records import ROLES, Media, MediaPart, Message, Sample, TextPart
from sayso.train.batches.batch import make_batch
from sayso.train.batches.supervised import read_targets
from sayso.train.objectives import Objective

CHATS = [name for name in FAMILIES if name not in ("florence2", "instructblip_t5", "instructblip_vicuna")]
TEXT_ALONE = ("llama_text", "qwen_text")
SIZES = [(48, 48), (70, 30), (20, 60)]
IMAGES = [Image.new("RGB", size, color) for size, color in zip(SIZES, ["red", "green", "blue"], strict=True)]
RESPONSE_ONLY = Objective(weights={"response": 1.0, "resp_end": 1.0})


def asked(noun: str, *media: int) -> Message:
    """A user turn with all that an instruction is made of."""
    words = text(
        ("How many ", "instr_template"), (noun, "instr"), ("? Choose:", "instr_template"), (" one||two", "options")
    )
    return Message(role="user", parts=(*(MediaPart(index=index) for index in media), words))


def said(words: str) -> Message:
    return Message(role="assistant", parts=(text((words, "response")),))


SYSTEM = Message(role="system", parts=(text(("Be good.", "system")),))
INSIDE = Message(
    role="user",
    parts=(
        text(("Be good:", "instr")),
        MediaPart(index=0),
        text((" how many?", "instr")),
    ),
)
BEHIND = Message(role="user", parts=(text(("How many?", "instr")), MediaPart(index=0)))
CONVERSATIONS = {
    "one image": (asked("red", 0), said("two circles")),
    "text alone": (asked("red"), said("two circles")),
    "two turns": (asked("red", 0), said("two circles"), asked("blue"), said("none")),
    "an image in a later turn": (asked("red"), said("two circles"), asked("blue", 0), said("none")),
    "an image in every turn": (asked("red", 0), said("two circles"), asked("blue", 1), said("none")),
    "three images": (asked("red", 0, 1, 2), said("two circles")),
    "a system message": (SYSTEM, asked("red", 0), said("two circles")),
    "an image between texts": (INSIDE, said("two")),
    "an image behind its text": (BEHIND, said("two")),
    "an image alone": (Message(role="user", parts=(MediaPart(index=0),)), said("two")),
    "an answer that repeats the question": (asked("two circles", 0), said("How many two circles? Choose: one||two")),
}  # fmt: skip


def sample_of(messages: tuple[Message, ...]) -> Sample:
    media = tuple(Media(path=f"toy:{i}", width=w, height=h) for i, (w, h) in enumerate(SIZES))
    return Sample(id="s", example="e", task="t", template="w", messages=messages, media=media)


def num_images(messages: tuple[Message, ...]) -> int:
    return sum(isinstance(part, MediaPart) for message in messages for part in message.parts)


def fitting(family: Family) -> list[tuple[Message, ...]]:
    return [messages for messages in CONVERSATIONS.values() if num_images(messages) <= family.max_images]


def as_chat(messages: tuple[Message, ...], *, parts: bool) -> list[dict]:
    def content(message: Message) -> list[dict]:
        return [
            {"type": "text", "text": p.text} if isinstance(p, TextPart) else {"type": "image", "image": IMAGES[p.index]}
            for p in message.parts
        ]

    return [{"role": m.role, "content": content(m) if parts else "".join(p.text for p in m.parts)} for m in messages]


def runs(family: Family, encoded: Encoded) -> list[tuple[str, str]]:
    """Stretches of equal role, decoded; the space that a tokenizer puts in front of a word belongs to no one."""
    tokens = zip(encoded.roles.tolist(), encoded.input_ids, strict=True)
    pieces = [(ROLES[role], [token for _, token in some]) for role, some in groupby(tokens, key=lambda pair: pair[0])]
    return [(role, family.bundle.tokenizer.decode(ids).strip()) for role, ids in pieces]


def texts_given(messages: tuple[Message, ...]) -> list[tuple[str, str]]:
    parts = [part for message in messages for part in message.parts if isinstance(part, TextPart)]
    return [(span.role, part.text[span.start : span.end].strip()) for part in parts for span in part.spans]


def joined(pieces: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Neighbours of one role as one, as they are where a template puts the image between them in front."""
    return [(role, " ".join(words for _, words in some)) for role, some in groupby(pieces, key=lambda piece: piece[0])]


@pytest.fixture(params=CHATS)
def family(request) -> Family:
    return FAMILIES[request.param]()


READABLE = [
    (family, name)
    for family in CHATS
    for name, messages in CONVERSATIONS.items()
    if num_images(messages) == 0 or family not in TEXT_ALONE
]


@pytest.mark.parametrize(("family", "name"), READABLE, indirect=["family"])
def test_ids_and_media_are_those_of_the_processor(family: Family, name: str) -> None:
    messages, reads_images = CONVERSATIONS[name], family.max_images > 0
    encoded = Encoder(family.bundle.processor, max_tokens=999).encode(sample_of(messages), images=IMAGES)
    made = family.bundle.processor.apply_chat_template(
        as_chat(messages, parts=reads_images), tokenize=True, return_dict=True
    )
    assert encoded.input_ids == list(made["input_ids"][0] if reads_images else made["input_ids"])
    given = {**encoded.arrays, **{name: [ids] for name, ids in encoded.per_token.items()}}
    assert set(given) == (set(made) - {"input_ids", "attention_mask"} if reads_images else set())
    for key, value in given.items():
        np.testing.assert_array_equal(value, np.asarray(made[key]), err_msg=key)


@pytest.mark.parametrize(("family", "name"), READABLE, indirect=["family"])
def test_every_role_decodes_to_what_was_given_that_role(family: Family, name: str) -> None:
    messages = CONVERSATIONS[name]
    encoded = Encoder(family.bundle.processor, max_tokens=999).encode(sample_of(messages), images=IMAGES)
    found = runs(family, encoded)
    content = [(role, words) for role, words in found if role in ("instr_template", "instr", "options", "response")]
    given = texts_given(messages)
    assert joined(content) == joined([pair for pair in given if pair[0] != "system"])
    if any(role == "system" for role, _ in given):
        assert ("system", "Be good.") in found
    assert [words for role, words in found if role == "resp_end"] == [family.end] * sum(
        m.role == "assistant" for m in messages
    )
    responses = [n for n, (role, _) in enumerate(found) if role == "response"]
    assert all(found[n + 1][0] == "resp_end" for n in responses)


@pytest.mark.parametrize("name", TEXT_ALONE)
def test_a_text_model_refuses_images(name: str) -> None:
    with pytest.raises(DataError, match="reads text only"):
        Encoder(FAMILIES[name]().bundle.processor, max_tokens=999).encode(sample_of((asked("red", 0),)), images=IMAGES)


@pytest.mark.parametrize("family", [name for name in CHATS if name not in TEXT_ALONE], indirect=True)
def test_media_are_exactly_what_the_processor_wrote_for_them(family: Family) -> None:
    processor = family.bundle.processor
    encoded = Encoder(processor, max_tokens=999).encode(sample_of(CONVERSATIONS["three images"]), images=IMAGES)
    alone = processor(text=[str(processor.image_token) * 3], images=[IMAGES], add_special_tokens=False)["input_ids"][0]
    media = [token for token, role in zip(encoded.input_ids, encoded.roles, strict=True) if ROLES[role] == "media"]
    decode = family.bundle.tokenizer.decode
    assert decode(media).split() == decode(alone).split()
    inside = set(processor.image_token_ids)
    assert inside & set(media)
    assert not inside & {t for t, role in zip(encoded.input_ids, encoded.roles, strict=True) if ROLES[role] != "media"}


def test_a_step_has_a_finite_loss_and_a_row_does_not_depend_on_its_neighbours(family: Family) -> None:
    encoder = Encoder(family.bundle.processor, max_tokens=999)
    model, pad = family.bundle.model.eval(), family.bundle.tokenizer.pad_token_id
    rows = [encoder.encode(sample_of(messages), images=IMAGES) for messages in fitting(family)]
    read = read_targets(model, make_batch(rows, pad_token_id=pad, weigh=RESPONSE_ONLY.weigh))
    loss = (read.weights * read.nll).sum() / read.weights.sum()
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    assert torch.isfinite(loss)
    assert all(torch.isfinite(gradient).all() for gradient in gradients)
    assert sum(float(gradient.abs().sum()) for gradient in gradients) > 0
    model.zero_grad(set_to_none=True)
    for number, row in enumerate(rows):
        with torch.no_grad():
            alone = read_targets(model, make_batch([row], pad_token_id=pad, weigh=RESPONSE_ONLY.weigh)).nll
        torch.testing.assert_close(alone, read.nll[read.samples == number].detach(), atol=1e-4, rtol=1e-4)


def test_it_answers_and_ranks_options(family: Family) -> None:
    encoder = make_encoder(family.bundle, max_tokens=999)
    some = [sample_of(messages) for messages in fitting(family)[:3]]
    prompts = [encoder.encode(sample, images=IMAGES, response=False) for sample in some]
    assert generate(family.bundle, prompts=prompts, max_new_tokens=2) == [
        generate(family.bundle, prompts=[prompt], max_new_tokens=2)[0] for prompt in prompts
    ]
    whole = encoder.encode(some[0], images=IMAGES)
    read = read_targets(family.bundle.model, make_batch([whole], pad_token_id=0, weigh=RESPONSE_ONLY.weigh))
    score = option_logprobs(family.bundle, prompts=prompts[:1], options=[["two circles"]])[0][0]
    assert score == pytest.approx(-float(read.nll.detach().sum()), abs=1e-3)


def test_a_processor_that_writes_text_of_its_own_is_refused() -> None:
    encoder = Encoder(paligemma_processor(), max_tokens=999)
    with pytest.raises(ConfigError, match=r"PaliGemmaProcessor writes .* it changes the text"):
        encoder.encode(sample_of(CONVERSATIONS["one image"]), images=IMAGES)


def test_a_processor_that_masks_images_by_token_is_refused() -> None:
    encoder = Encoder(mllama_processor(), max_tokens=999)
    with pytest.raises(ConfigError, match="MllamaProcessor says per token which images it may see"):
        encoder.encode(sample_of(CONVERSATIONS["one image"]), images=IMAGES)


def test_a_processor_that_fails_on_lists_is_refused() -> None:
    encoder = Encoder(ovis2_processor(), max_tokens=999)
    with pytest.raises(ConfigError, match="Ovis2Processor fails on 1 images without tensors: 'list' object"):
        encoder.encode(sample_of(CONVERSATIONS["one image"]), images=IMAGES)


@pytest.mark.skipif(find_spec("torchvision") is not None, reason="torchvision is installed")
@pytest.mark.parametrize("name", ["qwen2_5_vl", "smolvlm", "llava_onevision", "internvl", "qwen3_vl", "gemma4"])
def test_a_missing_package_is_named(name: str, tmp_path) -> None:
    bundle = FAMILIES[name]().bundle
    for part in (bundle.model, bundle.tokenizer, bundle.processor.image_processor):
        part.save_pretrained(tmp_path)
    (tmp_path / "processor_config.json").write_text(json.dumps({"processor_class": type(bundle.processor).__name__}))
    with pytest.raises(ConfigError, match="needs the package torchvision, which is not installed; type: pip install"):
        load_model(tmp_path, device="cpu")
