import json

import msgspec
import numpy as np
import pytest
import suite_files

from sayso.artifacts import read_jsonl
from sayso.config import PluginConfig
from sayso.errors import ConfigError, DataError
from sayso.evaluate.comparing.details import Background
from sayso.evaluate.comparing.reading import read_run
from sayso.evaluate.suite_runs import Reading, running, score_folder
from sayso.evaluate.suites import Files
from sayso.evaluate.values import read_values
from sayso.records import Prediction

YES = PluginConfig(name="pope_official")


def by_number(text):
    """Right about even cats under every wording, about the others only where the prompt says `single`."""
    number = int("".join(filter(str.isdigit, text)))
    right = ("yes", "no")[number % 2]
    return right if number % 2 == 0 or "single" in text else "I cannot tell"


def test_figures_under_the_published_prompt_and_the_spread_over_wordings(plan_of, run):
    scores = run(plan_of(count=8), by_number)
    means = [row["figures"]["accuracy"]["mean"] for row in scores["wordings"]]
    assert means == [1.0, 0.5, 0.5]
    assert scores["figures"]["accuracy"]["mean"] == 1.0
    spread = scores["sensitivity"]["accuracy"]
    assert spread["mean"] == pytest.approx(np.std(means, ddof=1) / np.mean(means))
    assert spread["low"] <= spread["mean"] <= spread["high"]
    assert (spread["lowest"]["mean"], spread["highest"]) == (0.5, {"template": "pope/0", "mean": 1.0})
    assert scores["counts"]["unparsed"] == 8
    assert scores["counts"]["unparsed_by_reason"] == {"neither yes nor no": 8}


def test_categories_are_measured_alone(tmp_path, plan_of, run):
    rows = [{"question_id": 1, "image": "a.jpg", "text": "Is there a cat?", "label": "yes"}]
    for split, label in (("random", "yes"), ("popular", "no")):
        suite_files.lines(tmp_path / "data" / f"coco_pope_{split}.json", [{**rows[0], "label": label}])
    files = Files(data=tmp_path / "data", images=(suite_files.draw(tmp_path, "a.jpg"),))
    found = run(plan_of(files=files), lambda text: "yes")["by_category"]
    assert {name: (one["n"], one["accuracy"]) for name, one in found.items()} == {
        "popular": (1, 0.0),
        "random": (1, 1.0),
    }
    assert found["popular"]["pope_recall"] is None
    assert run(plan_of(count=2), by_number, out="one")["by_category"] == {}


def test_every_prediction_has_prompt_raw_output_and_how_it_came_about(plan_of, run, tmp_path):
    run(plan_of(count=2), by_number)
    rows = list(read_jsonl(tmp_path / "out/predictions.jsonl", Prediction))
    assert len(rows) == 6
    assert rows[0].prompt.startswith("Is there a cat 1 in the image?\nAnswer the question")
    assert (rows[0].output, rows[0].extraction, rows[0].template) == ("no", "generated", "pope/0")
    assert not (tmp_path / "out/predictions").exists()


def test_values_are_rows_that_comparisons_read(plan_of, run, tmp_path):
    run(plan_of(count=4, label="pope_random"), by_number)
    values = read_values(tmp_path / "out")
    assert len(values) == 12
    assert {value.group for value in values} == {"suite"}
    assert {(value.task, value.metric, value.model) for value in values} == {("pope_random", "accuracy", "rule")}
    assert sum(value.value for value in values) == 4 + 2 + 2


def test_values_name_the_picture_that_examples_share(tmp_path, plan_of, run):
    asked = [("a.jpg", "cat"), ("a.jpg", "dog"), ("b.jpg", "cat")]
    rows = [
        {"question_id": number, "image": image, "text": f"Is there a {thing}?", "label": "yes"}
        for number, (image, thing) in enumerate(asked)
    ]
    suite_files.lines(tmp_path / "data" / "coco_pope_random.json", rows)
    images = tuple({suite_files.draw(tmp_path, name) for name in ("a.jpg", "b.jpg")})
    run(plan_of(files=Files(data=tmp_path / "data", images=images)), lambda text: "yes")
    pictures = {value.example: value.picture for value in read_values(tmp_path / "out")}
    first, second, other = (pictures[name] for name in sorted(pictures))
    assert first == second != "" == other


