"""What runs fill into a plan: the seed, and the first of lists in an order that the seed draws."""

import pytest

from sayso.errors import ConfigError
from sayso.pipeline.reproducing.filling import fill

DRAWN = {"fruit": ("apple", "pear", "plum", "cherry", "quince")}


def test_the_seed_is_filled_in_and_braces_of_yaml_stay():
    assert fill("{name: shapes, seed: 10{seed}, kind: {other:3}}", seed=4, drawn=DRAWN) == (
        "{name: shapes, seed: 104, kind: {other:3}}"
    )


def test_more_of_a_list_take_in_fewer_and_all_are_all_of_it():
    for seed in range(5):
        filled = [fill(f"{{fruit:{number}}}", seed=seed, drawn=DRAWN).split(", ") for number in range(1, 6)]
        assert all(longer[:-1] == shorter for shorter, longer in zip(filled, filled[1:], strict=False))
        assert sorted(filled[-1]) == sorted(DRAWN["fruit"])


def test_another_seed_draws_another_order_and_the_same_one_the_same():
    orders = {fill("{fruit:5}", seed=seed, drawn=DRAWN) for seed in range(20)}
    assert len(orders) > 10
    assert fill("{fruit:5}", seed=3, drawn=DRAWN) == fill("{fruit:5}", seed=3, drawn=DRAWN)


@pytest.mark.parametrize("number", [0, 6])
def test_more_than_there_are_is_an_error_that_says_how_many_there_are(number):
    with pytest.raises(ConfigError, match=rf"\{{fruit:{number}\}} asks for {number} of the 5 that fruit has"):
        fill(f"train.tasks=[{{fruit:{number}}}]", seed=1, drawn=DRAWN)
