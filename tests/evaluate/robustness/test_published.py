"""Published tables again, from the single wordings' accuracies: data that nobody here wrote."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location(
    "paraphrase_sensitivity", Path(__file__).parents[3] / "bench" / "paraphrase_sensitivity.py"
)
bench = importlib.util.module_from_spec(spec)
sys.modules["paraphrase_sensitivity"] = bench
spec.loader.exec_module(bench)


@pytest.fixture(scope="module")
def folder():
    root = Path(os.environ.get("SAYSO_DATA", "")) / "instruction_paraphrases"
    if not os.environ.get("SAYSO_DATA") or not root.is_dir():
        pytest.skip("SAYSO_DATA has no instruction_paraphrases")
    return root


def test_every_cell_of_the_published_tables_is_found_again(folder):
    found = bench.tables(folder)
    assert set(found) == {f"{name} {kind}" for name in ("AvgP", "MaxP", "CPS") for kind in bench.KINDS}
    for one in found.values():
        assert (one["cells"], one["lacking"]) == (222, 0)
        assert one["max_deviation"] < 1e-12


def test_some_of_the_tasks_will_do(folder, tmp_path):
    few = tmp_path / "some"
    for kind in ("automatic_paraphrases", "paraphrases_accuracies_and_rankings_aggregated"):
        (path,) = (folder / kind / "BBH").glob("hyperbaton.*")
        (few / kind / "BBH").mkdir(parents=True)
        (few / kind / "BBH" / path.name).symlink_to(path)
    (few / "metric_results").symlink_to(folder / "metric_results")
    assert bench.tables(few)["AvgP no_filtering"]["max_deviation"] < 1e-12
    given = bench.rows(few, correct_only=True)
    asked = bench.asked_most(given)
    assert asked == sorted({row.model for row in given})
    assert bench.shared_tasks(given, models=asked) == {"big-bench-hard/hyperbaton"}
    assert bench.shared_tasks(given, models=()) == set()


def test_the_models_that_move_least_and_most(folder):
    given = bench.rows(folder, correct_only=True)
    kept = bench.shared_tasks(given, models=sorted({row.model for row in given}))
    found = bench.by_model([row for row in given if row.task in kept], models=("flan-t5-xxl", "alpaca-7b"))
    steady, loose = (found[name]["sensitivity_corrected"] for name in ("flan-t5-xxl", "alpaca-7b"))
    assert len(kept) == 7
    assert steady["high"] < 0.2 < 1.4 < loose["low"]
    assert found["flan-t5-xxl"]["sensitivity"]["mean"] == pytest.approx(0.164, abs=0.0005)
