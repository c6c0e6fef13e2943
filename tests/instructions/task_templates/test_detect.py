"""What is proposed as a template: by rank, by share, by lists; questions stay unless somebody wants them masked."""

import pytest
import toy_mixture
from toy_samples import spoken

from sayso.errors import ConfigError, DataError
from sayso.instructions.task_templates.counting import UnitCounter
from sayso.instructions.task_templates.detect import Settings, find_units
from sayso.instructions.task_templates.known import known_units, read_list
from sayso.instructions.task_templates.units import key_of, units

NEW = {
    sentence: f"Kindly do it like so number {name}{sentence[-1]}"
    for sentence, name in zip(toy_mixture.TEMPLATES, "abcdef", strict=True)
}
"""Sentences that no list has, in place of the known ones."""


def corpus(*, known=True, repeat=1):
    counter = UnitCounter()
    for row in toy_mixture.rows(repeat):
        turns = [
            ("user" if turn["from"] == "human" else "assistant", turn["value"].removeprefix("<image>\n"))
            for turn in row["conversations"]
        ]
        if not known:
            turns = [(who, _renamed(text)) for who, text in turns]
        counter.add(spoken(*turns).messages, example=row["id"])
    return counter


def _renamed(text):
    for old, new in NEW.items():
        text = text.replace(old, new)
    return text


def masked(counter, **settings):
    return {key_of(unit.text) for unit in find_units(counter, settings=Settings(**settings)) if unit.mask}


def keys(texts):
    return {key_of(text) for text in texts}


def test_known_sentences_are_found_and_nothing_else():
    assert masked(corpus()) == keys(toy_mixture.TEMPLATES)


def test_unknown_sentences_are_found_by_their_frequency_and_nothing_else():
    assert masked(corpus(known=False)) == keys(NEW.values())


def test_each_threshold_alone_finds_them():
    counter = corpus(known=False)
    assert masked(counter, top=8, min_share=1.0) == masked(counter, top=0, min_share=0.05) == keys(NEW.values())


def test_the_first_by_count_are_taken_up_to_the_number_given():
    counter = corpus(known=False)
    assert masked(counter, top=1, min_share=1.0) == keys([NEW[toy_mixture.ONE_WORD]])
    assert masked(counter, top=0, min_share=1.0) == set()


def test_a_rare_sentence_is_no_template_however_small_the_corpus():
    counter = UnitCounter()
    for number in range(4):
        counter.add(spoken(("user", f"Tell me more. I am {number}!"), ("assistant", "ok")).messages, example="x")
    assert masked(counter) == set()
    assert masked(counter, min_count=4) == {"tell me more."}


def test_questions_are_told_and_masked_only_where_asked_for():
    counter = corpus()
    asked = {unit.text: unit for unit in find_units(counter, settings=Settings()) if unit.verdict == "question"}
    assert set(asked) == {toy_mixture.WROTE, toy_mixture.TITLE}
    assert not any(unit.mask for unit in asked.values())
    assert masked(counter, questions="mask") == keys([*toy_mixture.TEMPLATES, *asked])


def test_lists_win_over_counts():
    counter = corpus()
    found = find_units(
        counter, settings=Settings(include=(toy_mixture.WROTE, "Never seen."), exclude=(toy_mixture.LETTER,))
    )
    told = {unit.text: unit for unit in found}
    assert (told[toy_mixture.WROTE].mask, told[toy_mixture.WROTE].why) == (True, "include")
    assert (told["Never seen."].mask, told["Never seen."].count) == (True, 0)
    assert (told[toy_mixture.LETTER].mask, told[toy_mixture.LETTER].verdict, told[toy_mixture.LETTER].why) == (
        False,
        "kept",
        "exclude",
    )


def test_a_unit_says_how_often_and_where():
    unit = next(unit for unit in find_units(corpus(), settings=Settings()) if unit.text == toy_mixture.REGION)
    assert (unit.kind, unit.count, unit.share, unit.example) == ("prefix", 45, round(45 / 405, 6), "reg1")


def test_what_is_just_below_is_shown_and_kept():
    found = find_units(corpus(known=False), settings=Settings(top=2, min_share=1.0))
    below = [unit for unit in found if unit.why == "below the thresholds"]
    assert 0 < len(below) <= 20
    assert not any(unit.mask for unit in below)


@pytest.mark.parametrize("wrong", [{"top": -1}, {"min_share": 0.0}, {"min_share": 1.5}, {"min_count": 0}])
def test_numbers_that_cannot_be_are_refused_with_their_value(wrong):
    (value,) = wrong.values()
    with pytest.raises(ConfigError, match=str(value)):
        find_units(UnitCounter(), settings=Settings(**wrong))


def test_a_sentence_on_both_lists_is_refused():
    with pytest.raises(ConfigError, match="be brief"):
        Settings(include=("Be brief.",), exclude=("be  BRIEF.",)).check()


def test_the_shipped_list_says_where_each_was_found():
    known = known_units()
    assert keys(entry.text for entry in known.templates) == keys(toy_mixture.TEMPLATES)
    for entry in (*known.templates, *known.questions):
        assert entry.found_in
        assert units(entry.text)[0].key == key_of(entry.text)


def test_a_list_of_ones_own_is_a_line_a_unit(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("# mine\nBe brief.\n\n  Region:  \n")
    assert read_list(path) == ("Be brief.", "Region:")
    assert read_list(None) == ()
    path.write_text("Be brief.\nTwo. Sentences.\n")
    with pytest.raises(DataError, match=r"mine.txt:2: 'Two\. Sentences\.'"):
        read_list(path)
    with pytest.raises(DataError, match="no_such"):
        read_list(tmp_path / "no_such.txt")
