"""BLEU, ROUGE-L, CIDEr-D: golden values of pycocoevalcap 1.2 with the Java tokeniser, and that package and sacrebleu beside ours."""

import json
import math

import numpy as np
import pytest
import sacrebleu
from caption_examples import DOGS, HORSE, PLATE, answers
from hypothesis import given
from hypothesis import strategies as st

from sayso.errors import DataError
from sayso.evaluate.corpus.cider_d import Documents
from sayso.evaluate.corpus.measuring import corpus_metric
from sayso.evaluate.ptb import PTB

GOLDEN = {
    "bleu_1": 0.9130434782,
    "bleu_2": 0.8275159265,
    "bleu_3": 0.6229000279,
    "bleu_4": 0.4770479869,
    "rouge_l_coco": 0.8276912241,
    "cider_d": 2.5059813557,
}
PER_IMAGE = {
    "rouge_l_coco": [0.9512670565, 0.8333333333, 0.6984732824],
    "cider_d": [2.7037813648, 2.3560962614, 2.4580664405],
}


def figures(name, *images, **options):
    metric = corpus_metric(name, options)
    sums = metric.tally(answers(*images)).statistics.sum(axis=0, keepdims=True)
    return {figure: float(values[0]) for figure, values in metric.figures(sums).items()}


def everything(*images):
    return {
        name: value
        for metric in ("bleu", "rouge_l_coco", "cider_d")
        for name, value in figures(metric, *images).items()
    }


def test_golden_values_of_a_corpus_to_ten_digits():
    found = everything(HORSE, DOGS, PLATE)
    assert found == pytest.approx(GOLDEN, abs=1e-10)


@pytest.mark.parametrize("name", PER_IMAGE)
def test_golden_values_of_its_images(name):
    statistics = corpus_metric(name).tally(answers(HORSE, DOGS, PLATE)).statistics
    np.testing.assert_allclose(statistics[:, 0], PER_IMAGE[name], atol=5.1e-11)


def test_one_image_alone_has_a_cider_d_of_zero_and_says_why():
    tally = corpus_metric("cider_d").tally(answers(HORSE))
    assert tally.statistics.tolist() == [[0.0, 1.0]]
    assert dict(tally.reasons) == {"one image alone: every n-gram weighs 0": 1}


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [
        ("a b c d e", "f g h i j", 10.0),
        ("a cat sits", "a dog runs", 7.5),
        ("one cat", "two dogs", 5.0),
    ],
)
def test_identical_captions_score_by_the_n_grams_that_they_have(first, second, value):
    assert figures("cider_d", (first, first), (second, second))["cider_d"] == pytest.approx(value, abs=1e-12)


def test_one_empty_caption_of_two():
    found = everything(("a b c d e", "a b c d e"), ("", "f g h i j"))
    assert found["cider_d"] == pytest.approx(5.0)
    assert found["rouge_l_coco"] == 0.5
    assert [found[f"bleu_{n}"] for n in (1, 2, 3, 4)] == pytest.approx([0.367879] * 4, abs=5e-7)


def test_short_captions_have_the_guards_for_a_precision():
    found = figures("bleu", ("a cat sits", "a cat sits"), ("a dog runs", "a dog runs"))
    assert found["bleu_3"] == pytest.approx(1.0)
    assert found["bleu_4"] == pytest.approx(0.031623, abs=5e-7)


def test_the_nearest_length_is_the_shorter_of_two():
    (row,) = corpus_metric("bleu").tally(answers(("a b c", "a b", "a b c d", "a"))).statistics
    assert row[8:10].tolist() == [3, 2]


def test_matches_are_clipped_by_the_reference_that_has_most():
    (row,) = corpus_metric("bleu").tally(answers(("the the the the", "the cat the", "the dog"))).statistics
    assert row[:4].tolist() == [2, 0, 0, 0]
    assert row[4:8].tolist() == [4, 3, 2, 1]


def test_repeating_a_rare_word_helps_cider_and_not_cider_d():
    plain, stuffed = ("a zebra", "a zebra runs"), ("zebra zebra zebra zebra zebra", "a zebra runs")
    other = ("a dog sits", "a dog sits here")
    assert figures("cider_d", stuffed, other)["cider_d"] < figures("cider_d", plain, other)["cider_d"]
    assert figures("cider", stuffed, other)["cider"] > figures("cider_d", stuffed, other)["cider_d"]


