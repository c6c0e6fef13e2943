"""Simulated grids: how often intervals hold the truth, and verdicts are wrong, with five seeds. All seeded."""

import pytest
from invented_results import instraug

from sayso.pipeline.reproducing.contrasts import contrast_values, estimate, level_of, smallest_visible, terms_of
from sayso.pipeline.reproducing.deciding import findings
from sayso.pipeline.reproducing.found import ArmRun
from sayso.pipeline.reproducing.plan import Claim
from sayso.seeds import Stream

GRIDS = 2000
TIMES = 3.5  # standard errors of a share over that many grids
ARMS = ("one", "five", "thirty", "small")


def within(share, *, of):
    """Whether a share of grids is what it should be, but for chance."""
    return abs(share - of) <= TIMES * (of * (1 - of) / GRIDS) ** 0.5


def bell(stream):
    """Nearly normal, and quick: the sum of four uniform numbers, with mean 0 and variance 1."""
    return sum(stream.uniform() for _ in range(4)) * 3**0.5 - 2 * 3**0.5


def grid(name, *, effect=0.0, seeds=5, own=0.015, arms=ARMS[:2], measure="L1"):
    """Runs of arms that differ from the first by `effect`; what a seed does to all of them is three times what it does to one."""
    stream = Stream("grid", name)
    runs = []
    for seed in range(1, seeds + 1):
        common = 0.5 + 3 * own * bell(stream)
        for arm in arms:
            value = common + own * bell(stream) + (0.0 if arm == arms[0] else effect)
            runs.append(ArmRun(arm=arm, seed=seed, measures={measure: value}, train_s=1, total_s=1, steps=1))
    return runs


def claim(**changed):
    return Claim(**{"says": "", "paper": "", "measure": "L1", "contrast": {"five": 1, "one": -1}, **changed})


def share(what):
    """How many of the grids."""
    return sum(map(what, range(GRIDS))) / GRIDS


def contrasts(name, **options):
    runs = {(run.arm, run.seed): run for run in grid(name, **options)}
    return list(contrast_values(terms_of(claim()), runs).values())


def verdicts(name, plan, *, seeds=5, **options):
    found = findings(plan, grid(name, seeds=seeds, **options))
    return [one.verdict for one in found]


@pytest.mark.parametrize("seeds", [3, 5])
def test_intervals_hold_the_truth_as_often_as_they_say(seeds):
    def held(name):
        found = estimate(contrasts((name, seeds), effect=0.02, seeds=seeds))
        return found.low <= 0.02 <= found.high

    assert within(share(held), of=0.95)


def test_pairing_takes_out_what_a_seed_does_to_all_arms():
    def width(values):
        found = estimate(values)
        return found.high - found.low

    paired = sum(width(contrasts(name)) for name in range(200))
    alone = sum(width([run.measures["L1"] for run in grid(name) if run.arm == "five"]) for name in range(200))
    assert paired < 0.6 * alone


def test_a_claim_about_nothing_holds_once_in_forty():
    plan = instraug(claims={"only": claim()})
    assert within(share(lambda name: verdicts(name, plan) == ["holds"]), of=0.025)


def test_an_effect_that_just_matters_is_refuted_once_in_forty():
    plan = instraug(claims={"only": claim(matters=0.03)})
    assert within(share(lambda name: verdicts(name, plan, effect=0.03) == ["does not hold"]), of=0.025)


def test_the_smallest_visible_effect_is_seen_in_eighty_of_a_hundred():
    effect = smallest_visible(0.015 * 2**0.5, n=5, confidence=0.95)
    plan = instraug(claims={"only": claim()})
    assert within(share(lambda name: verdicts(name, plan, effect=effect) == ["holds"]), of=0.8)


def test_nothing_is_refuted_as_often_where_the_margin_is_visible():
    margin = smallest_visible(0.015 * 2**0.5, n=5, confidence=0.95)
    plan = instraug(claims={"only": claim(matters=margin)})
    assert within(share(lambda name: "does not hold" in verdicts(name, plan)), of=0.8)


def test_looks_that_share_the_level_stay_below_it_and_looks_that_do_not_go_above():
    def false_at(level):
        def any_look(name):
            values = contrasts(name, seeds=7)
            return any(estimate(values[:n], confidence=level).low > 0 for n in (3, 4, 5, 6, 7))

        return share(any_look)

    assert false_at(level_of(0.95, looks=5)) <= 0.025 + TIMES * (0.025 * 0.975 / GRIDS) ** 0.5
    assert false_at(0.95) > 0.04


def test_holm_keeps_a_page_of_claims_about_nothing_below_its_level():
    """Six claims over four arms, so that they share runs; without correction one in seven pages would have a false alarm."""
    pairs = [(a, b) for place, a in enumerate(ARMS) for b in ARMS[:place]]
    plan = instraug(claims={f"{a}-{b}": claim(contrast={a: 1, b: -1}) for a, b in pairs})
    pages = [findings(plan, grid(name, arms=ARMS)) for name in range(600)]
    alarms = sum(any(one.p_adjusted <= 0.05 for one in page) for page in pages)
    uncorrected = sum(any(one.p <= 0.05 for one in page) for page in pages)
    assert alarms <= 0.05 * 600 + TIMES * (600 * 0.05 * 0.95) ** 0.5
    assert uncorrected > 1.5 * 0.05 * 600
