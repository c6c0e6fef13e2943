"""What every selector promises, whoever wrote it: rows of the pool, each once, and a reason for what was not to be had."""

import inspect
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from toy_pools import scoring, unit_rows
from toy_samples import toy_sample

from sayso.data.scorers import Column
from sayso.data.selectors import Budget, Pool, selectors
from sayso.errors import ConfigError

OFFERS = {"by": "quality", "features": "offered"}
"""What an option that has no default is given, by its name."""
EXTRA: dict[str, dict[str, object]] = {
    "threshold": {"min": -1.5},
    "dpp": {"by": "positive", "theta": 0.3},
    "cluster_balanced": {"clusters": 4},
    "rules": {"set": "self_instruct"},
    "select_llm": {"model": {"name": "scripted", "replies": {"*": "[1]"}}},
    "task_profile": {"similarity": "quality", "influence": "positive", "weights": {"coverage": 0}},
    "top_tasks": {"count": 1},
}
"""What a selector needs besides, by its name."""
NAN = float("nan")
FOLDER = TemporaryDirectory()
"""Where replies of language models are kept."""
QUALITY = [0.3, 1.2, NAN, -0.7, 0.3, 2.0, -2.5, 0.9, NAN, 0.0, 1.1, 0.3]
TASKS = ["count", "color"]
QUESTIONS = ["How many are red?", "What color is it?", "Write a poem about snow.", "Name three rivers in Asia."]

each_selector = pytest.mark.parametrize("name", selectors.names())


def make(name):
    options = {**EXTRA.get(name, {})}
    for option, parameter in inspect.signature(selectors.get(name)).parameters.items():
        if option in OFFERS and option not in options and parameter.default is parameter.empty:
            options[option] = OFFERS[option]
    return selectors.build(name, options)


def pool(*, size=12, chosen=()):
    """Rows with columns, features and texts; some have no value, one no feature, two are copies."""
    values = np.array(QUALITY[:size])
    vectors = unit_rows(max(size, 1), 6, seed=3)[:size]
    vectors[5:6] = 0
    vectors[7:8] = vectors[1:2]
    why = dict.fromkeys(np.flatnonzero(np.isnan(values)).tolist(), "too long")
    samples = [
        toy_sample(number=row, task=TASKS[row % 2], question=QUESTIONS[row % 4], answer=f"Number {row % 7} of them.")
        for row in range(size)
    ]
    return Pool(
        samples=samples,
        columns={"quality": Column(values=values, why=why), "positive": Column(values=np.exp(values), why=why)},
        tasks=[sample.task for sample in samples],
        features=lambda config: vectors,
        scoring=scoring(Path(FOLDER.name), target={"count": samples[:2], "color": samples[1:2]}),
        chosen=np.array(chosen, dtype=np.int64),
    )


def select(name, among, **budget):
    """What it keeps, or a skip where it asks for something that no test can offer."""
    try:
        return make(name).select(among, budget=Budget(**budget))
    except ConfigError as error:
        pytest.skip(f"{name} asks for more: {error}")


@each_selector
@pytest.mark.parametrize("chosen", [(), (0, 4)])
@pytest.mark.parametrize("rows", [1, 5, 12])
def test_rows_are_of_the_pool_each_once_and_no_more_than_the_budget(name, chosen, rows):
    among = pool(chosen=chosen)
    picked = select(name, among, rows=rows)
    kept = picked.rows.tolist()
    assert len(set(kept)) == len(kept) <= Budget(rows=rows).most(len(among))
    assert set(kept) <= set(range(12)) - set(chosen)
    assert picked.rows.dtype == np.int64
    assert picked.by
    assert picked.scores is None or picked.scores.shape == picked.rows.shape


@each_selector
def test_what_is_left_out_for_a_reason_is_not_kept(name):
    picked = select(name, pool(), rows=12)
    assert not set(picked.why) & set(picked.rows.tolist())
    assert set(picked.why) <= set(range(12))
    assert all(reason.strip() for reason in picked.why.values())


@each_selector
def test_a_row_without_a_value_never_wins(name):
    if "by" not in inspect.signature(selectors.get(name)).parameters:
        pytest.skip(f"{name} reads no column")
    options = {**EXTRA.get(name, {}), "by": "positive" if name == "dpp" else "quality"}
    try:
        picked = selectors.build(name, options).select(pool(), budget=Budget(rows=12))
    except ConfigError as error:
        pytest.skip(f"{name} asks for more: {error}")
    assert not {2, 8} & set(picked.rows.tolist())
    assert "too long" in picked.why[2]
    assert "too long" in picked.why[8]


@each_selector
def test_the_same_pool_gives_the_same_rows(name):
    one, other = (select(name, pool(), rows=5) for _ in range(2))
    assert one.rows.tolist() == other.rows.tolist()
    assert one.why == other.why


@each_selector
@pytest.mark.parametrize("size", [0, 1])
def test_a_small_pool_will_do(name, size):
    picked = select(name, pool(size=size), rows=3)
    assert len(picked.rows) <= size


@each_selector
def test_tokens_are_kept_to_once_the_stage_has_cut(name):
    costs = np.arange(12) % 5 + 1
    budget = Budget(tokens=9, costs=costs)
    picked = select(name, pool(), tokens=9, costs=costs)
    kept = budget.cut(picked.rows)
    assert costs[kept].sum() <= 9
    assert len(kept) or not len(picked.rows)


@each_selector
def test_without_a_budget_it_keeps_what_passes_or_says_that_it_needs_one(name):
    try:
        kept = make(name).select(pool(), budget=Budget()).rows.tolist()
    except ConfigError as error:
        kept, told = [], str(error)
    else:
        told = "budget: 0.1"
    assert len(set(kept)) == len(kept) <= 12
    assert "budget: " in told or "model" in told or "from:" in told
