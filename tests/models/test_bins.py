"""Location bins as tokens of a vision-language and of a text model: added once, saved, and alike where they are near."""

from pathlib import Path

import pytest
import torch
from tokenizers import AddedToken
from toy_conversation import make_sample, text
from transformers import LlamaConfig, LlamaForCausalLM

from sayso.config import PartConfig
from sayso.errors import ConfigError
from sayso.models._protocol import ModelBundle, models
from sayso.models.auto import load_model
from sayso.models.bins import BIN_TOKENS, NUM_BINS, add_bins
from sayso.models.encode import Encoder
from sayso.models.vocabulary import train_tokenizer
from sayso.records import ROLES
from sayso.train.parts import tune

SMALL = {"hidden_size": 32, "vision_hidden_size": 32, "num_layers": (1, 1), "num_heads": 2, "vocab_size": 400}
TEXTS = ["Where is the red circle?", "It is at the top."] * 3


def tiny() -> ModelBundle:
    return models.build("tiny", SMALL).make(texts=TEXTS, seed=1)


def text_model(*, tied: bool, spare_rows: int = 0) -> ModelBundle:
    """A Llama of a few thousand weights that reads text only."""
    tokenizer = train_tokenizer(TEXTS, vocab_size=400)
    config = LlamaConfig(
        vocab_size=len(tokenizer) + spare_rows,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        tie_word_embeddings=tied,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    return ModelBundle(model=LlamaForCausalLM(config), processor=tokenizer)


KINDS = {
    "tiny": tiny,
    "tied text": lambda: text_model(tied=True),
    "text": lambda: text_model(tied=False),
    "text with room": lambda: text_model(tied=False, spare_rows=1500),
}


@pytest.fixture(params=KINDS, scope="module")
def with_bins(request: pytest.FixtureRequest) -> tuple[ModelBundle, int]:
    """A model with bins, and how many tokens it had before."""
    bundle = KINDS[request.param]()
    before = len(bundle.tokenizer)
    assert add_bins(bundle, seed=3)
    return bundle, before


def tables(bundle: ModelBundle) -> list[torch.Tensor]:
    return [bundle.model.get_input_embeddings().weight, bundle.model.get_output_embeddings().weight]


def test_every_bin_is_one_token_that_may_stand_in_a_text(with_bins: tuple[ModelBundle, int]) -> None:
    tokenizer = with_bins[0].tokenizer
    written = "It is at <bin_3><bin_40> <bin_999>."
    tokens = tokenizer.tokenize(written)
    assert [token for token in tokens if "bin" in token] == ["<bin_3>", "<bin_40>", "<bin_999>"]
    ids = tokenizer.encode(written, add_special_tokens=False)
    assert tokenizer.decode(ids, skip_special_tokens=True) == written
    assert not set(BIN_TOKENS) & set(tokenizer.all_special_tokens)
    assert len(tokenizer) == with_bins[1] + NUM_BINS


def test_embeddings_and_head_have_a_row_for_each(with_bins: tuple[ModelBundle, int]) -> None:
    bundle, before = with_bins
    for table in tables(bundle):
        assert table.shape[0] >= before + NUM_BINS
        rows = table[bundle.tokenizer.convert_tokens_to_ids(list(BIN_TOKENS))].detach()
        old = table[:before].detach()
        assert torch.isfinite(rows).all()
        assert rows.norm(dim=1).max() < 3 * old.norm(dim=1).max()
        away = rows - old.mean(dim=0)
        near = torch.cosine_similarity(away[:-1], away[1:])
        assert near.min() > 0.95
        assert torch.cosine_similarity(away[0], away[500], dim=0) < 0.8
        assert len(rows.unique(dim=0)) == NUM_BINS


def test_the_rows_that_were_there_stay_as_they_were() -> None:
    bundle, twin = tiny(), tiny()
    add_bins(bundle, seed=3)
    before = len(twin.tokenizer)
    assert torch.equal(tables(bundle)[0][:before], tables(twin)[0][:before])
    assert tables(bundle)[0] is tables(bundle)[1]


def test_bins_are_a_function_of_weights_and_seed() -> None:
    first, again, other = tiny(), tiny(), tiny()
    for bundle, seed in ((first, 3), (again, 3), (other, 4)):
        add_bins(bundle, seed=seed)
    assert torch.equal(tables(first)[0], tables(again)[0])
    assert not torch.equal(tables(first)[0], tables(other)[0])


def test_a_reloaded_model_has_them_and_gets_no_second_ones(with_bins: tuple[ModelBundle, int], tmp_path: Path) -> None:
    bundle, _ = with_bins
    bundle.save(tmp_path)
    back = load_model(tmp_path, device="cpu")
    assert all(torch.equal(a, b) for a, b in zip(tables(bundle), tables(back), strict=True))
    assert back.tokenizer.convert_tokens_to_ids("<bin_7>") == bundle.tokenizer.convert_tokens_to_ids("<bin_7>")
    size, weights = len(back.tokenizer), tables(back)[0].clone()
    assert not add_bins(back, seed=9)
    assert len(back.tokenizer) == size
    assert torch.equal(tables(back)[0], weights)
    assert back.model.config.get_text_config().vocab_size == tables(back)[0].shape[0]


def test_bins_keep_the_role_of_what_they_stand_in() -> None:
    bundle = tiny()
    add_bins(bundle, seed=3)
    asked = text(
        ("What is at ", "instr_template"), ("<bin_3><bin_4><bin_50><bin_60>", "instr"), ("?", "instr_template")
    )
    encoded = Encoder(bundle.processor, max_tokens=200).encode(
        make_sample(prompt=asked, response="<bin_1><bin_999>", media=0)
    )
    names = {
        token: ROLES[role]
        for token, role in zip(bundle.tokenizer.convert_ids_to_tokens(encoded.input_ids), encoded.roles, strict=True)
    }
    assert [names[token] for token in ("<bin_3>", "<bin_60>", "<bin_1>", "<bin_999>")] == [
        "instr",
        "instr",
        "response",
        "response",
    ]


def test_bins_that_a_model_has_learned_already_stay_as_they_are() -> None:
    bundle = text_model(tied=False)
    bundle.tokenizer.add_tokens([AddedToken(token, normalized=False) for token in BIN_TOKENS[:500]])
    bundle.model.resize_token_embeddings(len(bundle.tokenizer))
    learned = torch.tensor(bundle.tokenizer.convert_tokens_to_ids(list(BIN_TOKENS[:500])))
    before = [table[learned].clone() for table in tables(bundle)]
    assert add_bins(bundle, seed=3)
    assert all(torch.equal(old, table[learned]) for old, table in zip(before, tables(bundle), strict=True))


def test_a_soft_prompt_of_an_earlier_stage_is_not_lost_in_a_larger_table() -> None:
    bundle = text_model(tied=True)
    tune(bundle.model, {"language_model": PartConfig(method="prompt", num_tokens=2)})
    with pytest.raises(ConfigError, match="has a soft prompt from an earlier stage"):
        add_bins(bundle, seed=1)
