"""Duplicates by vectors, against comparing all with all, and by how pictures look."""

from io import BytesIO

import numpy as np
import pytest
from alike_rows import keep, pool_of
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from sayso.errors import ConfigError
from sayso.records import Media

ROW = ("What is it?", "A cat.")


def around(*, kinds, each, spread, seed):
    """Vectors near one of `kinds` directions, (kinds * each, 8), those of a kind apart from one another."""
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(kinds, 8))
    vectors = np.tile(centres, (each, 1)) + spread * generator.normal(size=(kinds * each, 8))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def plain(vectors, *, threshold, order):
    """Rows that stay, one by one; cosines of vectors rounded to the grid."""
    grid = np.rint(vectors.astype(np.float64) * 2048) / 2048
    grid /= np.linalg.norm(grid, axis=1, keepdims=True)
    kept = []
    for row in order:
        if all(grid[row] @ grid[other] < threshold for other in kept):
            kept.append(row)
    return kept


@given(seed=st.integers(0, 10_000), threshold=st.sampled_from([0.8, 0.95]), spread=st.sampled_from([0.05, 0.2]))
def test_what_stays_is_what_comparing_with_all_leaves(seed, threshold, spread):
    vectors = around(kinds=5, each=4, spread=spread, seed=seed)
    merit = np.random.default_rng(seed).permutation(20).astype(float)
    pool = pool_of([ROW] * 20, vectors=vectors, good=merit)
    for options, order in (({}, range(20)), ({"best": "good"}, np.argsort(-merit))):
        kept, why = keep("embedding_duplicates", pool, threshold=threshold, **options)
        assert kept == plain(vectors, threshold=threshold, order=order)
        for row, reason in why.items():
            of = int(reason.split("item-")[1].split("/")[0])
            assert of in kept
            assert float(reason.rstrip(")").split("cosine ")[1]) == pytest.approx(vectors[row] @ vectors[of], abs=2e-3)


def test_blocks_and_clusters_find_the_same_where_kinds_are_apart():
    vectors = around(kinds=6, each=120, spread=0.01, seed=1)
    pool = pool_of([ROW] * len(vectors), vectors=vectors)
    whole = keep("embedding_duplicates", pool)
    assert whole[0] == [0, 1, 2, 3, 4, 5]
    for options in ({"clusters": 4}, {"whole": 100}):
        kept, why = keep("embedding_duplicates", pool, **options)
        assert (kept, set(why)) == (whole[0], set(whole[1]))


def test_media_rows_without_a_feature_and_what_was_chosen():
    vectors = np.array([[1, 0], [1, 0], [0, 0], [0, 0], [1, 0], [0, 1]], dtype=np.float32)
    a, b = ((Media(path=f"{name}.png", width=4, height=4),) for name in "ab")
    pool = pool_of([ROW] * 6, vectors=vectors, media=[a, b, a, a, b, b], chosen=[4])
    kept, why = keep("embedding_duplicates", pool)
    assert kept == [0, 2, 3, 5]
    assert why == {1: "repeats vqa/item-4/0 (cosine 1.000)"}
    assert keep("embedding_duplicates", pool, same_media=False)[0] == [2, 3, 5]
    with pytest.raises(ConfigError, match="threshold"):
        keep("embedding_duplicates", pool, threshold=2)


def drawn(seed, *, side=96, quality=None):
    generator = np.random.default_rng(seed)
    small = np.repeat(generator.integers(0, 256, size=(8, 8, 1), dtype=np.uint8), 3, axis=2)
    image = Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC)
    data = BytesIO()
    if quality is None:
        image.save(data, format="PNG")
    else:
        image.save(data, format="JPEG", quality=quality)
    return (Media(data=data.getvalue(), width=side, height=side),)


def test_copies_in_another_size_or_quality_are_found(tmp_path):
    (tmp_path / "copy.png").write_bytes(drawn(1)[0].data)
    copy = (Media(path=str(tmp_path / "copy.png"), width=96, height=96),)
    media = [drawn(1), drawn(2), drawn(1, side=192), drawn(1, quality=90), copy, (), drawn(1) + drawn(2)]
    kept, why = keep("image_duplicates", pool_of([ROW] * 7, media=media))
    assert kept == [0, 1, 5, 6]
    assert set(why.values()) == {"repeats vqa/item-0/0 (the same pictures, and the same text)"}


def test_pictures_are_compared_as_models_see_them():
    """What lies under transparent parts, and is black everywhere, does not count; nor do radiographs become white."""
    files = [BytesIO() for _ in range(4)]
    for file, shape in zip(files, ("rectangle", "ellipse"), strict=False):
        icon = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
        getattr(ImageDraw.Draw(icon), shape)((8, 8, 56, 56), fill=(0, 0, 0, 255))
        icon.save(file, format="PNG")
    grey = np.linspace(1000, 60000, 64 * 64).reshape(64, 64).astype(np.uint16)
    for file, pixels in zip(files[2:], (grey, grey[::-1].copy()), strict=True):
        Image.fromarray(pixels).save(file, format="PNG")
    media = [(Media(data=file.getvalue(), width=64, height=64),) for file in files]
    assert keep("image_duplicates", pool_of([ROW] * 5, media=[*media, media[0]]))[0] == [0, 1, 2, 3]


def test_another_question_about_a_picture_stays_unless_one_row_a_picture_is_wanted():
    rows = [ROW, ("What is it NOT?", "A dog."), ("what is  it?", "a cat."), ROW]
    pool = pool_of(rows, media=[drawn(1), drawn(1, quality=85), drawn(1), ()], good=[0, 2, 1, 5])
    assert keep("image_duplicates", pool)[0] == [0, 1, 3]
    assert keep("image_duplicates", pool, same_text=False)[0] == [0, 3]
    assert keep("image_duplicates", pool, same_text=False, best="good")[0] == [3, 1]


def test_references_and_what_cannot_be_decoded_are_compared_by_name(tmp_path):
    (tmp_path / "bad.png").write_bytes(b"nothing")
    names = ["shapes:7/1", "shapes:7/2", "shapes:7/1", str(tmp_path / "bad.png"), str(tmp_path / "none.png")]
    media = [(Media(path=name, width=4, height=4),) for name in [*names, names[3]]]
    assert keep("image_duplicates", pool_of([ROW] * 6, media=media))[0] == [0, 1, 3, 4]


class Noting:
    """Progress that remembers what it was told."""

    def __init__(self):
        self.notes = []

    def start(self, label, *, total=None):
        self.total = total

    def advance(self, steps=1):
        pass

    def note(self, text):
        self.notes.append(text)


def test_so_many_pictures_of_one_layout_are_told():
    def half(number):
        data = BytesIO()
        colour = (36 * (number % 8), 36 * (number // 8 % 8), 36 * (number // 64))
        image = Image.new("RGB", (32, 32), "black")
        image.paste(colour, (0, 0, 16, 32))
        image.save(data, format="PNG")
        return (Media(data=data.getvalue(), width=32, height=32),)

    pool = pool_of([ROW] * 420, media=[half(number) for number in range(420)])
    noting = Noting()
    object.__setattr__(pool.scoring, "progress", noting)
    keep("image_duplicates", pool)
    assert noting.total == 420
    assert [note.split(":")[0] for note in noting.notes] == ["image_duplicates"]
