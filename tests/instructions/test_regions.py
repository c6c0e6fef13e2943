import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.errors import ConfigError, DataError
from sayso.instructions.regions import REGION_STYLES, format_region, format_regions, parse_region, parse_regions
from sayso.records import Media, Region

corner = st.floats(0, 1)
sizes = st.integers(1, 4000)


@st.composite
def regions(draw) -> Region:
    x1, x2 = sorted((draw(corner), draw(corner)))
    y1, y2 = sorted((draw(corner), draw(corner)))
    return Region(x1=x1, y1=y1, x2=x2, y2=y2)


def unit(style: str, media: Media) -> tuple[float, float]:
    longer = max(media.width, media.height)
    return {
        "unit": (0.001, 0.001),
        "percent": (1 / 99, 1 / 99),
        "pixels": (1 / media.width, 1 / media.height),
        "bins": (longer / media.width / 999, longer / media.height / 999),
    }[style]


@pytest.mark.parametrize("style", REGION_STYLES)
@given(region=regions(), width=sizes, height=sizes)
def test_a_region_comes_back_within_half_a_unit(style, region, width, height):
    media = (Media(path="a.png", width=width, height=height),)
    text = format_region(region, style=style, media=media)
    back = parse_region(f"It is at {text}, I think.", style=style, media=media)
    assert back is not None
    across, down = unit(style, media[0])
    for side, size in (("x1", across), ("x2", across), ("y1", down), ("y2", down)):
        assert abs(getattr(back, side) - getattr(region, side)) <= size / 2 + 1e-9


@pytest.mark.parametrize("style", REGION_STYLES)
@given(many=st.lists(regions(), min_size=1, max_size=4))
def test_several_regions_come_back_in_order(style, many):
    media = (Media(path="a.png", width=640, height=480),)
    text = format_regions(many, style=style, media=media)
    back = parse_regions(text, style=style, media=media)
    assert len(back) == len(many)
    assert format_regions(back, style=style, media=media) == text


def test_styles_look_as_documented():
    region = Region(x1=0.125, y1=0.3, x2=0.45, y2=0.6)
    media = (Media(path="a.png", width=100, height=200),)
    assert format_region(region, style="unit") == "[0.125, 0.300, 0.450, 0.600]"
    assert format_region(region, style="percent") == "12 30 45 59"
    assert format_region(region, style="pixels", media=media) == "[12, 60, 45, 120]"
    assert format_region(region, style="bins", media=media) == "<bin_62><bin_300><bin_225><bin_599>"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no box",
        "[0.1, 0.2, 0.3]",
        "[0.5, 0.2, 0.3, 0.9]",
        "[1.1, 0.2, 1.3, 0.9]",
        "[-0.1, 0.2, 0.3, 0.9]",
        "[1, 2, 3, 4",
    ],
)
def test_what_is_no_box_is_none(text):
    assert parse_region(text, style="unit") is None


def test_pixels_outside_the_picture_are_none():
    media = (Media(path="a.png", width=100, height=100),)
    assert parse_region("[0, 0, 101, 50]", style="pixels", media=media) is None


def test_a_region_names_the_medium_it_was_read_for():
    media = (Media(path="a.png", width=10, height=10), Media(path="b.png", width=100, height=100))
    back = parse_region("[0, 0, 50, 100]", style="pixels", media=media, medium=1)
    assert back == Region(x1=0, y1=0, x2=0.5, y2=1, medium=1)


def test_an_unknown_style_says_what_is_near():
    with pytest.raises(ConfigError, match="did you mean 'percent'"):
        format_region(Region(x1=0, y1=0, x2=1, y2=1), style="percents")


def test_pixels_without_a_medium_are_refused():
    with pytest.raises(DataError, match="0 media"):
        format_region(Region(x1=0, y1=0, x2=1, y2=1), style="pixels")


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("unit", "It is at [0.1, 0.2, 0.3, 0.4]."),
        ("unit", "0.1,0.2,0.3,0.4."),
        ("percent", "Look at 10 20 30 40."),
        ("pixels", "[1, 2, 3, 4]."),
    ],
)
def test_a_box_at_the_end_of_a_sentence_is_read(style, text):
    media = (Media(path="a.png", width=10, height=10),)
    assert parse_region(text, style=style, media=media) is not None


MEDIA = (Media(path="a.png", width=640, height=480),)
BOX = Region(x1=0.25, y1=0.5, x2=0.5, y2=0.75)


@pytest.mark.parametrize("style", REGION_STYLES)
def test_the_whole_picture_and_a_point_are_boxes_too(style):
    for box in (Region(x1=0, y1=0, x2=1, y2=1), Region(x1=0.5, y1=0.5, x2=0.5, y2=0.5)):
        back = parse_region(format_region(box, style=style, media=MEDIA), style=style, media=MEDIA)
        assert back is not None
        assert max(abs(back.x1 - box.x1), abs(back.y2 - box.y2)) < 0.01


