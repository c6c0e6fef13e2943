"""Nulls and attention on other architectures, built tiny."""

import pytest
from msgspec.structs import replace
from PIL import Image
from tiny_families import FAMILIES
from toy_conversation import make_sample, text

from sayso.errors import BackendError
from sayso.evaluate.visual.attention import GROUPS, attention_by_layer
from sayso.evaluate.visual.contribution import Asked, visual_contributions
from sayso.evaluate.visual.nulls import null_images
from sayso.models.direct import make_encoder
from sayso.records import Media, Message
from sayso.sources import load_image

READS = ("llava_next", "llava_onevision", "qwen2_5_vl", "idefics3", "gemma3", "internvl")
PROMPT = text(("How many ", "instr_template"), ("red", "instr"), ("?", "instr_template"))


@pytest.fixture
def sample(tmp_path):
    Image.effect_mandelbrot((48, 40), (-2, -1.5, 1, 1.5), 40).convert("RGB").save(tmp_path / "p.png")
    media = Media(path=str(tmp_path / "p.png"), width=48, height=40)
    return replace(make_sample(prompt=PROMPT), media=(media,))


@pytest.mark.parametrize("name", [name for name in READS if name != "gemma3"])  # whose projection begins as zeros
def test_noise_changes_the_answer_and_not_what_stands_before_the_picture(name, sample):
    bundle = FAMILIES[name]().bundle
    asked = Asked(null=null_images.build("noise", {}), seed=1)
    (found,) = visual_contributions(bundle, [sample], asked=asked)
    assert any(abs(value) > 1e-7 for value in found.values)
    assert {"instr", "instr_template", "response"} <= set(found.roles)


@pytest.mark.parametrize("name", ["llava", "smolvlm"])
def test_without_its_picture_an_instruction_of_other_tokens_is_left_out_and_the_answer_is_not(name, sample):
    bundle = FAMILIES[name]().bundle
    found = {
        null: next(visual_contributions(bundle, [sample], asked=Asked(null=null_images.build(null, {}), seed=1)))
        for null in ("zeros", "text_only")
    }
    assert set(found["text_only"].roles) == {"response", "resp_end"}
    assert found["text_only"].tokens == found["zeros"].tokens[-len(found["text_only"].tokens) :]
    assert found["text_only"].total("response") != 0


@pytest.mark.parametrize("name", ["llava", "qwen2_5_vl"])
def test_of_a_conversation_the_last_turn_is_measured(name, sample):
    bundle = FAMILIES[name]().bundle
    more = text(("And ", "instr_template"), ("blue", "instr"), (" ones?", "instr_template"))
    later = (Message(role="user", parts=(more,)), Message(role="assistant", parts=(text(("only one", "response")),)))
    longer = replace(sample, messages=(*sample.messages, *later))
    (found,) = visual_contributions(bundle, [longer], asked=Asked(null=null_images.build("noise", {}), seed=1))
    answer = "".join(token for token, role in zip(found.tokens, found.roles, strict=True) if role == "response")
    asked = "".join(token for token, role in zip(found.tokens, found.roles, strict=True) if role.startswith("instr"))
    assert answer.strip() == "only one"
    assert asked.strip() == "And blue ones?"
    encoder = make_encoder(bundle, max_tokens=1 << 20, load=load_image)
    for one in (sample, longer):
        (row,) = encoder.encode_batch([one])
        assert set(row.turns[row.last_turn].tolist()) == {0 if one is sample else 1}
    assert not encoder.encode_batch([longer], response=False)[0].first(3).last_turn.any()


@pytest.mark.parametrize("name", READS)
def test_attention_is_read_by_layer(name, sample):
    shares = attention_by_layer(FAMILIES[name]().bundle, [sample])
    assert shares[0].sum(-1) == pytest.approx(1.0, abs=1e-4)
    assert (shares[0][:, list(GROUPS).index("media")] > 0).all()


def test_a_model_that_reads_apart_from_what_it_writes_is_refused(sample):
    with pytest.raises(BackendError, match="apart from what it writes"):
        attention_by_layer(FAMILIES["florence2"]().bundle, [sample])
