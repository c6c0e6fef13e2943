"""Perplexity, IFD, Superfiltering, visual dependence and learning percentage: their formulas over numbers computed by transformers alone."""

import json
import math

import numpy as np
import pytest
import torch
from pool_samples import ask, picture, scoring
from scorer_examples import save_plain
from taught_model import teach
from tiny_chat import save_tiny_chat
from transformers import AutoModelForCausalLM, AutoTokenizer

from sayso.data.scorers import Scoring, Trained, scorers
from sayso.data.scorers.ifd import ifd_of
from sayso.errors import ConfigError
from sayso.models._protocol import ModelBundle, models
from sayso.models.contexts import Nlls

RED, BLUE = (255, 0, 0), (0, 0, 255)
FIVE = [
    ask(words, said, name=f"row{number}")
    for number, (words, said) in enumerate(
        [
            ("name the color of the circle", "red"),
            ("How many red circles are there?", "there are two of them"),
            ("Say it in other words: name the color.", "Tell me which color it has."),
            ("Count.", "one two three four five six"),
            ("What is this?", "a circle"),
        ]
    )
]


@pytest.fixture(scope="module")
def chat(tmp_path_factory):
    return save_tiny_chat(tmp_path_factory.mktemp("chat"))


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory):
    """As Superfiltering's model."""
    texts = [message.text for row in FIVE for message in row.messages]
    return save_plain(tmp_path_factory.mktemp("gpt2"), texts=texts)


@pytest.fixture(scope="module")
def bundle() -> ModelBundle:
    """An untrained tiny model that reads pictures."""
    options = {"hidden_size": 32, "vision_hidden_size": 32, "num_layers": (1, 1), "num_heads": 2, "vocab_size": 512}
    return models.build("tiny", options).make(texts=[row.messages[0].text for row in FIVE] * 3, seed=3)


def mean_nll(folder, before, said):
    """The loss per token of `said` behind `before`, by the model's own code for labels."""
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    ids = torch.tensor([tokenizer(before + said)["input_ids"]])
    labels = ids.clone()
    labels[0, : len(tokenizer(before)["input_ids"]) if before else 0] = -100
    with torch.no_grad():
        return float(model(input_ids=ids, labels=labels).loss)


def score(name, samples, given, **options):
    return scorers.build(name, options).score(samples, scoring=given)


def in_chat(folder, sample):
    """L(y | instruction) and L(y) in the tiny chat template, whose space before a response is no part of it."""
    asked, said = (message.text for message in sample.messages)
    full = f"<|bos|><|user|> {asked}<|end|><|assistant|> "
    return mean_nll(folder, full, said), mean_nll(folder, "<|bos|><|end|><|assistant|> ", said)


def test_ifd_is_the_ratio_of_losses_and_of_perplexities_and_ranks_five_rows_as_they_do(tmp_path, chat):
    found = score("ifd", FIVE, scoring(tmp_path, chat))
    assert next(iter(found)) == "ifd_loss"
    losses = np.array([in_chat(chat, sample) for sample in FIVE])
    np.testing.assert_allclose(found["ifd_loss_full"].values, losses[:, 0], rtol=1e-4)
    np.testing.assert_allclose(found["ifd_loss_bare"].values, losses[:, 1], rtol=1e-4)
    by_loss, by_ppl = losses[:, 0] / losses[:, 1], np.exp(losses[:, 0] - losses[:, 1])
    np.testing.assert_allclose(found["ifd_loss"].values, by_loss, rtol=1e-4)
    np.testing.assert_allclose(found["ifd_ppl"].values, by_ppl, rtol=1e-3)
    assert np.argsort(-found["ifd_loss"].values).tolist() == np.argsort(-by_loss).tolist()
    assert found["ifd_loss"].higher_is_better
    assert set(found["ifd_media"].why.values()) == {"no picture"}


def test_the_two_definitions_of_ifd_may_rank_differently():
    """A long way from a small loss is a large ratio of losses and a small difference."""
    easy, hard = (
        ifd_of(Nlls(values={"full": np.array([full]), "bare": np.array([bare])}), has_picture=False)
        for full, bare in ((0.2, 0.1), (3.0, 2.0))
    )
    assert easy["ifd_loss"] == 2.0 > hard["ifd_loss"] == 1.5
    assert easy["ifd_ppl"] < hard["ifd_ppl"] == pytest.approx(math.e)


