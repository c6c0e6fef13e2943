import pytest

from sayso import tasks
from sayso.errors import ConfigError
from sayso.evaluate.suite_sets import suite_sets
from sayso.evaluate.suite_sets.ni_20 import TASKS

SIZES = {"multi_instruct_9": 9, "instraug_12": 12, "l2t_16": 16, "ni_20": 20}


def test_there_are_these_sets_and_no_other():
    assert suite_sets.names() == sorted(SIZES)


@pytest.mark.parametrize(("name", "size"), SIZES.items())
def test_a_set_has_its_number_of_tasks_each_by_a_metric(name, size):
    made = suite_sets.build(name, {})
    assert (made.name, len({one.name for one in made.members})) == (name, size)
    assert all(one.metrics for one in made.members)


def test_multi_instruct_tests_what_the_library_holds_out():
    held_out = {name for name, task in tasks.catalog().items() if task.held_out}
    names = {one.name for one in suite_sets.build("multi_instruct_9", {}).members}
    assert names == held_out
    assert {one.name for one in suite_sets.build("instraug_12", {}).members} - names == {
        "scienceqa",
        "iconqa",
        "vizwiz",
    }


def test_commonsense_vqa_enters_by_the_metric_that_is_chosen():
    members = {one.name: one for one in suite_sets.build("multi_instruct_9", {"cvqa": "rouge_l"}).members}
    assert members["commonsense_vqa"].metrics == ("rouge_l",)
    with pytest.raises(ConfigError, match="cvqa"):
        suite_sets.build("multi_instruct_9", {"cvqa": "bleu"})


def test_what_is_not_the_papers_is_said():
    assert "INFERRED" in suite_sets.build("l2t_16", {}).note
    assert "inferred" in suite_sets.build("l2t_16", {}).title
    assert "OURS" in suite_sets.build("ni_20", {}).note
    groups = [one.group for one in suite_sets.build("l2t_16", {}).members]
    assert {name: groups.count(name) for name in groups} == dict.fromkeys(groups, 4)
    assert len(set(TASKS)) == 20
