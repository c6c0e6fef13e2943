"""Whole comparisons: of files with a known answer, and of two real runs with their predictions and pictures."""

import json
import shutil

import msgspec
import pytest
from PIL import Image
from score_files import breaks_h0, good, value_rows, write_values

from sayso.artifacts import Manifest, close_stage, read_jsonl, write_jsonl
from sayso.errors import ConfigError
from sayso.evaluate.comparing import Options, compare, parse_gate, read_run
from sayso.evaluate.comparing.flips import choose, count_flips
from sayso.evaluate.comparing.pairing import pair
from sayso.records import Prediction

FAST = Options(num_resamples=100, num_swaps=499)


@pytest.fixture
def files(tmp_path):
    return [
        read_run(write_values(tmp_path / f"{name}.jsonl", score)) for name, score in (("a", good), ("b", breaks_h0))
    ]


def test_a_broken_wording_is_found_where_it_is(files):
    found = compare(files, options=FAST, gates=[parse_gate("wording_gap > 1"), parse_gate("held_in < 0")])
    worst = min(found["wordings"], key=lambda row: row["mean"])
    assert (worst["task"], worst["template"], worst["mean"]) == ("count", "h0", -0.75)
    assert worst["p"] == pytest.approx(2 / 2**9)
    assert worst["p_holm"] == pytest.approx(6 * 2 / 2**9)
    assert [row["mean"] for row in found["wordings"] if row is not worst] == [0.0] * 5
    quantities = found["difference"]["quantities"]
    assert quantities["held_in"]["mean"] == 0.0
    assert quantities["held_out_wordings"]["mean"] == pytest.approx(-0.375)
    assert quantities["wording_gap"]["mean"] == pytest.approx(0.375)
    assert quantities["worst_wording"]["mean"] == pytest.approx(-0.375)
    assert quantities["suites"] is None
    assert [gate["fired"] for gate in found["gates"]] == [True, False]


def test_the_difference_is_told_at_the_top_and_by_task(files):
    found = compare(files, options=FAST)
    assert found["difference"] is found["comparisons"][0]
    assert found["difference"]["mean"] == pytest.approx(-0.125)
    rows = {row["task"]: row for row in found["by_task"]}
    assert rows["count"]["mean"] == pytest.approx(-0.25)
    assert (rows["count"]["num_better"], rows["count"]["num_worse"]) == (0, 9)
    assert rows["name"]["p_holm"] == rows["name"]["p"] == 1.0
    assert rows["count"]["p_holm"] == pytest.approx(2 * rows["count"]["p"])
    json.dumps(found, allow_nan=False)


def test_the_same_twice_differs_in_nothing(tmp_path):
    runs = [read_run(write_values(tmp_path / f"{name}.jsonl", good)) for name in "ab"]
    found = compare(runs, options=FAST)
    for value in filter(None, found["difference"]["quantities"].values()):
        assert (value["mean"], value["low"], value["high"], value["p"]) == (0.0, 0.0, 0.0, 1.0)
    assert found["difference"]["smallest_visible"] is None


def test_a_comparison_is_the_same_every_time(files):
    assert compare(files, options=FAST) == compare(files, options=FAST)


def test_three_runs_each_meet_the_first(files, tmp_path):
    third = read_run(write_values(tmp_path / "c.jsonl", lambda *_: 1.0))
    found = compare([*files, third], options=FAST)
    assert [run["name"] for run in found["runs"]] == ["a.jsonl", "b.jsonl", "c.jsonl"]
    assert [one["run"] for one in found["comparisons"]] == ["b.jsonl", "c.jsonl"]
    assert found["comparisons"][1]["mean"] == pytest.approx(0.25)
    assert len(found["by_task"]) == 4
    with pytest.raises(ConfigError, match="1 given; compare 2 to 6"):
        compare(files[:1], options=FAST)


def test_scores_that_are_no_shares_are_remarked_on(tmp_path):
    runs = [
        read_run(write_values(tmp_path / f"{name}.jsonl", lambda task, number, _, more=more: 50.0 + number + more))
        for name, more in (("a", 0), ("b", 1))
    ]
    (note, _) = compare(runs, options=FAST)["notes"]
    assert "reach 62" in note


@pytest.mark.parametrize("alpha", [0.0, 1.0, 5.0])
def test_a_level_is_between_0_and_1(alpha):
    with pytest.raises(ConfigError, match="--alpha"):
        Options(alpha=alpha)


