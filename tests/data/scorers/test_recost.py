"""Entropy and what trusted examples do to it, on a model that says again what it was just told about the same thing."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from pool_samples import ask, scoring
from taught_model import teach

from sayso.data.scorers import Column, scorers
from sayso.data.scorers.recost import _both_ranks, _ranks
from sayso.errors import ConfigError

USUAL = {"color": "red", "shape": "round", "size": "big"}
OTHER = {"color": "blue", "shape": "square", "size": "small"}
LETTERS = {"encoder": {"name": "toy_encoder:letters"}}


@pytest.fixture(scope="module")
def copier(tmp_path_factory):
    """Answers as usual, unless the same question was answered before: then as it was."""
    talks = [[asked, said] for asked, said in USUAL.items()]
    for before, asked in product(USUAL, USUAL):
        for told in (USUAL[before], OTHER[before]):
            talks.append([before, told, asked, told if before == asked else USUAL[asked]])
    return teach(tmp_path_factory.mktemp("copier"), talks)


def score(folder, copier, samples, trusted, **options):
    given = replace(scoring(folder, copier), target={"trusted": trusted})
    return scorers.build("recost", {**LETTERS, "num_shown": 1, **options}).score(samples, scoring=given)


def test_what_knowledge_supports_has_a_low_ratio_and_a_high_rank(tmp_path, copier):
    trusted = [ask("color", "blue", name="t0"), ask("shape", "round", name="t1"), ask("size", "big", name="t2")]
    samples = [
        ask("color", "blue", name="supported"),
        ask("color", "red", name="refuted"),
        ask("shape", "round", name="known"),
    ]
    found = score(tmp_path, copier, samples, trusted)
    entropy, relative = found["recost_entropy"].values, found["recost_relative"].values
    assert entropy[0] > entropy[1]  # the model says red by itself
    assert relative[0] < 0.5 < 2 < relative[1]
    assert np.argmax(found["recost"].values) == 0
    assert list(found) == ["recost", "recost_entropy", "recost_relative"]
    assert not found["recost_relative"].higher_is_better


def test_it_is_the_mean_of_both_ranks(tmp_path, copier):
    trusted = [ask("color", "blue", name="t0"), ask("size", "small", name="t1")]
    pairs = [("color", "blue"), ("color", "red"), ("size", "big"), ("shape", "square")]
    samples = [ask(asked, said, name=f"{asked}{said}") for asked, said in pairs]
    found = {name: column.values for name, column in score(tmp_path, copier, samples, trusted).items()}
    surprising = sorted(found["recost_entropy"])
    supported = sorted(found["recost_relative"], reverse=True)
    wanted = [
        (surprising.index(entropy) + supported.index(relative)) / 6
        for entropy, relative in zip(found["recost_entropy"], found["recost_relative"], strict=True)
    ]
    assert found["recost"] == pytest.approx(wanted)


def test_equal_rows_have_equal_ranks():
    same = Column(values=np.array([1.0, 3.0, 1.0, np.nan]), why={3: "no"})
    assert _both_ranks(same, same).values[:3].tolist() == [0.5, 0.5, 0.5]
    assert _ranks(same.values)[:3].tolist() == [0.25, 1.0, 0.25]
    assert _both_ranks(same, same).why == {3: "no"}


def test_a_row_is_no_knowledge_for_itself(tmp_path, copier):
    row = ask("color", "blue", name="same")
    alone = score(tmp_path, copier, [row], [row])
    assert alone["recost_relative"].values == pytest.approx([1.0])
    both = score(tmp_path, copier, [row], [row, ask("color", "red", name="other")])
    assert both["recost_relative"].values[0] > 0.9  # in front of itself it would be under 0.5


def test_rows_without_a_response_have_no_number(tmp_path, copier):
    found = score(
        tmp_path, copier, [ask("color", None, name="asked"), ask("size", "big", name="b")], [ask("color", "red")]
    )
    assert np.isnan(found["recost"].values).tolist() == [True, False]
    assert set(found["recost"].why) == {0}


def test_it_needs_trusted_examples(tmp_path, copier):
    with pytest.raises(ConfigError, match="has 0 trusted examples"):
        score(tmp_path, copier, [ask("color", "red")], [])
