"""Every reviser: one made item for each, in order and with a reason, whatever the model says."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from saying_model import Saying
from spoken_items import item, pair

from sayso.errors import ConfigError
from sayso.instructions.revise import revisers
from sayso.instructions.synthesize import Made, Synthesis
from sayso.records import AnnotatedItem

OPTIONS: dict[str, dict[str, object]] = {}
POOL = [
    pair("Name three elements.", "Water, air, fire.", name="a", wordings=("Which elements?",)),
    item(("system", "Be kind."), ("user", "A?"), ("assistant", "B."), ("user", "C?"), ("assistant", "D."), name="b"),
    AnnotatedItem(id="c", source="toy", captions=("A cat.",)),
    item(("user", "Nobody answers."), name="d"),
]
every_reviser = pytest.mark.parametrize("name", [name for name in revisers.names() if ":" not in name])
replies = st.one_of(
    st.none(),
    st.text(max_size=200),
    st.text(alphabet=st.characters(codec=None), max_size=40),
    st.sampled_from(
        ["Rating: 1", "Wrong.\nRating: 2", "Rating: 5", "{0.__class__}", "Instruction: {x}\nResponse: {y}"]
    ),
    st.builds("Instruction: {}\n\nResponse: {}".format, st.text(max_size=40), st.text(max_size=40)),
    st.just("Instruction: \ud800 a\nResponse: \udfff b\x00"),
)


def revise(name, says):
    synthesis = Synthesis(seed=0, max_items=9, model=Saying(says))
    return list(revisers.build(name, OPTIONS.get(name, {})).revise(POOL, synthesis=synthesis))


def test_these_are_the_revisers():
    assert {"coachlm", "judge_and_rewrite"} <= set(revisers.names())


@every_reviser
@settings(max_examples=40, deadline=None)
@given(said=st.lists(replies, min_size=1, max_size=6))
def test_any_replies_give_one_made_item_each_with_a_reason(name, said):
    def run():
        turn = iter(range(10**6))
        return revise(name, lambda text: said[next(turn) % len(said)])

    made = run()
    assert [one.id for one in made] == [one.id for one in POOL]
    for one, before in zip(made, POOL, strict=True):
        assert one.verdict.reason
        assert one.item is not None
        assert (one.item.id, one.item.media, one.item.source) == (before.id, before.media, before.source)
        assert [turn.role for turn in one.item.conversation] == [turn.role for turn in before.conversation]
        assert all(turn.text for turn in one.item.conversation)
        assert one.details["revised"] == (one.item != before)
    assert msgspec.json.decode(msgspec.json.encode(made), type=list[Made]) == made
    assert run() == made


@every_reviser
def test_without_a_model_it_says_what_to_add(name):
    with pytest.raises(ConfigError, match=r"synthesize\.model"):
        list(revisers.build(name, OPTIONS.get(name, {})).revise(POOL, synthesis=Synthesis(seed=0, max_items=9)))
