import subprocess
import sys
from collections import Counter

import pytest

from sayso import tasks
from sayso.errors import ConfigError

OURS = {"dense_description", "description_question_answering"}  # not of MultiInstruct
CATEGORIES = {
    "vqa": 6,
    "visual_relationship": 6,
    "temporal_ordering": 4,
    "grounded_generation": 7,
    "grounded_matching": 9,
    "region_understanding": 6,
    "image_understanding": 10,
    "image_text_matching": 3,
    "miscellaneous": 7,
    "commonsense_reasoning": 4,
}
HELD_OUT = {
    "text_vqa", "grounded_vqa", "visual_text_extraction", "visual_dialogue", "disaster_type_classification",
    "visual_spatial_relationship", "natural_language_visual_reasoning", "visual_entailment", "commonsense_vqa",
}  # fmt: skip


def benchmark():
    return [task for task in tasks.select(["*"]) if task.name not in OURS]


def test_all_62_tasks_are_there_in_their_10_categories():
    assert Counter(task.category for task in benchmark()) == CATEGORIES
    assert sum(CATEGORIES.values()) == 62


def test_held_out_are_the_nine_of_the_figure_a_whole_category_among_them():
    assert {task.name for task in benchmark() if task.held_out} == HELD_OUT
    whole = {c for c in CATEGORIES if all(task.held_out for task in benchmark() if task.category == c)}
    assert whole == {"commonsense_reasoning"}


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