def test_the_card_says_what_the_number_is_for(plan_of, run):
    card = run(plan_of(count=2), by_number)["card"]
    assert card["parser"] == {"name": "yes_no"}
    assert card["decoding"]["max_new_tokens"] == 128
    assert card["wordings"]["pope/0"].endswith("single word or phrase.")
    assert list(card["data"]) == ["coco_pope_random.json"]
    assert all(figure["source"] for metric in card["metrics"] for figure in metric["figures"])
    assert len(card["digest"]) == len(card["data_digest"]) == 16


def test_scoring_again_gives_the_same_without_a_model(plan_of, run, tmp_path):
    first = run(plan_of(count=6), by_number)
    again = score_folder(tmp_path / "out")
    assert again["figures"]["accuracy"]["mean"] == first["figures"]["accuracy"]["mean"]
    files = [(tmp_path / "out" / name).read_bytes() for name in ("values.jsonl", "scores.json")]
    score_folder(tmp_path / "out")
    assert files == [(tmp_path / "out" / name).read_bytes() for name in ("values.jsonl", "scores.json")]


def test_another_parser_and_metric_are_tried_on_the_same_predictions(plan_of, run, tmp_path):
    first = run(plan_of(count=8), by_number)
    other = score_folder(tmp_path / "out", reading=Reading(parser=YES, metrics=(PluginConfig(name="exact_match"),)))
    assert other["counts"]["unparsed"] == 0
    assert list(other["figures"]) == ["exact_match"]
    assert other["card"]["digest"] != first["card"]["digest"]
    assert score_folder(tmp_path / "out")["card"]["digest"] == first["card"]["digest"]


def test_a_killed_run_goes_on_and_ends_with_the_same_files(plan_of, run, tmp_path, rule, request):
    files = suite_files.pope(tmp_path, count=running.PART * 2 + 5)
    plan = plan_of(files=files, wordings=2)
    run(plan, by_number, out="whole")
    dying = rule(by_number, die_after=1)
    with pytest.raises(KeyboardInterrupt):
        run(plan, dying, out="killed")
    assert not (tmp_path / "killed/predictions.jsonl").exists()
    going_on = rule(by_number)
    run(plan, going_on, out="killed")
    assert dying.calls + going_on.calls == [400, 400, 10]
    for name in ("predictions.jsonl", "scores.json", "values.jsonl", "samples.jsonl"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_what_is_finished_is_not_asked_again(plan_of, run, rule):
    plan, second = plan_of(count=2), rule(by_number)
    run(plan, by_number)
    run(plan, second)
    assert second.calls == []


def test_answers_to_something_else_are_not_mixed_in(plan_of, run, tmp_path):
    files = suite_files.pope(tmp_path, count=4)
    run(plan_of(files=files), by_number)
    with pytest.raises(ConfigError, match=r"answers to something else \(.*limit: None -> 2"):
        run(plan_of(files=files, limit=2), by_number)


def test_a_folder_without_answers_is_free_for_anything(plan_of, run, tmp_path, rule):
    files = suite_files.pope(tmp_path, count=4)
    with pytest.raises(KeyboardInterrupt):
        run(plan_of(files=files), rule(by_number, die_after=0))
    assert run(plan_of(files=files, limit=2), by_number)["counts"]["asked"] == 2


def test_all_wordings_of_an_example_are_asked_in_a_row(plan_of):
    plan = plan_of(count=2)
    asked = [(sample.example, sample.template) for sample in plan.samples(plan.examples)]
    assert [template for _, template in asked] == ["pope/0", "pope/1", "pope/2"] * 2
    assert len({example for example, _ in asked[:3]}) == 1


def test_no_model_is_shown_a_picture_that_is_only_a_name(plan_of, run, tmp_path):
    plan = plan_of(files=Files(data=suite_files.pope(tmp_path).data))
    with pytest.raises(DataError, match="add --images FOLDER"):
        run(plan, by_number)


@pytest.mark.parametrize(
    "reading", [Reading(parser=PluginConfig(name="yes_nop")), Reading(metrics=(PluginConfig(name="popes"),))]
)
def test_an_unknown_parser_or_metric_shows_before_anything_is_asked(plan_of, run, rule, reading):
    backend = rule(by_number)
    with pytest.raises(ConfigError, match=r"no (parser|metric) named"):
        run(plan_of(), backend, reading=reading)
    assert backend.calls == []


def damaged(folder, change):
    path = folder / "predictions.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(row) + "\n" for row in change(rows)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows[:-1], "1 predictions are missing under 'pope/2'"),
        (lambda rows: [*rows, rows[0]], "is answered twice under wording 'pope/0'"),
        (lambda rows: [{**rows[0], "example": "pope/other"}, *rows], "'pope/other' under wording .* was not asked"),
        (lambda rows: [{**rows[0], "template": "pope/9"}, *rows[1:]], "'pope/9' was not asked"),
    ],
)
def test_predictions_that_do_not_fit_what_was_asked_are_refused(plan_of, run, tmp_path, change, message):
    run(plan_of(count=2), by_number)
    damaged(tmp_path / "out", change)
    with pytest.raises(DataError, match=message):
        score_folder(tmp_path / "out")


