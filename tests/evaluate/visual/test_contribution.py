from dataclasses import replace

import numpy as np
import pytest
from msgspec.structs import replace as changed

from sayso.errors import DataError
from sayso.evaluate.visual.attention import GROUPS, attention_by_layer
from sayso.evaluate.visual.contribution import NUM_AT_ONCE, Asked, visual_contributions
from sayso.evaluate.visual.nulls import null_images
from sayso.models.auto import load_model
from sayso.models.direct import make_encoder
from sayso.models.likelihood import option_logprobs
from sayso.records import Sample
from sayso.sources import load_image

NULLS = null_images.names()


@pytest.fixture(scope="module")
def kept():
    return {}


@pytest.fixture
def bundle(toy_run, kept):
    if "bundle" not in kept:
        kept["bundle"] = load_model(str(toy_run / "train" / "model"))
    return kept["bundle"]


def answered(build, task, *, number=4):
    sampler = build.sampler()
    (template, *_) = [t for t in build.templates if t.task == task]
    return [sampler.demonstration(e, template=template) for e in list(build.store("test").iter(task))[:number]]


def contributions(bundle, samples, name, *, include_end=True, num_draws=1, **options):
    null = null_images.build(name, options)
    asked = Asked(null=null, seed=3, include_end=include_end, num_draws=num_draws)
    return list(visual_contributions(bundle, samples, asked=asked))


def answer_logprobs(bundle, samples):
    """The same by another way: the likelihood of the answer as an option."""
    encoder = make_encoder(bundle, max_tokens=1 << 20, load=load_image)
    prompts = encoder.encode_batch(samples, response=False)
    return [row[0] for row in option_logprobs(bundle, prompts=prompts, options=[[s.references[0]] for s in samples])]


@pytest.mark.parametrize("name", ["mean_colour", "shuffled_image", "text_only"])
def test_it_is_the_difference_of_the_answers_likelihoods(bundle, toy_build, name):
    samples = answered(toy_build, "caption")
    blind = null_images.build(name, {}).samples(samples, seed=3, number=0)
    expected = np.subtract(answer_logprobs(bundle, samples), answer_logprobs(bundle, blind))
    found = [one.total("response", "resp_end") for one in contributions(bundle, samples, name)]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_picture_of_one_colour_adds_nothing_to_that_colour(bundle, toy_build):
    for one in contributions(bundle, answered(toy_build, "caption"), "mean_colour"):
        assert np.abs(one.values).max() < 1e-6


@pytest.mark.parametrize("name", ["noise", "zeros"])
def test_the_picture_changes_what_comes_behind_it_and_what_it_changes_is_told_by_token(bundle, toy_build, name):
    for one in contributions(bundle, answered(toy_build, "color"), name):
        assert len(one.tokens) == len(one.roles) == len(one.values)
        assert {"instr_template", "options", "response", "resp_end"} <= set(one.roles)
        assert any(abs(value) > 1e-6 for value in one.values)
        assert one.total("response") == pytest.approx(
            sum(v for v, r in zip(one.values, one.roles, strict=True) if r == "response")
        )
        assert one.token_mean("response") == pytest.approx(one.total("response") / one.roles.count("response"))
        assert one.token_mean("media") is None


def test_the_end_of_the_turn_can_be_left_out(bundle, toy_build):
    (one, *_) = contributions(bundle, answered(toy_build, "color"), "noise", include_end=False)
    assert "resp_end" not in one.roles


def test_several_draws_are_averaged_and_the_same_seed_gives_the_same(bundle, toy_build):
    samples = answered(toy_build, "color", number=2)
    once, again, thrice = (contributions(bundle, samples, "noise", num_draws=n) for n in (1, 1, 3))
    assert once == again
    assert [one.values for one in thrice] != [one.values for one in once]


def test_noise_may_go_through_the_processor(bundle, toy_build):
    samples = answered(toy_build, "color", number=2)
    plain, pixels = (contributions(bundle, samples, "noise", space=space) for space in ("normalised", "uint8"))
    assert plain != pixels


