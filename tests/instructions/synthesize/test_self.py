"""A model asks itself about pictures: seeds, what is refused, likelihoods by hand, and one round of self-training."""

import math

import made_up
import pytest
import torch
import yaml

from sayso.artifacts import read_jsonl, read_manifest
from sayso.config import make_recipe
from sayso.data.folder import BuildFolder
from sayso.errors import ConfigError
from sayso.instructions.synthesize import Made, Synthesis, synthesizers
from sayso.instructions.synthesize._items import written_of
from sayso.instructions.synthesize.rules import build_rules
from sayso.instructions.synthesize.self import Exchange, Self, circles
from sayso.models.choosing import Drawing
from sayso.models.continuing import Continued, Continuer, asking
from sayso.models.tiny_base import TinyBase
from sayso.pipeline import run_recipe
from sayso.sources import load_image

MODEL = {"name": "tiny_base"}
TOKENS = {"max_instruction_tokens": 24, "max_tokens": 24}


@pytest.fixture(scope="module")
def bundle():
    return TinyBase().make(texts=(), seed=0)


def write(items=None, *, seed=1, **options):
    method = synthesizers.build("self", {"model": MODEL, **TOKENS, **options})
    synthesis = Synthesis(seed=seed, max_items=100, rules=build_rules(method.rules))
    return list(method.synthesize(items or made_up.pictures(4), synthesis=synthesis))


@pytest.fixture(scope="module")
def made():
    return write()


def test_a_model_writes_instruction_and_answer_about_a_picture(made):
    kept = made_up.kept(made)
    assert kept
    for one in kept:
        written = written_of(one.item)
        assert written.instruction
        assert written.output
        assert (one.item.media != (), one.item.license, one.item.group, one.parents[0][:6]) == (
            True,
            "mit",
            one.item.group,
            "scene-",
        )
    assert len(made) == len(made_up.pictures(4))


def test_a_draw_depends_on_seed_item_and_number_alone(made):
    assert [one.item for one in write(made_up.pictures(2), batch_size=1)] == [one.item for one in made[:2]]
    both = write(made_up.pictures(2), per_item=2)
    assert [one.details["draw"] for one in both] == [0, 1, 0, 1]
    alike = [(one.verdict, one.item.conversation if one.item else None) for one in both[::2]]
    assert alike == [(one.verdict, one.item.conversation if one.item else None) for one in made[:2]]
    assert [one.item and one.item.conversation for one in write(seed=2)] != [
        one.item and one.item.conversation for one in made
    ]


def test_the_instruction_is_what_the_model_goes_on_with_behind_the_header_of_a_user(bundle):
    """Token by token, with transformers alone."""
    item = made_up.pictures(1)[0]
    processor, model = bundle.processor, bundle.model.eval()
    turn = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "@@"}]}]
    head = processor.apply_chat_template(turn, tokenize=False).partition(" @@")[0]
    inputs = processor(text=[head], images=[load_image(item.media[0])], return_tensors="pt", add_special_tokens=False)
    ids, tokens = inputs["input_ids"], []
    with torch.inference_mode():
        while len(tokens) < 24:
            rest = {
                name: value
                for name, value in inputs.items()
                if name not in ("input_ids", "attention_mask", "token_type_ids")
            }
            token = int(model(input_ids=ids, **rest).logits[0, -1].argmax())
            if token in processor.tokenizer.all_special_ids:
                break
            tokens.append(token)
            ids = torch.cat([ids, torch.tensor([[token]])], dim=1)
    continuer = Continuer(bundle, max_new_tokens=24, load=load_image)
    (found,) = continuer.instructions([asking("not read", media=item.media, name="x")], drawing=None)
    assert found.text == processor.tokenizer.decode(tokens).strip()
    assert found.ended
    (cut,) = Continuer(bundle, max_new_tokens=1, load=load_image).instructions(
        [asking("", media=item.media, name="x")], drawing=Drawing(names=[("a",)])
    )
    assert not cut.ended


