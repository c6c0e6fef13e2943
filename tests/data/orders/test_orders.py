"""What each order puts where: levels and subjects, easy and hard, one modality after the other."""

import math

import pytest
from toy_stock import BLOOM, SIZES, example, places, stock

from sayso.data.orders import Pool, orders
from sayso.data.orders.easy_to_hard import response_words
from sayso.errors import ConfigError
from sayso.records import Example, Message, Region, TextPart


def phases(name, options, **given):
    return list(orders.build(name, options).phases(stock(**given)))


def names(found):
    return [phase.name for phase in found]


def test_interleaved_levels_rise_and_subjects_take_turns():
    found = phases("corgi", {"level": "field:bloom", "levels": [[b] for b in BLOOM], "subject": "task"})
    assert names(found) == ["level 1", "level 2", "level 3"]
    for bloom, phase in zip(BLOOM, found, strict=True):
        assert phase.turns
        assert list(phase.pools) == sorted(SIZES)
        assert {example(*place).fields["bloom"] for place in places(phase)} == {bloom}


def test_blocks_go_subject_by_subject_and_clusters_level_by_level():
    options = {"level": "field:bloom", "levels": [["remember", "understand"], ["apply"]], "subject": "field:subject"}
    assert names(phases("corgi", {**options, "variant": "block"})) == [
        *("arts, level 1", "arts, level 2"),
        *("maths, level 1", "maths, level 2"),
    ]
    assert names(phases("corgi", {**options, "variant": "clustering"})) == [
        *("arts, level 1", "maths, level 1"),
        *("arts, level 2", "maths, level 2"),
    ]


def test_a_spiral_comes_back_to_every_level_with_other_examples():
    options = {"variant": "spiral", "num_turns": 2, "levels": [["counting"], ["colors", "reading"]]}
    found = phases("corgi", options)
    assert names(found) == ["turn 1, level 1", "turn 1, level 2", "turn 2, level 1", "turn 2, level 2"]
    assert not set(places(found[0])) & set(places(found[2]))
    assert set(places(found[0])) | set(places(found[2])) == {("counting", n) for n in range(6)}


def test_levels_by_patterns_and_values_in_their_own_order():
    found = phases("corgi", {"levels": [["text/*"], ["colors", "counting"]], "subject": "source"})
    assert [list(phase.pools) for phase in found] == [["notes"], ["shapes"]]
    values = phases("corgi", {"level": "field:bloom"})
    assert [example(*places(phase)[0]).fields["bloom"] for phase in values] == sorted(BLOOM)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"levels": [["colors"], ["image/*"]]}, r"task 'reading' \(category 'text'\) is in none of the levels"),
        (
            {"level": "field:bloom", "levels": [["remember", "aply"]]},
            r"value 'apply', which is in none .* did you mean",
        ),
        ({"level": "field:stage"}, r"'colors-0' has no text in field 'stage'; it has bloom, subject"),
        (
            {"subject": "catgory"},
            "subject 'catgory'; give category, task, source or field:NAME; did you mean 'category'",
        ),
        ({"level": "category"}, "level 'category'; give task or field:NAME"),
        ({"variant": "zigzag"}, "variant"),
    ],
)
def test_levels_and_subjects_that_are_not_there_are_named(options, told):
    with pytest.raises(ConfigError, match=told):
        phases("corgi", options)


def test_bands_of_length_within_each_task():
    found = phases("easy_to_hard", {"pacing": "bands", "num_phases": 3})
    assert names(found) == ["0% to 33%", "33% to 67%", "67% to 100%"]
    assert [len(phase.pools["counting"]) for phase in found] == [2, 2, 2]
    longest = [max(response_words(example(*place)) for place in places(phase)) for phase in found]
    shortest = [min(response_words(example(*place)) for place in places(phase)) for phase in found]
    assert longest == sorted(longest)
    assert shortest == sorted(shortest)


@pytest.mark.parametrize(("pacing", "shares"), [("linear", [0.2, 0.6, 1.0]), ("root", [0.2, math.sqrt(0.52), 1.0])])
def test_more_and_more_is_let_in(pacing, shares):
    found = phases("easy_to_hard", {"pacing": pacing, "num_phases": 3, "within": "all"})
    assert [phase.num_examples / 28 for phase in found] == pytest.approx(shares, abs=0.5 / 28)
    assert [phase.share for phase in found] == [1.0, 1.0, 1.0]
    easy, more, everything = (set(places(phase)) for phase in found)
    assert easy < more < everything
    hardest = max(response_words(example(*place)) for place in easy)
    assert hardest <= min(response_words(example(*place)) for place in everything - easy)


def test_a_column_orders_and_what_has_no_number_comes_last_and_is_counted():
    numbers = {f"counting-{n}": float(-n) for n in range(5)} | {"counting-5": math.nan}
    options = {"by": "loss", "pacing": "bands", "num_phases": 6}
    found = phases("easy_to_hard", options, sizes={"counting": 6}, columns=numbers)
    assert [places(phase)[0][1] for phase in found] == [4, 3, 2, 1, 0, 5]
    assert {phase.unscored for phase in found} == {1}
    down = phases("easy_to_hard", {**options, "descending": True}, sizes={"counting": 6}, columns=numbers)
    assert [places(phase)[0][1] for phase in down] == [0, 1, 2, 3, 4, 5]
    with pytest.raises(ConfigError, match="none of 6 examples has a number in column 'loss'"):
        phases("easy_to_hard", options, sizes={"counting": 6}, columns={})


def test_the_length_of_conversations_and_boxes():
    said = [Message(role=r, parts=(TextPart(text=t, spans=()),)) for r, t in (("user", "a b c"), ("assistant", "d e"))]
    talk = Example(id="t", task="t", source="s", split="train", messages=tuple(said * 2), references=("d e",))
    box = Example(id="b", task="t", source="s", split="train", references=(Region(x1=0, y1=0, x2=1, y2=1),))
    assert (response_words(talk), response_words(box)) == (4, 1)


def test_text_comes_first_or_last_and_may_stay():
    found = phases("modality_stages", {})
    assert names(found) == ["text", "image", "images"]
    assert [phase.num_examples for phase in found] == [13, 8, 7]
    assert names(phases("modality_stages", {"reverse": True})) == ["images", "image", "text"]
    kept = phases("modality_stages", {"stages": [["text"], ["image", "images"]], "keep": True, "shares": [1, 3]})
    assert [(phase.name, phase.num_examples, phase.share) for phase in kept] == [
        ("text", 13, 1),
        ("image and images", 28, 3),
    ]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"stages": [["text"], ["image"]]}, "no stage for images, of which there are 7 examples; add them to stages"),
        ({"shares": [1, 2]}, "2 shares for 3 stages with examples"),
        ({"stages": [["txt"]]}, "stages"),
    ],
)
def test_stages_that_leave_something_out_are_refused(options, told):
    with pytest.raises(ConfigError, match=told):
        phases("modality_stages", options)


def test_a_pool_is_addressed_by_number_and_has_an_end():
    pool = Pool.of([("b", 4), ("a", 2), ("b", 1)])
    assert [pool[n] for n in range(3)] == [("a", 2), ("b", 1), ("b", 4)]
    assert len(Pool({})) == 0
    with pytest.raises(IndexError, match="example 3 of a pool of 3"):
        pool[3]
