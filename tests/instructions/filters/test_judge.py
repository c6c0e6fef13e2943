"""A language model that is asked whether two wordings set the same task."""

import pytest
from toy_filters import context, template

from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.instructions.filters._protocol import filters
from sayso.instructions.filters.chain import build_chain, prepare
from sayso.instructions.filters.judge import JudgeFilter, said
from sayso.lm import Answered, Reply

PARENT = "Count the {objects}."


def build(replies, **options):
    return filters.build("judge", {"model": {"name": "scripted", "replies": replies}, **options})


def judged(one, text):
    return one.judge(template(text, name="t/0~1"), context=context(PARENT))


@pytest.mark.parametrize(
    ("reply", "meant"),
    [
        ("yes", True),
        ("Yes.", True),
        ("**Yes**, it would.", True),
        (" NO\n", False),
        ('"no"', False),
        ("yes or no", None),
        ("Yes/no", None),
        ("Maybe yes.", None),
        ("nothing", None),
        ("I cannot say.", None),
        ("", None),
        ("yesterday", None),
    ],
)
def test_only_a_plain_yes_or_no_counts(reply, meant):
    assert said(reply) is meant


@pytest.mark.parametrize(
    ("reply", "options", "keep", "score", "reason"),
    [
        ("Yes", {}, True, 1.0, "judged the same task"),
        ("No", {}, False, 0.0, "judged another task"),
        ("Hm", {}, False, 0.5, "the judge gave no clear answer"),
        ("Hm", {"unclear": "keep"}, True, 0.5, "the judge gave no clear answer"),
    ],
)
def test_a_reply_becomes_a_verdict(reply, options, keep, score, reason):
    found = judged(build({"*": reply}, **options), "How many {objects}?")
    assert (found.keep, found.score, found.reason) == (keep, score, reason)


def test_no_reply_is_told_with_its_reason():
    assert judged(build({}), "How many {objects}?").reason == "the judge did not answer (the script has no reply)"


def test_the_parent_itself_is_not_asked_about():
    assert judged(build({"*": "no"}), PARENT).reason == "the parent itself"


class Listener:
    """A language model that keeps what it was asked, and says yes."""

    name = "listener"

    def __init__(self):
        self.batches = []

    def answer(self, requests):
        asked = list(requests)
        self.batches.append(["".join(part.text for part in one.messages[-1].parts) for one in asked])
        return (Answered(request=one, reply=Reply(text="yes")) for one in asked)


def test_prepared_pairs_are_asked_in_one_go_and_none_twice():
    model = Listener()
    one = JudgeFilter(model, unclear="refuse")
    texts = ["How many {objects}?", "Number of {objects}?", "How many {objects}?"]
    prepare([("judge", one)], [(template(PARENT), template(text)) for text in texts])
    assert [judged(one, text).keep for text in texts] == [True] * 3
    assert [len(batch) for batch in model.batches] == [2]


def test_texts_are_shown_as_they_are_and_never_formatted():
    model = Listener()
    hostile = "{0.__class__} %s {second} {first} \ud800"
    judged(JudgeFilter(model, unclear="refuse"), hostile)
    (asked,) = model.batches[0]
    assert "-----\n{0.__class__} %s {second} {first} ?\n-----" in asked
    assert f"-----\n{PARENT}\n-----" in asked


def test_replies_are_kept_in_the_folder_of_the_chain(tmp_path):
    config = PluginConfig.model_validate({"name": "judge", "model": {"name": "scripted", "replies": {"*": "yes"}}})
    ((_, one),) = build_chain([config], folder=tmp_path)
    assert judged(one, "How many {objects}?").keep
    assert (tmp_path / "filters" / "judge.sqlite").exists()


def test_an_unknown_model_is_told():
    with pytest.raises(ConfigError, match="no language model named 'scriptd'"):
        filters.build("judge", {"model": {"name": "scriptd"}})
