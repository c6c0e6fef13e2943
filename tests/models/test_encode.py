"""Roles come from segments and the ids are the processor's own, whatever the texts say."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs
from PIL import Image
from toy_conversation import make_sample, text
from transformers import LlavaProcessor

from sayso.errors import ConfigError, DataError
from sayso.models._protocol import ModelBundle
from sayso.models.encode import Encoded, Encoder
from sayso.models.roles import ROLE_CODE, align
from sayso.records import ROLES, Media, Sample, TextPart


def conversation(sample: Sample, images: list[Image.Image]) -> list[dict]:
    """The sample as transformers' chat content."""
    return [
        {
            "role": message.role,
            "content": [
                {"type": "text", "text": p.text}
                if isinstance(p, TextPart)
                else {"type": "image", "image": images[p.index]}
                for p in message.parts
            ],
        }
        for message in sample.messages
    ]


def by_role(bundle: ModelBundle, encoded: Encoded) -> dict[str, str]:
    ids, roles = np.array(encoded.input_ids), encoded.roles
    return {ROLES[code]: bundle.tokenizer.decode(ids[roles == code]) for code in np.unique(roles)}


@pytest.mark.parametrize("media", [0, 1, 2])
@pytest.mark.parametrize("system", ["", "be good"])
def test_ids_are_those_of_the_processor(bundle: ModelBundle, image: Image.Image, media: int, system: str) -> None:
    sample = make_sample(prompt=text(("How many?", "instr_template")), media=media, system=system)
    images = [image] * media
    encoded = Encoder(bundle.processor, max_tokens=200).encode(sample, images=images)
    wanted = bundle.processor.apply_chat_template(
        conversation(sample, images), tokenize=True, return_dict=True, return_tensors="np"
    )
    assert encoded.input_ids == wanted["input_ids"][0].tolist()
    if media:
        np.testing.assert_array_equal(encoded.arrays["pixel_values"], wanted["pixel_values"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(prompt=st.text(min_size=1, max_size=30), response=st.text(min_size=1, max_size=30))
def test_ids_are_those_of_the_processor_for_any_text(bundle: ModelBundle, prompt: str, response: str) -> None:
    sample = make_sample(prompt=text((prompt, "instr")), response=response, media=0)
    encoded = Encoder(bundle.processor, max_tokens=1000).encode(sample, images=[])
    wanted = bundle.processor.apply_chat_template(conversation(sample, []), tokenize=True, return_dict=True)
    assert encoded.input_ids == list(wanted["input_ids"][0])
    decoded = by_role(bundle, encoded)
    assert decoded["response"].removeprefix(" ").strip("\n ") == response.strip("\n ") or not response.isascii()


def test_every_role_covers_its_own_text(bundle: ModelBundle, sample: Sample, image: Image.Image) -> None:
    roles = by_role(bundle, Encoder(bundle.processor, max_tokens=200).encode(sample, images=[image]))
    assert roles == {
        "bos": "<|bos|>",
        "role_mark": "<|user|><|end|><|assistant|>",
        "media": "<image>" * 9,
        "instr_template": " How many circles are there?",
        "instr": " red",
        "response": " two circles",
        "resp_end": "<|end|>",
    }


def test_a_response_that_repeats_the_instruction_is_told_apart(bundle: ModelBundle, image: Image.Image) -> None:
    sample = make_sample(prompt=text(("two circles", "instr_template")), response="two circles")
    encoded = Encoder(bundle.processor, max_tokens=200).encode(sample, images=[image])
    assert (encoded.roles == ROLE_CODE["response"]).sum() == (encoded.roles == ROLE_CODE["instr_template"]).sum() > 0


def test_the_prompt_is_a_prefix_of_the_whole(bundle: ModelBundle, sample: Sample, image: Image.Image) -> None:
    encoder = Encoder(bundle.processor, max_tokens=200)
    prompt = encoder.encode(sample, images=[image], response=False)
    whole = encoder.encode(sample, images=[image])
    assert whole.input_ids[: len(prompt)] == prompt.input_ids
    assert ROLE_CODE["response"] not in prompt.roles
    assert (prompt.lead, prompt.tail) == (" ", "<|end|>")


def test_a_batch_gives_what_its_samples_give(bundle: ModelBundle, sample: Sample, image: Image.Image) -> None:
    encoder = Encoder(bundle.processor, max_tokens=200)
    plain = make_sample(prompt=text(("How many?", "instr")), media=0)
    batch = encoder.encode_batch([sample, plain], images=[[image], []])
    assert [b.input_ids for b in batch] == [
        encoder.encode(s, images=i).input_ids for s, i in ((sample, [image]), (plain, []))
    ]


def test_media_are_loaded_once_and_kept(bundle: ModelBundle, sample: Sample, image: Image.Image) -> None:
    opened = []
    encoder = Encoder(bundle.processor, max_tokens=200, load=lambda media: (opened.append(media.path), image)[1])
    first, second = encoder.encode(sample), encoder.encode(sample)
    assert opened == ["toy:0"]
    assert first.arrays["pixel_values"] is second.arrays["pixel_values"]


def test_too_long_is_refused_with_its_length(bundle: ModelBundle, sample: Sample, image: Image.Image) -> None:
    with pytest.raises(DataError, match=r"'s' has 2\d tokens, 9 of them media, over max_tokens 10"):
        Encoder(bundle.processor, max_tokens=10).encode(sample, images=[image])


@pytest.mark.parametrize("token", ["<image>", "<|end|>", "<|assistant|>"])
def test_a_control_token_in_a_text_is_refused(bundle: ModelBundle, image: Image.Image, token: str) -> None:
    sample = make_sample(prompt=text((f"what is {token}?", "instr")))
    with pytest.raises(DataError, match="control token"):
        Encoder(bundle.processor, max_tokens=200).encode(sample, images=[image])


def test_media_for_a_text_model_are_refused(bundle: ModelBundle, sample: Sample, image: Image.Image) -> None:
    with pytest.raises(DataError, match="reads text only"):
        Encoder(bundle.tokenizer, max_tokens=200).encode(sample, images=[image])


def test_a_text_model_reads_text(bundle: ModelBundle) -> None:
    sample = make_sample(prompt=text(("How many?", "instr")), media=0)
    encoded = Encoder(bundle.tokenizer, max_tokens=200).encode(sample, images=[])
    whole = [{"role": m.role, "content": m.parts[0].text} for m in sample.messages]
    assert (
        encoded.input_ids == bundle.tokenizer.apply_chat_template(whole, tokenize=True, return_dict=True)["input_ids"]
    )


TEMPLATES = {
    "chatml": (
        "{% if messages[0]['role'] != 'system' %}<|system|>You help.<|end|>\n{% endif %}"
        "{% for m in messages %}<|{{ m['role'] }}|>\n{% for p in m['content'] %}"
        "{% if p['type'] == 'image' %}<|pad|><image><|pad|>{% else %}{{ p['text'] }}{% endif %}{% endfor %}<|end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|assistant|>\n{% endif %}",
        {"system": "<|system|>You help.", "media_sep": "<|pad|><|pad|>", "resp_end": "<|end|>"},
    ),
    "vicuna": (
        "{% for m in messages %}{{ 'USER: ' if m['role'] == 'user' else 'ASSISTANT: ' }}{% for p in m['content'] %}"
        "{% if p['type'] == 'image' %}<image>\n{% else %}{{ p['text'] | trim }}{% endif %}{% endfor %}"
        "{{ ' ' if m['role'] == 'user' else eos_token }}{% endfor %}{% if add_generation_prompt %}ASSISTANT:{% endif %}",
        {"media_sep": "\n", "resp_end": "<|end|>"},
    ),
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_roles_hold_under_other_chat_templates(
    bundle: ModelBundle, sample: Sample, image: Image.Image, name: str
) -> None:
    template, wanted = TEMPLATES[name]
    processor = type(bundle.processor)(
        image_processor=bundle.processor.image_processor,
        tokenizer=bundle.tokenizer,
        patch_size=16,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=template,
    )
    encoded = Encoder(processor, max_tokens=300).encode(sample, images=[image])
    roles = by_role(bundle, encoded)
    assert {role: roles[role] for role in wanted} == wanted
    assert roles["response"].strip() == "two circles"
    assert roles["media"] == "<image>" * 9
    ids = processor.apply_chat_template(conversation(sample, [image]), tokenize=True, return_dict=True)["input_ids"]
    assert encoded.input_ids == list(ids[0])


class OwnCall(LlavaProcessor):
    """A processor that reads text and images its own way and tells nothing of it, as older ones do."""

    def __call__(self, text: list[str], images: list[Image.Image], add_special_tokens: bool = True) -> dict:
        made = self.image_processor(images=images, return_tensors="np")
        wide = [t.replace("<image>", "<|pad|>" + "<image>" * 4 + "<|pad|>") for t in text]
        return {"input_ids": self.tokenizer(wide, add_special_tokens=False)["input_ids"], **made}


def test_roles_are_aligned_where_a_processor_does_not_tell(bundle: ModelBundle, image: Image.Image) -> None:
    made = bundle.processor
    processor = OwnCall(
        image_processor=made.image_processor, tokenizer=made.tokenizer, patch_size=16, chat_template=made.chat_template
    )
    sample = make_sample(prompt=text(("How many ", "instr_template"), ("red", "instr")), media=2)
    encoded = Encoder(processor, max_tokens=200).encode(sample, images=[image, image])
    roles = by_role(bundle, encoded)
    assert roles["media"] == ("<|pad|>" + "<image>" * 4 + "<|pad|>") * 2
    assert (roles["instr_template"], roles["instr"], roles["response"]) == (" How many", " red", " two circles")


def test_text_that_changes_around_media_is_refused() -> None:
    roles = np.array([ROLE_CODE["bos"], ROLE_CODE["media"], ROLE_CODE["instr"]], dtype=np.uint8)
    assert align([1, 9, 5], roles, expanded=[1, 9, 9, 9, 5]).tolist() == [roles[0], *[roles[1]] * 3, roles[2]]
    with pytest.raises(ConfigError, match=r"cannot find tokens \[5\]"):
        align([1, 9, 5], roles, expanded=[1, 9, 9, 6])


def test_a_picture_that_a_file_embeds_is_looked_at_once(bundle: ModelBundle, image: Image.Image) -> None:
    opened: list[str] = []

    def load(medium: Media) -> Image.Image:
        opened.append(repr(medium.data))
        return image

    encoder = Encoder(bundle.processor, max_tokens=200, load=load)
    media = [Media(data=data, width=48, height=48) for data in (b"one", b"two", b"one")]
    rows = encoder.encode_batch(
        [structs.replace(make_sample(prompt=text(("What?", "instr"))), media=(m,)) for m in media]
    )
    assert opened == ["b'one'", "b'two'"]
    assert rows[0].arrays["pixel_values"] is rows[2].arrays["pixel_values"]
