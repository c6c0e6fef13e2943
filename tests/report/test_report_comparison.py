"""The page and the Markdown of a comparison: what was measured is there, what was not is called so, and no text gets out of its place."""

import re

import pytest
from PIL import Image

from sayso.errors import DataError
from sayso.report.comparison import (
    as_view,
    comparison_rows,
    gate_sentence,
    gate_verdict,
    render_page,
    render_summary,
    sentences,
)
from sayso.report.comparison_view import GateView
from sayso.report.figures import difference_axis, difference_strip
from sayso.report.view import Estimate

HOSTILE = "<script>alert(1)</script> | [x](http://127.0.0.1)"


def difference(mean, *, p=0.001, width=0.02, **more):
    return {
        "first": 0.6,
        "second": 0.6 + mean,
        "mean": mean,
        "low": mean - width,
        "high": mean + width,
        "p": p,
        "test": "swaps",
        "n": 40,
        "num_tasks": 2,
        **more,
    }


def task_row(run, task, mean, *, p=0.001):
    return {
        **difference(mean, p=p),
        "run": run,
        "task": task,
        "metric": "accuracy",
        "num_wordings": 14,
        "p_holm": min(1.0, 2 * p),
        "p_bh": p,
        "cohens_dz": None,
        "cohens_h": -0.2,
    }


def wording_row(run, number, mean):
    return {
        **difference(mean),
        "run": run,
        "task": "count",
        "template": f"w{number}",
        "text": None if number else HOSTILE,
        "distance": "L1" if number == 1 else None,
        "p_holm": 0.5,
        "p_bh": 0.5,
    }


def gate(*, fired, beyond=1, condition="any_task < -1"):
    return {
        "condition": condition,
        "run": "b",
        "fired": fired,
        "threshold": -0.01,
        "p_adjusted": 0.002 if fired else 0.4,
        "num_tests": 2,
        "num_beyond": beyond,
        "num_found": int(fired),
        "found": [{**difference(-0.1), "name": "count", "p_one_sided": 0.0004}],
    }


def flipped(run="b"):
    return {
        "task": "count",
        "example": "count/1",
        "template": "w0",
        "run": run,
        "kind": "broken",
        "num_wordings": 2,
        "of_wordings": 3,
        "instruction": HOSTILE,
        "references": ["two"],
        "images": ["images/flipped-0-0.png", None],
        "answers": [
            {"run": "a", "output": "two", "score": 1.0},
            {"run": run, "output": HOSTILE, "score": 0.0},
        ],
    }


def found(*others, p=0.001, **more):
    others = others or ("b",)
    runs = [{"name": name, "path": f"runs/{name}", "model": "tuned", "condition": "plain"} for name in ("a", *others)]
    runs[0] |= {"num_unpaired": 7, "num_tasks_alone": 5, "tasks_alone": ["t1", "t2", "t3", "t4", "t5"]}
    quantities = {
        "overall": difference(-0.1, p=p),
        "held_in": None,
        "sensitivity": difference(0.03, p=0.2),
    }
    return {
        "runs": runs,
        "alpha": 0.05,
        "num_unscored": 3,
        "notes": [],
        "comparisons": [{"run": name, "quantities": quantities, "smallest_visible": 0.02} for name in others],
        "by_task": [
            task_row(name, task, mean, p=p) for name in others for task, mean in (("count", -0.2), (HOSTILE, 0.0))
        ],
        "wordings": [wording_row(name, number, -0.01 * number) for name in others for number in range(14)],
        "gates": [],
        "flips": [
            {"run": name, "task": "count", "broken": 5, "mended": 1, "examples_broken": 4, "examples_mended": 1}
            for name in others
        ],
        "flipped": [flipped(name) for name in others],
        **more,
    }


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "images").mkdir()
    Image.new("RGB", (30, 20), "red").save(tmp_path / "images" / "flipped-0-0.png")
    return tmp_path


def page(value, folder):
    return render_page(as_view(value), folder=folder)


