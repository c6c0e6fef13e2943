"""Rules and duplicates on text that people and models wrote: what is refused, by which rule, and that contrasts stay.

The rows of Alpaca and Self-Instruct went through Self-Instruct's own filters when they were made: ours find next to nothing in them, as they should.
"""

import json
from collections import Counter

import pytest
from alike_rows import alpaca_sample, keep, pool_of_samples


def rows_of(folder, name):
    for line in (folder / "text_instructions" / name).read_text("utf-8").splitlines():
        row = json.loads(line)
        for one in row.get("instances", [row]):
            yield row["instruction"], one["input"], one["output"]


def natural(folder):
    """An instance of a task has its definition as template."""
    for path in sorted((folder / "natural_instructions_v2" / "tasks").glob("*.json")):
        task = json.loads(path.read_text("utf-8"))
        for one in task["Instances"]:
            yield path.stem, task["Definition"][0], one["input"], one["output"][0]


def by_rule(why):
    return dict(Counter(reason.split(":")[0] for reason in why.values()))


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("self_instruct_seed_tasks.jsonl", {"length": 2, "trailing_colon": 2, "novelty": 2, "starts_with": 1}),
        ("alpaca_1500.jsonl", {"trailing_colon": 2, "empty_output": 2, "input_is_output": 1}),
        ("self_instruct_1500.jsonl", {"novelty": 14}),
    ],
)
def test_what_went_through_the_rules_before_passes_them_again(sayso_data, name, refused):
    rows = list(rows_of(sayso_data, name))
    pool = pool_of_samples([alpaca_sample(number, *row) for number, row in enumerate(rows)])
    kept, why = keep("rules", pool, set="self_instruct")
    assert by_rule(why) == refused
    assert len(kept) == len(rows) - sum(refused.values())
    assert keep("exact_duplicates", pool)[1] == {}


def test_refusals_of_the_seeds_are_the_two_that_refuse(sayso_data):
    rows = list(rows_of(sayso_data, "self_instruct_seed_tasks.jsonl"))
    pool = pool_of_samples([alpaca_sample(number, *row) for number, row in enumerate(rows)])
    _, why = keep("rules", pool, set="answers")
    assert [rows[row][1] for row in why] == ["Geoffrey Hinton", "Yann LeCun"]


def test_of_definitions_those_go_that_are_long_or_say_what_another_says(sayso_data):
    firsts = {}
    for task, *row in natural(sayso_data):
        firsts.setdefault(task, row)
    pool = pool_of_samples([alpaca_sample(n, *row, task=task) for n, (task, row) in enumerate(firsts.items())])
    kept, why = keep("rules", pool, set="self_instruct")
    assert by_rule(why) == {"novelty": 5, "length": 4, "blacklist": 1}
    assert len(kept) == 50
    names = [list(firsts)[row].partition("_")[0] for row, reason in why.items() if reason.startswith("novelty")]
    assert names == ["task1453", "task1479", "task186", "task188", "task455"]


def test_contrasts_of_natural_instructions_stay(sayso_data):
    rows = list(natural(sayso_data))
    samples = [
        alpaca_sample(number, definition, given, answer, task=task, role="instr_template")
        for number, (task, definition, given, answer) in enumerate(rows)
    ]
    pool = pool_of_samples(samples)
    _, why = keep("near_duplicates", pool)
    assert len(why) == 4
    _, plain = keep("near_duplicates", pool, wording=True, same_answers=False, same_numbers=False)
    assert len(plain) > 1000
    assert set(why) <= set(plain)
