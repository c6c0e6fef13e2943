"""Every chat template of TRL's wheel, and others in their documented layout: exact, or refused with a reason."""

import re
from functools import cache

import numpy as np
import pytest
from tiny_families import make_tokenizer, trl_template, trl_templates
from toy_conversation import text
from transformers import LlamaConfig, LlamaForCausalLM

from sayso.errors import ConfigError, DataError
from sayso.models.auto import auto, load_model
from sayso.models.encode import Encoded, Encoder
from sayso.records import ROLES, Message, Sample

TOKENS = re.compile(r"<[|｜][^<>\s|｜]+[|｜]>|</?[a-z_]+>|\[/?[A-Zg]+[A-Za-z]*\]|<\|[a-z]+>|<[a-z]+\|>")
TEMPLATES = sorted(path.stem for path in folder.glob("*.jinja")) if (folder := trl_templates()) else []
THOUGHTS = (
    "deepseek_r1_distill",
    "deepseekv3",
    "nemotron_3_5_lightning",
    "nemotron_3_nano",
    "nemotron_3_super",
    "nemotron_3_ultra",
)
PARTS_ALONE = ("idefics3", "llava_next", "smolvlm")
REFUSED = {
    **{(f"{name}{more}", kind): "must write each once|cannot write" for name in PARTS_ALONE for more in ("", "_training") for kind in ("one", "two", "system")},
    **{(f"{name}{more}", kind): "asks with .*<think>" for name in THOUGHTS for more in ("", "_training") for kind in ("one", "two", "system")},
    **{("glm4moe", kind): "nothing behind the last response" for kind in ("one", "two", "system")},
    **{(f"gemma{more}", "system"): "System role not supported" for more in ("", "_training")},
}  # fmt: skip
"""Templates of vision-language processors take parts, not texts (test_families has them with their processors); Gemma has no system message,
GLM's own template never closes the last response (TRL's for training does), and some begin a thought in the prompt that stands in no response."""
ENDS = {
    "cohere": "<|END_OF_TURN_TOKEN|>",
    "cohere2": "<|END_RESPONSE|><|END_OF_TURN_TOKEN|>",
    "gemma": "<end_of_turn>",
    "gemma3": "<end_of_turn>",
    "gemma4": "<turn|>",
    "glm4moe": "<|user|>",
    "gptoss": "<|return|>",
    "lfm2": "<|im_end|>",
    "llama3": "<|eot_id|>",
    "llama3_1": "<|eot_id|>",
    "phi3": "<|end|>",
    "qwen2_5": "<|im_end|>",
    "qwen3": "<|im_end|>",
}
LEADS = {
    "glm4moe": "\n<think></think>\n",
    "gptoss": "<|channel|>final<|message|>",
    "muse_glimmer": " to=user<|message|>",
    "qwen3": "<think>\n\n</think>\n\n",
    **dict.fromkeys(("qwen3_5_think", "qwen3_6", "qwen3_8"), "\n</think>\n\n"),
}
"""What stands in front of a response that the generation prompt does not have: the model has to write it, so it is part of the response."""
OURS = {
    "llama2": (
        "{% for m in messages %}{% if m['role'] == 'user' %}{{ bos_token + '[INST] ' + m['content'].strip() + ' [/INST]' }}"
        "{% elif m['role'] == 'assistant' %}{{ ' ' + m['content'].strip() + ' ' + eos_token }}{% endif %}{% endfor %}",
        "</s>",
    ),
    "mistral": (
        "{{ bos_token }}{% for m in messages %}{{ '[INST] ' + m['content'] + ' [/INST]' if m['role'] == 'user' else ' ' + m['content'] + eos_token }}{% endfor %}",
        "</s>",
    ),
    "vicuna": (
        "{{ bos_token + 'A chat. ' }}{% for m in messages %}{{ 'USER: ' + m['content'] + ' ' if m['role'] == 'user' else 'ASSISTANT: ' + m['content'] + eos_token }}{% endfor %}"
        "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}",
        "</s>",
    ),
    "chatml": (
        "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
        "<|im_end|>",
    ),
}
"""Templates of ours in the layout that their models document, and what ends a response."""

