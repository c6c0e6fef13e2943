import pytest

from sayso.errors import DataError
from sayso.evaluate.judges.elo import Battle, EloSettings, elo
from sayso.seeds import Stream


def fought(strengths, number, *, seed=0, ties=0.0):
    """Comparisons of players whose chances follow from their true ratings."""
    stream = Stream(seed, "battles")
    names = list(strengths)
    for _ in range(number):
        first, second = stream.sample(names, 2)
        chance = 1 / (1 + 10 ** ((strengths[second] - strengths[first]) / 400))
        drawn = stream.uniform()
        winner = "tie" if stream.uniform() < ties else "first" if drawn < chance else "second"
        yield Battle(first=first, second=second, winner=winner)


def test_one_comparison_by_hand():
    won = elo([Battle(first="a", second="b", winner="first")])
    assert {name: one.mean for name, one in won.items()} == {"a": 1016, "b": 984}
    tied = elo([Battle(first="a", second="b", winner="tie")])
    assert {one.mean for one in tied.values()} == {1000}


def test_two_comparisons_by_hand():
    """Won twice: 16, then 32 (1 - 1 / (1 + 10^(-32/400)))."""
    expected = 1016 + 32 * (1 - 1 / (1 + 10 ** (-32 / 400)))
    found = elo([Battle(first="a", second="b", winner="first")] * 2)
    assert found["a"].mean == pytest.approx(expected)
    assert found["a"].low == found["a"].high == pytest.approx(expected)
    assert found["a"].n == 2


def test_the_order_in_the_file_means_nothing():
    battles = list(fought({"a": 1100, "b": 1000, "c": 900}, 60))
    shuffled = list(battles)
    Stream(3, "order").shuffle(shuffled)
    assert shuffled != battles
    assert elo(shuffled) == elo(battles)


def test_who_is_first_and_who_second_does_not_matter_in_expectation():
    swap = {"first": "second", "second": "first", "tie": "tie"}
    battles = list(fought({"a": 1100, "b": 1000}, 150, ties=0.2))
    turned = [Battle(first=one.second, second=one.first, winner=swap[one.winner]) for one in battles]
    here, there = (elo(some, settings=EloSettings(num_shuffles=300)) for some in (battles, turned))
    assert here["a"].mean == pytest.approx(there["a"].mean, abs=6)


def test_true_differences_are_found_again():
    """Ratings of four players from 1,500 simulated comparisons: in order, near the truth, and the truth inside nearly all intervals."""
    truth = {"a": 1150, "b": 1050, "c": 950, "d": 850}
    inside = 0
    for seed in range(5):
        found = elo(list(fought(truth, 1500, seed=seed)), settings=EloSettings(num_shuffles=60))
        assert list(found) == ["a", "b", "c", "d"]
        assert sum(one.mean for one in found.values()) == pytest.approx(4000)
        assert all(abs(one.mean - truth[name]) < 45 for name, one in found.items())
        inside += sum(one.low <= truth[name] <= one.high for name, one in found.items())
    assert inside >= 18


def test_equal_players_are_not_told_apart():
    found = elo(list(fought({"a": 1000, "b": 1000, "c": 1000}, 600)), settings=EloSettings(num_shuffles=60))
    assert all(one.low < 1000 < one.high for one in found.values())


def test_another_seed_is_another_draw_of_the_same_rating():
    battles = list(fought({"a": 1100, "b": 1000}, 100))
    one, other = (elo(battles, settings=EloSettings(seed=seed, num_shuffles=300)) for seed in (0, 1))
    assert one != other
    assert one["a"].mean == pytest.approx(other["a"].mean, abs=10)


@pytest.mark.parametrize(
    ("battles", "told"),
    [
        ([], "there are 0 comparisons"),
        ([Battle(first="a", second="a", winner="tie")], "'a' is compared with itself"),
        ([Battle(first="a", second="b", winner="a")], "the winner is 'a'; give first, second or tie"),
    ],
)
def test_what_is_no_comparison_is_an_error(battles, told):
    with pytest.raises(DataError, match=told):
        elo(battles)
