"""Every method against `transformers serve`: the model behind it sees and has learned by heart what a scripted endpoint answered.

So the same items must come out, over a real server and a real model. The second opinion of `codeclm` is another model and stays scripted.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from chat_server import ChatServer
from synthesizer_cases import CASES

from sayso.config import SynthesizeConfig
from sayso.instructions.synthesizing.making import Making, Production, produce
from sayso.lm.store import ReplyStore

pytest.importorskip("torch")
pytest.importorskip("aiohttp")
pytestmark = pytest.mark.slow
ASKING = [name for name, case in CASES.items() if case.needs_model]
NUM_ITEMS = 2


@dataclass(frozen=True)
class Taught:
    """A server, the model behind it, and what came of every method with the scripted endpoint."""

    address: str
    model: str
    others: Mapping[str, Mapping[str, str]]
    scripted: Mapping[str, Production]


def make(name: str, *, address: str, model: str, others: Mapping[str, str], store: Path) -> Production:
    called = {"name": "chat", "max_concurrency": 2, "timeout_s": 120}
    config = SynthesizeConfig(
        synthesizer={"name": name.partition(",")[0], **CASES[name].options},
        model={**called, "model": model, "base_url": address},
        others={key: {**called, "model": "toy", "base_url": url} for key, url in others.items()},
        max_items=NUM_ITEMS,
    )
    return produce(CASES[name].items(), Making(config=config, seed=1, store=store), prefix="stage/")


@pytest.fixture(scope="module")
def taught(tmp_path_factory, serve) -> Iterator[Taught]:
    from taught_seer import teach_replies

    folder = tmp_path_factory.mktemp("taught")
    talks: dict[str, tuple[dict[str, Any], str]] = {}
    with ExitStack() as stack:

        def endpoint(answer: Callable[[str], str]) -> ChatServer:
            return stack.enter_context(ChatServer(answer=cache(answer), keep_bodies=True))

        others = {name: {key: endpoint(told) for key, told in CASES[name].others.items()} for name in ASKING}
        addresses = {name: {key: server.base_url for key, server in some.items()} for name, some in others.items()}
        scripted = {}
        for name in ASKING:
            writer = endpoint(CASES[name].writer())
            store = folder / f"{name}.sqlite"
            scripted[name] = make(name, address=writer.base_url, model="toy", others=addresses[name], store=store)
            talks |= {asked: (body, writer.answer(last)) for body in writer.bodies for asked, last in [asked_in(body)]}
        model = teach_replies(folder / "model", list(talks.values()))
        address = stack.enter_context(serve(model))
        yield Taught(address, str(model), addresses, scripted)


def asked_in(body: Mapping[str, Any]) -> tuple[str, str]:
    """All that a request shows and says, and the text of its last message."""
    last = body["messages"][-1]["content"]
    text = last if isinstance(last, str) else "".join(part.get("text", "") for part in last)
    return json.dumps(body["messages"]), text


@pytest.mark.parametrize("name", ASKING)
def test_the_same_comes_out_and_nothing_is_asked_twice(name, taught, tmp_path):
    scripted, store = taught.scripted[name], tmp_path / "calls.sqlite"

    def production() -> Production:
        return make(name, address=taught.address, model=taught.model, others=taught.others[name], store=store)

    made = production()
    assert len(made.items) == NUM_ITEMS
    assert made.items == scripted.items
    assert [one.verdict for one in made.made] == [one.verdict for one in scripted.made]
    with ReplyStore(store) as replies:
        calls = replies.spent(taught.model).calls
        assert production() == made
        assert replies.spent(taught.model).calls == calls > 0
