"""Making and loading models: a function of options, texts and seed; failures that say what to do."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sayso.errors import ConfigError
from sayso.models._protocol import ModelBundle, models
from sayso.models.vocabulary import train_tokenizer

SMALL = {"hidden_size": 32, "vision_hidden_size": 32, "num_layers": (1, 1), "num_heads": 2}
TEXTS = ["How many red circles are there?", "two red circles"] * 3


def weights(bundle: ModelBundle) -> torch.Tensor:
    return torch.cat([parameter.flatten() for parameter in bundle.model.parameters()])


def test_tiny_is_a_function_of_options_texts_and_seed() -> None:
    make = models.build("tiny", SMALL).make
    first, again, other = make(texts=TEXTS, seed=1), make(texts=TEXTS, seed=1), make(texts=TEXTS, seed=2)
    assert torch.equal(weights(first), weights(again))
    assert not torch.equal(weights(first), weights(other))
    assert first.tokenizer.get_vocab() == again.tokenizer.get_vocab()


def test_making_a_model_leaves_torchs_chance_alone() -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    models.build("tiny", SMALL).make(texts=TEXTS, seed=1)
    assert torch.equal(before, torch.get_rng_state())


def test_the_default_tiny_has_about_a_million_parameters() -> None:
    assert 0.8e6 < models.build("tiny", {}).make(texts=TEXTS, seed=0).num_parameters < 3e6


def test_a_tiny_of_more_than_three_million_parameters_is_refused() -> None:
    with pytest.raises(ConfigError, match="over 3,000,000; make hidden_size"):
        models.build("tiny", {"hidden_size": 512}).make(texts=TEXTS, seed=0)


def test_image_size_must_fit_the_patches() -> None:
    with pytest.raises(ConfigError, match="image_size 50 is no multiple"):
        models.build("tiny", {"image_size": 50})


def test_words_and_small_numbers_are_single_tokens() -> None:
    tokenizer = train_tokenizer(TEXTS, vocab_size=1024)
    assert tokenizer.tokenize(" red circles 7 42 99") == ["Ġred", "Ġcircles", "Ġ7", "Ġ42", "Ġ99"]


@given(st.text(max_size=60))
def test_any_text_comes_back(text: str) -> None:
    tokenizer = train_tokenizer(TEXTS, vocab_size=600)
    ids = tokenizer.encode(text, add_special_tokens=False)
    assert tokenizer.decode(ids) == text


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/no/such/model", "does not exist"),
        ("./nowhere", "does not exist"),
        ("someone/no-such-model", "cannot be loaded"),
    ],
)
def test_a_model_that_is_not_there_is_a_config_error(path: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        models.build("auto", {"path": path}).make(texts=[], seed=0)


def test_a_folder_without_a_model_is_a_config_error(tmp_path) -> None:
    with pytest.raises(ConfigError, match=r"no config\.json"):
        models.build("auto", {"path": str(tmp_path)}).make(texts=[], seed=0)


def test_a_model_without_a_chat_template_is_refused(tmp_path) -> None:
    models.build("tiny", SMALL).make(texts=TEXTS, seed=0).save(tmp_path)
    (tmp_path / "chat_template.jinja").unlink()
    with pytest.raises(ConfigError, match="has no chat template"):
        models.build("auto", {"path": str(tmp_path)}).make(texts=[], seed=0)


def test_a_limit_that_the_image_processor_does_not_know_is_refused(tmp_path) -> None:
    models.build("tiny", SMALL).make(texts=TEXTS, seed=0).save(tmp_path)
    with pytest.raises(ConfigError, match="longest_edge=64 cannot be set"):
        models.build("auto", {"path": str(tmp_path), "longest_edge": 64}).make(texts=[], seed=0)


def test_number_formats_are_checked_before_anything_is_loaded() -> None:
    with pytest.raises(ConfigError, match="'float7' is none of"):
        models.build("auto", {"path": "x/y", "dtype": "float7"})
