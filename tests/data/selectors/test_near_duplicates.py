"""Near duplicates: every pair well above the threshold is found, and nothing goes that is not like something that stays."""

import numpy as np
import pytest
from alike_rows import changed, jaccard, keep, pool_of, sentence
from hypothesis import given
from hypothesis import strategies as st

from sayso.data.selectors import Budget
from sayso.data.selectors._minhash import Banding, buckets, chance_of_missing
from sayso.data.selectors._shingles import shingle
from sayso.data.selectors.near_duplicates import MOST_COMPARED
from sayso.errors import ConfigError
from sayso.records import Media

letters = st.text("ab Cé.,+描1\u0301\ud800", max_size=14)


def plain_words(text):
    """Words by a loop over characters."""
    words, before = [], ""
    for character in text.lower():
        alone = character in "+描"
        read = alone or character.isalnum() or character == "\u0301"
        if read and (alone or not before or before in "+描"):
            words.append(character)
        elif read:
            words[-1] += character
        before = character if read else ""
    return words


@given(texts=st.lists(letters, max_size=6), size=st.integers(1, 4))
def test_shingles_are_equal_exactly_where_runs_of_words_are(texts, size):
    found = shingle(texts, unit="words", size=size)
    runs = []
    for text in texts:
        words = plain_words(text)
        runs += [tuple(words[n : n + size]) for n in range(max(len(words) - size + 1, 1))] if words else []
    assert len(runs) == len(found.values) == found.ends[-1]
    assert len(set(runs)) == len(set(found.values.tolist())) == len(set(zip(runs, found.values.tolist(), strict=True)))


@given(texts=st.lists(letters, max_size=6))
def test_a_text_has_the_same_shingles_alone_and_among_others(texts):
    for unit in ("words", "characters"):
        together = shingle(texts, unit=unit, size=3).sets()
        for text, found in zip(texts, together, strict=True):
            assert np.array_equal(shingle([text], unit=unit, size=3).sets()[0], found)


def test_characters_of_near_words_are_alike_and_spaces_count_once():
    one, two, three = shingle(["abcdef  gh", "abcdef, gh", "xbcdef gh"], unit="characters", size=3).sets()
    assert np.array_equal(one, two)
    assert len(np.intersect1d(one, three)) == 6
    assert len(one) == 7


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0])
def test_bands_miss_less_than_one_in_a_thousand_above_the_margin(threshold):
    banding = Banding.of(threshold)
    assert banding.bands * banding.rows <= 128
    assert chance_of_missing(min(1.0, threshold + 0.05), bands=banding.bands, rows=banding.rows) < 1e-3


def test_hashes_agree_as_often_as_sets_overlap():
    texts = [sentence("agree", words=60)]
    texts += [changed(texts[0], count=count, name=(count, turn)) for count in (3, 9) for turn in range(40)]
    least = Banding(bands=128, rows=1).codes(shingle(texts, unit="words", size=2))
    for rows in (range(1, 41), range(41, 81)):
        told = np.mean([np.mean(least[:, 0] == least[:, row]) for row in rows])
        true = np.mean([jaccard(texts[0], texts[row], size=2) for row in rows])
        assert told == pytest.approx(true, abs=0.03)


def test_buckets_are_rows_with_equal_codes():
    codes = np.array([[5, 0, 5, 7, 0, 9, 9, 5], [1, 2, 3, 4, 5, 6, 7, 8]], dtype=np.uint32)
    (rows, starts), (none, no_starts) = buckets(codes)
    assert (rows.tolist(), starts.tolist()) == ([0, 2, 7, 5, 6], [0, 3])
    assert len(none) == len(no_starts) == 0


def planted(*, copies, seed):
    """Sentences that are unlike one another, then copies of some with words changed: (rows, originals of the copies)."""
    rows = [sentence(seed, number) for number in range(60)]
    originals = [number for number in range(copies) for _ in range(2)]
    rows += [changed(rows[number], count=1 + turn % 4, name=(seed, turn)) for turn, number in enumerate(originals)]
    return rows, originals


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.8])
@pytest.mark.parametrize("size", [1, 3])
def test_planted_pairs_are_found_and_every_reason_is_true(threshold, size):
    for seed in range(3):
        rows, originals = planted(copies=25, seed=seed)
        kept, why = keep(
            "near_duplicates", pool_of([(row, "") for row in rows]), threshold=threshold, size=size, same_numbers=False
        )
        for place, original in enumerate(originals, start=60):
            if jaccard(rows[place], rows[original], size=size) >= threshold + 0.05:
                assert place in why, (rows[place], rows[original])
        for row, reason in why.items():
            of = int(reason.split("item-")[1].split("/")[0])
            true = jaccard(rows[row], rows[of], size=size)
            assert of in kept
            assert true >= threshold
            assert reason.endswith(f"(Jaccard {true:.2f})")


