"""VizWiz: the flaw that most people saw."""

import pytest
import question_sets

from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources


def read(name, options):
    rows = list(sources.build(name, options).items())
    return [row for row in rows if isinstance(row, AnnotatedItem)], [row for row in rows if isinstance(row, BadRow)]


def flaw(folder, flaws):
    items, bad = read(
        "vizwiz_quality", question_sets.vizwiz_quality(folder, [{"image": "VizWiz_train_1.jpg", "flaws": flaws}])
    )
    return items[0].labels["flaw"] if items else bad[0].reason


def test_the_label_is_the_flaw_of_most_people_among_eight(tmp_path):
    items, _ = read("vizwiz_quality", question_sets.vizwiz_quality(tmp_path))
    assert [item.labels for item in items] == [{"flaw": "blurry"}, {"flaw": "no flaw"}]
    for item in items:
        assert len(set(item.vocabulary["flaw"])) == 8
        assert item.labels["flaw"] in item.vocabulary["flaw"]


@pytest.mark.parametrize(
    ("flaws", "reason"),
    [
        ({"DRK": 2, "ROT": 2, "NON": 1}, r"as many people (2) saw too dark as rotated"),
        ({"DRK": 0, "ROT": 0}, "nobody judged the picture"),
        ({}, "nobody judged the picture"),
        ({"XYZ": 3}, "flaws ['XYZ'] are none of VizWiz"),
    ],
)
def test_ties_and_pictures_without_votes_are_told(tmp_path, flaws, reason):
    assert reason in flaw(tmp_path, flaws)


def test_one_vote_more_is_enough(tmp_path):
    assert flaw(tmp_path, {"DRK": 2, "ROT": 3}) == "rotated"


def test_a_picture_with_two_rows_is_used_once(tmp_path):
    row = {"image": "VizWiz_train_1.jpg", "flaws": {"BLR": 5}}
    items, bad = read("vizwiz_quality", question_sets.vizwiz_quality(tmp_path, [row, row]))
    assert (len(items), len(bad)) == (1, 1)
    assert "has a row already" in bad[0].reason