def test_rows_without_a_picture_are_left_out_and_without_an_answer_refused(bundle, toy_build):
    assert contributions(bundle, answered(toy_build, "arithmetic"), "noise") == []
    prompts = [changed(one, messages=one.messages[:-1]) for one in answered(toy_build, "color")]
    with pytest.raises(DataError, match="no answer"):
        contributions(bundle, prompts, "noise")


@pytest.mark.parametrize("name", NULLS)
def test_every_null_keeps_questions_and_answers_and_says_what_it_cannot_change(toy_build, name):
    null = null_images.build(name, {})
    for before, after in zip(
        answered(toy_build, "color"), null.samples(answered(toy_build, "color"), seed=1, number=0), strict=True
    ):
        assert isinstance(after, Sample)
        assert (after.id, after.references, after.options) == (before.id, before.references, before.options)
    for verdict in null.samples(answered(toy_build, "arithmetic"), seed=1, number=0):
        assert not verdict.keep
        assert "no" in verdict.reason


def test_shuffled_pictures_are_brought_to_the_own_size(toy_build):
    first, *others = answered(toy_build, "color", number=3)
    wide = [changed(first, media=(replace_size(first.media[0]),)), *others]
    null = null_images.build("shuffled_image", {})
    for before, after in zip(wide, null.samples(wide, seed=1, number=0), strict=True):
        assert [(m.width, m.height) for m in after.media] == [(m.width, m.height) for m in before.media]
        assert load_image(after.media[0]).size == (before.media[0].width, before.media[0].height)


def replace_size(media):
    from io import BytesIO

    file = BytesIO()
    load_image(media).resize((31, 17)).save(file, format="PNG")
    return changed(media, path=None, data=file.getvalue(), width=31, height=17)


def test_attention_is_shared_out_among_all_that_is_looked_at(bundle, toy_build):
    before = bundle.model.config._attn_implementation
    shares = attention_by_layer(bundle, answered(toy_build, "color"))
    assert shares.shape == (4, 2, len(GROUPS))
    assert shares.sum(-1) == pytest.approx(1.0, abs=1e-5)
    assert (shares[..., list(GROUPS).index("media")] > 0).all()
    assert bundle.model.config._attn_implementation == before
    without = attention_by_layer(bundle, answered(toy_build, "arithmetic"))
    assert (without[..., list(GROUPS).index("media")] == 0).all()


def test_replacing_pixels_leaves_masks_and_sizes_alone(bundle, toy_build):
    encoder = make_encoder(bundle, max_tokens=1 << 20, load=load_image)
    (row,) = encoder.encode_batch(answered(toy_build, "color", number=1))
    marked = replace(row, arrays={**row.arrays, "pixel_attention_mask_": np.ones(3), "image_sizes": np.array([[3, 4]])})
    found = null_images.build("zeros", {}).encoded(marked, seed=1, number=0)
    assert (found.arrays["image_sizes"] == [[3, 4]]).all()
    assert 0 < found.arrays["pixel_values"].max() < 1e-6  # some models pass over a picture of nothing but 0


def test_what_is_measured_does_not_depend_on_how_many_are_held_at_once(bundle, toy_build):
    samples = answered(toy_build, "color", number=6)
    several = [changed(one, example=f"{one.example}/{number}") for number in range(7) for one in samples]
    whole = contributions(bundle, several, "zeros")
    assert len(several) > NUM_AT_ONCE
    assert [one.example for one in whole] == [one.example for one in several]
    for one, again in zip(whole, contributions(bundle, samples, "zeros") * 7, strict=True):
        np.testing.assert_allclose(one.values, again.values, atol=1e-5)


def test_files_of_another_size_are_fitted_when_somebody_looks(toy_build, tmp_path):
    first, *others = answered(toy_build, "color", number=3)
    load_image(first.media[0]).resize((31, 17)).save(tmp_path / "wide & narrow.png")
    wide = changed(first.media[0], path=str(tmp_path / "wide & narrow.png"), width=31, height=17)
    given = [changed(first, media=(wide,)), *others]
    null = null_images.build("shuffled_image", {})
    for before, after in zip(given, null.samples(given, seed=1, number=0), strict=True):
        assert after.media[0].data is None
        assert load_image(after.media[0]).size == (before.media[0].width, before.media[0].height)