def test_what_stays_is_pairwise_unlike_whichever_stays_first():
    rows, _ = planted(copies=20, seed=9)
    pool = pool_of([(row, "") for row in rows], good=list(range(len(rows))))
    for options in ({}, {"best": "good"}):
        kept, _ = keep("near_duplicates", pool, threshold=0.7, same_numbers=False, **options)
        near = [jaccard(rows[a], rows[b], size=2) for a in kept for b in kept if a < b]
        assert max(near) < 0.75
    assert kept[0] == len(rows) - 1


A, B = (Media(path=f"{name}.png", width=4, height=4) for name in "ab")
LONG = "Which of the two animals that stand by the river in the morning sun is the larger one"


def test_media_tasks_numbers_and_sides_make_a_difference():
    rows = [(LONG, "The left one."), (f"{LONG} here", "The left one.")]
    assert keep("near_duplicates", pool_of(rows))[0] == [0]
    assert keep("near_duplicates", pool_of(rows, media=[(A,), (B,)]))[0] == [0, 1]
    assert keep("near_duplicates", pool_of(rows, media=[(A,), (B,)]), same_media=False)[0] == [0]
    assert keep("near_duplicates", pool_of(rows, tasks=["vqa", "other"]))[0] == [0, 1]
    assert keep("near_duplicates", pool_of(rows, tasks=["vqa", "other"]), wording=True)[0] == [0]
    sums = [(f"{LONG} than {number}", "The left one.") for number in ("12", "13")]
    assert keep("near_duplicates", pool_of(sums))[0] == [0, 1]
    assert keep("near_duplicates", pool_of(sums), same_numbers=False)[0] == [0]
    answers = [(LONG, "No."), (LONG, "Certainly, without any doubt, it is the one on the left side")]
    assert keep("near_duplicates", pool_of(answers))[0] == [0, 1]
    turned = [(LONG, "No."), (f"{LONG} here", "Yes.")]
    assert keep("near_duplicates", pool_of(turned))[0] == [0, 1]
    assert keep("near_duplicates", pool_of(turned), threshold=0.7, same_answers=False)[0] == [0]
    assert keep("near_duplicates", pool_of([*turned, (LONG, "Yes!")]))[0] == [0, 1]
    assert keep("near_duplicates", pool_of(answers), side="instruction")[0] == [0]
    assert keep("near_duplicates", pool_of(answers), side="response")[0] == [0, 1]


def test_what_was_chosen_stays_though_it_is_alike():
    rows = [(LONG, "a"), (f"{LONG} here", "a"), (f"{LONG} now", "a")]
    kept, why = keep("near_duplicates", pool_of(rows, chosen=[1, 2]), threshold=0.7)
    assert (kept, set(why)) == ([], {0})
    assert "item-1/" in why[0]


def test_texts_without_words_are_like_nothing_and_short_ones_like_themselves():
    rows = [("?!", "..."), ("?!", "..."), ("Hi", ""), ("hi!", ""), ("2+2", ""), ("2*2", ""), ("", "")]
    assert keep("near_duplicates", pool_of(rows), size=5)[0] == [0, 1, 2, 4, 5, 6]
    assert keep("near_duplicates", pool_of([])) == ([], {})
    with pytest.raises(ConfigError, match="threshold"):
        keep("near_duplicates", pool_of(rows), threshold=0)


def test_hundreds_of_copies_in_one_bucket():
    rows = [(LONG, "a")] * (3 * MOST_COMPARED)
    kept, why = keep("near_duplicates", pool_of(rows))
    assert (kept, len(why)) == ([0], 3 * MOST_COMPARED - 1)
    assert set(why.values()) == {"repeats vqa/item-0/0 (Jaccard 1.00)"}


def test_a_copy_of_the_last_of_many_contrasts_is_found():
    rows = [(f"{LONG} than number {number}", "a") for number in range(2 * MOST_COMPARED)]
    kept, why = keep("near_duplicates", pool_of([*rows, (f"{LONG}, than number {len(rows) - 1}!", "a")]))
    assert kept == list(range(len(rows)))
    assert why == {len(rows): f"repeats vqa/item-{len(rows) - 1}/0 (Jaccard 1.00)"}


@pytest.mark.parametrize("budget", [Budget(rows=3), Budget(tokens=5, costs=np.full(90, 2))])
def test_a_budget_cuts_what_stays(budget):
    rows, _ = planted(copies=15, seed=4)
    kept, _ = keep("near_duplicates", pool_of([(row, "") for row in rows]), budget=budget)
    assert kept == list(range(3 if budget.tokens is None else 2))
