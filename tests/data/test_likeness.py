"""Near copies are found among many pictures without comparing all with all."""

import numpy as np
import pytest

from sayso.data.likeness import Fingerprint, Index, fingerprint
from sayso.records import Media

THUMB = np.full((16, 16, 3), 90, np.uint8)


def bits(generator):
    return int(generator.integers(0, 2**63))


def test_finds_every_hash_within_three_bits_and_none_beyond():
    generator = np.random.default_rng(0)
    index = Index()
    hashes = [bits(generator) for _ in range(2000)]
    for number, value in enumerate(hashes):
        index.add(str(number), Fingerprint(value, THUMB))
    for number, value in enumerate(hashes[:200]):
        places = generator.choice(64, size=3, replace=False)
        near = value
        for place in places:
            near ^= 1 << int(place)
        assert str(number) in set(index.alike(Fingerprint(near, THUMB)))
        far = near ^ (1 << next(place for place in range(64) if place not in places))
        assert str(number) not in set(index.alike(Fingerprint(far, THUMB)))


def test_the_thumbnail_decides_among_equal_hashes():
    index = Index()
    index.add("a", Fingerprint(7, THUMB))
    moved = THUMB.copy()
    moved[3, 4] = 200
    assert list(index.alike(Fingerprint(7, moved))) == []
    assert list(index.alike(Fingerprint(7, THUMB + 2))) == ["a"]


def test_many_flat_pictures_fill_a_run_and_are_told():
    index = Index()
    for number in range(301):
        index.add(str(number), Fingerprint(0, THUMB))
    assert index.full


def test_what_is_no_picture_is_an_error():
    with pytest.raises(OSError, match="cannot identify"):
        fingerprint(Media(data=b"nothing", width=1, height=1))
