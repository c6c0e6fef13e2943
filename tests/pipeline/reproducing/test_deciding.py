"""Verdicts: what holds, what does not, what cannot be told, and why something was not run."""

import re

import pytest
from invented_results import instraug

from sayso.errors import ConfigError
from sayso.pipeline.reproducing.deciding import findings, read_at
from sayso.pipeline.reproducing.found import ArmRun
from sayso.pipeline.reproducing.plan import Claim, Scale

PAIR = {"five": 1, "one": -1}


def plan_of(**claims):
    return instraug(claims={name: Claim(**{"says": name, "paper": "", **claim}) for name, claim in claims.items()})


def one_claim(**changed):
    return plan_of(only={"measure": "L1", "contrast": PAIR, **changed})


def runs_of(differences, *, measure="L1", start=1):
    """Two arms that differ by so much, seed by seed."""
    return [
        ArmRun(arm=arm, seed=seed, measures={measure: 0.5 + more}, train_s=1, total_s=1, steps=1)
        for seed, value in enumerate(differences, start)
        for arm, more in (("one", 0.0), ("five", value))
    ]


def only(plan, runs, **options):
    (found,) = findings(plan, runs, **options)
    return found


@pytest.mark.parametrize(
    ("differences", "verdict"),
    [([0.05, 0.06, 0.07], "holds"), ([-0.05, -0.06, -0.07], "does not hold"), ([0.002, 0.003, 0.004], "holds"),
     ([0.001, 0.002, -0.003], "does not hold"), ([0.01, -0.03, 0.05], "undecided"), ([0.0, 0.0, 0.0], "does not hold")],
)  # fmt: skip
def test_where_the_interval_lies_decides(differences, verdict):
    assert only(one_claim(matters=0.01), runs_of(differences)).verdict == verdict


def test_without_a_margin_only_a_clear_loss_refutes():
    assert only(one_claim(), runs_of([0.001, -0.002, 0.0])).verdict == "undecided"
    assert only(one_claim(), runs_of([-0.01, -0.011, -0.012])).verdict == "does not hold"


def test_a_bound_is_what_must_be_exceeded():
    runs = runs_of([-0.005, -0.004, -0.006])
    assert only(one_claim(exceeds=-0.02), runs).verdict == "holds"
    assert only(one_claim(exceeds=0.0), runs).verdict == "does not hold"


def test_rounding_is_no_evidence():
    runs = [
        ArmRun(arm=arm, seed=seed, measures={"L1": value}, train_s=1, total_s=1, steps=1)
        for seed in (1, 2, 3)
        for arm, value in (("one", 0.3), ("five", 0.1 + 0.2))
    ]
    assert only(one_claim(), runs).verdict == "undecided"


def test_one_seed_has_no_interval_and_decides_nothing():
    found = only(one_claim(), runs_of([0.4]))
    assert (found.verdict, found.low, found.visible, found.reason) == (
        "undecided",
        None,
        None,
        "one seed has no interval",
    )


def test_numbers_of_a_finding():
    found = only(one_claim(), runs_of([0.01, 0.02, 0.03]))
    assert found.seeds == (1, 2, 3)
    assert found.by_seed == pytest.approx((0.01, 0.02, 0.03))
    assert found.mean == pytest.approx(0.02)
    assert found.visible == pytest.approx(0.01 * 3.26404, abs=1e-6)
    assert found.p == found.p_adjusted


def test_a_run_that_was_made_again_counts_once_and_its_last_form():
    again = runs_of([0.05, 0.06, 0.07])
    assert only(one_claim(), [*runs_of([0.9, 0.9, 0.9]), *again]) == only(one_claim(), again)


def test_verdicts_are_read_at_registered_numbers_of_seeds_only():
    clear = runs_of([0.05, 0.06, 0.07])
    early = only(one_claim(), clear, read_at=(5,))
    assert early.verdict == "undecided"
    assert early.reason == "3 seeds so far; the plan reads its verdict at 5"
    assert early.low > 0
    assert only(one_claim(), clear, read_at=(3, 5), looks=2).verdict == "holds"
    assert read_at(Scale(looks=(3,))) == (3, 5)
    assert read_at(Scale(looks=(5,), seeds=(1, 2, 3, 4, 5))) == (5,)


def test_more_looks_make_wider_intervals():
    runs = runs_of([0.05, 0.06, 0.07])
    once, twice = only(one_claim(), runs), only(one_claim(), runs, looks=2)
    assert twice.low < once.low
    assert twice.p == once.p
    assert twice.p_adjusted == pytest.approx(2 * once.p)


def test_a_seed_that_could_not_be_measured_is_left_out_and_named():
    runs = runs_of([0.05, 0.06, 0.07, 0.08])
    holed = [run if (run.seed, run.arm) != (2, "five") else ArmRun(arm="five", seed=2, measures={"L1": None}, train_s=1, total_s=1, steps=1) for run in runs]  # fmt: skip
    found = only(one_claim(), holed, read_at=(4,))
    assert (found.verdict, found.seeds) == ("holds", (1, 3, 4))
    assert found.reason == "not measured with seed 2, which is left out"


