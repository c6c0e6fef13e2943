"""Which rows help as worked examples, on a model that says again what it was just told about the same thing."""

from itertools import product

import numpy as np
import pytest
from pool_samples import ask, scoring
from taught_model import teach

from sayso.data.scorers import scorers
from sayso.data.scorers._anchors import nearest_to_centres

USUAL = {"color": "red", "shape": "round", "size": "big"}
OTHER = {"color": "blue", "shape": "square", "size": "small"}


@pytest.fixture(scope="module")
def copier(tmp_path_factory):
    """Answers as usual, unless the same question was answered before: then as it was."""
    talks = [[asked, said] for asked, said in USUAL.items()]
    for before, asked in product(USUAL, USUAL):
        for told in (USUAL[before], OTHER[before]):
            talks.append([before, told, asked, told if before == asked else USUAL[asked]])
    return teach(tmp_path_factory.mktemp("copier"), talks)


def score(folder, copier, samples, **options):
    found = scorers.build("one_shot_gain", options).score(samples, scoring=scoring(folder, copier))
    return found["one_shot_gain"], found["one_shot_gain_nats"]


def test_an_example_with_the_anchors_answer_helps_always_and_one_of_something_else_hardly(tmp_path, copier):
    samples = [
        ask("color", "blue", name="anchor"),
        ask("color", "blue", name="helper"),
        ask("size", "big", name="irrelevant"),
        ask("color", "red", name="misleading"),
    ]
    golden, nats = score(tmp_path, copier, samples, num_anchors=1)
    assert golden.why == {0: "no other anchor fits behind it"}
    assert golden.values[1] == 1.0
    assert nats.values[1] > 2
    assert abs(nats.values[2]) < 0.25 * nats.values[1]
    assert golden.values[3] == 0.0
    assert golden.higher_is_better


def test_scores_are_those_of_reading_each_pair_by_hand(tmp_path, copier):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model, tokenizer = AutoModelForCausalLM.from_pretrained(copier).eval(), AutoTokenizer.from_pretrained(copier)

    def logprob(*talk):
        turns = [{"role": ("user", "assistant")[n % 2], "content": said} for n, said in enumerate(talk)]
        start = len(
            tokenizer(tokenizer.apply_chat_template(turns[:-1], tokenize=False, add_generation_prompt=True))[
                "input_ids"
            ]
        )
        ids = tokenizer(tokenizer.apply_chat_template(turns, tokenize=False))["input_ids"][:-1]
        with torch.no_grad():
            logs = model(torch.tensor([ids])).logits[0].log_softmax(-1)
        return sum(float(logs[place - 1, ids[place]]) for place in range(start, len(ids)))

    pairs = [*USUAL.items(), *OTHER.items()]
    samples = [ask(asked, said, name=f"{asked} {said}") for asked, said in pairs]
    golden, _ = score(tmp_path, copier, samples, num_anchors=10)
    for row, one in enumerate(pairs):
        others = [pair for pair in pairs if pair != one]
        better = [logprob(*one, *pair) > logprob(*pair) for pair in others]
        assert golden.values[row] == pytest.approx(np.mean(better))


def test_what_cannot_be_read_has_no_score_and_is_no_anchor(tmp_path, copier):
    samples = [ask("color", "blue"), ask("color", ""), ask("size", "big"), ask("shape " * 600, "round")]
    golden, _ = score(tmp_path, copier, samples)
    assert golden.why[1] == "empty response"
    assert "over max_tokens 512" in golden.why[3]
    assert np.isfinite(golden.values[[0, 2]]).all()


def test_anchors_stand_for_groups_and_do_not_depend_on_chance():
    chance = np.random.default_rng(0)
    groups = np.eye(3)[:, None] + 0.05 * chance.normal(size=(3, 20, 3))
    vectors = groups.reshape(60, 3)
    rows = nearest_to_centres(vectors, count=3, seed=1)
    assert [row // 20 for row in rows] == [0, 1, 2]
    assert rows == nearest_to_centres(vectors, count=3, seed=1)
    for row in rows:
        own = vectors[row // 20 * 20 :][:20]
        units = own / np.linalg.norm(own, axis=1, keepdims=True)
        assert row % 20 == ((units - units.mean(0)) ** 2).sum(1).argmin()


def test_there_are_no_more_anchors_than_different_instructions():
    assert nearest_to_centres(np.ones((5, 4)), count=3, seed=0) == [0]
    assert nearest_to_centres(np.ones((2, 4)), count=3, seed=0) == [0, 1]
