"""Counts are exact where there is room, and never wrong by more than they say where there is none."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from toy_samples import spoken

from sayso.instructions.task_templates.counting import UnitCounter
from sayso.seeds import Stream


def counted(turns, *, max_units=1_000_000):
    counter = UnitCounter(max_units=max_units)
    for number, said in enumerate(turns):
        counter.add(spoken(("user", said), ("assistant", "Yes. Yes.")).messages, example=f"e{number}")
    return counter


def test_a_unit_counts_once_a_turn_and_answers_do_not_count():
    counter = counted(["Be brief. Be  brief. What?", "be brief.\nWhere?"])
    assert counter.counts == {"be brief.": 2, "what?": 1, "where?": 1}
    assert (counter.num_turns, counter.num_conversations, counter.max_missed) == (2, 2, 0)
    assert (counter.seen["be brief."].text, counter.seen["be brief."].example) == ("be brief.", "e1")


def test_every_turn_of_the_user_counts_and_one_of_pictures_alone_does_not():
    counter = UnitCounter()
    counter.add(
        spoken(("system", "Hi all."), ("user", "Go."), ("assistant", "ok"), ("user", "Go.")).messages, example="a"
    )
    assert counter.counts == {"go.": 2}
    assert counter.num_turns == 2


letters = st.lists(st.sampled_from("abcdefghijkl"), max_size=120)


@given(letters, st.integers(2, 12))
def test_counts_are_never_too_large_and_never_too_small_by_more_than_is_said(said, max_units):
    true = Counter(said)
    counter = counted(said, max_units=max_units)
    assert len(counter.counts) <= max_units
    for key, count in true.items():
        assert count - counter.max_missed <= counter.counts.get(key, 0) <= count
    assert set(counter.seen) <= set(counter.counts)


@given(letters)
def test_with_room_they_are_those_of_a_counter_in_any_order(said):
    assert counted(said).counts == Counter(said) == counted(reversed(said)).counts


def test_a_frequent_unit_is_counted_exactly_among_very_many_rare_ones():
    stream = Stream("rare")
    turns = [f"Is it thing {stream.below(10**9)}?\nBe brief." for _ in range(3000)]
    counter = counted(turns, max_units=500)
    assert counter.counts["be brief."] == 3000
    assert 0 < counter.max_missed < 20


def test_the_hash_is_of_the_texts_in_order():
    one, other = counted(["A b.", "C d."]), counted(["C d.", "A b."])
    assert one.corpus_hash != other.corpus_hash
    assert one.corpus_hash == counted(["A b.", "C d."]).corpus_hash
    assert len(one.corpus_hash) == 16
