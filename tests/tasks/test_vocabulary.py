import pytest

from sayso.tasks._vocabulary import FAMILIES, family, generic, kind_of, number_options, plural, rivals, with_article


def test_rivals_are_never_the_value_itself_and_near_ones_come_first():
    assert rivals("color", "red", near=["red", "black"])[0] == "black"
    assert "red" not in rivals("color", "red")


def test_a_value_of_no_family_has_only_its_neighbours_as_rivals():
    assert rivals("label", "wug", near=["wug", "dax"]) == ["dax"]


def test_every_family_has_two_words_or_more_and_none_twice():
    for families in FAMILIES.values():
        assert all(len(set(words)) == len(words) >= 2 for words in families)


def test_an_orange_is_a_colour_before_it_is_a_fruit():
    assert kind_of("orange") == "color"
    assert "apple" in family("label", "orange")


@pytest.mark.parametrize(("number", "first"), [(0, "0"), (4, "0"), (5, "5"), (12, "10")])
def test_numbers_stand_in_fixed_blocks_of_five(number, first):
    assert number_options(number)[0] == first
    assert str(number) in number_options(number)
    assert len(number_options(number)) == 5


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("red circle", "red circles"),
        ("cross", "crosses"),
        ("bus", "buses"),
        ("person", "people"),
        ("wine glass", "wine glasses"),
        ("small sheep", "small sheep"),
        ("couch", "couches"),
        ("toothbrush", "toothbrushes"),
    ],
)
def test_plurals_are_english(one, many):
    assert plural(one) == many


def test_articles_follow_the_sound():
    assert (with_article("red circle"), with_article("umbrella"), with_article("skis")) == (
        "a red circle", "an umbrella", "skis",
    )  # fmt: skip


def test_shapes_together_are_shapes_and_anything_else_objects():
    assert (generic(["circle", "star"]), generic(["circle", "dog"])) == ("shape", "object")