needs_trl = pytest.mark.skipif(not TEMPLATES, reason="trl is not installed; type: pip install --no-deps trl==1.16.0")


def message(role: str, words: str, name: str) -> Message:
    return Message(role=role, parts=(text((words, name)),))


def asked(noun: str) -> Message:
    return Message(
        role="user", parts=(text(("How many ", "instr_template"), (noun, "instr"), ("? one||two", "options")),)
    )


ANSWER, NONE = message("assistant", "two circles", "response"), message("assistant", "none", "response")
KINDS = {
    "one": (asked("red"), ANSWER),
    "two": (asked("red"), ANSWER, asked("blue"), NONE),
    "system": (message("system", "Be good.", "system"), asked("red"), ANSWER),
}


def sample_of(messages: tuple[Message, ...]) -> Sample:
    return Sample(id="s", example="e", task="t", template="w", messages=messages)


@cache
def encoder_for(template: str, *, metaspace: bool = False) -> Encoder:
    tokens = sorted(set(TOKENS.findall(template)) - {"<s>", "</s>", "<pad>", "<unk>"})
    tokenizer = make_tokenizer(*tokens, metaspace=metaspace, chat_template=template)
    return Encoder(tokenizer, max_tokens=5000)


def by_role(encoder: Encoder, encoded: Encoded) -> dict[str, str]:
    ids = np.array(encoded.input_ids)
    return {ROLES[code]: encoder.tokenizer.decode(ids[encoded.roles == code]) for code in np.unique(encoded.roles)}


def expect_exact(encoder: Encoder, kind: str, lead: str = "") -> dict[str, str]:
    """Ids are the tokenizer's own, and texts have the roles that they were given; returns the text of each role."""
    messages = KINDS[kind]
    encoded = encoder.encode(sample_of(messages))
    chat = [{"role": m.role, "content": m.parts[0].text} for m in messages]
    assert (
        encoded.input_ids == encoder.tokenizer.apply_chat_template(chat, tokenize=True, return_dict=True)["input_ids"]
    )
    roles = by_role(encoder, encoded)
    assert lead in roles["response"]
    roles["response"] = roles["response"].replace(lead, "") if lead else roles["response"]
    wanted = {"instr": ["red", "blue"], "response": ["two circles", "none"], "options": ["? one||two"] * 2}
    turns = 2 if kind == "two" else 1
    for role, texts in wanted.items():
        assert "".join(roles[role].split()) == "".join("".join(texts[:turns]).split()), role
    if kind == "system":
        assert "Be good." in roles["system"]
    expect_all_that_is_asked_for_trained(encoder, sample_of(messages), encoded)
    return roles


def expect_all_that_is_asked_for_trained(encoder: Encoder, sample: Sample, whole: Encoded) -> None:
    """What the prompt does not have up to the end of the turn, a space in front of the response too, is the model's to write."""
    prompt = encoder.encode(sample, response=False)
    alike = (a == b for a, b in zip(prompt.input_ids, whole.input_ids, strict=False))
    shared = next((place for place, same in enumerate(alike) if not same), len(prompt))
    found = [ROLES[code] for code in whole.roles[shared:]]
    end = len(found) - found[::-1].index("resp_end")
    fused = len(prompt) - shared  # a tokenizer may join the end of the prompt with the response
    assert set(found[fused:end]) <= {"response", "resp_end"}
    assert set(found[:fused]) <= {"role_mark", "response"}
    response = [token for token, code in zip(whole.input_ids, whole.roles, strict=True) if ROLES[code] == "response"]
    assert encoder.tokenizer.decode(response[whole.num_lead :]).strip().startswith("two circles")


@needs_trl
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_of_trl_is_exact_or_refused(name: str, kind: str) -> None:
    encoder = encoder_for(trl_template(name))
    if (reason := REFUSED.get((name, kind))) is not None:
        with pytest.raises(ConfigError, match=reason):
            encoder.encode(sample_of(KINDS[kind]))
        return
    roles = expect_exact(encoder, kind, LEADS.get(name.removesuffix("_training"), ""))
    if kind == "one" and (end := ENDS.get(name.removesuffix("_training"))) is not None:
        assert roles.get("resp_end", "") == end


