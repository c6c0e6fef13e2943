"""What every scorer promises, whoever wrote it. `scorer_examples.OPTIONS` has options for those that need some.

Scorers that need models get those of two short train stages, scorers that need a target a few samples.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from pool_samples import ask, picture
from scorer_examples import options_for
from toy_run import TRAIN, run_node, run_toy

from sayso.data.scorers import Scoring, Trained, scorers
from sayso.records import Sample

DOCS = Path(__file__).parents[2] / "docs"
every_scorer = pytest.mark.parametrize("name", scorers.names())
HOSTILE = (
    "", "   \n\t ", "\x00\x07", "x" * 4000, "\n" * 60, "{a} {0.__class__} %s ${x}", "<|end|><|assistant|> yes", "<image>", "</s> [INST] <|im_end|>",
    "\U0001f9ea\u200d\U0001f680 e\u0301\u0302", "\u202eright to left\u202c \u05e9\u05dc\u05d5\u05dd", "\u200b\ufeff", "NaN", "-1e999", "[Options]: a||||b", "'; DROP TABLE",
)  # fmt: skip
RED = picture((255, 0, 0))
POOL: list[Sample] = [
    ask("How many red circles are there?", "two", name="plain", task="counting"),
    ask("How many circles are there, and which color", "two red circles", name="filled", task="counting", filled=" has the first?"),
    ask("Describe the picture.", "a red square", name="seen", task="describe", media=(RED,)),
    ask("Describe the picture.", "a blue circle", name="other", task="describe", media=(picture((0, 0, 255)),)),
    ask("Describe the picture again.", "a red square", name="again", task="describe", media=(RED,)),
    ask("What is this?", "", name="empty", task="counting"),
    ask("What is that?", None, name="asked", task="open"),
    ask("Tell a story of ten words or more, please.", "Once upon a time there was a red circle, and it met a blue square.", name="long", task="open"),
]  # fmt: skip
FIRST, SECOND = ask("Name the color.", "red"), ask("And the shape?", "round")
POOL.append(Sample(id="talk", example="talk", task="open", template="w", messages=(*FIRST.messages, *SECOND.messages)))


class Trial:
    """Scorers by name on what a stage behind two train stages gives; the pool is scored once for all tests that only look."""

    def __init__(self, out: Path) -> None:
        run_toy(out)
        run_node(
            out, name="more", kind="train", config=TRAIN.model_copy(update={"max_steps": 3}), inputs=("build", "train")
        )
        trained = tuple(Trained(name=name, model=out / name / "model", folder=out / name) for name in ("train", "more"))
        self.given = Scoring(
            seed=5,
            store=out / "replies.sqlite",
            columns=out / "columns",
            trained=trained,
            target={"counting": POOL[:2], "describe": POOL[2:4]},
        )
        self._options = cache(lambda name: options_for(name, out / "models" / name))
        self.pool_scores = cache(lambda name: self.score(name, POOL))

    def make(self, name):
        return scorers.build(name, self._options(name))

    def score(self, name, samples):
        return self.make(name).score(samples, scoring=self.given)


@pytest.fixture(scope="module")
def trial(tmp_path_factory) -> Trial:
    return Trial(tmp_path_factory.mktemp("run"))


def check(columns, count):
    assert columns
    for name, column in columns.items():
        assert column.values.dtype == np.float64, name
        assert column.values.shape == (count,), name
        assert not np.isinf(column.values).any(), name
        assert set(np.flatnonzero(np.isnan(column.values)).tolist()) == set(column.why), name
        assert all(reason.strip() for reason in column.why.values()), name
        assert isinstance(column.higher_is_better, bool)


@every_scorer
def test_every_row_has_a_number_or_a_reason_and_some_have_a_number(name, trial):
    columns = trial.pool_scores(name)
    check(columns, len(POOL))
    assert np.isfinite(next(iter(columns.values())).values).any()


@every_scorer
def test_the_same_again(name, trial):
    before, again = trial.pool_scores(name), trial.score(name, POOL)
    assert list(again) == list(before)
    for column in before:
        np.testing.assert_array_equal(again[column].values, before[column].values)
        assert again[column].why == before[column].why
        assert again[column].higher_is_better == before[column].higher_is_better


@every_scorer
def test_what_is_said_of_rows_alone_does_not_depend_on_the_others(name, trial):
    made, whole = trial.make(name), trial.pool_scores(name)
    if not made.per_row:
        return
    backwards = made.score(POOL[::-1], scoring=trial.given)
    apart = [made.score(POOL[start : start + 2], scoring=trial.given) for start in range(0, len(POOL), 2)]
    for column, told in whole.items():
        np.testing.assert_allclose(backwards[column].values[::-1], told.values, rtol=1e-3, atol=1e-5)
        joined = np.concatenate([one[column].values for one in apart])
        np.testing.assert_allclose(joined, told.values, rtol=1e-3, atol=1e-5)
        whys = {2 * number + row: why for number, one in enumerate(apart) for row, why in one[column].why.items()}
        assert whys == dict(told.why)


@every_scorer
def test_no_text_makes_it_fail(name, trial):
    rows = [ask(text, "two red circles", name=f"i{n}", task="hostile") for n, text in enumerate(HOSTILE)]
    rows += [ask("How many circles?", text, name=f"r{n}", task="said") for n, text in enumerate(HOSTILE)]
    rows += [ask(text, text, name=f"p{n}", task="seen", media=(RED,)) for n, text in enumerate(HOSTILE)]
    check(trial.score(name, rows), len(rows))


@every_scorer
def test_a_pool_of_nothing_has_columns_of_nothing(name, trial):
    columns = trial.score(name, [])
    check(columns, 0)
    assert list(columns) == list(trial.pool_scores(name))


@every_scorer
def test_the_documentation_explains_it(name):
    assert any(f"`{name}`" in page.read_text() for page in DOCS.glob("*.md"))
