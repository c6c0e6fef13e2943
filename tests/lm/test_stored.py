"""`open_model`: any language model with a store, asked once for what is equal."""

import itertools

import pytest
from chat_calls import Noted, prompts

from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.lm import Answered, Reply, language_models, open_model, request
from sayso.lm.store import ReplyStore
from sayso.lm.stored import Stored


class Counting:
    """Answers backwards, a batch at a time, and remembers what it was asked; dies where it is told to."""

    name = "counting"

    def __init__(self, *, dies_after=None):
        self.asked, self.dies_after = [], dies_after

    def answer(self, requests):
        found = dict(self.arriving(list(requests)))
        yield from (found[n] for n in range(len(found)))

    def arriving(self, requests):
        for place in reversed(range(len(requests))):
            if len(self.asked) == self.dies_after:
                raise MemoryError
            one = requests[place]
            self.asked.append(one)
            text = one.messages[-1].parts[0].text
            if "number 3." in text:
                yield place, Answered(request=one, failure="not this one")
            else:
                yield place, Answered(request=one, reply=Reply(text=f"re: {text}"))


@pytest.fixture
def store(tmp_path):
    return tmp_path / "replies.sqlite"


def stored(model, store, progress=None):
    return Stored(model=model, identity=b"counting", store=store, progress=progress or Noted())


def test_equal_ones_are_asked_once_in_order_and_never_again(store):
    model, noted = Counting(), Noted()
    asked = prompts(600) + prompts(10)
    found = list(stored(model, store, noted).answer(asked))
    assert [one.request for one in found] == asked
    assert all(one.reply is None if "number 3." in repr(one.request) else one.reply for one in found)
    assert len(model.asked) == 601, "the one that failed came up again in a later window"
    assert noted.steps == 610
    again = Counting()
    list(stored(again, store).answer(asked))
    assert len(again.asked) == 2, "only what failed is asked again"
    with ReplyStore(store) as kept:
        assert [one.reason for one in kept.failures()] == ["not this one"]
        assert kept.spent("counting").calls == 603


def test_what_arrived_before_it_died_is_kept(store):
    dying = Counting(dies_after=100)
    with pytest.raises(MemoryError):
        list(stored(dying, store).answer(prompts(200)))
    model = Counting()
    list(stored(model, store).answer(prompts(200)))
    assert len(model.asked) == 100


def test_requests_are_taken_in_lazily(store):
    endless = (request(("user", f"{n}"), max_tokens=4) for n in itertools.count())
    assert len(list(itertools.islice(stored(Counting(), store).answer(endless), 300))) == 300


def test_a_scripted_model_is_stored_under_its_script(store):
    def say(text):
        config = PluginConfig(name="scripted", replies={"*": text})
        return [one.reply.text for one in open_model(config, store=store).answer(prompts(3))]

    assert say("one") == ["one"] * 3
    assert say("another") == ["another"] * 3
    with ReplyStore(store) as kept:
        assert kept.counts()["replies"] == 6


def test_an_unknown_model_or_option_is_told_with_the_nearest(store):
    with pytest.raises(ConfigError, match="did you mean 'chat'"):
        open_model(PluginConfig(name="chatt"), store=store)
    with pytest.raises(ConfigError, match="did you mean 'replies'"):
        open_model(PluginConfig(name="scripted", reply={}), store=store)


def test_helpers_are_no_models():
    shipped = [name for name in language_models.names() if ":" not in name]  # others are tests' own
    assert shipped == ["chat", "local", "scripted"]