@needs_trl
def test_most_templates_of_trl_are_taken() -> None:
    refused = {name for name, _ in REFUSED} - {"gemma", "gemma_training"}
    assert len(TEMPLATES) >= 60
    assert len(refused) == 19


@pytest.mark.parametrize("metaspace", [False, True])
@pytest.mark.parametrize("kind", ["one", "two"])
@pytest.mark.parametrize("name", OURS)
def test_a_template_in_its_documented_layout_is_exact(name: str, kind: str, metaspace: bool) -> None:
    template, end = OURS[name]
    roles = expect_exact(encoder_for(template, metaspace=metaspace), kind)
    assert roles["resp_end"].replace(" ", "") == end * (2 if kind == "two" else 1)


def test_a_template_that_rewrites_texts_is_refused() -> None:
    encoder = encoder_for(
        "{% for m in messages %}{{ m['role'] + ': ' + m['content'] | replace('red', 'RED') }}\n{% endfor %}"
    )
    with pytest.raises(ConfigError, match="changes texts"):
        encoder.encode(sample_of(KINDS["one"]))


def test_a_template_that_takes_line_ends_alone_is_followed() -> None:
    encoder = encoder_for("{% for m in messages %}[{{ m['role'] }}]{{ m['content'].lstrip('\n') }}</s>{% endfor %}")
    spoken = (message("user", "\n red", "instr"), message("assistant", " \ntwo\n", "response"))
    encoded = encoder.encode(sample_of(spoken))
    assert encoder.tokenizer.decode(encoded.input_ids) == "[user] red</s>[assistant] \ntwo\n</s>"


@pytest.mark.parametrize("token", ["<｜User｜>", "<think>"])
def test_an_added_token_of_the_template_may_not_stand_in_a_text(token: str) -> None:
    template = "{% for m in messages %}<｜User｜>{{ m['content'].split('<think>')[-1] }}</s>{% endfor %}"
    tokenizer = make_tokenizer(chat_template=template)
    tokenizer.add_tokens([token])
    assert token not in tokenizer.all_special_tokens
    with pytest.raises(DataError, match="control token"):
        Encoder(tokenizer, max_tokens=99).encode(sample_of((message("user", f"a {token} b", "instr"), ANSWER)))


@needs_trl
@pytest.mark.parametrize("name", ["nemotron_3_nano", "qwen3", "qwen3_5_think"])
def test_an_option_of_the_template_makes_training_and_asking_alike(name: str, tmp_path) -> None:
    tokenizer = encoder_for(trl_template(name)).tokenizer
    words = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0, "vocab_size": len(tokenizer)}
    config = LlamaConfig(hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, **words)
    LlamaForCausalLM(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    loaded = auto(path=str(tmp_path), template_options={"enable_thinking": False}, device="cpu").make()
    encoder = Encoder(loaded.processor, max_tokens=500)
    whole, prompt = (encoder.encode(sample_of(KINDS["one"]), response=response) for response in (True, False))
    assert whole.input_ids[: len(prompt)] == prompt.input_ids
    assert prompt.lead == ""
    assert by_role(encoder, whole)["response"] == "two circles"
    loaded.save(tmp_path / "tuned")
    assert load_model(tmp_path / "tuned", device="cpu").processor.chat_template == loaded.processor.chat_template


@pytest.mark.parametrize("options", [{"enable thinking": False}, {"tools": ["a"]}])
def test_an_option_that_no_template_takes_is_refused(options: dict, tmp_path) -> None:
    tokenizer = encoder_for(OURS["chatml"][0]).tokenizer
    config = LlamaConfig(
        hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, vocab_size=len(tokenizer)
    )
    LlamaForCausalLM(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    with pytest.raises(ConfigError, match="is no name with a text, a number"):
        auto(path=str(tmp_path), template_options=options).make()
