from hypothesis import given
from hypothesis import strategies as st

from sayso.records import AnnotatedObject, Region
from sayso.seeds import Stream
from sayso.tasks._options import differ, elsewhere, overlap, phrase_options, region_options, shift, word_options

corner = st.floats(0, 0.7)
regions = st.builds(
    lambda x, y, w, h: Region(x1=x, y1=y, x2=x + w, y2=y + h),
    corner,
    corner,
    st.floats(0.05, 0.3),
    st.floats(0.05, 0.3),
)


@given(st.integers(0, 999))
def test_words_are_unique_sorted_and_near_ones_are_preferred(seed):
    options = word_options("red", Stream(seed), near=["red", "blue"], pool=["red", "green", "black", "purple", "blue"])
    assert options is not None
    assert list(options.items) == sorted(set(options.items))
    assert {"red", "blue"} < set(options.items)
    assert len(options.items) == 4


def test_without_a_wrong_word_there_is_no_choice():
    assert word_options("red", Stream(1), near=["red"]) is None


@given(st.integers(0, 999))
def test_no_phrase_is_the_odd_one_out(seed):
    one = AnnotatedObject(label="circle", attributes={"size": "small", "color": "red", "texture": "plain"})
    options = phrase_options(one, Stream(seed))
    assert options is not None
    assert "small red plain circle" in options.items
    words = [set(str(option).split()) for option in options.items]
    likeness = [sum(len(each & other) for other in words) for each in words]
    assert len(set(likeness)) == 1


@given(regions, regions)
def test_overlap_is_symmetric_and_one_for_itself(a, b):
    assert overlap(a, b) == overlap(b, a)
    assert abs(overlap(a, a) - 1) < 1e-9
    assert 0 <= overlap(a, b) <= 1 + 1e-9


def test_overlap_of_half_is_a_third():
    assert abs(overlap(Region(x1=0, y1=0, x2=0.2, y2=0.2), Region(x1=0.1, y1=0, x2=0.3, y2=0.2)) - 1 / 3) < 1e-9


def test_boxes_of_two_pictures_do_not_overlap():
    assert overlap(Region(x1=0, y1=0, x2=1, y2=1), Region(x1=0, y1=0, x2=1, y2=1, medium=1)) == 0


@given(regions, st.integers(0, 99))
def test_wrong_regions_are_inside_the_picture_and_far_from_the_right_one(gold, seed):
    options = region_options(gold, [], Stream(seed))
    assert options is not None
    assert len(set(options.items)) == len(options.items) >= 2
    for region in options.items:
        assert isinstance(region, Region)
        assert 0 <= region.x1 < region.x2 <= 1
        assert 0 <= region.y1 < region.y2 <= 1
        assert region == gold or overlap(region, gold) < 0.2


def test_a_box_as_large_as_the_picture_has_no_other_place():
    whole = Region(x1=0, y1=0, x2=1, y2=1)
    assert elsewhere(whole, Stream(1)) == []
    assert region_options(whole, [], Stream(1)) is None
    assert shift(whole, 0.1, 0) is None


def test_boxes_that_may_be_written_alike_are_not_both_offered():
    gold = Region(x1=0.1, y1=0.1, x2=0.105, y2=0.105)
    twin = Region(x1=0.106, y1=0.106, x2=0.111, y2=0.111)
    assert not differ(gold, twin)
    options = region_options(gold, [twin], Stream(1))
    assert options is not None
    assert twin not in options.items
