"""Emoji: one item a picture, one group a concept, and questions whose answers come out even."""

import json
from collections import Counter

import pytest
from PIL import Image

from sayso.errors import ConfigError
from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources

ROWS = [
    {"description": "cat face", "category": "Animals", "noto": "n/a.png", "emojitwo": "e/a.png", "keywords": ["pet"]},
    {"description": "bus", "category": "Travel", "noto": None, "emojitwo": "e/b.png"},
]


def read(folder, rows=None, **options):
    for name in ("n/a.png", "e/a.png", "e/b.png"):
        (folder / name).parent.mkdir(exist_ok=True)
        Image.new("RGBA", (64, 64)).save(folder / name)
    (folder / "x.jsonl").write_text("\n".join(map(json.dumps, rows or ROWS)))
    found = list(sources.build("emoji", {"path": str(folder / "x.jsonl"), **options}).items())
    return [row for row in found if isinstance(row, AnnotatedItem)], [row for row in found if isinstance(row, BadRow)]


def test_both_styles_of_a_concept_are_of_one_group(tmp_path):
    items, bad = read(tmp_path)
    assert [(item.id, item.group, item.license) for item in items] == [
        ("emoji-noto-cat face", "emoji-cat face", "Apache-2.0"),
        ("emoji-emojitwo-cat face", "emoji-cat face", "CC-BY-4.0"),
        ("emoji-emojitwo-bus", "emoji-bus", "CC-BY-4.0"),
    ]
    assert not bad


def test_one_style_alone_may_be_read(tmp_path):
    items, _ = read(tmp_path, styles="emojitwo")
    assert [item.labels["style"] for item in items] == ["emojitwo", "emojitwo"]


def test_the_group_is_asked_for_among_all_and_each_question_has_a_right_answer(tmp_path):
    items, _ = read(tmp_path)
    for item in items:
        which, whether = item.questions
        assert (which.kind, which.answers, which.options) == ("object", (item.labels["group"],), ("Animals", "Travel"))
        assert (whether.answers == ("yes",)) == (item.labels["group"] in whether.text)


def test_nothing_is_asked_where_all_are_of_one_group(tmp_path):
    (item,), _ = read(tmp_path, ROWS[1:])
    assert (item.questions, item.captions) == ((), ("bus",))


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"description": " "}, "description"), ({"category": ""}, "category"), ({"emojitwo": "gone.png"}, "gone.png")],
)
def test_what_cannot_be_used_is_told(tmp_path, change, reason):
    items, bad = read(tmp_path, [*ROWS, {**ROWS[1], "description": "tram", **change}])
    assert len(items) == 3
    assert [reason in row.reason for row in bad] == [True]


@pytest.mark.parametrize("styles", [(), "apple", ("noto", "apple")])
def test_a_style_that_is_not_there_is_refused(tmp_path, styles):
    with pytest.raises(ConfigError, match="noto or emojitwo"):
        read(tmp_path, styles=styles)


def test_the_real_file_gives_every_picture_and_even_answers(sayso_data):
    found = list(sources.build("emoji", {"path": str(sayso_data / "emoji" / "emoji.jsonl")}).items())
    assert all(isinstance(row, AnnotatedItem) for row in found)
    assert len(found) == 1362 + 1145
    answers = Counter(item.questions[1].answers[0] for item in found)
    assert 0.47 < answers["yes"] / len(found) < 0.53
    assert {len(item.questions[0].options) for item in found} == {9}
