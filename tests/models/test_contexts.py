"""Responses under several contexts: the numbers are those of transformers' own classes, the contexts are what they say, and what cannot be read says why."""

import numpy as np
import pytest
import torch
from PIL import Image
from pool_samples import ask, picture
from tiny_chat import save_tiny_chat
from tiny_families import FAMILIES
from toy_conversation import text

from sayso.errors import ConfigError
from sayso.models._protocol import ModelBundle
from sayso.models.auto import load_model
from sayso.models.contexts import ContextReader, without_media
from sayso.models.token_logprobs import _groups as worth_sharing
from sayso.models.token_logprobs import token_logprobs
from sayso.records import MediaPart, Message, Sample
from sayso.sources import load_image

RED, BLUE = (255, 0, 0), (0, 0, 255)


@pytest.fixture(scope="module")
def chat(tmp_path_factory) -> ModelBundle:
    return load_model(save_tiny_chat(tmp_path_factory.mktemp("chat")))


def nll_of_text(bundle, before, response):
    """Cross entropies of the response's tokens, without anything of sayso but the model; a space of the template's before it, where it is a token of its own, is not the response's."""
    ids = bundle.tokenizer(before + response, add_special_tokens=False)["input_ids"]
    start = len(bundle.tokenizer(before, add_special_tokens=False)["input_ids"])
    start += bundle.tokenizer.decode(ids[start]) == " "
    with torch.no_grad():
        logits = bundle.model(torch.tensor([ids])).logits[0]
    return torch.nn.functional.cross_entropy(
        logits[start - 1 : -1], torch.tensor(ids[start:]), reduction="none"
    ).numpy()


def read_one(bundle, sample, *contexts, **options):
    (found,) = ContextReader(bundle, load=load_image, **options).read([sample], contexts or ("full",))
    return found


def test_nlls_are_those_of_a_direct_computation(chat):
    samples = [ask("name the color", "the red circle", name="a"), ask("How many circles", "two", name="b")]
    for sample, found in zip(samples, ContextReader(chat).read(samples, ["full", "bare"]), strict=True):
        asked, said = (message.text for message in sample.messages)
        full = f"<|bos|><|user|> {asked}<|end|><|assistant|>"
        np.testing.assert_allclose(found.values["full"], nll_of_text(chat, full, f" {said}"), atol=1e-5)
        # the tiny template closes the user's turn right before the header
        bare = nll_of_text(chat, "<|bos|><|end|><|assistant|>", f" {said}")
        np.testing.assert_allclose(found.values["bare"], bare, atol=1e-5)
        assert found.mean("full") == pytest.approx(float(found.values["full"].mean()))


def test_the_end_of_the_turn_counts_where_it_is_asked_for(chat):
    sample = ask("name the color", "red circle")
    without, with_end = read_one(chat, sample), read_one(chat, sample, include_end=True)
    np.testing.assert_allclose(with_end.values["full"][:-1], without.values["full"], atol=1e-6)
    wanted = nll_of_text(chat, "<|bos|><|user|> name the color<|end|><|assistant|>", " red circle<|end|>")
    np.testing.assert_allclose(with_end.values["full"], wanted, atol=1e-5)


def test_of_a_conversation_the_last_response_counts(chat):
    first, last = ask("name the color", "red"), ask("How many", "two circles")
    both = Sample(id="s", example="s", task="t", template="w", messages=(*first.messages, *last.messages))
    found = read_one(chat, both, "full", "bare")
    before = "<|bos|><|user|> name the color<|end|><|assistant|> red<|end|><|user|> How many<|end|><|assistant|>"
    np.testing.assert_allclose(found.values["full"], nll_of_text(chat, before, " two circles"), atol=1e-5)
    np.testing.assert_allclose(found.values["bare"], read_one(chat, last, "bare").values["bare"], atol=1e-6)


def test_of_hundreds_of_turns_the_last_response_alone_counts(chat):
    one = ask("q", "two")
    long = Sample(id="s", example="s", task="t", template="w", messages=one.messages * 258)
    found, alone = read_one(chat, long, "full", "bare"), read_one(chat, one, "full", "bare")
    assert len(found.values["full"]) == len(alone.values["full"])
    np.testing.assert_allclose(found.values["bare"], alone.values["bare"], atol=1e-5)


def test_with_a_picture_nlls_are_those_of_the_model_on_what_its_processor_made(bundle):
    sample = ask("How many red circles are there?", "two red", media=(picture(RED),))
    found = read_one(bundle, sample, "full", "no_media", "bare")
    before = "<|bos|><|user|><image> How many red circles are there?<|end|><|assistant|>"
    made = bundle.processor(text=[before + " two red"], images=[Image.new("RGB", (48, 48), RED)], return_tensors="pt")
    with torch.no_grad():
        logits = bundle.model.eval()(**made).logits[0]
    count = len(found.values["full"])
    wanted = torch.nn.functional.cross_entropy(logits[-count - 1 : -1], made["input_ids"][0, -count:], reduction="none")
    np.testing.assert_allclose(found.values["full"], wanted.numpy(), atol=1e-5)
    unseen = nll_of_text(bundle, before.replace("<image>", ""), " two red")
    np.testing.assert_allclose(found.values["no_media"], unseen, atol=1e-5)
    assert not np.allclose(found.values["no_media"], found.values["full"], atol=1e-4)


