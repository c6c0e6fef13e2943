"""Exact duplicates, by text, task and media; and the rules as a selector."""

import pytest
from alike_rows import alpaca_sample, keep, pool_of, pool_of_samples
from hypothesis import given
from hypothesis import strategies as st

from sayso.data.selectors import Budget
from sayso.errors import ConfigError
from sayso.records import Media

A, B = (Media(path=f"{name}.png", width=4, height=4) for name in "ab")
small = st.sampled_from(["a", "A", " a", "b", "", "\u00e9", "e\u0301"])


@given(rows=st.lists(st.tuples(small, small), max_size=12))
def test_one_of_each_stays_and_the_first_of_them(rows):
    def same(row):
        return tuple(part.casefold().strip().replace("e\u0301", "\u00e9") for part in row)

    kept, why = keep("exact_duplicates", pool_of(rows))
    assert kept == [n for n, row in enumerate(rows) if same(row) not in map(same, rows[:n])]
    for row, reason in why.items():
        first = next(n for n in range(row) if same(rows[n]) == same(rows[row]))
        assert reason == f"repeats vqa/item-{first}/0 (the same text)"


def test_case_and_space_do_not_count_and_a_border_does():
    rows = [("What is it?", "A  cat."), ("what IS it?", "a cat."), ("What is it? A", "cat."), ("What is it?", "A dog.")]
    assert keep("exact_duplicates", pool_of(rows))[0] == [0, 2, 3]
    assert keep("exact_duplicates", pool_of(rows), side="instruction")[0] == [0, 2]
    assert keep("exact_duplicates", pool_of(rows), side="response")[0] == [0, 2, 3]


def test_media_tasks_and_the_best_of_a_column():
    rows, media = [("What is it?", "A cat.")] * 4, [(A,), (B,), (A,), (A, B)]
    assert keep("exact_duplicates", pool_of(rows, media=media))[0] == [0, 1, 3]
    assert keep("exact_duplicates", pool_of(rows, media=media), same_media=False)[0] == [0]
    bytes_of = [(Media(data=data, width=4, height=4),) for data in (b"x", b"y", b"x", b"x")]
    assert keep("exact_duplicates", pool_of(rows, media=bytes_of))[0] == [0, 1]
    tasks = ["vqa", "vqa", "other", "other"]
    assert keep("exact_duplicates", pool_of(rows, tasks=tasks))[0] == [0, 2]
    assert keep("exact_duplicates", pool_of(rows, tasks=tasks), wording=True)[0] == [0]
    graded = pool_of(rows, good=[1, float("nan"), 3, 3])
    assert keep("exact_duplicates", graded, best="good")[0] == [2]
    with pytest.raises(ConfigError, match="good"):
        keep("exact_duplicates", graded, best="goood")


def test_a_template_drawn_for_each_row_does_not_make_a_difference():
    wordings = ("Is there this in the picture?", "Do you see it?")
    worded = [alpaca_sample(n, one, "a car", "Yes.", role="instr_template") for n, one in enumerate(wordings)]
    pool = pool_of_samples(worded)
    assert keep("exact_duplicates", pool)[0] == [0]
    assert keep("exact_duplicates", pool, wording=True)[0] == [0, 1]


def test_what_was_chosen_stays_and_what_repeats_it_goes():
    rows = [("a", "b"), ("c", "d"), ("a", "b"), ("c", "d"), ("a", "b")]
    kept, why = keep("exact_duplicates", pool_of(rows, chosen=[2, 4]), budget=Budget(rows=5))
    assert kept == [1]
    assert why == {0: "repeats vqa/item-2/0 (the same text)", 3: "repeats vqa/item-1/0 (the same text)"}
    assert keep("exact_duplicates", pool_of([("a", str(n)) for n in range(5)]), budget=Budget(rows=2))[0] == [0, 1]
    assert keep("exact_duplicates", pool_of([])) == ([], {})


PAIRS = [
    ("Name the animal that purrs.", "A cat."),
    ("Hi", "A cat."),
    ("Name the animal that purrs!", "The cat."),
    ("Name a city in the north of France.", ""),
    ("Name the animal that now barks loudly.", "A dog."),
]


def test_rules_say_why_and_novelty_knows_what_was_chosen():
    kept, why = keep("rules", pool_of(PAIRS), set="self_instruct")
    assert kept == [0, 4]
    assert {row: reason.split(":")[0] for row, reason in why.items()} == {
        1: "length",
        2: "novelty",
        3: "empty_output",
    }
    kept, why = keep("rules", pool_of(PAIRS, chosen=[2]), set="self_instruct")
    assert kept == [4]
    assert why[0].startswith("novelty: ROUGE-L 1.00")


def test_rules_one_by_one_on_rows_with_pictures_and_without():
    asked = [("What is in this picture here?", "A cat."), ("What is in this picture here?", "A dog.")]
    pool = pool_of(asked, media=[(A,), ()])
    assert keep("rules", pool, rules=[{"name": "blacklist"}])[0] == [0]
    assert keep("rules", pool, rules=[{"name": "blacklist", "words": []}])[0] == [0, 1]
    assert keep("rules", pool, rules=[{"name": "length"}], budget=Budget(rows=1))[0] == [0]
    for options, told in (({}, "0 rules"), ({"rules": [{"name": "lenght"}]}, "length")):
        with pytest.raises(ConfigError, match=told):
            keep("rules", pool, **options)


def test_both_sides_of_a_contradiction_go_where_input_is_apart():
    answers = ("A cat.", "A dog.", "A cat.")
    pool = pool_of_samples([alpaca_sample(n, "Which animal?", "It purrs.", said) for n, said in enumerate(answers)])
    kept, why = keep("rules", pool, rules=[{"name": "contradiction"}])
    assert (kept, set(why)) == ([], {0, 1, 2})
