"""What the filter `meaning` goes by: words, slots and how they are used, siblings, and an encoder where there is one."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_filters import context, template, verdict

from sayso.errors import ConfigError
from sayso.instructions.filters._protocol import filters
from sayso.instructions.filters.meaning import MeaningFilter
from sayso.instructions.filters.meaning.clues import clues
from sayso.instructions.filters.meaning.reading import read, stem, weight
from sayso.instructions.filters.meaning.siblings import FEWEST, nearness, sibling_clues
from sayso.instructions.filters.meaning.slot_use import Use, uses
from sayso.instructions.filters.meaning.weighing import Weights, load_weights, probability

PARENT = 'Which word has more vowels, "{first}" or "{second}"?'
GOOD = 'Of the words "{first}" and "{second}", which has more vowels?'


def test_a_common_word_weighs_less_than_a_rare_one():
    assert weight(stem("sentence")) < weight(stem("vowel")) < weight(stem("gargoyle"))
    assert stem("classifies") == stem("classify"[:-1] + "ies")
    assert read("Don't count the {dogs}!").turns == {"not"}


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("Text: {x}", Use.LABELLED),
        ("{x}\nIs it so?", Use.LABELLED),
        ('Is "{x}" so?', Use.QUOTED),
        ("Is it so that [{x}] is?", Use.QUOTED),
        ("Say if dogs eat {x}.", Use.INLINE),
        ("Read the {x}.", Use.BARE),
        ("The text is represented by the keyword {x}.", Use.NAMED),
        ("Use the placeholder '{x}' for the text.", Use.NAMED),
        ("The keyword {x} is the text.\nText: {x}", Use.LABELLED),
    ],
)
def test_how_a_slot_is_used(text, use):
    assert uses(text)["{x}"] is use


def test_slots_in_a_list_are_used_alike():
    assert uses("The placeholders are {a}, {b} and {c}.") == dict.fromkeys(("{a}", "{b}", "{c}"), Use.NAMED)


@pytest.mark.parametrize(
    ("text", "clue"),
    [
        ('Which word has more vowels than "{first}"?', "slot_lost"),
        (f"{GOOD} {{third}}", "slot_added"),
        ("Which has more vowels? The words are represented by the keywords {first} and {second}.", "slot_named"),
        ("Which of the {first} or the {second} has more vowels?", "slot_bare"),
        (f"Can GPT-3 say this: {GOOD}", "machine"),
        (f"Rephrased prompt: {GOOD}", "talk"),
        ('Write a program that finds which has more vowels, "{first}" or "{second}".', "program"),
        ('Write a program that finds which has more vowels, "{first}" or "{second}".', "new_write"),
        ('Compare the vowels of "{first}" and "{second}".', "new_compare"),
        ('Compare the vowels of "{first}" and "{second}".', "ask_lost"),
        ('Which word has fewer vowels, "{first}" or "{second}"?', "turned_round"),
        ('Which word has vowels, "{first}" or "{second}"?', "turn_lost"),
        ('Are there more vowels in "{first}" than in "{second}"?', "yes_no_added"),
        ('Which word has more letters, "{first}" or "{second}"?', "rarest_lost"),
        (f"{GOOD} Answer: the word with ____ vowels", "blank"),
        (f"{GOOD}\nOutput: The word with more vowels is", "answer_begun"),
        ('Which word has more vowels, "{first}" or', "unfinished"),
        (f"{GOOD} Why? What? Who?", "questions"),
        (f'{GOOD} Say "equal" if neither.', "label_added"),
        (f"{GOOD} Explain it.", "new_explain"),
        (f"{GOOD} " + "It is a task about words. " * 4, "sentences"),
    ],
)
def test_each_clue_rises_with_what_it_is_named_after_and_not_for_a_good_wording(text, clue):
    assert clues(PARENT, text)[clue] > clues(PARENT, GOOD)[clue]


def test_every_clue_of_a_wording_against_itself_is_nothing_but_its_length():
    found = {name: value for name, value in clues(PARENT, PARENT).items() if value}
    assert set(found) == {"long"}


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_clues_are_the_same_names_for_any_texts_and_never_negative(parent, text):
    found = clues(parent, text)
    assert list(found) == list(clues("", ""))
    assert all(value >= 0 for value in found.values())


def test_no_weight_rewards_doubt_and_every_weight_has_its_clue():
    known = {*clues("", ""), *sibling_clues(["a"])[0], "far", "siblings_middle_far", "siblings_near_far"}
    for weights in load_weights().values():
        assert all(value < 0 for value in weights.weights.values())
        assert set(weights.weights) <= known
        assert 0 < weights.threshold < 1


@pytest.mark.parametrize("text", [PARENT, GOOD, 'Name the word with more vowels: "{first}" or "{second}".'])
def test_same_meaning_scores_above_the_threshold(text):
    assert verdict("meaning", text, parent=PARENT).keep


@pytest.mark.parametrize(
    "text",
    [
        "Write a program that compares the two placeholders {first} and {second} and prints their length.",
        'Here is a rephrased prompt for GPT-3: which has fewer letters, "{first}"?',
        "Are the following statements true? Words: {first}\nPrompt: {second}\n1.\n2.\n3.",
    ],
)
def test_another_meaning_scores_below_it_and_below_the_good_one(text):
    found = verdict("meaning", text, parent=PARENT)
    assert found.reason == "likely another meaning"
    assert found.score < verdict("meaning", GOOD, parent=PARENT).score


def test_a_threshold_of_ones_own():
    assert verdict("meaning", "Anything else.", parent=PARENT, threshold=0.0).keep
    assert not verdict("meaning", GOOD, parent=PARENT, threshold=1.0).keep


def test_log_odds_are_a_weighted_sum_and_siblings_move_half_way():
    weights = Weights(bias=1.0, centre=2.0, threshold=0.5, weights={"a": -1.0, "b": -0.5})
    assert weights.log_odds({"a": 2.0, "b": 2.0, "c": 9.0}) == -2
    assert weights.among([0.0, 4.0, 8.0]) == [-1.0, 3.0, 7.0]
    assert probability(0) == 0.5
    assert 0 < probability(-1e9) < probability(1e9) <= 1


STARTS = ("Say", "Tell me", "State", "Find out", "Decide")
ENDS = ("has more vowels", "contains more vowels", "is the one with more vowels")
SIBLINGS = [f'{start} which word {end}, "{{first}}" or "{{second}}".' for start, end in itertools.product(STARTS, ENDS)]
STRANGER = 'Rank these by the gargoyles they frighten: "{first}" or "{second}".'


def test_one_that_its_siblings_do_not_resemble_is_more_doubtful():
    *kin, stranger = sibling_clues([*SIBLINGS, STRANGER])
    for name in ("sibling_rare", "sibling_rare_pairs", "sibling_content", "sibling_far_10"):
        assert stranger[name] > max(one[name] for one in kin), name


def test_siblings_have_no_order():
    forth, back = sibling_clues(SIBLINGS), sibling_clues(SIBLINGS[::-1])[::-1]
    assert [pytest.approx(one, abs=1e-5) for one in forth] == back


def test_nearness_leaves_each_row_out_of_its_own_neighbours():
    rows = np.eye(40, dtype=np.float32)
    assert np.allclose(nearness(rows), 0)
    assert np.allclose(nearness(np.ones((40, 1), dtype=np.float32)), 1)


def pairs(texts):
    return [(template(PARENT), template(text, name=f"t/0~{i}")) for i, text in enumerate(texts)]


def judged(one, text):
    return one.judge(template(text, name="t/0~1"), context=context(PARENT))


def test_siblings_count_only_where_asked_for_prepared_and_enough():
    alone, together, few = (filters.build("meaning", {"together": on}) for on in (False, True, True))
    for one in (alone, together):
        one.prepare(pairs([*SIBLINGS, STRANGER]))
    few.prepare(pairs(SIBLINGS[: FEWEST - 1]))
    unprepared = filters.build("meaning", {"together": True})
    assert judged(alone, STRANGER) == judged(unprepared, STRANGER)
    assert judged(few, SIBLINGS[0]) == judged(alone, SIBLINGS[0])
    assert judged(together, STRANGER).score < judged(together, SIBLINGS[0]).score
    assert judged(together, STRANGER).score != judged(alone, STRANGER).score


class Letters:
    """An encoder of letters: enough to be one."""

    def __init__(self):
        self.calls = 0

    def encode(self, texts):
        self.calls += 1
        counts = (
            np.array([[text.lower().count(letter) for letter in "aeiou"] for text in texts], dtype=np.float32) + 0.1
        )
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)


def test_an_encoder_is_asked_once_for_all_that_is_prepared():
    encoder = Letters()
    one = MeaningFilter(threshold=None, encoder=encoder, together=False)
    one.prepare(pairs(SIBLINGS))
    scores = [judged(one, text).score for text in SIBLINGS]
    assert encoder.calls == 1
    late = MeaningFilter(threshold=None, encoder=Letters(), together=False)
    assert scores == pytest.approx([judged(late, text).score for text in SIBLINGS], abs=1e-6)


def test_an_unknown_encoder_is_told():
    with pytest.raises(ConfigError, match="no encoder named 'minilmm'; did you mean 'minilm'"):
        filters.build("meaning", {"encoder": "minilmm"})
