import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.tasks._vocabulary import (
    FAMILIES,
    INVERSE,
    article,
    family,
    generic,
    inverse,
    kind_of,
    number_options,
    plural,
    rivals,
    with_article,
)


def test_rivals_are_never_the_value_itself_and_near_ones_come_first():
    assert rivals("color", "red", near=["red", "black"])[0] == "black"
    assert "red" not in rivals("color", "red")


def test_where_a_source_says_its_words_there_are_no_others():
    words = {"color": ("red", "teal"), "label": ("square",)}
    assert rivals("color", "red", vocabulary=words) == ["teal"]
    assert rivals("color", "red", near=["blue"], vocabulary=words) == ["teal"]
    assert rivals("label", "square", vocabulary=words) == []
    assert "large" in rivals("size", "small", vocabulary=words)


@pytest.mark.parametrize(
    ("predicate", "turned"),
    [
        ("left of", "right of"),
        ("to the right of", "to the left of"),
        ("above and left of", "below and right of"),
        ("below", "above"),
        ("riding", None),
        ("", None),
        ("left hand of", None),
    ],
)
def test_only_a_direction_has_an_inverse(predicate, turned):
    assert inverse(predicate) == turned
    assert turned is None or inverse(turned) == predicate


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


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("lady", "ladies"),
        ("toy", "toys"),
        ("woman", "women"),
        ("fireman", "firemen"),
        ("human", "humans"),
        ("German shepherd", "German shepherds"),
        ("small child", "small children"),
        ("tomato", "tomatoes"),
        ("photo", "photos"),
        ("lens", "lenses"),
        ("leaf", "leaves"),
        ("Person", "People"),
        ("RBC", "RBCs"),
        ("gas", "gases"),
        ("iris", "irises"),
        ("cactus", "cactuses"),
        ("box", "boxes"),
    ],
)
def test_plurals_of_labels_that_no_family_knows(one, many):
    assert plural(one) == many


@pytest.mark.parametrize(
    "label", ["platelets", "Platelets", "jeans", "leaves", "sunglasses", "scissors", "skis", "wine glasses"]
)
def test_a_label_that_is_a_plural_already_stays_as_it_is(label):
    assert plural(label) == label
    assert with_article(label) == label


@pytest.mark.parametrize("label", [word for words in FAMILIES["label"] for word in words])
def test_every_known_thing_has_one_plural_and_it_is_another_word(label):
    many = plural(label)
    assert plural(many) == many or label in {"person", "mouse", "broccoli"}
    assert many != label or label in {"sheep", "skis", "scissors"}


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("Apple", "an Apple"),
        ("unicorn", "a unicorn"),
        ("unimportant dog", "an unimportant dog"),
        ("user", "a user"),
        ("European", "a European"),
        ("ukulele", "a ukulele"),
        ("hourglass", "an hourglass"),
        ("one-way sign", "a one-way sign"),
        ("RBC", "an RBC"),
        ("UFO", "a UFO"),
        ("TV", "a TV"),
        ("sheep", "a sheep"),
        ("犬", "a 犬"),
    ],
)
def test_articles_of_labels_that_no_family_knows(words, wanted):
    assert with_article(words) == wanted


@given(label=st.text(min_size=1, max_size=30))
def test_any_label_has_a_plural_and_an_article(label):
    assert plural(label)
    assert with_article(label).endswith(label)
    assert article(label) in {"a", "an"}


@given(number=st.integers(0, 10_000))
def test_a_number_stands_at_every_place_of_its_block_equally_often(number):
    options = number_options(number)
    assert options.index(str(number)) == number % 5
    assert number_options(number - number % 5) == options


@pytest.mark.parametrize(("kind", "families"), FAMILIES.items())
def test_the_rivals_of_a_word_have_it_as_their_rival(kind, families):
    for words in families:
        for word in words:
            for rival in rivals(kind, word):
                assert word in rivals(kind, rival) or family(kind, rival) != family(kind, word)


def test_an_inverse_of_an_inverse_is_the_relation_itself():
    assert all(INVERSE[INVERSE[predicate]] == predicate != INVERSE[predicate] for predicate in INVERSE)
    assert all(INVERSE[predicate] in family("relation", predicate) for predicate in INVERSE)
