"""Cosines of pictures and texts, by hand from the features of transformers' CLIP; crops of boxes against their words."""

import numpy as np
import pytest
from PIL import Image
from scoring_models import save_dual_encoder
from toy_samples import spoken, text, toy_sample

from sayso.data.scorers import scorers
from sayso.errors import ConfigError
from sayso.records import Media, MediaPart, Message, Sample

torch = pytest.importorskip("torch")
hf = pytest.importorskip("transformers")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_dual_encoder(tmp_path_factory.mktemp("models") / "clip")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    place = tmp_path_factory.mktemp("pictures")
    found = []
    for number, color in enumerate(("red", "blue")):
        image = Image.new("RGB", (200, 100), color)
        image.paste(Image.linear_gradient("L").resize((80, 60)).convert("RGB"), (20, 10))
        image.save(place / f"{number}.png")
        found.append(Media(path=str(place / f"{number}.png"), width=200, height=100))
    return found


def by_hand(folder, image, said):
    model, processor = hf.CLIPModel.from_pretrained(folder), hf.AutoProcessor.from_pretrained(folder)
    with torch.inference_mode():
        out = model(**processor(text=[said], images=[image], return_tensors="pt"))
    return float(out.image_embeds[0] @ out.text_embeds[0])  # both of length 1


def column_of(pool, scoring, **options):
    ((_, column),) = scorers.build("image_text_similarity", options).score(pool, scoring=scoring).items()
    return column


def test_the_value_is_the_cosine_and_not_the_inner_product(folder, pictures, scoring):
    pool = [
        toy_sample(media=(one,), answer=said) for one, said in zip(pictures, ("two red circles", "A cat."), strict=True)
    ]
    column = column_of(pool, scoring, path=str(folder))
    wanted = [by_hand(folder, Image.open(one.media[0].path), one.messages[-1].text) for one in pool]
    np.testing.assert_allclose(column.values, wanted, atol=1e-5)
    assert (abs(column.values) <= 1 + 1e-6).all()
    assert abs(wanted[0] - wanted[1]) > 1e-3


def test_the_best_of_several_pictures_counts_and_which_text_is_an_option(folder, pictures, scoring):
    pool = [toy_sample(media=tuple(pictures), question="Is it red?", answer="A cat.")]
    for which, said in {"response": "A cat.", "instruction": "Is it red?", "both": "Is it red?\nA cat."}.items():
        column = column_of(pool, scoring, path=str(folder), text=which)
        assert column.values[0] == pytest.approx(
            max(by_hand(folder, Image.open(one.path), said) for one in pictures), abs=1e-5
        )


def boxed(picture, *, question, answer, slot=""):
    parts = (MediaPart(index=0), text(question, "instr_template"), *([text(slot, "instr")] if slot else []))
    messages = (Message(role="user", parts=parts), Message(role="assistant", parts=(text(answer, "response"),)))
    return Sample(id="s", example="e", task="t", template="w", messages=messages, media=(picture,))


def test_a_box_is_cut_out_and_compared_with_its_words(folder, pictures, scoring):
    crop = Image.open(pictures[0].path).crop((20, 10, 100, 70))
    asked = boxed(pictures[0], question="Where is it? ", slot="the red circle", answer="[0.100, 0.100, 0.500, 0.700]")
    told = boxed(pictures[0], question="What is in [0.100, 0.100, 0.500, 0.700]?", answer="two circles")
    column = column_of([asked, told], scoring, path=str(folder), crop=True)
    wanted = [by_hand(folder, crop, said) for said in ("the red circle", "two circles")]
    np.testing.assert_allclose(column.values, wanted, atol=1e-5)


def test_what_has_no_cosine_says_why(folder, pictures, scoring):
    small = boxed(pictures[0], question="Where? ", slot="it", answer="[0.100, 0.100, 0.200, 0.700]")
    none = boxed(pictures[0], question="Where? ", slot="it", answer="there")
    wordless = boxed(pictures[0], question="[0.1, 0.1, 0.5, 0.7]", answer="[0.100]")
    two = toy_sample(media=tuple(pictures))
    cropped = column_of([small, none, wordless, two], scoring, path=str(folder), crop=True)
    assert np.isnan(cropped.values).all()
    assert [cropped.why[row].split(";")[0] for row in range(4)] == [
        "the box is 20 x 60 pixels, a side under 50",
        "0 boxes in the style 'unit'",
        "no words for the box",
        "2 pictures, and no word of which the box is on",
    ]
    assert column_of([small], scoring, path=str(folder), crop=True, min_side=20).values[0] <= 1
    gone = toy_sample(media=(Media(path="gone.png", width=9, height=9),))
    pool = [spoken(("user", "a"), ("assistant", "b")), toy_sample(media=(pictures[0],), answer="cat " * 90), gone]
    column = column_of(pool, scoring, path=str(folder))
    assert np.isnan(column.values).all()
    assert column.why[0] == "no picture"
    assert "over the encoder's 40" in column.why[1]
    assert "gone.png" in column.why[2]
    assert not np.isnan(column_of(pool[1:2], scoring, path=str(folder), cut=True).values[0])


def test_options_and_models_that_will_not_do_are_refused(rater, scoring, pictures):
    with pytest.raises(ConfigError, match="none of unit"):
        scorers.build("image_text_similarity", {"path": "x", "regions": "corners"})
    with pytest.raises(ConfigError, match=r"no dual encoder|cannot be loaded"):
        column_of([toy_sample(media=(pictures[0],))], scoring, path=str(rater))
