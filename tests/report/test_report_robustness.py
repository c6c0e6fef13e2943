"""Figures beside the Sensitivity, from a summary."""

import pytest
from fake_run import write_run

from sayso.errors import DataError
from sayso.report.collect import collect
from sayso.report.html import render_html
from sayso.report.robustness import read_robustness


def test_what_a_summary_has_is_told_in_words():
    rows = read_robustness(
        {
            "sensitivity_corrected": {"mean": 0.05, "low": 0.0, "high": 0.1, "p_value": 0.2, "num_tasks": 3},
            "prompt_sensitivity": 0.031,
            "worst_wording": {"mean": 0.5, "expected": 0.6},
            "consistency": {"mean": 0.9, "right": 0.7},
            "best_wording": None,
        }
    )
    assert {row.key: row.text.replace("\u00a0", " ") for row in rows} == {
        "sensitivity_corrected": "5.0 % (0.0 to 10.0; p = 0.200 for so much spread by chance)",
        "prompt_sensitivity": "3.1 %",
        "consistency": "90.0 % (70.0 % the same and right)",
        "worst_wording": "50.0 % (60.0 % on examples that did not choose it)",
    }


def test_an_older_summary_has_none_and_a_broken_one_is_an_error():
    assert read_robustness({"sensitivity": {"mean": 0.1}}) == ()
    with pytest.raises(DataError, match="consistency is 'much'"):
        read_robustness({"consistency": "much"})


def test_the_page_shows_them(tmp_path):
    page = render_html(collect(write_run(tmp_path)))
    assert "What is behind the Sensitivity" in page
    assert "Noise floor" in page
