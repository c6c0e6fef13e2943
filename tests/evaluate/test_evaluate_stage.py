import json

import pytest
from PIL import Image

from sayso.artifacts import Progress, read_jsonl
from sayso.errors import DataError
from sayso.evaluate.trained import model_folders
from sayso.records import Prediction

SCORES = ("scores.jsonl", "summary.json", "showcase.jsonl")


def results(folder):
    return {name: (folder / name).read_text() for name in SCORES}


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """One evaluation of everything, to look at; made by the first test that asks for it."""
    return tmp_path_factory.mktemp("evaluate")


@pytest.fixture
def evaluated(done, evaluate_into):
    if not (done / "counts.json").exists():
        (done / "counts.json").write_text(json.dumps(evaluate_into(done)))
    return done


class KilledError(Exception):
    pass


class KillAfter(Progress):
    """Stops the program after so many pieces of work, as a signal would."""

    def __init__(self, steps):
        self.left = steps

    def advance(self, steps=1):
        self.left -= steps
        if self.left < 0:
            raise KilledError


@pytest.mark.parametrize("steps", [1, 40, 110, 170])
def test_a_killed_evaluation_goes_on_and_ends_with_the_same_numbers(tmp_path, evaluated, evaluate_into, steps):
    with pytest.raises(KilledError):
        evaluate_into(tmp_path, progress=KillAfter(steps))
    assert not (tmp_path / "summary.json").exists()
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.jsonl")}
    counts = evaluate_into(tmp_path)
    assert results(tmp_path) == results(evaluated)
    assert counts == json.loads((evaluated / "counts.json").read_text())
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in before.items())


def test_scoring_again_needs_no_model(tmp_path, evaluated, evaluate_into, toy_run):
    (tmp_path / "predictions").symlink_to(evaluated / "predictions")

    class NoModel(Progress):
        def start(self, label, *, total=None):
            raise AssertionError(f"decoding again: {label}")

    evaluate_into(tmp_path, progress=NoModel())
    assert results(tmp_path) == results(evaluated)


def test_every_prediction_says_what_was_sent_what_came_back_and_how(evaluated):
    rows = list(read_jsonl(evaluated / "predictions" / "tuned-plain" / "compare.jsonl", Prediction))
    assert len(rows) == 3 * 5
    for row in rows:
        assert "<image>×18" in row.prompt
        assert "yes" in row.prompt
        assert row.output in {"yes", "no"}
        assert row.extraction == "likelihood"
    first = json.loads((evaluated / "predictions/tuned-plain/caption.jsonl").read_text().splitlines()[0])
    assert (first["condition"], first["extraction"]) == ("plain", "generated")


def test_rows_without_and_with_two_images_are_evaluated(evaluated):
    tasks = {row["task"]: row for row in json.loads((evaluated / "summary.json").read_text())["by_task"]}
    assert tasks["arithmetic"]["mean"] is not None
    assert tasks["arithmetic"]["shuffled"] is None
    assert tasks["compare"]["shuffled"] is not None


def test_refusals_are_counted_with_their_reason(evaluated):
    counts = json.loads((evaluated / "counts.json").read_text())
    assert counts["refused"] == {"tuned-shuffled_images": {"no image to shuffle": 10}}
    assert counts["num_predictions"] == 6 * 5 * 3 + 5 * 5 * 2 + 6 * 5 * 2
    assert counts["num_examples"] == 30


def test_the_summary_has_every_headline_key(evaluated):
    summary = json.loads((evaluated / "summary.json").read_text())
    for key in (
        "held_in",
        "held_in_untuned",
        "held_in_blind",
        "held_in_shuffled",
        "held_out_tasks",
        "held_out_categories",
        "held_out_wordings",
    ):
        assert summary[key]["low"] <= summary[key]["mean"] <= summary[key]["high"]
    assert {row["task"] for row in summary["by_task"] if row["blind"] is not None} == {
        "color",
        "caption",
        "locate",
        "compare",
    }


def test_the_summary_says_what_chance_explains_and_how_far_answers_agree(evaluated):
    summary = json.loads((evaluated / "summary.json").read_text())
    better = summary["sensitivity_corrected"]
    assert better["low"] <= better["mean"] <= better["high"]
    assert 0 < better["p_value"] <= 1
    assert summary["sensitivity_noise_floor"]["mean"] >= 0
    assert 0 <= summary["consistency"]["right"] <= summary["consistency"]["mean"] <= 1
    assert all(row["consistency"] is not None for row in summary["by_task"])
    assert summary["worst_wording"]["mean"] <= summary["best_wording"]["mean"]


