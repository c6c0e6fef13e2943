"""Selectors in a row: budgets in shares, numbers and tokens, per task and over all, and what each row is told."""

from fractions import Fraction

import numpy as np
import pytest
import toy_choices
from hypothesis import given
from hypothesis import strategies as st

from sayso.config import PluginConfig, SelectConfig
from sayso.data.scorers import Column, Scoring
from sayso.data.selecting.chain import Around, build_selectors, run_chain
from sayso.data.selecting.rows import Rows, look_at
from sayso.data.selecting.samples import View
from sayso.data.selecting.vectors import feature_maker
from sayso.errors import ConfigError
from sayso.records import Message, Sample, Span, TextPart

TASKS = ["a", "b", "b", "a", "b", "b", "a", "b", "b", "b"]


def sample(number, *, task="a", words=None):
    text = " ".join(["word"] * (number + 1 if words is None else words))
    parts = (TextPart(text=text, spans=(Span(start=0, end=len(text), role="response"),)),)
    asked = (TextPart(text=f"ask {number}", spans=(Span(start=0, end=len(f"ask {number}"), role="instr"),)),)
    turns = (Message(role="user", parts=asked), Message(role="assistant", parts=parts))
    return Sample(id=f"{task}/{number}|t", example=f"{task}/{number}", task=task, template="t", messages=turns)


def words(one):
    return len(one.messages[-1].text.split())


class Table:
    """Ten rows of two tasks with a column `value`, and the chain over them."""

    def __init__(self, folder, *, values=None, tasks=TASKS):
        samples = [sample(number, task=task) for number, task in enumerate(tasks)]
        self.rows: Rows = look_at(samples, progress=toy_progress(), cost=words)
        self.values = np.array(range(len(tasks)) if values is None else values, dtype=float)
        self.scoring = Scoring(seed=1, store=folder / "calls.sqlite", columns=folder / "columns")

    def run(self, *selectors, chosen=(), **config):
        config = SelectConfig.model_validate({"selectors": list(selectors), **config})
        steps = build_selectors(config, where="select")
        missing = {int(row): "no idea" for row in np.flatnonzero(np.isnan(self.values))}
        columns = {"value": Column(values=self.values, why=missing)}
        features = feature_maker(self.rows, scoring=self.scoring, around={})
        around = Around(columns=columns, features=features, scoring=self.scoring)
        chosen = np.array(chosen, dtype=np.int64)
        return steps, run_chain(self.rows, steps=steps, config=config, around=around, chosen=chosen)

    def kept(self, *selectors, **config):
        return np.flatnonzero(self.run(*selectors, **config)[1].keep).tolist()


def toy_progress():
    from sayso.artifacts import Progress

    return Progress()


@pytest.fixture
def table(tmp_path):
    return Table(tmp_path)


TOP = {"name": "top", "by": "value"}


@pytest.mark.parametrize(
    ("budget", "kept"),
    [
        (0.3, [7, 8, 9]),
        (3, [7, 8, 9]),
        (3.0, [7, 8, 9]),
        (0.01, [9]),
        (0.25, [8, 9]),
        (0.299, [8, 9]),
        (99, list(range(10))),
    ],
)
def test_a_budget_is_a_share_or_a_number_and_at_least_one(table, budget, kept):
    assert table.kept(TOP, budget=budget) == kept


@pytest.mark.parametrize(("budget", "kept"), [(0.34, [6, 8, 9]), (1, [6, 9]), (0.5, [6, 7, 8, 9])])
def test_per_task_a_share_is_of_each_task(table, budget, kept):
    """Three rows are of task a, seven of b; shares are rounded down."""
    assert table.kept({**TOP, "per_task": True}, budget=budget) == kept


def test_tokens_bound_the_last_selector_and_a_long_row_does_not_end_it(table):
    assert table.kept(TOP, max_tokens=15) == [4, 9]  # 10 + 5; rows cost 1 to 10 and 9 and 8 do not fit any more
    assert table.kept(TOP, budget=1, max_tokens=15) == [9]
    assert table.kept(TOP, max_tokens=1) == [0]