def test_what_does_not_end_is_empty_or_goes_round_is_refused():
    assert set(made_up.reasons(write(max_instruction_tokens=1, seed=3))) <= {
        "no end (instruction)",
        "empty instruction",
    }
    assert "no end (instruction)" in made_up.reasons(write(max_instruction_tokens=1, seed=3))
    assert "no end (answer)" in made_up.reasons(write(max_tokens=1))
    assert circles("red red red red")
    assert circles("a b c " * 5)
    assert circles("Where is it? " * 8)
    assert not circles("red red red")
    assert not circles("There is a red cup, a blue cup and a green cup on the table by the door.")


def test_likelihood_and_yes_are_the_models_own_and_filter(bundle, made):
    told = write(min_logprob=-99.0, min_yes=0.0)
    kept = made_up.kept(told)
    assert [one.item for one in kept] == [one.item for one in made_up.kept(made)]
    continuer = Continuer(bundle, max_new_tokens=24, load=load_image)
    for one in kept:
        written = written_of(one.item)
        sample = asking(written.instruction, media=one.item.media, name=one.parents[0])
        (value,) = continuer.logprobs([sample], answers=[written.output])
        assert one.details["logprob"] == pytest.approx(value, abs=1e-4)
        assert 0 <= one.details["yes"] < 1
    values = sorted(one.details["logprob"] for one in kept)
    some = write(min_logprob=values[-1] - 1e-3)
    assert len(made_up.kept(some)) == sum(value >= values[-1] - 1e-3 for value in values)
    assert made_up.kept(write(min_yes=1.0)) == []
    assert math.isnan(continuer.logprobs([asking("<|end|>", media=(), name="x")], answers=["a"])[0])


def test_what_is_missing_is_told():
    with pytest.raises(ConfigError, match="asks about pictures, and none of 5 items"):
        write(made_up.seeds())
    with pytest.raises(ConfigError, match="or a train stage to `from:`"):
        write(model=None)
    with pytest.raises(ConfigError, match="at temperature 0 all draws are one"):
        write(temperature=0, per_item=2)


RECIPE = """
seed: 1
stages:
  build: {kind: build, from: [], sources: [{name: shapes, count: 6, seed: 2}], tasks: [counting], max_examples_per_task: 4}
  train: {kind: train, from: [build], model: {name: tiny_base}, objective: {name: l2t}, max_steps: 1, warmup_steps: 0, learning_rate: 1e-5}
  ask:
    kind: synthesize
    from: [train]
    sources: [{name: shapes, count: 6, seed: 9}]
    synthesizer: {name: self, max_instruction_tokens: 24, max_tokens: 24}
    max_items: 2
  more: {kind: build, from: [ask], tasks: [conversation]}
  again: {kind: train, from: [more, train], max_steps: 1, warmup_steps: 0}
"""


def test_one_round_of_self_training(tmp_path):
    """Train with L2T, ask oneself, build, train."""
    run_recipe(make_recipe(yaml.safe_load(RECIPE), path=tmp_path / "mine.yaml", lines={}), out=tmp_path / "run")
    made = list(read_jsonl(tmp_path / "run" / "ask" / "candidates.jsonl", Made))
    assert read_manifest(tmp_path / "run" / "ask").counts["num_items"] == 2
    assert {one.model for one in made} == {"train/model"}
    assert BuildFolder(tmp_path / "run" / "more").card("conversation").num_train == 2
    assert read_manifest(tmp_path / "run" / "again").kind == "train"


def test_a_sentence_may_do_where_no_mark_came():
    one = Exchange(item=made_up.pictures(1)[0], number=0)
    told = Continued("Where is the cup? It stands on", False)
    assert Self()._exchange(one, told).problem == "no end (instruction)"
    found = Self(ends="sentence")._exchange(one, told)
    assert (found.instruction, found.problem) == ("Where is the cup?", "")
    assert Self(ends="sentence")._exchange(one, Continued("Where is the", False)).problem == "no end (instruction)"
    assert Self(ends="sentence")._exchange(one, Continued("One. Two.", True)).instruction == "One. Two."