def test_scores_have_a_row_per_model_condition_wording_and_metric(evaluated):
    rows = [json.loads(line) for line in (evaluated / "scores.jsonl").read_text().splitlines()]
    keys = [(row["model"], row["condition"], row["template"], row["metric"]) for row in rows]
    assert len(set(keys)) == len(keys) == 3 * 7 + 2 * 6 + 2 * 7
    assert ("tuned", "plain", "caption/held", "exact_match") in keys
    assert all(0 <= row["mean"] <= 1 for row in rows)


def test_the_showcase_shows_every_task_with_pictures_that_can_be_seen(evaluated):
    rows = [json.loads(line) for line in (evaluated / "showcase.jsonl").read_text().splitlines()]
    assert {row["task"] for row in rows} == {"color", "caption", "locate", "which_box", "compare", "arithmetic"}
    for row in rows:
        assert row["instruction"]
        assert set(row["outputs"]) == set(row["correct"])
        assert "tuned-plain" in row["outputs"]
        for name in row["images"]:
            with Image.open(evaluated / name) as image:
                assert image.format == "PNG"
                assert image.size == (240, 180)
    assert {len(row["images"]) for row in rows} == {0, 1, 2}
    assert all(any(b["label"] == "gold" for b in row["boxes"]) for row in rows if row["task"] == "locate")


def test_a_damaged_picture_is_an_error_that_names_it(tmp_path, damaged_run, evaluate_into):
    with pytest.raises(DataError, match=r"pictures/\d\.png"):
        evaluate_into(tmp_path / "out", run=damaged_run)
    assert not list((tmp_path / "out").rglob("*.jsonl"))


def test_the_untuned_model_is_found_beside_the_stage_or_taken_as_an_id(tmp_path):
    (tmp_path / "untuned").mkdir()
    (tmp_path / "untuned.json").write_text('{"path": "untuned"}')
    assert model_folders(tmp_path) == {"tuned": str(tmp_path / "model"), "untuned": str(tmp_path / "untuned")}
    (tmp_path / "untuned.json").write_text('{"path": "owner/name"}')
    assert model_folders(tmp_path)["untuned"] == "owner/name"
    (tmp_path / "untuned.json").write_text("{}")
    with pytest.raises(DataError, match="does not name the untuned model"):
        model_folders(tmp_path)


CHANGES = ("plain", "reordered_options", "wrong_instruction", "strong_noise", "no_instruction")


def test_conditions_are_scored_against_unchanged_input_on_the_same_examples(tmp_path, evaluate_into):
    options = {"strong_noise": {"name": "image_noise", "sigma": 0.4}}
    counts = evaluate_into(tmp_path, conditions=CHANGES, perturbations=options, models=("tuned",))
    rows = {row["condition"]: row for row in json.loads((tmp_path / "summary.json").read_text())["conditions"]}
    assert tuple(rows) == CHANGES[1:]
    for row in rows.values():
        assert row["drop"]["mean"] == pytest.approx(row["plain"]["mean"] - row["mean"]["mean"])
        assert (
            0 <= row["changed_answers"]["low"] <= row["changed_answers"]["mean"] <= row["changed_answers"]["high"] <= 1
        )
    assert rows["reordered_options"]["mean"]["num_tasks"] < rows["strong_noise"]["mean"]["num_tasks"]
    assert counts["refused"]["tuned-reordered_options"]["no options to reorder"] > 0
    (asked, *_) = read_jsonl(tmp_path / "predictions" / "tuned-wrong_instruction" / "color.jsonl", Prediction)
    assert "What color" not in asked.prompt