def test_tokens_are_shared_out_between_tasks(table):
    costs = {task: sum(words(table.rows.samples[row]) for row in range(10) if TASKS[row] == task) for task in "ab"}
    _, fates = table.run({**TOP, "per_task": True}, max_tokens=22)
    for task in "ab":
        spent = sum(words(table.rows.samples[row]) for row in np.flatnonzero(fates.keep) if TASKS[row] == task)
        assert 0 < spent <= 22 * costs[task] / sum(costs.values())


def test_each_selector_chooses_among_what_the_one_before_left_and_says_why(table):
    _, fates = table.run({"name": "threshold", "by": "value", "max": 7}, TOP, budget=0.2)
    assert np.flatnonzero(fates.keep).tolist() == [6, 7]
    assert fates.reasons[9] == "threshold: value 9 is over max 7"
    assert fates.reasons[0] == "top: the budget was full"
    assert fates.reasons[7] == "top by value"
    assert (fates.scores[7], fates.by[7], fates.selectors[7]) == (7.0, "value", "top")
    assert (fates.scores[9], fates.selectors[9]) == (9.0, "threshold")
    assert fates.order.tolist() == [7, 6]
    assert fates.ranks == [None] * 6 + [1, 0, None, None]
    assert fates.left == {"threshold": 8, "top": 2}


def test_a_selector_of_its_own_budget_in_the_middle(table):
    assert table.kept({**TOP, "budget": 0.5}, {**TOP, "keep": "lowest"}, budget=2) == [5, 6]


def test_what_cannot_be_scored_never_wins_and_says_so(tmp_path):
    table = Table(tmp_path, values=[np.nan, 1, 2, np.nan, 4, 5, 6, 7, 8, 9])
    _, fates = table.run(TOP, budget=10)
    assert not fates.keep[0]
    assert fates.reasons[0] == "top: cannot score value: no idea"
    assert np.isnan(fates.scores[0])


def test_what_was_chosen_before_stays_counts_and_is_shown(table):
    steps, fates = table.run(
        {"name": "threshold", "by": "value", "min": 2},
        {"name": "toy_choices:seen"},
        chosen=[0, 5],
        budget=4,
    )
    assert np.flatnonzero(fates.keep).tolist() == [0, 2, 3, 5]
    assert fates.reasons[0] == fates.reasons[5] == "kept by an earlier selection"
    pool = steps[1].selector.pools[0]
    assert [pool.samples[row].example for row in pool.chosen] == ["a/0", "b/5"]
    assert steps[1].selector.budgets[0].rows == 2


def test_nobody_is_asked_when_what_was_chosen_before_fills_the_budget(table):
    steps, fates = table.run({"name": "toy_choices:seen"}, chosen=[0, 5], budget=2)
    assert np.flatnonzero(fates.keep).tolist() == [0, 5]
    assert steps[0].selector.pools == []


def test_the_pool_of_a_later_selector_has_its_own_numbers(table):
    steps, _ = table.run(
        {"name": "threshold", "by": "value", "min": 6},
        {"name": "toy_choices:seen", "features": "toy_choices:vectors"},
        budget=3,
    )
    pool = steps[1].selector.pools[0]
    assert len(pool) == 4
    assert pool.column("value").values.tolist() == [6, 7, 8, 9]
    assert list(pool.tasks) == TASKS[6:]
    assert [one.example for one in pool.samples] == ["a/6", "b/7", "b/8", "b/9"]
    assert steps[1].selector.vectors[0].shape == (4, 4)


