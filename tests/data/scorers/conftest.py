"""What a scorer is given, and tiny models in folders."""

import pytest

from sayso.data.scorers import Scoring, Trained


@pytest.fixture
def scoring(tmp_path) -> Scoring:
    """A stage without parents."""
    return Scoring(seed=3, store=tmp_path / "replies.sqlite", columns=tmp_path / "columns")


@pytest.fixture(scope="session")
def rater(tmp_path_factory):
    """The folder of a language model."""
    pytest.importorskip("torch")
    from scoring_models import save_rater

    return save_rater(tmp_path_factory.mktemp("models") / "rater")


@pytest.fixture
def trained(rater) -> Trained:
    """A train stage that made it."""
    return Trained(name="train", model=rater, folder=rater.parent)
