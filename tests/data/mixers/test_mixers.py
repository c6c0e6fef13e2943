"""Weights by hand: sizes, caps, shares that somebody decided on, CoTBal's public numbers, and weak tasks."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from sayso.data.mixers import Mixing, TaskStats, mixers, to_shares, weigh_tasks
from sayso.data.mixers.cotbal import Contributions, contributions, lambdas
from sayso.errors import ConfigError, DataError

SIZES = {"counting": 100, "colors": 400, "ocr_vqa": 10_000, "open_vqa": 2_500}
CATEGORIES = {"counting": "image", "colors": "image", "ocr_vqa": "vqa", "open_vqa": "vqa"}


def tasks(**losses: tuple[float | None, ...]) -> list[TaskStats]:
    return [
        TaskStats(name=name, category=CATEGORIES[name], size=size, losses=losses.get(name, ()))
        for name, size in SIZES.items()
    ]


def weights(name: str, options: dict | None = None, *, mixing: Mixing | None = None, **losses) -> dict[str, float]:
    mixer = mixers.build(name, options or {})
    return weigh_tasks(mixer, tasks(**losses), mixing=mixing or Mixing(), name=name)


def shares(found: dict[str, float]) -> dict[str, float]:
    return {name: weight / sum(found.values()) for name, weight in found.items()}


def test_by_size_capped_by_root_and_by_temperature():
    assert weights("proportional") == SIZES
    assert list(weights("capped").values()) == [100, 400, 3000, 2500]
    assert list(weights("capped", {"max_examples": 300}).values()) == [100, 300, 300, 300]
    assert list(weights("square_root").values()) == [10, 20, 100, 50]
    assert weights("temperature", {"temperature": 2}) == weights("square_root")
    assert weights("temperature", {"temperature": 1}) == SIZES
    flat = shares(weights("temperature", {"temperature": 1e6}))
    assert all(share == pytest.approx(0.25, abs=1e-5) for share in flat.values())
    assert list(weights("temperature", {"temperature": 2, "max_examples": 400}).values()) == [10, 20, 20, 20]


def test_shares_by_pattern_category_and_name_are_dealt_out_by_size():
    found = shares(weights("fixed", {"shares": {"counting": 1, "vqa/*": 8}, "others": 1}))
    assert found == pytest.approx({"counting": 0.1, "colors": 0.1, "ocr_vqa": 0.64, "open_vqa": 0.16})


def test_shares_by_source_and_the_first_key_counts():
    sources: Callable = lambda task: {"llava" if task.endswith("vqa") else "shapes": SIZES[task]}  # noqa: E731
    found = shares(
        weights(
            "fixed", {"shares": {"open*": 1, "source:llava": 2, "source:shapes": 1}}, mixing=Mixing(sources=sources)
        )
    )
    assert found == pytest.approx({"counting": 0.05, "colors": 0.2, "ocr_vqa": 0.5, "open_vqa": 0.25})


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"shares": {"vqa/*": 1}}, r"no share for counting, colors; add a key for them to shares, or say with others"),
        ({"shares": {"*": 1, "colours": 1}}, r"'colours' names no task that is trained on; did you mean 'colors'"),
        (
            {"shares": {"source:both": 1}, "others": 1},
            r"'counting' has examples of both, shapes, and a share of source:both cannot",
        ),
        ({"shares": {"counting": -1}}, "greater than or equal to 0"),
    ],
)
def test_shares_that_cannot_be_are_refused(options, told):
    mixing = Mixing(sources=lambda task: {"both": 1, "shapes": 1})
    with pytest.raises(ConfigError, match=told):
        weights("fixed", options, mixing=mixing)


def test_weights_that_are_none_are_refused():
    with pytest.raises(ConfigError, match=r"mixer 'fixed' weighs 4 tasks as \[0.0, 0.0, 0.0, 0.0\]; give a finite"):
        weights("fixed", {"shares": {"*": 0}})


# What the authors give for the seven tasks of their main experiment: contributions to others and from others, and scores on minis over scores on all.
OUT = (0.1637, 0.1903, 0.1952, 0.1433, 0.0768, 0.1316, 0.1582)
IN = (0.1634, 0.2179, 0.1326, 0.1775, 0.1674, 0.0783, 0.1219)
MINI_OVER_ALL = (0.7597, 0.5313, 0.8852, 0.7979, 0.5511, 0.8680, 0.1904)
PUBLISHED = (0.8585, 1.0557, 0.8107, 0.8151, 1.0020, 0.8177, 1.6403)


def test_the_published_weights_come_out_of_the_published_inputs():
    names = list("abcdefg")
    given = Contributions(
        out=dict(zip(names, OUT, strict=True)),
        in_=dict(zip(names, IN, strict=True)),
        difficulty={name: 1 - value for name, value in zip(names, MINI_OVER_ALL, strict=True)},
    )
    found = lambdas(given, tasks=names, temperature=0.5)
    assert found == pytest.approx(PUBLISHED, abs=5e-5)
    assert sum(found) == pytest.approx(7)


def test_contributions_from_scores_by_hand():
    """a gives b half of what b gives itself, b gives a nothing; c gains nothing by itself, so that nobody can be said to give it anything."""
    mini = {"a": 0.2, "b": 0.4, "c": 0.5}
    probes = {
        "a": {"a": 0.8, "b": 0.5, "c": 0.9},
        "b": {"a": 0.2, "b": 0.6, "c": 0.1},
        "c": {"a": 0.5, "b": 0.4, "c": 0.5},
    }
    found = contributions(mini, probes=probes, tasks=["a", "b", "c"])
    assert found.out == pytest.approx({"a": 0.5, "b": 0.0, "c": 0.25})
    assert found.in_ == pytest.approx({"a": 0.25, "b": 0.25, "c": 0.0})
    assert found.difficulty == pytest.approx({"a": 0.75, "b": 1 / 3, "c": 0.0})


def test_scores_come_from_evaluate_stages_or_a_file_and_weigh_alike(tmp_path: Path):
    mini = {name: 0.2 + 0.1 * n for n, name in enumerate(SIZES)}
    probes = {i: {j: mini[j] + (0.3 if i == j else 0.1) for j in SIZES} for i in SIZES}
    stages = {"small": mini, **{f"on-{name}": scores for name, scores in probes.items()}}
    options = {"mini": "small", "probes": {name: f"on-{name}" for name in SIZES}}
    by_stage = weights("cotbal", options, mixing=Mixing(scores=stages))
    path = tmp_path / "scores.json"
    path.write_text(json.dumps({"mini": mini, "probes": probes}))
    assert weights("cotbal", {"file": str(path)}) == by_stage
    given = contributions(mini, probes=probes, tasks=list(SIZES))
    path.write_text(json.dumps({"out": given.out, "in": given.in_, "difficulty": given.difficulty}))
    assert weights("cotbal", {"file": str(path)}) == pytest.approx(by_stage)
    assert sum(by_stage.values()) == pytest.approx(4)
    assert by_stage["counting"] > by_stage["open_vqa"], "what gains more by training is harder"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "has mini None and probes {}; name evaluate stages for both, or a file"),
        ({"mini": "small", "probes": {"counting": "gone"}}, "'gone' is no evaluate stage that the train stage reads"),
        ({"mini": "small", "probes": {"counting": "small"}}, r"probes\.\w+ has no score of 'colors'"),
    ],
)
def test_scores_that_are_missing_are_named(options, told):
    with pytest.raises(ConfigError, match=told):
        weights("cotbal", options, mixing=Mixing(scores={"small": {"counting": 0.5}}))


def test_a_task_that_learns_nothing_has_no_difficulty():
    with pytest.raises(ConfigError, match=r"a score.* 0.0 after training on all of it"):
        contributions({"a": 0.0}, probes={"a": {"a": 0.0}}, tasks=["a"])


@pytest.mark.parametrize("text", ["{", '{"mini": {}}', '{"mini": {"a": "b"}, "probes": {}}', '{"out": {}, "inn": {}}'])
def test_a_file_that_is_no_scores_is_refused(tmp_path: Path, text: str):
    path = tmp_path / "scores.json"
    path.write_text(text)
    with pytest.raises(DataError, match="give mini and probes, or out, in and difficulty"):
        weights("cotbal", {"file": str(path)})
    with pytest.raises(DataError, match="cannot be read"):
        weights("cotbal", {"file": str(tmp_path / "none.json")})


LOSSES = {"counting": (4.0, 2.0), "colors": (2.0, 0.5), "ocr_vqa": (4.0, 1.0), "open_vqa": (2.0, 0.5)}


def test_weak_tasks_get_more_in_proportion_to_their_gap():
    bare = {"floor": 0, "smoothing": 0}
    assert list(weights("adaptive", bare, **LOSSES).values()) == pytest.approx([0.5, 0.125, 0.25, 0.125])
    half = {**bare, "exponent": 0.5}
    assert weights("adaptive", half, **LOSSES)["counting"] == pytest.approx(2**0.5 / (2**0.5 + 1 + 2**0.5))
    known = {**bare, "references": {"counting": 1.5, "ocr_vqa": 2.0}}
    assert list(weights("adaptive", known, **LOSSES).values()) == pytest.approx([1 / 3, 1 / 3, 0, 1 / 3])
    left = {**bare, "measure": "progress"}
    assert list(weights("adaptive", left, **LOSSES).values()) == pytest.approx([0.4, 0.2, 0.2, 0.2])


def test_the_floor_is_kept_and_rounds_are_smoothed():
    found = weights("adaptive", {"floor": 0.4, "smoothing": 0, "exponent": 50}, **LOSSES)
    assert list(found.values()) == pytest.approx([0.7, 0.1, 0.1, 0.1])
    mixer = mixers.build("adaptive", {"floor": 0, "smoothing": 0.5})
    before = [TaskStats(name=t.name, category="", size=1, losses=t.losses, share=0.25) for t in tasks(**LOSSES)]
    assert list(mixer.weigh(before, mixing=Mixing())) == pytest.approx([0.375, 0.1875, 0.25, 0.1875])


def test_what_could_not_be_measured_counts_as_the_mean_and_nothing_as_all_alike():
    found = weights("adaptive", {"floor": 0, "smoothing": 0}, **{**LOSSES, "counting": (4.0, None)})
    assert found["counting"] == pytest.approx(0.25)
    assert set(weights("adaptive").values()) == {0.25}
    done = dict.fromkeys(SIZES, (1.0, 0.0))
    assert set(weights("adaptive", **done).values()) == {0.25}


def test_scores_of_an_evaluate_stage_may_stand_in_for_losses():
    now = {"counting": 0.2, "colors": 0.6, "ocr_vqa": 1.0}
    bare = {"measure": "score", "floor": 0, "smoothing": 0}
    found = weights("adaptive", bare, mixing=Mixing(scores={"now": now}))
    assert list(found.values()) == pytest.approx([0.5, 0.25, 0, 0.25])
    both = Mixing(scores={"now": now, "alone": {"counting": 0.4, "colors": 0.7, "ocr_vqa": 0.9, "open_vqa": 0.5}})
    found = weights("adaptive", {**bare, "reference_stage": "alone"}, mixing=both)
    assert found["counting"] == pytest.approx(2 * found["colors"])
    assert mixers.build("adaptive", bare).num_held_back == 0
    with pytest.raises(ConfigError, match=r"measure score needs one evaluate stage .* reads none"):
        weights("adaptive", bare)


def test_what_falls_slowly_gets_more():
    """Ratios of 0.5, 0.25, 0.25, 0.25 at temperature 0.25 are powers of e 2, 1, 1 and 1."""
    found = weights("dynamic_average", {"temperature": 0.25}, **LOSSES)
    assert sum(found.values()) == pytest.approx(4)
    assert found["counting"] / found["colors"] == pytest.approx(math.e)
    assert set(weights("dynamic_average").values()) == {1.0}, "nothing is known in the first round"


def test_random_weights_are_others_in_every_round_and_the_same_again():
    rounds = [weights("random_weights", mixing=Mixing(seed=seed, round=n)) for seed in (1, 2) for n in range(3)]
    assert len({tuple(found.values()) for found in rounds}) == 6
    assert all(sum(found.values()) == pytest.approx(4) for found in rounds)
    assert rounds[4] == weights("random_weights", mixing=Mixing(seed=2, round=1))
    drawn = [math.log(w / (4 - w)) for found in rounds for w in found.values()]
    assert 0.5 < max(drawn) - min(drawn) < 8


def test_shares_keep_whole_weights_and_round_others():
    assert to_shares({"a": 3, "b": 5.0}) == {"a": 3, "b": 5}
    assert to_shares({"a": 1 / 3, "b": 2 / 3, "c": 1e-12, "d": 0}) == {"a": 333_333, "b": 666_667, "c": 1, "d": 0}
