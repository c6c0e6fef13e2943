"""Lengths by hand, in each unit."""

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from toy_samples import spoken, toy_sample

from sayso.data.scorers import Scoring, scorers
from sayso.errors import ConfigError
from sayso.records import Media

PICTURE = Media(path="a.png", width=4, height=4)


def lengths(tmp_path, samples, **options):
    scoring = Scoring(seed=1, store=tmp_path / "store", columns=tmp_path / "columns")
    scorer = scorers.build("length", options)
    assert scorer.per_row
    return {name: column.values.tolist() for name, column in scorer.score(samples, scoring=scoring).items()}


def test_words_of_all_questions_and_of_the_last_answer(tmp_path):
    talk = spoken(("system", "Be kind."), ("user", "Who are you?"), ("assistant", "I."), ("user", "And?"))
    samples = [
        toy_sample(media=(PICTURE,), question="What is it, then?", answer="A cat."),
        spoken(("user", "one two"), ("assistant", "x"), ("user", "three"), ("assistant", "four five six")),
        talk,
    ]
    assert lengths(tmp_path, samples) == {"instruction_words": [4, 3, 4], "response_words": [2, 3, 0]}
    assert lengths(tmp_path, samples[:1], unit="characters") == {
        "instruction_characters": [17],
        "response_characters": [6],
    }
    assert lengths(tmp_path, []) == {"instruction_words": [], "response_words": []}


def test_tokens_of_a_tokenizer(tmp_path):
    made = Tokenizer(models.WordLevel({"a": 0, "?": 1, "[UNK]": 2}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.save(str(tmp_path / "tokenizer.json"))
    samples = [toy_sample(question="is a b?", answer="a")]
    for path in (tmp_path, tmp_path / "tokenizer.json"):
        found = lengths(tmp_path, samples, unit="tokens", tokenizer=str(path))
        assert found == {"instruction_tokens": [4], "response_tokens": [1]}
    assert np.isfinite(found["response_tokens"]).all()


@pytest.mark.parametrize("options", [{"unit": "tokens"}, {"tokenizer": "x"}, {"unit": "tokens", "tokenizer": "x"}])
def test_what_cannot_be_counted_is_refused(options):
    with pytest.raises(ConfigError, match="tokenizer"):
        scorers.build("length", options)