def test_visual_contribution_and_attention_are_measured_beside_the_scores_and_once(tmp_path, evaluate_into):
    visual = {
        "nulls": ["noise", "zeros", {"name": "noise", "space": "uint8"}],
        "attention": True,
        "max_examples_per_task": 3,
    }
    evaluate_into(tmp_path, visual=visual, conditions=("plain",))
    found = json.loads((tmp_path / "summary.json").read_text())["visual"]
    assert [(row["model"], row["null"]) for row in found["contribution"]] == [
        (model, null) for model in ("tuned", "untuned") for null in ("noise", "zeros", "noise (space: uint8)")
    ]
    for row in found["contribution"]:
        assert row["sum"]["n"] == 3 * 5
        assert 0 <= row["share_negative"] <= 1
        assert (row["against_first"] is None) is (row["model"] == "tuned")
    assert len(found["attention"]) == 2 * 2
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "visual").iterdir()}
    evaluate_into(tmp_path, visual=visual, conditions=("plain",))
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "visual").iterdir()} == stamps


def test_the_tuned_model_meets_the_conditions_wherever_it_is_named(tmp_path, evaluate_into):
    settings = {"conditions": ("plain", "typos"), "ensembles": {"pair": {"num_wordings": 2}}, "tasks": ("color",)}
    first, second = (tmp_path / name for name in ("first", "second"))
    evaluate_into(first, models=("tuned", "untuned"), **settings)
    evaluate_into(second, models=("untuned", "tuned"), **settings)
    assert (second / "predictions" / "tuned-typos").exists()
    assert (first / "summary.json").read_text() == (second / "summary.json").read_text()


def test_two_nulls_of_one_name_are_told_apart(tmp_path, evaluate_into):
    nulls = ["noise", {"name": "noise", "space": "uint8"}]
    evaluate_into(tmp_path, visual={"nulls": nulls}, models=("tuned",), conditions=("plain",), tasks=("color",))
    rows = json.loads((tmp_path / "summary.json").read_text())["visual"]["contribution"]
    assert [(row["null"], row["sum"]["n"]) for row in rows] == [("noise", 5), ("noise (space: uint8)", 5)]


def test_what_was_asked_for_and_could_not_be_done_is_a_warning(tmp_path, evaluate_into):
    settings = {"visual": {}, "models": ("tuned",), "ensembles": {"nine": {"num_wordings": 9}}}
    counts = evaluate_into(tmp_path, tasks=("arithmetic",), conditions=("plain", "shuffled_images"), **settings)
    assert [text for text in counts["warnings"] if "shuffled_images" in text and "refused" in text]
    assert [text for text in counts["warnings"] if "nine" in text]
    assert [text for text in counts["warnings"] if "no example has a picture" in text]


def test_demonstrations_are_the_same_under_every_condition(tmp_path, evaluate_into):
    settings = {"prompting": {"name": "few_shot", "num_demonstrations": 2}, "tasks": ("color", "caption")}
    conditions = ("plain", "image_noise", "wrong_instruction")
    evaluate_into(tmp_path, models=("tuned",), conditions=conditions, **settings)
    plain, noisy = (tmp_path / "predictions" / f"tuned-{name}" / "color.jsonl" for name in conditions[:2])
    key = {(row.template, row.example): row.prompt for row in read_jsonl(plain, Prediction)}
    assert all(key[row.template, row.example] == row.prompt for row in read_jsonl(noisy, Prediction))


def test_too_few_demonstrations_are_an_error_before_anything_is_asked(tmp_path, evaluate_into):
    prompting = {"name": "few_shot", "num_demonstrations": 10}
    with pytest.raises(DataError, match=r"'color' has 9 examples .* and 10 demonstrations"):
        evaluate_into(tmp_path, prompting=prompting, conditions=("plain",))
    assert not list(tmp_path.rglob("*.jsonl"))


def test_what_is_written_may_be_drawn_several_times_and_the_same_again(tmp_path, evaluate_into):
    drawn = {"temperature": 1.5, "num_draws": 3}
    for name in ("a", "b"):
        evaluate_into(
            tmp_path / name, tasks=("caption", "color"), models=("tuned",), conditions=("plain",), sampling=drawn
        )
    rows = list(read_jsonl(tmp_path / "a" / "predictions/tuned-plain/caption.jsonl", Prediction))
    assert {row.extraction for row in rows} == {"sampled"}
    assert sorted({row.number for row in rows}) == [0, 1, 2]
    assert len(rows) == 3 * 3 * 5
    assert len({row.output for row in rows}) > 5
    ranked = list(read_jsonl(tmp_path / "a" / "predictions/tuned-plain/color.jsonl", Prediction))
    assert {(row.extraction, row.number) for row in ranked} == {("likelihood", 0)}
    assert results(tmp_path / "a") == results(tmp_path / "b")