@pytest.mark.parametrize(
    ("selector", "told"),
    [
        ({"name": "toy_choices:seen", "rows": "1+1"}, "2 rows came back, 1 of them different"),
        ({"name": "toy_choices:seen", "rows": "3+10"}, "rows 3 to 10 of a pool of 10 came back"),
        ({"name": "top", "by": "valu"}, "did you mean 'value'"),
        ({"name": "top", "by": "value", "keeep": 1}, "no option 'keeep'; did you mean 'keep'"),
        ({"name": "tops", "by": "value"}, "did you mean 'top'"),
        ({"name": "top", "by": "value", "budget": 1.5}, "budget 1.5 is neither a share"),
        ({"name": "top", "by": "value", "budget": 1.0}, "budget 1.0 is neither a share"),
        ({"name": "top", "by": "value", "budget": 3}, "has budget 2 and its last selector, top, 3; give one of them"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(table, selector, told):
    with pytest.raises(ConfigError, match=told) as caught:
        table.run(selector, budget=2)
    assert str(caught.value).startswith("select")


def test_a_budget_needs_somebody_to_spend_it(table):
    with pytest.raises(ConfigError, match=r"budget 0.5 and no selector that spends it"):
        table.run(budget=0.5)
    with pytest.raises(ConfigError, match="'top' needs a budget and got None"):
        table.run(TOP)


@pytest.mark.parametrize("name", ["top", "random", "k_center", "facility_location", "windowed"])
def test_who_needs_a_budget_is_refused_without_one_before_anything_is_scored(name):
    chosen = {"scorers": [{"name": "length"}], "selectors": [name]}
    with pytest.raises(ConfigError, match=rf"select.selectors.0 \({name}\): selector '{name}' needs a budget"):
        build_selectors(SelectConfig.model_validate(chosen), where="select")
    build_selectors(SelectConfig.model_validate({**chosen, "max_tokens": 9}), where="select")
    with pytest.raises(ConfigError, match="needs a budget"):
        build_selectors(
            SelectConfig.model_validate({**chosen, "selectors": [name, "band"], "budget": 2}), where="select"
        )


def test_a_radius_is_as_good_as_a_budget():
    config = SelectConfig.model_validate({"selectors": [{"name": "k_center", "radius": 0.5}]})
    assert len(build_selectors(config, where="select")) == 1


def test_a_selector_that_ranks_takes_the_first_scorer_where_nobody_says_by_what():
    config = SelectConfig.model_validate({"scorers": [{"name": "length"}], "selectors": ["top"], "budget": 1})
    assert build_selectors(config, where="select")[0].selector.by == "length"
    named = config.model_copy(update={"scorers": (PluginConfig(name="length", **{"as": "mine"}),)})
    assert build_selectors(named, where="select")[0].selector.by == "mine"


@given(
    tasks=st.lists(st.sampled_from("abc"), min_size=1, max_size=25),
    amount=st.one_of(st.integers(1, 30), st.floats(0.01, 0.99)),
    per_task=st.booleans(),
    tokens=st.one_of(st.none(), st.integers(1, 60)),
)
def test_no_budget_is_ever_exceeded_and_every_row_has_a_reason(tmp_path_factory, tasks, amount, per_task, tokens):
    table = Table(tmp_path_factory.getbasetemp(), tasks=tasks)
    _, fates = table.run({**TOP, "per_task": per_task}, budget=amount, max_tokens=tokens)
    kept = np.flatnonzero(fates.keep)
    for group in set(tasks) if per_task else {None}:
        size = sum(group in (None, task) for task in tasks)
        most = max(1, int(Fraction(str(amount)) * size)) if amount < 1 else amount
        assert sum(group in (None, tasks[row]) for row in kept) <= most
    assert tokens is None or sum(words(table.rows.samples[row]) for row in kept) <= tokens
    assert all(fates.reasons)
    assert all(fates.selectors)
    if tokens is None and not per_task:
        assert sorted(kept.tolist()) == list(range(len(tasks)))[-len(kept) :]


def test_a_view_of_a_view_reads_the_right_samples():
    samples = [sample(number) for number in range(6)]
    view = View(View(samples, np.array([5, 3, 1, 0])), np.array([1, 3]))
    assert [one.example for one in view] == ["a/3", "a/0"]
    assert view[-1].example == "a/0"
    assert [one.example for one in view[1:]] == ["a/0"]
    with pytest.raises(IndexError, match="sample 2 of 2"):
        view[2]


def test_toy_features_are_asked_once_a_row(table):
    toy_choices.ASKED.clear()
    table.run(
        {"name": "toy_choices:seen", "features": "toy_choices:vectors", "rows": "0+1+2"},
        {"name": "toy_choices:seen", "features": "toy_choices:vectors"},
        budget=1,
    )
    assert [len(call) for call in toy_choices.ASKED] == [10]
