"""What the other wordings of a task tell of where a slot begins and ends, and patterns put right once all are known."""

import pytest

from sayso.instructions.induce.refining import refine
from sayso.instructions.induce.templates import Cut, Draft
from sayso.instructions.induce.tidying import tidy
from sayso.instructions.induce.tokens import REGION, SLOT


def draft(*chunks, values):
    rows = [(value,) if isinstance(value, str) else value for value in values]
    kinds = ("text",) * (len(chunks) - 1)
    return Draft(
        chunks=chunks,
        kinds=kinds,
        options=False,
        rows=list(range(len(rows))),
        cuts=[Cut(chunks, kinds, r, None) for r in rows],
    )


def tidied(*drafts):
    found = tidy(drafts)
    for before, after in zip(drafts, found, strict=True):
        assert said(before) == said(after)
    return ["_".join(one.chunks) for one in found]


def said(one):
    return [
        "".join(part for pair in zip(one.chunks, (*cut.values, ""), strict=True) for part in pair) for cut in one.cuts
    ]


CATS = ["red cat", "cat", "old cat"]


def test_quotation_marks_around_all_values_belong_to_the_instruction():
    assert tidied(draft("Find ", ".", values=['"a b"', '"c"'])) == ['Find "_".']
    assert tidied(draft("Find ", ".", values=['"a b"', "c"])) == ["Find _."]


def test_a_stop_that_other_wordings_do_not_have_belongs_to_the_instruction():
    stopped = draft("Thing: ", " Where?", values=[f"{cat}." for cat in CATS])
    assert tidied(stopped, draft("Where is ", " now?", values=CATS)) == ["Thing: _. Where?", "Where is _ now?"]


def test_a_stop_that_all_have_belongs_to_the_values():
    inside = draft("Said: ", " True?", values=[f"{cat}." for cat in CATS])
    outside = draft('Is it so that "', '."', values=CATS)
    assert tidied(inside, outside) == ["Said: _ True?", 'Is it so that "_"']


def test_an_article_before_every_slot_belongs_to_the_values():
    assert tidied(draft("Find the ", "", values=CATS), draft("Where is the ", "?", values=CATS)) == [
        "Find _",
        "Where is _?",
    ]
    assert tidied(draft("Find the ", "", values=CATS)) == ["Find the _"]
    assert tidied(draft("Find my ", "", values=CATS), draft("Where is my ", "?", values=CATS)) == [
        "Find my _",
        "Where is my _?",
    ]


def test_slots_with_the_same_words_between_them_in_every_wording_are_one():
    pairs = [("a", "b"), ("c", "d")]
    three = [draft(f"{head} ", " and the ", ".", values=pairs) for head in ("Find", "Show", "Mark")]
    assert tidied(*three) == ["Find _.", "Show _.", "Mark _."]
    assert tidied(*three[:2]) == ["Find _ and the _.", "Show _ and the _."]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["what is it", "is it so", "How old"], "Say _"),
        (["the cat", "a dog", "how"], "Say _?"),
        (["what is it?", "is it so?"], "Say _?"),
    ],
)
def test_a_question_mark_belongs_to_questions_that_lack_it(values, expected):
    assert tidied(draft("Say ", "?", values=values)) == [expected]


def words(text):
    return tuple(text.replace("_", SLOT).replace("#", REGION).split())


def refined(pairs, rows=1, floor=3):
    found = {words(text): words(pattern) for text, pattern in pairs}
    return {
        " ".join(p).replace(SLOT, "_") for p in refine(found, counts=dict.fromkeys(found, rows), floor=floor).values()
    }


def test_a_slot_of_few_values_in_many_rows_is_filled_in():
    pairs = [
        (f"pick the {size} area of {n} now", "pick the _ area of _ now")
        for size in ("largest", "smallest")
        for n in range(9)
    ]
    assert refined(pairs) == {"pick the largest area of _ now", "pick the smallest area of _ now"}


def test_a_special_case_joins_what_covers_it():
    pairs = [(f"where is the {n} thing{n} now", "where is the _ now") for n in range(9)]
    pairs += [(f"where is the old {n} now", "where is the old _ now") for n in range(4)]
    assert refined(pairs) == {"where is the _ now"}


def test_what_covers_must_not_swallow_a_mark_or_a_whole_request():
    pairs = [(f"{n} {n}", "_") for n in range(9)]
    pairs += [(f"look at # and find {n} now", "look at # and find _ now") for n in range(4)]
    assert "_" in refined(pairs)
    assert f"look at {REGION} and find _ now" in refined(pairs)


def test_patterns_that_differ_in_one_place_are_one():
    pairs = [
        (f"the work is {job} and the step is {n} today", f"the work is {job} and the step is _ today")
        for job in "abcdefghi"
        for n in range(5)
    ]
    assert refined(pairs) == {"the work is _ and the step is _ today"}


def test_too_few_rows_are_no_pattern():
    pairs = [(f"where is the {n} now", "where is the _ now") for n in range(2)]
    assert refined(pairs) == set()