def test_holm_goes_over_the_claims_that_were_tested():
    plan = plan_of(
        a={"measure": "L1", "contrast": PAIR},
        b={"measure": "L1", "contrast": PAIR, "exceeds": 0.019},
        c={"measure": "L3", "contrast": PAIR},
        d={"all_of": ("a", "b")},
    )
    a, b, c, d = findings(plan, runs_of([0.018, 0.02, 0.021]))
    assert a.p_adjusted == pytest.approx(2 * a.p)
    assert b.p_adjusted == pytest.approx(max(b.p, 2 * a.p))
    assert c.p is c.p_adjusted is d.p is d.p_adjusted is None


@pytest.mark.parametrize(
    ("claim", "missing", "reason"),
    [({"contrast": {"thirty": 1, "one": -1}}, {}, "the arm 'thirty augmented wordings a task' has not been run yet"),
     ({"contrast": {"planted": 1, "one": -1}}, {}, "the arm 'the same pool .*' is run only where there are hours left for it"),
     ({"contrast": {"planted": 1, "one": -1}}, {"planted": "no hours were left"}, "^no hours were left$"),
     ({"measure": "L3"}, {}, "'wordings L3, by others' needs SAYSO_DATA, which was not set"),
     ({"measure": "L3"}, {"L3": "the templates are not there"}, "^the templates are not there$"),
     ({"measure": "L3"}, {"five/L3": "too few", "L3": "x", "one": "y"}, "^too few$"),
     ({"measure": "retention"}, {}, "'kept outside of instructions' could not be measured in any run of 'five wordings a task'")],
)  # fmt: skip
def test_what_was_not_run_says_why(claim, missing, reason):
    found = only(one_claim(**claim), runs_of([0.1, 0.2, 0.3]), missing=missing)
    assert (found.verdict, found.mean, found.seeds) == ("not run", None, ())
    assert re.search(reason, found.reason), found.reason


def test_arms_without_a_seed_in_common_were_not_run():
    runs = [run for run in runs_of([0.1, 0.2]) if (run.arm, run.seed) in {("one", 1), ("five", 2)}]
    assert only(one_claim(), runs).reason == "no seed has all of five, one"


def conjunction(*differences):
    """Claims a, b, ... of one arm pair, each with its own bound, and `all`, which needs them."""
    bounds = {"holds": -1.0, "does not hold": 1.0, "undecided": 0.02, "not run": 0.0}
    parts = {
        f"c{number}": {"measure": "L3" if wanted == "not run" else "L1", "contrast": PAIR, "exceeds": bounds[wanted], "matters": 0.01}
        for number, wanted in enumerate(differences)
    }  # fmt: skip
    found = findings(plan_of(**parts, all={"all_of": tuple(parts)}), runs_of([0.01, 0.02, 0.03]))
    assert [one.verdict for one in found[:-1]] == list(differences)
    return found[-1]


@pytest.mark.parametrize(
    ("parts", "verdict"),
    [(("holds", "holds"), "holds"), (("holds", "undecided"), "undecided"), (("undecided", "does not hold"), "does not hold"),
     (("not run", "holds"), "not run"), (("not run", "does not hold"), "does not hold"), (("not run", "undecided"), "undecided")],
)  # fmt: skip
def test_a_claim_of_claims_holds_where_all_do(parts, verdict):
    found = conjunction(*parts)
    assert found.verdict == verdict
    assert found.reason == ("" if verdict == "holds" else f"{verdict}: 'c{parts.index(verdict)}'")


def test_claims_of_claims_of_claims_stand_in_any_order():
    plan = plan_of(
        top={"all_of": ("middle", "base")}, middle={"all_of": ("base",)}, base={"measure": "L1", "contrast": PAIR}
    )
    assert [one.verdict for one in findings(plan, runs_of([0.1, 0.11, 0.12]))] == ["holds"] * 3


@pytest.mark.parametrize(
    ("claims", "message"),
    [({"a": {"measure": "L1", "contrast": {"fife": 1}}}, "no arm 'fife' in the plan; did you mean 'five'"),
     ({"a": {"measure": "L9", "contrast": PAIR}}, "no measure 'L9'"),
     ({"a": {"contrast": PAIR}}, "no measure ''"),
     ({"a": {}}, "'a' has no contrast and no all_of"),
     ({"a": {"all_of": ("b",)}}, "no claim 'b'"),
     ({"a": {"all_of": ("b",)}, "b": {"all_of": ("a",)}}, "claims a -> b -> a are made of one another")],
)  # fmt: skip
def test_a_claim_about_what_the_plan_lacks_is_refused(claims, message):
    with pytest.raises(ConfigError, match=message):
        findings(plan_of(**claims), runs_of([0.1, 0.2]))