@pytest.mark.parametrize("style", REGION_STYLES)
@given(region=regions())
def test_writing_what_was_read_gives_the_same_text(style, region):
    text = format_region(region, style=style, media=MEDIA)
    back = parse_region(text, style=style, media=MEDIA)
    assert format_region(back, style=style, media=MEDIA) == text


@pytest.mark.parametrize("style", REGION_STYLES)
@given(text=st.text(st.sampled_from("0123456789. ,[]-ae\n"), max_size=40) | st.text(max_size=40))
def test_any_text_gives_boxes_inside_the_picture_or_none(style, text):
    first = parse_region(text, style=style, media=MEDIA)
    every = parse_regions(text, style=style, media=MEDIA)
    assert first is None or first in every
    for region in every:
        assert 0 <= region.x1 <= region.x2 <= 1
        assert 0 <= region.y1 <= region.y2 <= 1


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("unit", "[0.250, 0.500, 0.500, 0.750]"),
        ("unit", "(0.25,0.5,0.5,0.75)"),
        ("unit", "x: 0.25 , 0.5 , 0.5 , 0.75 px"),
        ("pixels", "[160, 240, 320, 360]"),
        ("pixels", "the box is (160,240,320,360)"),
    ],
)
def test_how_a_model_may_write_a_box(style, text):
    assert parse_region(text, style=style, media=MEDIA) == BOX


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("percent", "1 2 3"),
        ("percent", "0 0 100 99"),
        ("percent", "-1 2 3 4"),
        ("pixels", "[1.5, 2, 3, 4]"),
        ("pixels", "[1, 2, 3, 4000]"),
        ("bins", "<bin_1><bin_2><bin_3>"),
        ("bins", "<bin_1><bin_2><bin_3><bin_1000>"),
        ("bins", "<bin_01><bin_2><bin_3><bin_4>"),
        ("bins", "<bin_1><bin_2><bin_3><bin_750>"),
        ("bins", "<bin_9><bin_2><bin_3><bin_4>"),
        ("unit", "[10, 20, 30, 40]"),
        ("unit", "[1e-1, 0.2, 0.3, 0.4]"),
        ("unit", "[0.1, 0.2, 0.3, 0.45.6]"),
    ],
)
def test_what_would_take_a_guess_is_not_read(style, text):
    assert parse_region(text, style=style, media=MEDIA) is None


def test_a_broken_box_among_good_ones_is_left_out():
    text = "[0.1, 0.1, 0.2, 0.2] [0.9, 0.1, 0.2, 0.2] [0.3, 0.3, 0.4, 0.4]"
    assert [region.x1 for region in parse_regions(text, style="unit")] == [0.1, 0.3]
    assert parse_regions("nothing", style="unit") == ()


def test_each_region_is_written_in_the_pixels_of_its_own_medium():
    media = (Media(path="a.png", width=10, height=10), Media(path="b.png", width=100, height=100))
    half = {"x1": 0, "y1": 0, "x2": 0.5, "y2": 1}
    text = format_regions([Region(**half), Region(**half, medium=1)], style="pixels", media=media)
    assert text == "[0, 0, 5, 10] [0, 0, 50, 100]"


def test_a_medium_without_pixels_is_told_and_divides_nothing():
    sound = (Media(kind="audio", path="a.wav", width=0, height=0),)
    for read in (parse_region, parse_regions):
        with pytest.raises(DataError, match="medium 0, which is 0 x 0 pixels; use regions: unit"):
            read("[1, 2, 3, 4]", style="pixels", media=sound)


@given(region=regions(), width=sizes, height=sizes)
def test_bins_are_those_of_ofa(region, width, height):
    """Its code resizes the picture to a longer side of 512 and then divides: here in one step, to the same bins."""
    media = (Media(path="a.png", width=width, height=height),)
    ratio = 512 / max(width, height)
    corners = (region.x1 * width, region.y1 * height, region.x2 * width, region.y2 * height)
    exact = [corner * ratio / 512 * 999 for corner in corners]
    written = format_region(region, style="bins", media=media)
    bins = [int(number) for number in written.removeprefix("<bin_").removesuffix(">").split("><bin_")]
    assert all(abs(a - b) <= 0.5 + 1e-6 for a, b in zip(exact, bins, strict=True))
    assert max(bins) <= 999


def test_bins_are_read_with_and_without_spaces():
    """A tokenizer may put spaces between the tokens that it decodes."""
    text = format_region(BOX, style="bins", media=MEDIA)
    assert parse_region(text.replace("><", "> <"), style="bins", media=MEDIA) == parse_region(
        text, style="bins", media=MEDIA
    )


def test_bins_without_a_medium_are_refused():
    with pytest.raises(DataError, match="medium 0 in bins, but the row has 0 media"):
        format_region(BOX, style="bins")