def test_perplexity_reads_the_response_alone_or_behind_its_conversation(tmp_path, chat):
    for context, place in (("bare", 1), ("full", 0)):
        found = score("perplexity", FIVE, scoring(tmp_path, chat), context=context)["perplexity"]
        wanted = [math.exp(in_chat(chat, sample)[place]) for sample in FIVE]
        np.testing.assert_allclose(found.values, wanted, rtol=1e-3)
        assert not found.higher_is_better


def test_superfiltering_reads_plain_text_with_a_small_model(tmp_path, gpt2):
    found = score("superfiltering", FIVE, scoring(tmp_path), path=str(gpt2))
    wanted = []
    for sample in FIVE:
        asked, said = (message.text for message in sample.messages)
        wanted.append((mean_nll(gpt2, asked + "\n", said), mean_nll(gpt2, "", said)))
    over, under = np.array(wanted).T
    np.testing.assert_allclose(found["superfiltering"].values, np.exp(over - under), rtol=1e-3)
    np.testing.assert_allclose(found["superfiltering_loss"].values, over / under, rtol=1e-4)
    assert np.argsort(-found["superfiltering"].values).tolist() == np.argsort(-np.exp(over - under)).tolist()


def test_superfiltering_has_a_number_for_a_single_token_only_behind_a_beginning(tmp_path, gpt2):
    rows = [
        ask("Count.", "!"),
        ask("Count.", ""),
        ask("Count.", "a circle"),
        ask("long " * 200, "a"),
        ask("<|end|>", "a b"),
    ]
    plain = score("superfiltering", rows, scoring(tmp_path), path=str(gpt2))["superfiltering"]
    assert plain.why[0] == "one token, which nothing stands before"
    assert plain.why[1] == "empty response"
    assert plain.why[3] == "it has more than 128 tokens"
    assert "control token" in plain.why[4]
    assert set(plain.why) == {0, 1, 3, 4}
    begun = score("superfiltering", rows, scoring(tmp_path), path=str(gpt2), begin=True)["superfiltering"]
    assert set(begun.why) == {1, 3, 4}
    full, bare = mean_nll(gpt2, "<|end|>Count.\n", "!"), mean_nll(gpt2, "<|end|>", "!")
    assert begun.values[0] == pytest.approx(math.exp(full - bare), rel=1e-3)


def test_superfiltering_needs_no_chat_template_and_the_others_do(tmp_path, gpt2):
    with pytest.raises(ConfigError, match="no chat template"):
        score("ifd", FIVE, scoring(tmp_path), model={"name": "auto", "path": str(gpt2)})


def test_visual_dependence_is_the_loss_without_the_picture_over_that_with_it(tmp_path, bundle):
    bundle.save(tmp_path / "model")
    rows = [
        ask("How many red circles are there?", "two red", media=(picture(color),), name=str(color))
        for color in (RED, BLUE)
    ]
    rows.append(ask("How many red circles are there?", "two red"))
    found = score("visual_dependence", rows, scoring(tmp_path, tmp_path / "model"))
    assert next(iter(found)) == "visual_dependence"
    values = found["visual_dependence"].values
    np.testing.assert_allclose(values, found["loss_without_picture"].values / found["loss_with_picture"].values)
    assert found["visual_dependence"].why == {2: "no picture"}
    ifd = score("ifd", rows, scoring(tmp_path, tmp_path / "model"))
    np.testing.assert_allclose(ifd["ifd_loss_full"].values[:2], found["loss_with_picture"].values[:2], rtol=1e-5)
    np.testing.assert_allclose(ifd["ifd_loss_full"].values[2], found["loss_without_picture"].values[0], rtol=1e-5)
    np.testing.assert_array_equal(ifd["ifd_media"].values[:2], ifd["ifd_loss"].values[:2])
    assert ifd["ifd_media"].why == {2: "no picture"}


def test_rows_that_cannot_be_scored_have_a_reason_in_every_column(tmp_path, chat):
    rows = [*FIVE[:1], ask("Count.", ""), ask("Count. " * 2000, "one"), ask("Count.", None)]
    found = score("ifd", rows, scoring(tmp_path, chat))
    for name in ("ifd_loss", "ifd_ppl", "ifd_loss_full", "ifd_loss_bare"):
        assert set(found[name].why) == {1, 2, 3}
        assert np.isnan(found[name].values[1:]).all()
    assert [found["ifd_loss"].why[row] for row in (1, 3)] == ["empty response", "no response"]
    assert "over max_tokens 4096" in found["ifd_loss"].why[2]


