"""Likelihood and generation: the same answers in any batch, and the ones that the weights imply."""

import numpy as np
import pytest
import torch
from PIL import Image
from toy_conversation import make_sample, text

from sayso.models._protocol import ModelBundle
from sayso.models.auto import load_model
from sayso.models.collate import collate
from sayso.models.encode import Encoded, Encoder
from sayso.models.generate import by_length, generate
from sayso.models.likelihood import option_logprobs
from sayso.models.roles import ROLE_CODE

QUESTIONS = (("How many red circles?", 1), ("Answer", 2), ("two circles are there, red green or blue", 0))
OPTIONS = [["red", "green blue", "two red circles"], ["blue"], ["red", "green"]]


@pytest.fixture
def encoder(bundle: ModelBundle) -> Encoder:
    return Encoder(bundle.processor, max_tokens=200)


@pytest.fixture
def prompts(encoder: Encoder, image: Image.Image) -> list[Encoded]:
    samples = [make_sample(prompt=text((q, "instr")), media=n) for q, n in QUESTIONS]
    return [encoder.encode(s, images=[image] * len(s.media), response=False) for s in samples]


def logprob(bundle: ModelBundle, encoder: Encoder, question: str, num_images: int, option: str) -> tuple[float, int]:
    """The sum over the response's tokens and its end, straight from one forward pass of the whole conversation."""
    picture = Image.new("RGB", (48, 48), (255, 0, 0))
    sample = make_sample(prompt=text((question, "instr")), response=option, media=num_images)
    whole = encoder.encode(sample, images=[picture] * num_images)
    with torch.inference_mode():
        logits = bundle.model(**collate([whole], pad_token_id=0)).logits[0].log_softmax(-1)
    counted = [i for i, r in enumerate(whole.roles) if r in (ROLE_CODE["response"], ROLE_CODE["resp_end"])]
    return sum(float(logits[i - 1, whole.input_ids[i]]) for i in counted), len(counted)


def test_an_option_scores_what_its_tokens_score_in_the_whole_conversation(
    bundle: ModelBundle, encoder: Encoder, prompts: list[Encoded]
) -> None:
    scores = option_logprobs(bundle, prompts=prompts, options=OPTIONS)
    for (question, num_images), row, options in zip(QUESTIONS, scores, OPTIONS, strict=True):
        wanted = [logprob(bundle, encoder, question, num_images, option)[0] for option in options]
        np.testing.assert_allclose(row, wanted, atol=1e-3)


def test_normalised_scores_are_means_over_tokens(bundle: ModelBundle, encoder: Encoder, prompts: list[Encoded]) -> None:
    scores = option_logprobs(bundle, prompts=prompts, options=OPTIONS, normalise=True)
    total, length = logprob(bundle, encoder, *QUESTIONS[0], OPTIONS[0][2])
    assert scores[0][2] == pytest.approx(total / length, abs=1e-3)


def test_the_size_of_a_batch_does_not_matter(bundle: ModelBundle, prompts: list[Encoded]) -> None:
    one = option_logprobs(bundle, prompts=prompts, options=OPTIONS, batch_size=1)
    all_ = option_logprobs(bundle, prompts=prompts, options=OPTIONS, batch_size=3)
    for a, b in zip(one, all_, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-3)
    assert generate(bundle, prompts=prompts, max_new_tokens=4, batch_size=1) == generate(
        bundle, prompts=prompts, max_new_tokens=4, batch_size=3
    )


def test_generation_takes_the_likeliest_token_each_time(bundle: ModelBundle, prompts: list[Encoded]) -> None:
    told: list[int] = []
    outputs = generate(bundle, prompts=prompts, max_new_tokens=1, advance=told.append)
    assert sum(told) == len(outputs) == 3
    for prompt, output in zip(prompts, outputs, strict=True):
        with torch.inference_mode():
            best = bundle.model(**collate([prompt], pad_token_id=0)).logits[0, -1].argmax()
        assert output == bundle.tokenizer.decode(best, skip_special_tokens=True).strip()


def test_a_saved_model_loads_with_its_template_and_answers_the_same(
    bundle: ModelBundle, prompts: list[Encoded], tmp_path
) -> None:
    bundle.save(tmp_path / "model")
    loaded = load_model(tmp_path / "model", device="cpu")
    assert loaded.processor.chat_template == bundle.processor.chat_template
    assert option_logprobs(loaded, prompts=prompts, options=OPTIONS) == option_logprobs(
        bundle, prompts=prompts, options=OPTIONS
    )
    assert loaded.images
    assert loaded.num_parameters == bundle.num_parameters


def test_batches_hold_every_row_once_and_neighbours_in_length() -> None:
    batches = by_length([3, 9, 1, 9, 2], batch_size=2)
    assert batches == [[1, 3], [0, 4], [2]]


def test_padding_is_masked(prompts: list[Encoded]) -> None:
    for side, pad_place in (("right", -1), ("left", 0)):
        batch = collate(prompts, pad_token_id=7, side=side)
        shortest = min(range(3), key=lambda i: len(prompts[i]))
        row = batch["attention_mask"][shortest]
        assert row.sum() == len(prompts[shortest])
        assert batch["input_ids"][shortest][row == 0].tolist() == [7] * int((row == 0).sum())
        assert row[pad_place] == 0
    assert batch["pixel_values"].shape == (3, 3, 48, 48)