@pytest.mark.parametrize("name", ["llava", "qwen2_5_vl", "smolvlm", "gemma3", "internvl", "idefics3"])
def test_the_bare_response_has_the_same_tokens_in_every_family(name):
    family = FAMILIES[name]()
    sample = ask("How many red circles are there?", "two red circles", media=(picture(RED, size=16),))
    reader = ContextReader(family.bundle, load=load_image)
    made = reader.encode([sample], ["full", "bare", "no_media"])
    for (row,) in made.values():
        assert family.bundle.tokenizer.decode(row.ids).strip() == "two red circles"
    (found,) = reader.read([sample], ["full", "bare", "no_media"])
    assert not found.why
    assert len({len(values) for values in found.values.values()}) == 1
    assert not np.allclose(found.values["bare"], found.values["full"], atol=1e-6)
    (other,) = reader.read([ask("Something else", "two red circles")], ["bare"])
    np.testing.assert_allclose(found.values["bare"], other.values["bare"], atol=1e-5)


def test_what_rows_have_in_common_is_read_once_with_the_same_numbers(bundle):
    pictures = (picture(RED), picture(BLUE))
    samples = [
        ask(words, said, name=f"{words}{n}", media=(pictures[n % 2],))
        for n, words in enumerate(["How many red circles", "Answer with one of", "How many", "red, green or blue"] * 3)
        for said in ("two", "red circles 12 %")
    ]
    samples += [ask("How many red circles are there? " * 3 + tail, "two red", name=tail) for tail in ("one", "two")]
    samples.append(ask("How many", "two", name="alone"))
    rows = ContextReader(bundle, load=load_image).encode(samples)["full"]
    groups, rest = worth_sharing(bundle, [row.encoded for row in rows], [row.mask for row in rows])
    assert groups
    assert rest
    shared, apart = (
        list(ContextReader(bundle, load=load_image, share=share, batch_size=4).read(samples, ["full", "bare"]))
        for share in (True, False)
    )
    for one, other in zip(shared, apart, strict=True):
        for context in ("full", "bare"):
            np.testing.assert_allclose(one.values[context], other.values[context], atol=2e-5)


def test_a_row_wants_no_token_that_nothing_stands_before(chat):
    (row,) = ContextReader(chat).prompts([ask("name", "red")])
    with pytest.raises(ValueError, match="nothing before it"):
        token_logprobs(chat, [row], wanted=[np.ones(len(row), dtype=bool)], share=True)


@pytest.mark.parametrize(
    ("sample", "why"),
    [
        (ask("name the color", ""), "empty response"),
        (ask("name the color", "  \n"), "empty response"),
        (ask("name the color", None), "no response"),
        (ask("name <|assistant|> the color", "red"), "control token"),
        (ask("name the color " * 30, "red"), "over max_tokens 60"),
        (ask("name the color", "red", media=(picture(RED),)), "reads text only"),
    ],
)
def test_what_cannot_be_read_says_why_and_hinders_no_other(chat, sample, why):
    good = ask("name the color", "red", name="good")
    contexts = ("full", "bare", "no_media")
    before, found, after = ContextReader(chat, max_tokens=60).read([good, sample, good], contexts)
    assert set(found.why) == set(contexts)
    assert all(why in reason for reason in found.why.values())
    for one in (before, after):
        assert set(one.values) == {"full", "bare"}
        assert one.mean("no_media") == "no picture"


def test_a_model_with_too_few_positions_bounds_a_conversation(bundle):
    positions = bundle.model.config.get_text_config().max_position_embeddings
    found = read_one(bundle, ask("How many red circles " * positions, "two"))
    assert f"over max_tokens {positions}" in found.why["full"]


def test_a_turn_that_showed_only_a_picture_says_nothing_without_it():
    messages = (
        Message(role="user", parts=(MediaPart(),)),
        Message(role="assistant", parts=(text(("red", "response")),)),
    )
    sample = Sample(id="s", example="s", task="t", template="w", messages=messages, media=(picture(RED),))
    bare = without_media(sample)
    assert bare.media == ()
    assert [message.text for message in bare.messages] == ["", "red"]


def test_logits_that_are_no_numbers_are_no_likelihood(tmp_path):
    broken = load_model(save_tiny_chat(tmp_path))
    with torch.no_grad():
        broken.model.lm_head.weight.fill_(torch.nan)
    assert read_one(broken, ask("name", "red")).why == {"full": "the model's logits are no numbers"}


def test_an_encoder_decoder_has_no_bare_response():
    with pytest.raises(ConfigError, match="causal model"):
        ContextReader(FAMILIES["florence2"]().bundle)


def test_instructions_have_a_vector_and_nothing_has_none(chat):
    reader = ContextReader(chat)
    samples = [
        ask("name the color", "red"),
        ask("How many circles", "two"),
        ask("name the color", "blue"),
        ask("x", ""),
    ]
    first, second, again, none = reader.instruction_states(samples)
    np.testing.assert_allclose(first, again, atol=1e-6)
    assert not np.allclose(first, second, atol=1e-3)
    assert none == "empty response"
    (row,) = reader.prompts(samples[:1])
    with torch.no_grad():
        states = chat.model(torch.tensor([row.input_ids]), output_hidden_states=True).hidden_states[-1][0]
    np.testing.assert_allclose(first, states[np.flatnonzero(row.roles == 6)].mean(0).numpy(), atol=1e-5)
