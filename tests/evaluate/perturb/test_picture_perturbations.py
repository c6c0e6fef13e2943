import numpy as np
import pytest
from PIL import Image

from sayso.errors import ConfigError
from sayso.evaluate.perturb import perturbations
from sayso.records import Media, Message, Sample, TextPart
from sayso.sources import load_image


@pytest.fixture
def photo(tmp_path):
    pixels = np.zeros((40, 60, 3), dtype=np.uint8)
    pixels[10:30, 20:40] = (250, 120, 10)
    Image.fromarray(pixels).save(tmp_path / "a & b.png")
    return Media(path=str(tmp_path / "a & b.png"), width=60, height=40)


def sample(*media):
    turn = Message(role="user", parts=(TextPart(text="?", spans=()),))
    return Sample(id="e@w", example="e", task="t", template="w", messages=(turn,), media=media)


def changed(name, media, *, seed=1, **options):
    (found,) = perturbations.build(name, options).apply([sample(media)], seed=seed)
    return found.media[0]


def pixels(media):
    return np.asarray(load_image(media), dtype=np.float64)


def test_a_changed_picture_is_a_reference_that_is_drawn_alike_every_time(photo):
    one = changed("image_noise", photo, sigma=0.2)
    assert one.path.startswith("edited:image_noise?")
    assert (pixels(one) == pixels(changed("image_noise", photo, sigma=0.2))).all()
    assert (pixels(one) != pixels(changed("image_noise", photo, sigma=0.2, seed=2))).any()


def test_a_picture_of_bytes_changes_as_a_file_does(photo, tmp_path):
    data = Media(data=(tmp_path / "a & b.png").read_bytes(), width=60, height=40)
    assert (pixels(changed("image_blur", data)) == pixels(changed("image_blur", photo))).all()


def test_noise_is_as_strong_as_it_says():
    grey = Media(data=_png(np.full((120, 120, 3), 128, dtype=np.uint8)), width=120, height=120)
    difference = pixels(changed("image_noise", grey, sigma=0.1)) - 128
    assert abs(difference.std() / 255 - 0.1) < 0.003
    assert abs(difference.mean()) < 0.5


def test_a_crop_keeps_the_middle_in_its_place_and_fills_the_border_with_the_mean(photo):
    before, after = pixels(photo), pixels(changed("image_crop", photo, keep=0.8))
    assert (after[4:36, 6:54] == before[4:36, 6:54]).all()
    assert (after[:4] == np.rint(before.mean(axis=(0, 1)))).all()


def test_blur_spreads_and_brightness_scales(photo):
    assert np.abs(np.diff(pixels(changed("image_blur", photo, radius=0.05)), axis=0)).max() < 100
    assert pixels(changed("image_brightness", photo, factor=0.5)).max() == pytest.approx(125, abs=1)


def test_jpeg_changes_little(photo):
    difference = np.abs(pixels(changed("image_jpeg", photo, quality=60)) - pixels(photo))
    assert 0 < difference.mean() < 10


def test_edits_can_be_made_one_on_the_other(photo):
    twice = changed("image_blur", changed("image_brightness", photo))
    assert load_image(twice).size == (60, 40)


def test_an_option_out_of_range_is_refused():
    with pytest.raises(ConfigError, match="keep"):
        perturbations.build("image_crop", {"keep": 1.5})


def _png(array):
    from io import BytesIO

    file = BytesIO()
    Image.fromarray(array).save(file, format="PNG")
    return file.getvalue()