def test_a_scorer_reads_with_its_own_model_or_with_the_last_that_was_trained(tmp_path, chat, bundle):
    bundle.save(tmp_path / "other")
    own = score("perplexity", FIVE, scoring(tmp_path), model={"name": "auto", "path": str(chat)})
    last = score("perplexity", FIVE, scoring(tmp_path, tmp_path / "other", chat))
    np.testing.assert_array_equal(own["perplexity"].values, last["perplexity"].values)
    with pytest.raises(ConfigError, match="none is named"):
        score("perplexity", FIVE, scoring(tmp_path))


@pytest.fixture(scope="module")
def epochs(tmp_path_factory):
    """Weights after 0, 15, 30 and 90 steps on one easy answer that comes often and one that comes once."""
    talks = [["name the color", "red"]] * 6 + [["name the shape", "a long story about a circle"]]
    folder = tmp_path_factory.mktemp("epochs")
    return [teach(folder / f"{steps}" / "model", talks, steps=steps) for steps in (0, 15, 30, 90)]


LEARNED = [ask("name the color", "red"), ask("name the shape", "a long story about a circle"), ask("name", "")]


def test_learning_percentage_is_the_share_of_the_fall_of_perplexity_in_one_epoch(tmp_path, epochs):
    places = [str(place) for place in epochs]
    curves = np.array(
        [
            score("perplexity", LEARNED, scoring(tmp_path, place), context="full")["perplexity"].values
            for place in epochs
        ]
    )
    for epoch in (1, 2):
        found = score("learning_percentage", LEARNED, scoring(tmp_path), checkpoints=places, epoch=epoch)
        wanted = (curves[epoch - 1] - curves[epoch]) / (curves[0] - curves[-1])
        np.testing.assert_allclose(found["learning_percentage"].values[:2], wanted[:2], rtol=1e-5)
        assert found["learning_percentage"].why == {2: "empty response"}
    assert not found["learning_percentage"].higher_is_better  # the hardest are kept


def test_learning_percentage_of_train_stages_begins_with_what_the_first_began_with(tmp_path, epochs):
    trained = tuple(Trained(name=place.parent.name, model=place, folder=place.parent) for place in epochs[1:])
    (trained[0].folder / "untuned.json").write_text(json.dumps({"path": "../0/model"}))
    given = Scoring(seed=0, store=tmp_path / "s", columns=tmp_path / "c", trained=trained)
    wanted = score("learning_percentage", LEARNED, scoring(tmp_path), checkpoints=[str(place) for place in epochs])
    found = score("learning_percentage", LEARNED, given)
    np.testing.assert_array_equal(found["learning_percentage"].values, wanted["learning_percentage"].values)


def test_a_row_that_was_not_learned_has_no_learning_percentage(tmp_path, epochs):
    backwards = [str(place) for place in reversed(epochs)]
    found = score("learning_percentage", LEARNED[:1], scoring(tmp_path), checkpoints=backwards)
    assert "did not fall" in found["learning_percentage"].why[0]


def test_learning_percentage_says_which_models_it_lacks(tmp_path, epochs):
    with pytest.raises(ConfigError, match="at least 2 after it, and has 0"):
        score("learning_percentage", LEARNED, scoring(tmp_path))
    with pytest.raises(ConfigError, match="at least 3 after it, and has 3"):
        score("learning_percentage", LEARNED, scoring(tmp_path), checkpoints=[str(p) for p in epochs[:3]], epoch=3)
    with pytest.raises(ConfigError, match="several models"):
        score("learning_percentage", LEARNED, scoring(tmp_path), model={"name": "auto", "path": str(epochs[0])})
    missing = Trained(name="a", model=tmp_path, folder=tmp_path)
    given = Scoring(seed=0, store=tmp_path / "s", columns=tmp_path / "c", trained=(missing, missing))
    with pytest.raises(ConfigError, match=r"does not say what it began with .*untuned\.json"):
        score("learning_percentage", LEARNED, given)
