import subprocess
import sys

import pytest

from sayso import tasks
from sayso.errors import ConfigError

CATEGORIES = {
    "vqa", "visual_relationship", "grounded_generation", "grounded_matching", "region_understanding",
    "image_understanding", "image_text_matching", "miscellaneous", "commonsense_reasoning",
}  # fmt: skip


def benchmark():
    return [task for task in tasks.select(["*"]) if task.category != "pretraining"]


def test_eighteen_tasks_or_more_from_eight_categories_or_more():
    assert len(benchmark()) >= 18
    assert {task.category for task in benchmark()} == CATEGORIES


def test_a_whole_category_and_two_further_tasks_are_held_out():
    held_out = [task for task in benchmark() if task.held_out]
    whole = {c for c in CATEGORIES if all(task.held_out for task in benchmark() if task.category == c)}
    assert whole == {"commonsense_reasoning"}
    assert len([task for task in held_out if task.category not in whole]) >= 2


def test_names_are_sorted_and_each_is_found_by_itself():
    assert tasks.names() == sorted(tasks.names())
    assert all(tasks.get(name).name == name for name in tasks.names())


def test_the_names_of_the_repository_are_aliases():
    assert tasks.get("VQA_counting") is tasks.get("counting")
    assert tasks.get("ITM").name == "image_text_matching"


def test_a_name_wins_over_an_alias():
    # The repository uses this name for another task of the figure.
    assert tasks.get("object_grounding").output == "region"


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(ConfigError, match="'countin'; did you mean 'counting'"):
        tasks.get("countin")


def test_patterns_select_names_once_and_in_order():
    chosen = [task.name for task in tasks.select(["object_*", "object_matching", "VQA_color"])]
    assert chosen == sorted(set(chosen))
    assert {"object_detection", "object_matching", "color_recognition"} <= set(chosen)


def test_a_pattern_may_match_nothing_but_a_plain_name_must_exist():
    assert tasks.select(["nothing_*"]) == []
    with pytest.raises(ConfigError, match="no task named 'nothing'"):
        tasks.select(["counting", "nothing"])


def test_every_need_of_a_card_is_explained():
    assert all(task.needs <= tasks.NEEDS.keys() for task in tasks.select(["*"]))


def test_listing_tasks_imports_nothing_heavy():
    code = (
        "import sys; from sayso import tasks; tasks.names(); print({'torch', 'transformers', 'PIL'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
