"""What stands behind a score is looked up where it may lie, and its absence is no error."""

import pytest
from score_files import good, value_rows, write_values

from sayso.artifacts import write_jsonl
from sayso.errors import DataError
from sayso.evaluate.comparing.details import Background, outputs
from sayso.evaluate.comparing.reading import read_run
from sayso.records import Prediction

ASKED = ("count", "count/1", "w0")


def prediction(output, *, model="tuned", number=0, condition="plain", asked=ASKED):
    task, example, template = asked
    return Prediction(
        task=task,
        example=example,
        template=template,
        model=model,
        condition=condition,
        prompt="How many?",
        output=output,
        number=number,
    )


@pytest.fixture
def suite(tmp_path):
    write_values(tmp_path / "pope" / "values.jsonl", good)
    return tmp_path / "pope"


@pytest.mark.parametrize(
    "place", ["predictions/tuned-plain/count.jsonl", "predictions/count.jsonl", "predictions.jsonl"]
)
def test_outputs_are_found_where_stages_and_suites_keep_them(suite, place):
    rows = [
        prediction("other", model="untuned"),
        prediction("changed", condition="shuffled_images"),
        prediction("elsewhere", asked=("count", "count/2", "w0")),
        prediction("two"),
        prediction("three", number=1),
    ]
    write_jsonl(suite / place, rows)
    found = outputs(read_run(str(suite)), [ASKED])
    assert {key: row.output for key, row in found.items()} == {ASKED: "two"}


def test_scores_without_predictions_have_no_outputs(suite):
    assert outputs(read_run(str(suite)), [ASKED]) == {}
    assert outputs(read_run(str(suite / "values.jsonl")), [ASKED]) == {}


def test_predictions_that_cannot_be_read_are_an_error_that_names_the_line(suite):
    (suite / "predictions.jsonl").write_text('{"task": "count"}\n')
    with pytest.raises(DataError, match=r"predictions.jsonl, line 1"):
        outputs(read_run(str(suite)), [ASKED])


def test_where_there_is_no_build_there_are_no_texts_and_empty_cards(suite, tmp_path):
    background = Background([read_run(str(suite))])
    assert background.build is None
    assert background.texts == {}
    assert list(background.cards([ASKED, ASKED], folder=tmp_path)) == [{}, {}]


def test_the_build_of_any_run_will_do(toy_run, suite, tmp_path):
    folder = tmp_path / "run" / "evaluate"
    write_jsonl(folder / "values.jsonl", value_rows(good))
    (folder / "manifest.json").write_text(
        '{"node": "evaluate", "kind": "evaluate", "digest": "d", "config": {}, "seed": 1, "parents": {"build": "build"}}'
    )
    (tmp_path / "run" / "build").symlink_to(toy_run / "build")
    background = Background([read_run(str(suite)), read_run(str(tmp_path / "run"))])
    assert background.build is not None
    assert background.texts["color", "color/0"] == "What color is it? {options}"
    known, wording, example = background.cards(
        [("color", "color/test1/0", "color/1"), ("color", "color/test1/0", "gone"), ("color", "gone", "color/1")],
        folder=tmp_path / "shown",
    )
    assert known["instruction"].startswith("Say the color.")
    assert known["references"] == ["green"]
    assert (tmp_path / "shown" / known["images"][0]).exists()
    assert (wording, example) == ({}, {})
