"""What every synthesizer promises, whoever wrote it. A new one adds an entry to CASES."""

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import made_up
import msgspec
import pytest
from chat_server import ChatServer

from sayso.config import PluginConfig, PromptConfig, SynthesizeConfig
from sayso.errors import ConfigError
from sayso.instructions.render import render_sample
from sayso.instructions.synthesize import Made, Synthesis, synthesizers
from sayso.instructions.synthesize.rules import build_rules
from sayso.instructions.synthesizing.making import Making, produce
from sayso.lm._protocol import Reply
from sayso.records import AnnotatedItem
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


@dataclass(frozen=True, kw_only=True)
class Case:
    """What a synthesizer can use, and a model with which it keeps something.

    `writer` makes the function that answers the text of a request; `others` are the answers of further models by name. One that needs no language model says so.
    """

    writer: Callable[[], Callable[[str], str]]
    items: Callable[[], list[AnnotatedItem]] = made_up.seeds
    options: Mapping[str, Any] = field(default_factory=dict)
    others: Mapping[str, Callable[[str], str]] = field(default_factory=dict)
    needs_model: bool = True


def tasks() -> Callable[[str], str]:
    return made_up.writing_tasks


def instructions() -> Callable[[str], str]:
    numbers = count()

    def answer(text: str) -> str:
        if text.startswith("Below is a numbered list"):
            some = [
                made_up.writing_tasks(f"{next(numbers)}").split("Instruction: ")[1].partition("\n")[0] for _ in range(3)
            ]
            return "\n".join(f"{number}. {one}" for number, one in enumerate(some, start=9))
        return "No" if "Fixed answers (Yes" in text else "### 1\nInput: None\nOutput: Here it is."

    return answer


def about_pictures() -> Callable[[str], str]:
    numbers = count()

    def answer(text: str) -> str:
        if "Go on with the list" not in text:
            return "It could roll to the left."
        return f"4. {made_up.writing_tasks(f'{next(numbers)}').split('Instruction: ')[1].partition(chr(10))[0]}"

    return answer


def unnatural() -> Callable[[str], str]:
    numbers = count()

    def answer(text: str) -> str:
        if text.startswith("Here are"):
            return f"Instruction: Name thing number {next(numbers)}.\nInput: a list\nConstraints: None"
        return "What is {INPUT}?" if "{INPUT}" in text else "A thing."

    return answer


def of_rows(text: str) -> str:
    fields = ["instruction"] if '"instruction":' in text.rpartition("Data set: ")[2] else ["input"]
    return json.dumps([{"instruction": "Answer it.", "input_fields": fields, "output_field": "output"}])


def in_three_types(text: str) -> str:
    pair = "Question: What is red?\nAnswer: The thing on the left."
    return (
        f"### 1\n{pair}" if "three to six" in text else pair if "one question" in text else "All of it is on a table."
    )


def asking() -> Callable[[str], str]:
    return lambda text: "Yes." if "Say Yes or No" in text else "Question: What is beside it?\nAnswer: A ball."


def coding() -> Callable[[str], str]:
    numbers = count()
    told = {
        "Use case: a few words": "Use case: help\nSkills: writing",
        "### 1\nRubric: what": "\n".join(f"### {n}\nRubric: {n}\nAction: Add {n}." for n in range(1, 5)),
        "numbered list of the tasks": "1. Name a bird.\n2. Name a fish.",
    }

    def answer(text: str) -> str:
        if "a score from 1 to 10" in text:
            first = text.partition("first answer -----")[2].lstrip()
            return "First: 9\nSecond: 2" if first.startswith("A strong") else "First: 2\nSecond: 9"
        if "To be done:" in text:
            return f"Name thing number {next(numbers)} and say why."
        return next((said for mark, said in told.items() if mark in text), f"A strong answer to {text}")

    return answer


def exploring() -> Callable[[str], str]:
    numbers = count()

    def answer(text: str) -> str:
        one = next(numbers)
        if "Instruction: what is asked" in text:
            asked = made_up.writing_tasks(str(one)).split("Instruction: ")[1].partition("\n")[0]
            return f"### 1\nInstruction: {asked}\nInput: None\nOutput: Here is {one}."
        return f"### 1\nName: Part{one}\nReason: It is one.\nExample 1: Ask {one}.\nExample 2: Ask more of {one}."

    return answer


CASES: Mapping[str, Case] = {
    "alpaca": Case(writer=tasks),
    "back_translation": Case(
        writer=lambda: (
            lambda text: "All of it.\nScore: 5" if "scale from 1" in text else f"Write text {len(text)} in one go."
        )
    ),
    "codeclm": Case(writer=coding, others={"target": lambda text: "No idea."}),
    "dynosaur": Case(writer=lambda: of_rows),
    "evol_instruct": Case(
        writer=lambda: (
            lambda text: (
                f"{text.partition('given task -----')[2].partition('-----')[0].strip()} Say why."
                if "given task" in text
                else "For many good reasons."
            )
        )
    ),
    "explore_instruct": Case(
        writer=exploring,
        options={"domain": "words", "breadths": (3,), "per_request": 1, "returns": 2, "examples_per_request": 1},
    ),
    "genixer": Case(writer=asking, items=made_up.pictures, options={"filter": "words", "per_item": 3}),
    "llava": Case(writer=lambda: in_three_types, items=made_up.pictures),
    "self": Case(
        writer=lambda: str,
        items=made_up.pictures,
        options={"model": {"name": "tiny_base"}, "max_instruction_tokens": 24, "max_tokens": 24, "per_item": 3},
        needs_model=False,
    ),
    "self_instruct": Case(writer=instructions),
    "self_instruct, pictures": Case(writer=about_pictures, items=made_up.pictures, options={"pictures": "described"}),
    "unnatural_instructions": Case(writer=unnatural),
}
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
