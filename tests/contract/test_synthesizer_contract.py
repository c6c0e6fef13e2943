"""What every synthesizer promises, whoever wrote it."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import made_up
import msgspec
import pytest
from chat_server import ChatServer
from synthesizer_cases import CASES

from sayso.config import PluginConfig, PromptConfig, SynthesizeConfig
from sayso.errors import ConfigError
from sayso.instructions.render import render_sample
from sayso.instructions.synthesize import Made, Synthesis, synthesizers
from sayso.instructions.synthesize.rules import build_rules
from sayso.instructions.synthesizing.making import Making, produce
from sayso.lm._protocol import Reply
from sayso.tasks import AS_WRITTEN, CONVERSATION, brought_task, make_examples

HOSTILE = (
    "",
    "Sorry, I cannot help with that.",
    "{0.__class__.__init__.__globals__} {seeds} %(x)s <shown> ${HOME} {{7*7}}",
    "1. {item.__class__}\n2. __import__('os').system('true')\n3. <instruction>",
    "### 4\nInstruction: \nInput: \nOutput: ",
    '{"instruction": 3, "input_fields": null}',
    "[" * 3000,
    "1. " * 5000,
    "Score: 99999999999999999999",
    "\ud800 half a pair",
    "Yes\x00No\u202e",
)


each_case = pytest.mark.parametrize("name", CASES)
each_asking = pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.needs_model])


def made_by(name: str, *, answer: Callable[[str], Any] | None = None, max_items: int = 7, seed: int = 1) -> list[Made]:
    case, method = CASES[name], synthesizers.build(name.partition(",")[0], CASES[name].options)
    rules: tuple[PluginConfig, ...] = getattr(method, "rules", ())
    synthesis = Synthesis(
        seed=seed,
        max_items=max_items,
        model=made_up.Answering(answer or case.writer()),
        others={key: made_up.Answering(answer or told) for key, told in case.others.items()},
        rules=build_rules(rules),
    )
    return list(method.synthesize(case.items(), synthesis=synthesis))


def test_every_synthesizer_has_a_case():
    assert {name.partition(",")[0] for name in CASES} == {name for name in synthesizers.names() if ":" not in name}


@each_case
def test_it_keeps_as_many_as_are_wanted_and_each_is_an_item_with_a_verdict(name):
    made = made_by(name, max_items=2)
    kept = made_up.kept(made)
    assert len(kept) == 2
    assert all(one.item is not None for one in kept)
    assert len({one.id for one in made}) == len(made)
    assert all(one.verdict.reason and one.operation for one in made)
    assert all(one.item is None or one.item.id == one.id for one in made)


@each_case
def test_the_same_replies_make_the_same(name):
    assert made_by(name) == made_by(name)


@each_case
def test_it_works_on_a_real_server_and_asks_nothing_twice(name, tmp_path):
    """One call at a time, since the writers here count."""
    case = CASES[name]
    items, store = case.items(), tmp_path / "calls.sqlite"
    with ExitStack() as stack:

        def endpoint(answer):
            server = stack.enter_context(ChatServer(answer=answer))
            servers.append(server)
            return {"name": "chat", "model": "toy", "base_url": server.base_url, "max_concurrency": 1}

        servers: list[ChatServer] = []
        config = SynthesizeConfig(
            synthesizer={"name": name.partition(",")[0], **case.options},
            model=endpoint(case.writer()),
            others={key: endpoint(told) for key, told in case.others.items()},
            max_items=3,
        )
        first = produce(items, Making(config=config, seed=1, store=store), prefix="stage/")
        calls = [server.counts.calls for server in servers]
        again = produce(items, Making(config=config, seed=1, store=store), prefix="stage/")
        assert [server.counts.calls for server in servers] == calls
    assert first == again
    assert len(first.items) == 3
    assert all(one.startswith("stage/") and item.id == one for one, item in first.items.items())


@each_case
def test_what_was_made_knows_what_it_was_made_from_and_has_its_licenses(name):
    licenses = {item.id: item.license for item in CASES[name].items()}
    made = made_by(name)
    for one in made_up.kept(made):
        assert one.parents
        known = {**licenses, **{other.id: other.item.license for other in made if other.item}}
        assert {*one.parents} <= known.keys()
        assert {known[parent] for parent in one.parents} <= {*one.item.license.split(", "), one.item.license}


@each_case
def test_what_was_kept_can_be_written_read_and_trained_on(name):
    for one in made_up.kept(made_by(name)):
        assert msgspec.json.decode(msgspec.json.encode(one), type=Made) == one
        card = one.card
        task = brought_task(card) if card is not None else CONVERSATION
        template = card.templates[0] if card is not None else AS_WRITTEN
        examples = list(make_examples(task, item=one.item, seed=0))
        assert examples
        for example in examples:
            sample = render_sample(
                example,
                template=template,
                card=task,
                prompt=PromptConfig(),
                order=None,
                reference=example.references[0],
            )
            assert sample.messages[-1].text.strip()


@each_asking
@pytest.mark.parametrize("reply", HOSTILE, ids=range(len(HOSTILE)))
def test_no_reply_breaks_it_and_none_is_evaluated(name, reply):
    made = made_by(name, answer=lambda text: reply)
    assert all(one.verdict.reason for one in made)
    assert msgspec.json.decode(msgspec.json.encode(made), type=list[Made]) == made
    assert "globals" not in reply or not any("built-in" in str(one.item) for one in made)


@each_asking
@pytest.mark.parametrize("fault", ["down", "cut"])
def test_calls_that_failed_or_were_cut_off_are_told(name, fault):
    made = made_by(name, answer=lambda text: None if fault == "down" else Reply(text="Half a", finish="length"))
    assert made
    assert not made_up.kept(made)
    assert all(one.verdict.reason.startswith("no reply (it is down)") for one in made) or fault == "cut"


@each_asking
def test_it_says_when_it_has_no_model_or_no_items(name):
    method = synthesizers.build(name.partition(",")[0], CASES[name].options)
    with pytest.raises(ConfigError, match=r"synthesize\.model"):
        list(method.synthesize(CASES[name].items(), synthesis=Synthesis(seed=0, max_items=1)))
    with pytest.raises(ConfigError):
        list(method.synthesize([], synthesis=Synthesis(seed=0, max_items=1, model=made_up.scripted({}))))


@each_case
def test_an_option_that_does_not_exist_is_told(name):
    with pytest.raises(ConfigError, match="has no option 'nonsense'"):
        synthesizers.build(name.partition(",")[0], {"nonsense": 1})
