"""On the shipped base, which sees drawn scenes: rows that show another row's picture are found by what the picture does to the response."""

import numpy as np
import pytest
from pool_samples import ask, scoring

from sayso.data.scorers import scorers
from sayso.sources import sources

COUNT = 30


@pytest.fixture(scope="module")
def pool():
    """Captions of scenes, then the same captions with the next scene."""
    items = list(sources.build("shapes", {"count": COUNT, "seed": 11}).items())
    shown = [(item.captions[0], item.media) for item in items]
    shown += [(item.captions[0], items[(place + 1) % COUNT].media) for place, item in enumerate(items)]
    return [ask("Describe the picture.", said, name=str(row), media=media) for row, (said, media) in enumerate(shown)]


def columns(name, pool, folder):
    return scorers.build(name, {"model": {"name": "tiny_base"}}).score(pool, scoring=scoring(folder))


def share_told_apart(values):
    """Of all pairs of a right and a wrong row those in which the right one has more."""
    return float((values[:COUNT, None] > values[None, COUNT:]).mean())


def test_a_wrong_picture_has_little_visual_dependence(pool, tmp_path):
    found = columns("visual_dependence", pool, tmp_path)
    values = found["visual_dependence"].values
    assert share_told_apart(values) > 0.9
    assert np.median(values[COUNT:]) < 1.1 < 1.5 < np.median(values[:COUNT])
    unseen = found["loss_without_picture"].values
    np.testing.assert_allclose(unseen[:COUNT], unseen[COUNT:], rtol=1e-4)


def test_a_wrong_picture_has_an_ifd_about_1_and_a_right_one_less(pool, tmp_path):
    values = columns("ifd", pool, tmp_path)["ifd_media"].values
    assert share_told_apart(values) < 0.1
    assert np.median(values[:COUNT]) < 0.7
    assert np.median(values[COUNT:]) > 0.9
