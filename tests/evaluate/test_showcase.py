import math

from PIL import Image

from sayso.evaluate.showcase import choose, correct, thumbnail


def test_right_and_wrong_take_turns_and_unscored_ones_stay_out():
    values = {"a": 1.0, "b": 1.0, "c": 0.0, "d": 0.0, "e": math.nan}
    chosen = choose(values, number=4)
    assert [values[name] for name in chosen] == [1.0, 0.0, 1.0, 0.0]
    assert choose(dict.fromkeys("abc", 1.0), number=2) == choose(dict.fromkeys("cba", 1.0), number=2)


def test_a_share_is_shown_as_it_is_and_the_rest_as_right_or_wrong():
    assert [correct(value) for value in (1.0, 0.0, 0.4, math.nan)] == [True, False, 0.4, None]


def test_small_pictures_grow_without_new_colors_and_large_ones_shrink():
    small = Image.new("RGB", (48, 30), "red")
    small.putpixel((0, 0), (0, 0, 255))
    grown = thumbnail(small)
    assert grown.size == (240, 150)
    assert len(grown.getcolors()) == 2
    assert thumbnail(Image.new("RGB", (1024, 512))).size == (256, 128)
    assert thumbnail(Image.new("RGB", (200, 100))).size == (200, 100)