class TestDocumentFrequencies:
    IMAGES = (HORSE[1:], DOGS[1:], PLATE[1:])

    def test_those_of_the_set_in_a_file_give_the_same_number(self, tmp_path):
        Documents.of(self.IMAGES).write(tmp_path / "df.json")
        found = figures("cider_d", HORSE, DOGS, PLATE, df=str(tmp_path / "df.json"))
        assert found["cider_d"] == pytest.approx(GOLDEN["cider_d"], abs=1e-10)
        assert json.loads((tmp_path / "df.json").read_text())["document_frequency"]["on the"] == 1

    def test_from_a_file_an_image_does_not_depend_on_the_others(self, tmp_path):
        Documents.of(self.IMAGES).write(tmp_path / "df.json")
        options = {"df": str(tmp_path / "df.json")}
        whole = corpus_metric("cider_d", options).tally(answers(HORSE, DOGS, PLATE)).statistics
        alone = corpus_metric("cider_d", options).tally(answers(HORSE)).statistics
        assert whole[0].tolist() == alone[0].tolist()
        assert "df.json" in corpus_metric("cider_d", options).cards[0].source

    def test_images_without_a_reference_are_no_documents(self):
        with_one_more = figures("cider_d", HORSE, DOGS, PLATE, ("A bird.",))
        assert with_one_more["cider_d"] == pytest.approx(GOLDEN["cider_d"], abs=1e-10)

    @pytest.mark.parametrize("text", ["{", '{"num_images": 2}', '{"num_images": 1, "document_frequency": {"a": 2}}'])
    def test_a_file_that_is_none_is_refused(self, tmp_path, text):
        (tmp_path / "df.json").write_text(text)
        with pytest.raises(DataError, match=r"df\.json"):
            corpus_metric("cider_d", {"df": str(tmp_path / "df.json")})

    def test_a_file_that_is_not_there_is_named(self, tmp_path):
        with pytest.raises(DataError, match=r"missing\.json"):
            corpus_metric("cider", {"df": str(tmp_path / "missing.json")})


def test_every_card_names_the_tokeniser():
    cards = [card for name in ("bleu", "rouge_l_coco", "cider_d", "cider") for card in corpus_metric(name).cards]
    assert {card.tokeniser for card in cards} == {PTB}
    assert {card.high for card in cards if card.name.startswith("cider")} == {10.0}


WORDS = ("cat", "dog", "red", "runs", "over", "grass")
caption = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join)
image = st.tuples(caption, caption, caption)
corpora = st.lists(image, min_size=1, max_size=5)


@given(corpora, caption)
def test_sacrebleu_counts_the_same_and_gives_the_same_number(images, start):
    """One caption that is right has every count above 0, so that no guard shows."""
    images = [*images, (f"{start} on a wet road", f"{start} on a wet road", "nothing")]
    (sums,) = corpus_metric("bleu").tally(answers(*images)).statistics.sum(axis=0, keepdims=True)
    said, *golds = ([image[place] for image in images] for place in range(3))
    found = sacrebleu.corpus_bleu(said, golds, tokenize="none", smooth_method="none", force=True)
    assert sums[:10].tolist() == [*found.counts, *found.totals, found.sys_len, found.ref_len]
    assert 100 * figures("bleu", *images)["bleu_4"] == pytest.approx(found.score, rel=1e-6)


def oracle(name, images):
    """pycocoevalcap on the same words."""
    module, kind = {
        "bleu": ("bleu.bleu", "Bleu"),
        "rouge": ("rouge.rouge", "Rouge"),
        "cider": ("cider.cider", "Cider"),
    }[name]
    found = pytest.importorskip(f"pycocoevalcap.{module}", reason="pycocoevalcap is not installed")
    scorer = getattr(found, kind)(4) if name == "bleu" else getattr(found, kind)()
    golds = {n: list(image[1:]) for n, image in enumerate(images)}
    said = {n: [image[0]] for n, image in enumerate(images)}
    return scorer.compute_score(golds, said, verbose=0) if name == "bleu" else scorer.compute_score(golds, said)


with_empty = st.lists(st.tuples(caption | st.just(""), caption, caption), min_size=1, max_size=5)


@given(with_empty)
def test_bleu_of_pycocoevalcap(images):
    wanted, _ = oracle("bleu", images)
    assert figures("bleu", *images) == pytest.approx({f"bleu_{n}": wanted[n - 1] for n in (1, 2, 3, 4)}, abs=1e-12)


@given(with_empty)
def test_rouge_l_of_pycocoevalcap(images):
    mean, values = oracle("rouge", images)
    found = corpus_metric("rouge_l_coco").tally(answers(*images)).statistics
    np.testing.assert_allclose(found[:, 0], values, atol=1e-12)
    assert math.isclose(figures("rouge_l_coco", *images)["rouge_l_coco"], mean, abs_tol=1e-12)


@given(with_empty)
def test_cider_d_of_pycocoevalcap(images):
    mean, values = oracle("cider", images)
    found = corpus_metric("cider_d").tally(answers(*images)).statistics
    np.testing.assert_allclose(found[:, 0], values, atol=1e-9)
    assert math.isclose(figures("cider_d", *images)["cider_d"], mean, abs_tol=1e-9)