@pytest.mark.parametrize("others", [("b",), ("b", "c"), ("b", "c", "d", "e", "f")])
def test_a_page_stands_alone_for_two_to_six_runs(folder, others):
    text = page(found(*others), folder)
    assert text.count("data:image/png;base64,") == len(others)
    assert not re.findall(r'(?:src|href)="(?!data:|#)', text)
    assert "<script" not in text
    assert all(f"{name} minus a" in text for name in others)
    assert "-10.0" in text
    assert "picture is not there any more" in text
    assert "The other 2 wordings" in text
    assert "against a" in text
    assert len(others) == 1 or f"{len(others)} runs against a" in text


def test_what_was_measured_in_no_run_has_no_row_and_in_some_is_called_so(folder):
    value = found("b", "c")
    assert "Held-in tasks" not in page(value, folder)
    value["comparisons"][0]["quantities"] = {**value["comparisons"][0]["quantities"], "held_in": difference(-0.2)}
    text = page(value, folder)
    assert "Held-in tasks" in text
    assert "not measured" in text


def test_markdown_has_the_same_numbers_and_no_markup_from_data():
    text = render_summary(as_view(found(gates=[gate(fired=True)])))
    assert "# b against a" in text
    assert "| Overall | 60.0 % | 50.0 % | -10.0 (-12.0 to -8.0), p = 0.001 |" in text
    assert "<script" not in text.replace("\\<script", "")
    assert "- failed: any\\_task \\< -1: b count -10.0 points" in text
    assert "tasks alone: t1, t2, t3 and 2 more" in text.replace("\\", "")


def test_sentences_claim_only_what_the_test_bears_out():
    sure = " ".join(sentences(as_view(found())))
    assert "That is worse." in sure
    assert "1 task of 2 differs" not in sure
    assert "count -20.0" in sure
    assert "Sensitivity goes from" in sure
    assert "which may be chance" in sure
    unsure = " ".join(sentences(as_view(found(p=0.3))))
    assert "worse" not in unsure
    assert "That may be chance; these examples would show a difference of 2.0 points." in unsure
    assert "No single task of 2 differs" in unsure


def test_runs_that_agree_on_everything_are_said_to():
    value = found(p=1.0)
    same = difference(0.0, p=1.0, width=0.0)
    value["comparisons"] = [
        {"run": "b", "quantities": {"overall": same, "sensitivity": same}, "smallest_visible": None}
    ]
    said = list(sentences(as_view(value)))
    assert said[0].endswith("No example differs.")
    assert not any("Sensitivity" in line for line in said)


def test_a_gate_says_what_how_much_and_how_surely():
    one = as_view(found(gates=[gate(fired=True), gate(fired=False), gate(fired=False, beyond=0)])).gates
    line = gate_sentence(one[0], baseline="a")
    assert line == (
        "any_task < -1: b count -10.0 points (60.0 % to 50.0 % against a, interval -12.0 to -8.0, one-sided p < 0.001, p = 0.002 over all conditions)"
    )
    assert [gate_verdict(g, strict=False) for g in one] == [
        "failed",
        "passed: beyond the threshold, but chance would do as much",
        "passed",
    ]
    assert isinstance(one[0], GateView)


def test_a_terminal_gets_a_row_per_quantity_that_is_there():
    headings, rows = comparison_rows(as_view(found("b", "c")))
    assert headings == ["", "a", "b", "difference in points", "c", "difference in points"]
    assert [row[0] for row in rows] == ["Overall", "Sensitivity"]
    assert rows[0][1:3] == ["60.0 %", "50.0 %"]


def test_a_difference_lies_left_or_right_of_the_middle_and_never_outside():
    drop = difference_strip(Estimate(mean=-0.1, low=-0.5, high=0.0), name="x", limit=0.2)
    assert 'cx="25.00%"' in drop
    assert 'x1="0.00%" x2="50.00%"' in drop
    assert "-10.0 points" in drop
    assert "not measured" in difference_strip(None, name="x", limit=0.2)
    assert re.findall(r">([+-]?\d+)<", difference_axis(0.2)) == ["-20", "-10", "0", "+10", "+20"]


def test_what_is_no_comparison_is_refused():
    with pytest.raises(DataError, match="comparison cannot be read"):
        as_view({"runs": []})