def test_flips_are_counted_and_those_under_most_wordings_come_first(tmp_path):
    def second(task, number, wording):
        if task == "name":
            return good(task, number, wording)
        return float(number % 4 == 0) if wording == "w0" else float(number not in {0, 1, 4, 8})

    for name, score in (("a", good), ("b", second)):
        write_jsonl(tmp_path / f"{name}.jsonl", value_rows(score))
    tasks = pair([read_run(str(tmp_path / f"{name}.jsonl")) for name in "ab"], names=["a", "b"]).tasks
    assert count_flips(tasks[0], 1) == {"broken": 9 + 2, "mended": 3, "examples_broken": 9, "examples_mended": 3}
    assert count_flips(tasks[1], 1)["broken"] == 0
    flips = choose(tasks, 1, number=5)
    assert [kind for *_, kind in flips] == ["broken", "mended", "broken", "mended", "broken"]
    assert tasks[0].examples[flips[0][3]] == "count/1"


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory):
    return tmp_path_factory.mktemp("two")


@pytest.fixture
def evaluated(two_runs, toy_run, evaluate_into):
    """Runs `a` and `b` on one build; what `b` predicted lies there already, so that it is only scored: `blue` where `a` said `red`."""
    for name in ("a", "b"):
        run = two_runs / name
        if (run / "evaluate").exists():
            continue
        run.mkdir()
        for stage in ("build", "train"):
            (run / stage).symlink_to(toy_run / stage)
        if name == "b":
            shutil.copytree(two_runs / "a" / "evaluate" / "predictions", run / "evaluate.partial" / "predictions")
            say_blue(run / "evaluate.partial" / "predictions" / "tuned-plain" / "color.jsonl")
        settings = {"tasks": ["color", "compare", "caption"], "held_out": False, "conditions": ["plain"]}
        evaluate_into(run / "evaluate.partial", run=run, max_new_tokens=2, **settings)
        made = Manifest(node="evaluate", kind="evaluate", digest=name, config={}, seed=7, parents={"train": "train"})
        close_stage(run / "evaluate.partial", made)
    return [str(two_runs / name) for name in ("a", "b")]


def say_blue(path):
    rows = list(read_jsonl(path, Prediction))
    assert {row.output for row in rows} == {"red"}, "a model without training prefers the shortest word"
    write_jsonl(path, [msgspec.structs.replace(row, output="blue") for row in rows])


def test_two_real_runs_are_compared_down_to_the_pictures(evaluated, tmp_path):
    found = compare([read_run(one) for one in evaluated], options=FAST, folder=tmp_path)
    assert {row["task"] for row in found["by_task"]} == {"color", "compare", "caption"}
    assert {row["metric"] for row in found["by_task"]} == {"accuracy", "rouge_l"}
    assert all(run["num_unpaired"] == 0 for run in found["runs"])
    assert {row["text"] for row in found["wordings"]} >= {"Please: What color is it? {options}", "Write a caption."}
    assert {card["kind"] for card in found["flipped"]} == {"broken", "mended"}
    for card in found["flipped"]:
        broken = card["kind"] == "broken"
        assert [answer["output"] for answer in card["answers"]] == ["red", "blue"]
        assert [answer["score"] for answer in card["answers"]] == ([1.0, 0.0] if broken else [0.0, 1.0])
        assert card["references"] == ["red" if broken else "blue"]
        assert "color" in card["instruction"]
        assert card["num_wordings"] == card["of_wordings"] == 3
        (name,) = card["images"]
        picture = Image.open(tmp_path / name).convert("RGB")
        assert picture.size == (240, 180)
        assert picture.getpixel((5, 5)) == ((255, 0, 0) if broken else (0, 0, 255))


def test_a_run_is_compared_with_its_own_untuned_model(evaluated):
    found = compare([read_run(f"{evaluated[0]}:untuned"), read_run(evaluated[0])], options=FAST)
    tuned = found["runs"][1]
    assert (tuned["name"], tuned["model"]) == ("a", "tuned")
    assert tuned["num_wordings_alone"] > 0
    both = {row["task"]: row["second"] for row in found["by_task"]}
    other = compare([read_run(one) for one in evaluated], options=FAST)
    assert set(both) == {row["task"] for row in other["by_task"]}


def test_a_picture_that_is_gone_leaves_a_hole_and_not_an_error(evaluated, damaged_run, two_runs, tmp_path):
    run = tmp_path / "moved"
    run.mkdir()
    for stage in ("build", "train"):
        (run / stage).symlink_to(damaged_run / stage)
    (run / "evaluate").symlink_to(two_runs / "a" / "evaluate")
    other = read_run(evaluated[1])
    found = compare([read_run(str(run)), other], options=FAST, folder=tmp_path / "shown")
    assert found["flipped"]
    assert {name for card in found["flipped"] for name in card["images"]} == {None}


def test_files_alone_have_flips_without_pictures(files, tmp_path):
    found = compare(files, options=FAST, folder=tmp_path)
    card = found["flipped"][0]
    assert (card["images"], card["instruction"], card["num_wordings"], card["of_wordings"]) == ([], "", 1, 3)
    assert [answer["output"] for answer in card["answers"]] == [None, None]