def test_without_references_nothing_can_be_scored(plan_of, run, tmp_path):
    run(plan_of(count=2), by_number)
    path = tmp_path / "out/samples.jsonl"
    rows = [{**json.loads(line), "references": []} for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(DataError, match=r"nothing can be scored \(2 x no reference\)"):
        score_folder(tmp_path / "out", reading=Reading(metrics=(PluginConfig(name="accuracy"),)))


def test_a_folder_without_a_suite_and_one_without_rows_are_errors(plan_of, run, tmp_path):
    with pytest.raises(DataError, match=r"has no suite\.json"):
        score_folder(tmp_path)
    run(plan_of(count=2), by_number)
    (tmp_path / "out/samples.jsonl").write_text("")
    with pytest.raises(DataError, match="has no row"):
        score_folder(tmp_path / "out")


def test_letters_are_read_as_the_options_they_name(plan_of, run):
    scores = run(plan_of("mmbench"), lambda text: "B. a mat")
    assert scores["figures"]["accuracy"]["mean"] == 1.0
    assert run(plan_of("mmbench"), lambda text: "A", out="b")["figures"]["accuracy"]["mean"] == 0.0


def test_a_ranked_option_needs_no_parser(plan_of, run):
    plan = plan_of("task")
    assert plan.suite.decoding.method == "likelihood"
    scores = run(plan, lambda text: plan.examples[0].references[0])
    assert scores["headline"] == {"figure": "accuracy", "value": scores["figures"]["accuracy"]}
    assert scores["figures"]["accuracy"]["mean"] == 1.0


def test_a_figure_over_two_kinds_gives_way_to_one_over_what_was_asked(plan_of, run):
    scores = run(plan_of("amber"), lambda text: "Yes.")
    assert scores["figures"]["amber_score"] is None
    assert scores["headline"]["figure"] == "amber_accuracy"
    assert scores["headline"]["value"]["mean"] == 1.0


def test_descriptions_are_measured_with_the_words_that_the_publishers_list(plan_of, run):
    plan = plan_of("amber", options={"kind": "generative"})
    scores = run(plan, lambda text: "People under the sky, and a dog.")
    assert scores["figures"]["amber_cover"]["mean"] == 1.0
    assert scores["figures"]["amber_chair"]["mean"] == pytest.approx(1 / 3)


def test_a_suite_that_needs_a_judge_is_refused_without_one(plan_of, run, rule):
    from dataclasses import replace

    plan, backend = plan_of(), rule(by_number)
    judged = replace(plan, suite=replace(plan.suite, judge=PluginConfig(name="correctness"), metrics=()))
    with pytest.raises(ConfigError, match="scored by a judge and none is given"):
        run(judged, backend)
    assert backend.calls == []
    other = Reading(metrics=(PluginConfig(name="accuracy"),))
    assert run(judged, backend, reading=other)["figures"]["accuracy"] is not None


def test_rows_on_disk_are_records(plan_of, run, tmp_path):
    run(plan_of(count=2), by_number)
    asked = [json.loads(line) for line in (tmp_path / "out/samples.jsonl").read_text().splitlines()]
    assert asked[0]["about"] == {"category": "random", "image": "COCO_val2014_000000000001.jpg"}
    assert asked[0]["references"] == ["no"]
    assert asked[0]["question"] == "Is there a cat 1 in the image?"
    assert msgspec.json.decode((tmp_path / "out/suite.json").read_bytes())["counts"]["rows"] == 3


def test_sensitivity_stands_beside_what_chance_makes_of_it(plan_of, run):
    spread = run(plan_of(count=8), by_number)["sensitivity"]
    better, floor = spread["accuracy"]["corrected"], spread["accuracy"]["noise_floor"]
    assert 0 <= better["low"] <= better["mean"] <= better["high"]
    assert better["mean"] < spread["accuracy"]["mean"]
    assert (better["test"], better["method"], spread["accuracy"]["reason"]) == ("permutation", "paired", "")
    assert 0 < floor < spread["accuracy"]["mean"]
    assert spread["pope_accuracy"]["corrected"] is None
    assert "whole corpus" in spread["pope_accuracy"]["reason"]
    same = run(plan_of(count=8), lambda text: "yes", out="same")["sensitivity"]["accuracy"]
    assert (same["mean"], same["corrected"]["mean"], same["noise_floor"]) == (0.0, 0.0, 0.0)


def test_one_wording_has_no_sensitivity(plan_of, run):
    assert run(plan_of(count=4, wordings=1), by_number)["sensitivity"]["accuracy"] is None


def test_an_example_that_was_asked_twice_is_refused(plan_of, run, tmp_path):
    run(plan_of(count=2), by_number)
    path = tmp_path / "out/samples.jsonl"
    path.write_text(path.read_text() + path.read_text().splitlines()[0] + "\n")
    with pytest.raises(DataError, match=r"samples.jsonl: example '.*' is there twice"):
        score_folder(tmp_path / "out")


def test_what_is_not_finished_is_not_scored(rule, plan_of, run, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(plan_of(count=2), rule(by_number, die_after=0))
    with pytest.raises(DataError, match="is not finished"):
        score_folder(tmp_path / "out")


def test_without_pictures_or_with_a_judge_too_many_nothing_is_begun(plan_of, run, tmp_path):
    files = suite_files.pope(tmp_path, count=2)
    with pytest.raises(DataError, match="only names"):
        run(plan_of(files=Files(data=files.data)), by_number)
    with pytest.raises(ConfigError, match="suite pope is not scored by a judge, and one is given"):
        run(plan_of(files=files), by_number, reading=Reading(judge=PluginConfig(name="chat")))
    assert not (tmp_path / "out").exists()


def test_a_comparison_shows_what_a_suite_asked(plan_of, run, tmp_path):
    run(plan_of(count=2), by_number)
    background = Background([read_run(str(tmp_path / "out"))])
    (asked, unknown) = background.cards(
        [("pope", "pope/coco_pope_random/1", "pope/0"), ("pope", "gone", "pope/0")], folder=tmp_path
    )
    assert (asked["references"], asked["images"], unknown) == (["no"], ["images/flipped-0-0.png"], {})
    assert (tmp_path / "images/flipped-0-0.png").exists()
    assert background.texts["pope", "pope/0"].startswith("{question}")
