"""Rows behind shared prefixes give the logits of the whole sequences, however they are read."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from tiny_families import llama_text, llava
from toy_conversation import make_sample, text

from sayso.models._protocol import ModelBundle
from sayso.models.collate import collate
from sayso.models.encode import Encoded, Encoder
from sayso.models.features import keep_features
from sayso.models.generate import generate
from sayso.models.prefixes import Reading, Row
from sayso.models.roles import ROLE_CODE


def double(bundle: ModelBundle) -> ModelBundle:
    return ModelBundle(model=deepcopy(bundle.model).double().eval(), processor=bundle.processor)


@pytest.fixture(scope="module")
def bundle() -> ModelBundle:
    return double(llama_text().bundle)


def row(ids: list[int]) -> Encoded:
    return Encoded(id="r", input_ids=ids, roles=np.zeros(len(ids), dtype=np.uint8))


def whole(bundle: ModelBundle, ids: list[int]) -> torch.Tensor:
    return bundle.model(input_ids=torch.tensor([ids])).logits[0]


PREFIXES = [[9, 8, 7, 6, 5, 4], [9, 9, 9, 1, 1, 1], [30, 31, 32]]
BEHIND = [0, 0, 1, 2, 2, 2]


@pytest.fixture
def reading(bundle: ModelBundle) -> Reading:
    made = Reading(bundle, capacity=8)
    with torch.inference_mode():
        made.open([row(ids) for ids in PREFIXES], counts=[2, 1, 3])
    return made


@torch.inference_mode()
def test_each_row_goes_on_behind_its_own_prefix(bundle: ModelBundle, reading: Reading) -> None:
    first = [[40 + number, *range(number)] for number in range(6)]
    logits = reading.read([Row(tokens=tokens) for tokens in first])
    for number, tokens in enumerate(first):
        torch.testing.assert_close(logits[number], whole(bundle, PREFIXES[BEHIND[number]] + tokens)[-1])
    second = [[50 + number] for number in range(6)]
    logits = reading.read([Row(tokens=tokens) for tokens in second])
    for number in range(6):
        ids = PREFIXES[BEHIND[number]] + first[number] + second[number]
        torch.testing.assert_close(logits[number], whole(bundle, ids)[-1])


@torch.inference_mode()
@pytest.mark.parametrize("left", [[1, 2, 5], [0, 1], [3, 4, 5], [2]])
def test_rows_may_be_left_out(bundle: ModelBundle, reading: Reading, left: list[int]) -> None:
    first = [[40 + number, *range(number % 3)] for number in range(6)]
    reading.read([Row(tokens=tokens) for tokens in first])
    reading.keep(left)
    logits = reading.read([Row(tokens=[60 + number]) for number in left])
    for place, number in enumerate(left):
        ids = [*PREFIXES[BEHIND[number]], *first[number], 60 + number]
        torch.testing.assert_close(logits[place], whole(bundle, ids)[-1])


@torch.inference_mode()
def test_a_tree_reads_every_path_as_if_it_stood_alone(bundle: ModelBundle, reading: Reading) -> None:
    chain = Row(tokens=[41])
    tree = Row(tokens=[40, 20, 21, 22, 23], parents=[-1, 0, 1, 1, 0])  # 40 20 21, 40 20 22, 40 23
    logits = reading.read([tree, *[chain] * 5], keep=range(5))
    for place, path in enumerate([[40], [40, 20], [40, 20, 21], [40, 20, 22], [40, 23]]):
        torch.testing.assert_close(logits[place], whole(bundle, PREFIXES[0] + path)[-1])


@torch.inference_mode()
def test_the_model_computes_attention_its_own_way_afterwards(bundle: ModelBundle, reading: Reading) -> None:
    before = bundle.model.config._attn_implementation
    reading.read([Row(tokens=[40])] * 6)
    assert bundle.model.config._attn_implementation == before
    with pytest.raises(IndexError):
        reading.read([Row(tokens=[10**6])] * 6)
    assert bundle.model.config._attn_implementation == before


@torch.inference_mode()
def test_pictures_are_read_with_the_prefix_alone(image) -> None:
    bundle = double(llava().bundle)
    encoder = Encoder(bundle.processor, max_tokens=200)
    prompts = [
        encoder.encode(make_sample(prompt=text((words, "instr"))), images=[image], response=False)
        for words in ("How many?", "red or blue")
    ]
    end = 1 + max(np.flatnonzero(prompts[0].roles == ROLE_CODE["media"]))
    reading = Reading(bundle, capacity=40)
    reading.open([prompts[0].first(end)], counts=[2])
    logits = reading.read([Row(tokens=prompt.input_ids[end:]) for prompt in prompts])
    for place, prompt in enumerate(prompts):
        inputs = {"input_ids": torch.tensor([prompt.input_ids])}
        pixels = torch.from_numpy(prompt.arrays["pixel_values"]).double()
        torch.testing.assert_close(logits[place], bundle.model(**inputs, pixel_values=pixels).logits[0, -1])


def test_kept_features_are_found_under_other_wordings(image, tmp_path) -> None:
    bundle = double(llava().bundle)
    for tensor in bundle.model.parameters():
        tensor.requires_grad_(False)
    encoder = Encoder(bundle.processor, max_tokens=200)
    samples = [make_sample(prompt=text((words, "instr"))) for words in ("How many?", "red or blue", "two", "one")]
    prompts = [encoder.encode(sample, images=[image], response=False) for sample in samples]
    wanted = generate(bundle, prompts=prompts, max_new_tokens=3)
    store = keep_features(bundle.model, folder=tmp_path, piece=collate(prompts[:1], pad_token_id=0)).store
    assert generate(bundle, prompts=prompts[:2], max_new_tokens=3) == wanted[:2]
    found, made = store.num_found, store.num_made
    assert generate(bundle, prompts=prompts[2:], max_new_tokens=3) == wanted[2:]
    assert (store.num_found, store.num_made) == (found + 1, made)
