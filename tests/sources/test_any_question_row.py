"""Whatever stands in a row of a question data set: an item, a reason, and never an exception; its neighbours stay."""

import json
from copy import deepcopy
from functools import cache
from typing import NamedTuple

import pytest
import question_sets
from hypothesis import given, settings
from hypothesis import strategies as st

from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 99)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


class Case(NamedTuple):
    """A source and the way to the list, or object, of rows in one of its files."""

    source: str
    file: str
    way: tuple = ()


CASES = [
    Case("gqa", "x.json"),
    Case("ok_vqa", "x.json", ("questions",)),
    Case("pope", "x.json"),
    Case("tdiuc", "x.answers.json", ("annotations",)),
    Case("text_vqa", "x.json", ("data",)),
    Case("text_vqa", "words.json", ("data",)),
    Case("vcr", "x.jsonl"),
    Case("visdial", "x.json", ("data", "dialogs")),
    Case("visual7w", "x.json", ("images",)),
    Case("visual7w", "x.json", ("images", 1, "qa_pairs")),
    Case("vizwiz_quality", "x.json"),
    Case("vqa_rad", "x.json"),
    Case("vqa_v2", "x.answers.json", ("annotations",)),
]
PICTURES = {"visdial", "vizwiz_quality"}  # an item is a picture, whatever happens
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.source} {'.'.join(map(str, case.way))}")


def load(path):
    text = path.read_text()
    return [json.loads(line) for line in text.splitlines()] if path.suffix == ".jsonl" else json.loads(text)


def rows_at(data, way):
    for key in way:
        data = data[key]
    return data


def read(name, options):
    per = {} if name in PICTURES else {"per": "picture"}
    rows = list(sources.build(name, {**per, **options}).items())
    return [row for row in rows if isinstance(row, AnnotatedItem)], [row for row in rows if isinstance(row, BadRow)]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """By case: the folder, the options, how many items there are, and the file as it was; drawn once."""

    @cache
    def make(case):
        folder = tmp_path_factory.mktemp(case.source)
        options = question_sets.CASES[case.source](folder)
        return folder, options, len(read(case.source, options)[0]), load(folder / case.file)

    return make


@every_case
@settings(max_examples=25)
@given(data=st.data())
def test_any_values_in_a_row_are_used_or_told_and_its_neighbours_stay(made, case, data):
    folder, options, num_items, pristine = made(case)
    file = deepcopy(pristine)
    rows = rows_at(file, case.way)
    key = data.draw(st.sampled_from(list(rows))) if isinstance(rows, dict) else data.draw(st.integers(0, len(rows) - 1))
    names = data.draw(st.lists(st.sampled_from(sorted(rows[key])), min_size=1, max_size=3))
    rows[key] = (
        {**rows[key], **{name: data.draw(plain) for name in names}} if data.draw(st.booleans()) else data.draw(plain)
    )
    question_sets.write(folder, case.file, file)
    items, bad = read(case.source, options)
    assert len({item.id for item in items}) == len(items)
    assert len(items) >= num_items - 1
    assert all(row.place.startswith(str(folder)) and row.reason for row in bad)
    assert all(question.text.strip() for item in items for question in item.questions)
    if case.source != "visual7w" or len(case.way) > 1:
        assert all(question.answers or question.answer_box for item in items for question in item.questions)


@pytest.mark.parametrize("name", sorted(set(question_sets.CASES) - PICTURES))
def test_questions_of_other_pictures_are_not_asked_of_this_one(tmp_path, name):
    items, _ = read(name, question_sets.CASES[name](tmp_path))
    asked = {item.id: {question.text for question in item.questions} for item in items}
    for item in items if len(items) > 1 else []:
        others = set(item.elsewhere["questions"])
        assert others
        assert not others & asked[item.id]


@pytest.mark.parametrize("name", sorted(question_sets.CASES))
def test_a_picture_is_one_item_and_one_group(tmp_path, name):
    items, _ = read(name, question_sets.CASES[name](tmp_path))
    assert len({item.group for item in items}) == len({item.media[0].path for item in items}) == len(items)


@pytest.mark.parametrize("name", sorted(question_sets.CASES))
def test_a_missing_picture_is_told_once_with_what_is_lost(tmp_path, name):
    options = question_sets.CASES[name](tmp_path)
    before, _ = read(name, options)
    gone = before[0].media[0].path
    bad_before = len(read(name, options)[1])
    (tmp_path / gone).unlink()
    items, bad = read(name, options)
    assert [item.id for item in items] == [item.id for item in before[1:]]
    lost = [row for row in bad if gone.rpartition("/")[2] in row.reason and "does not exist" in row.reason]
    assert lost
    assert len(bad) <= bad_before + 1


@pytest.mark.parametrize("name", sorted(set(question_sets.CASES) - PICTURES))
def test_an_item_for_each_question_holds_what_the_item_of_the_picture_holds(tmp_path, name):
    options = question_sets.CASES[name](tmp_path)
    pictures, told = read(name, options)
    singles, same = read(name, {**options, "per": "question"})
    assert same == told
    assert [one.questions[0] for one in singles] == [question for item in pictures for question in item.questions]
    by_group = {item.group: item for item in pictures}
    for one in singles:
        whole = by_group[one.group]
        assert (one.media, one.objects, one.elsewhere.keys()) == (whole.media, whole.objects, whole.elsewhere.keys())
        asked = {question.text for question in whole.questions}
        assert not asked.intersection(one.elsewhere.get("questions", ()))
        assert one.id.startswith(whole.id)
    assert len({one.id for one in singles}) == len(singles)
