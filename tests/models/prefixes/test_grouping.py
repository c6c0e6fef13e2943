"""Groups hold every prompt once, share what they say they share, and batches stay within their room."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.models.encode import Encoded
from sayso.models.prefixes import Group, group, in_batches
from sayso.models.prefixes.grouping import MIN_SHARED
from sayso.models.roles import ROLE_CODE

MEDIA, INSTR = ROLE_CODE["media"], ROLE_CODE["instr"]
PICTURES = [np.full((1, 2), value, dtype=np.float32) for value in (0, 1)]


def prompt(ids: list[int], *, media: int = 0, picture: int | None = None) -> Encoded:
    """Its first `media` tokens are a picture's."""
    roles = np.array([MEDIA] * media + [INSTR] * (len(ids) - media), dtype=np.uint8)
    arrays = {} if picture is None else {"pixel_values": PICTURES[picture]}
    return Encoded(id="p", input_ids=ids, roles=roles, arrays=arrays)


def shown(picture: int, *rest: int, media: int = 20) -> Encoded:
    return prompt([9] * media + list(rest), media=media, picture=picture)


PROMPTS = st.lists(
    st.builds(
        lambda head, tail, picture: shown(picture, *tail, media=12) if picture < 2 else prompt(list(head) * 12 + tail),
        st.sampled_from([(1,), (2,), (1, 2)]),
        st.lists(st.integers(1, 3), min_size=1, max_size=12),
        st.integers(0, 2),
    ),
    max_size=12,
)


@given(PROMPTS)
def test_every_prompt_stands_once_and_groups_share_tokens_and_media(prompts: list[Encoded]) -> None:
    groups, rest = group(prompts)
    assert sorted([row for one in groups for row in one.rows] + rest) == list(range(len(prompts)))
    for one in groups:
        first = prompts[one.rows[0]]
        assert len(one.rows) > 1
        assert one.length >= MIN_SHARED
        for row in one.rows:
            assert prompts[row].input_ids[: one.length] == first.input_ids[: one.length]
            assert len(prompts[row]) > one.length
            assert MEDIA not in prompts[row].roles[one.length :]
            assert prompts[row].arrays.keys() == first.arrays.keys()
            assert all(np.array_equal(prompts[row].arrays[name], first.arrays[name]) for name in first.arrays)


@given(PROMPTS, st.integers(1, 6), st.integers(0, 9))
def test_batches_hold_every_row_once_within_their_room(prompts: list[Encoded], size: int, more: int) -> None:
    groups, _ = group(prompts)
    lengths = [len(one) for one in prompts]
    rows = [row for one in groups for row in one.rows]
    batches = list(in_batches(groups, lengths=lengths, more=more, batch_size=size, logits=100))
    assert sorted(row for batch in batches for one in batch for row in one.rows) == sorted(rows)
    room = size * (max((lengths[row] for row in rows), default=0) + more)
    assert all(sum(one.cost(lengths, more=more) for one in batch) <= room for batch in batches)
    assert all(sum(len(one.rows) for one in batch) <= 4 * size for batch in batches)


def test_wordings_of_a_picture_are_a_group_and_another_picture_is_another() -> None:
    prompts = [shown(0, 1, 2), shown(1, 1, 2), shown(0, 3), shown(1, 4)]
    assert group(prompts) == ([Group(rows=(0, 2), length=20), Group(rows=(1, 3), length=20)], [])


def test_equal_pixels_in_another_array_are_the_same_picture() -> None:
    again = dataclasses.replace(shown(0, 5), arrays={"pixel_values": PICTURES[0].copy()})
    assert group([shown(0, 1), again])[0] == [Group(rows=(0, 1), length=20)]


def test_equal_bytes_of_another_shape_are_another_picture() -> None:
    turned = dataclasses.replace(shown(0, 5), arrays={"pixel_values": PICTURES[0].T})
    assert group([shown(0, 1), turned]) == ([], [0, 1])


@pytest.mark.parametrize("place", [0, 1, 63, 64, 2500, 4999])
def test_pictures_that_differ_in_one_number_are_two(place: int) -> None:
    pixels = np.zeros((2, 5000), dtype=np.float32)
    pixels[1, place] = 1
    prompts = [
        dataclasses.replace(shown(0, *rest), arrays={"pixel_values": pixels[picture : picture + 1]})
        for picture in (0, 1)
        for rest in ((5, 6), (7, 8))
    ]
    groups, rest = group(prompts)
    assert [one.rows for one in groups] == [(0, 1), (2, 3)]
    assert not rest


def test_equal_prompts_leave_a_token_to_read() -> None:
    assert group([prompt([1] * 20)] * 3)[0] == [Group(rows=(0, 1, 2), length=19)]


def test_a_picture_behind_the_wording_is_not_shared() -> None:
    def behind(*words: int) -> Encoded:
        whole = shown(0)
        return dataclasses.replace(
            whole, input_ids=[7] * 20 + [*words, *whole.input_ids], roles=np.array([INSTR] * 21 + [MEDIA] * 20)
        )

    assert group([behind(1), behind(2)]) == ([], [0, 1])


def test_few_common_tokens_are_not_worth_it() -> None:
    assert group([prompt([1, 2, 3, 4]), prompt([1, 2, 3, 5])]) == ([], [0, 1])


def test_demonstrations_that_differ_make_groups_of_their_own() -> None:
    some, other = [1] * 10 + [2] * 400, [1] * 10 + [3] * 400
    prompts = [prompt([*head, word]) for head in (some, other) for word in (4, 5, 6)]
    assert {(one.rows, one.length) for one in group(prompts)[0]} == {((0, 1, 2), 410), ((3, 4, 5), 410)}


@pytest.mark.parametrize(("logits", "most"), [(1, 8), (1 << 26, 1), (1 << 25, 2)])
def test_a_large_vocabulary_is_asked_for_few_rows(logits: int, most: int) -> None:
    groups = [Group(rows=tuple(range(8)), length=50)]
    batches = list(in_batches(groups, lengths=[51] * 8, more=1, batch_size=8, logits=logits))
    assert max(len(one.rows) for batch in batches for one in batch) == most
    assert len(batches) == 8 // most
