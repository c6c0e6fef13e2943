"""POPE's questions made for any source, by hand and for drawn scenes."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sayso.errors import ConfigError
from sayso.sources import BadRow, sources

SHOWN = (("dog", "cat"), ("dog", "cat"), ("dog", "bus"), ("dog", "kite", "bus"), ("owl", "dog", "owl"), ("cat",))


@pytest.fixture
def photographs(tmp_path):
    """Six pictures of which the last shows too little, and a row that is wrong."""
    Image.new("RGB", (40, 30)).save(tmp_path / "a.png")
    rows = [
        {
            "id": f"p{number}",
            "images": ["a.png"],
            "objects": [{"label": label, "box": [1, 2, 9, 9]} for label in labels],
        }
        for number, labels in enumerate(SHOWN)
    ]
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, [*rows, {"oops": 1}])))
    return {"name": "jsonl", "path": str(tmp_path / "x.jsonl")}


def polls(of, **options):
    return list(sources.build("polls", {"of": of, **options}).items())


def asked(item):
    """(thing, answer) by strategy."""
    found = {}
    for question in item.questions:
        thing = question.text.removeprefix("Is there a").removeprefix("n").strip().removesuffix(" in the image?")
        found.setdefault(question.kind.removeprefix("object_polling_"), []).append((thing, question.answers[0]))
    return found


def test_what_is_not_there_is_the_most_frequent_or_what_comes_with_the_thing_asked_before(photographs):
    rows = polls(photographs, per_image=2, strategies=["popular", "adversarial"])
    assert isinstance(rows[-1], BadRow)
    first, second, third, fourth, fifth = [asked(row) for row in rows[:-1]]  # p5 shows one thing and is left out
    # dog in 5 of 5, bus and cat in 2, kite and owl in 1
    assert first["popular"] == second["popular"] == [("dog", "yes"), ("bus", "no"), ("cat", "yes"), ("kite", "no")]
    assert third["popular"] == [("dog", "yes"), ("cat", "no"), ("bus", "yes"), ("kite", "no")]
    # with the bus come the dog, which is there, and the kite; with the dog the cat and the bus, each twice
    assert third["adversarial"] == [("dog", "yes"), ("cat", "no"), ("bus", "yes"), ("kite", "no")]
    # nothing but the dog, which is there, comes with the owl: drawn; with the dog come the bus and the cat, each twice
    drawn = fifth["adversarial"][1][0]
    assert drawn in {"bus", "cat", "kite"}
    assert fifth["adversarial"][2:] == [("dog", "yes"), ("cat" if drawn == "bus" else "bus", "no")]
    assert fourth["popular"] == [("dog", "yes"), ("cat", "no"), ("kite", "yes"), ("owl", "no")]


def test_an_article_fits_and_the_tasks_are_the_strategies(photographs):
    source = sources.build("polls", {"of": photographs, "per_image": 2, "strategies": ["popular"]})
    (card,) = source.tasks()
    assert (card.name, card.held_out, card.output, card.category) == (
        "object_polling_popular", True, "option", "hallucination",
    )  # fmt: skip
    assert card.templates[0].text == "{input}"  # POPE's own
    texts = [question.text for item in source.items() if not isinstance(item, BadRow) for question in item.questions]
    assert {"Is there an owl in the image?", "Is there a dog in the image?"} <= set(texts)


def test_a_thing_without_the_attribute_is_neither_asked_about_nor_denied(tmp_path):
    Image.new("RGB", (40, 30)).save(tmp_path / "a.png")
    red, blue, plain = ({"label": "car", "box": [1, 2, 9, 9], "attributes": {"color": c}} for c in ("red", "blue", ""))
    bus = {"label": "bus", "box": [1, 2, 9, 9], "attributes": {"color": "red"}}
    shown = ([red, bus], [blue, bus], [bus, {key: plain[key] for key in ("label", "box")}])
    rows = [{"id": str(number), "images": ["a.png"], "objects": objects} for number, objects in enumerate(shown)]
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, rows)))
    of = {"name": "jsonl", "path": str(tmp_path / "x.jsonl")}
    found = polls(of, per_image=1, said=["color"])
    assert [item.id for item in found] == ["0-polls", "1-polls"]  # the car of the third may be red or blue
    assert asked(found[0])["random"] == [("red car", "yes"), ("blue car", "no")]


@given(seed=st.integers(0, 99), per_image=st.integers(1, 3))
def test_half_of_the_answers_are_yes_and_all_are_true(seed, per_image):
    of = {"name": "shapes", "count": 12, "seed": seed}
    scenes = {item.id: item for item in sources.build("shapes", {"count": 12, "seed": seed}).items()}
    for item in polls(of, said=["color"], per_image=per_image):
        scene = scenes[item.id.removesuffix("-polls")]
        there = {f"{one.attributes['color']} {one.label}" for one in scene.objects}
        assert len(there) >= per_image
        assert item.media == scene.media
        for rows in asked(item).values():
            counts = Counter(answer for _, answer in rows)
            assert counts["yes"] == counts["no"] <= per_image  # fewer where nothing is left that is not there
            assert len(dict(rows)) == len(rows)  # nothing twice
            assert all((thing in there) == (answer == "yes") for thing, answer in rows)


def test_polls_do_not_depend_on_one_another(photographs):
    alone = [asked(row)["random"] for row in polls(photographs, per_image=2, strategies=["random"])[:-1]]
    both = [asked(row)["random"] for row in polls(photographs, per_image=2)[:-1]]
    assert alone == both
    assert alone != [asked(row)["random"] for row in polls(photographs, per_image=2, seed=1)[:-1]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"of": {"name": "shapse"}}, "shapes"),
        ({"of": {"name": "shapes", "cuont": 3}}, "count"),
        ({"of": {"name": "shapes"}, "strategies": ["frequent"]}, "popular"),
        ({"of": {"name": "shapes"}, "per_image": 0}, "ask nothing"),
        ({"of": {"name": "shapes"}, "strategies": []}, "ask nothing"),
    ],
)
def test_what_cannot_be_polled_is_an_error_that_says_what_would_do(options, message):
    with pytest.raises(ConfigError, match=message):
        sources.build("polls", options)
