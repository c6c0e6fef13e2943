"""Samples that are too long: what is kept holds the rules for any lengths, and each of them is on the list."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from tiny_families import FAMILIES, make_tokenizer
from toy_conversation import text
from toy_run import TRAIN, run_toy

from sayso.config import PluginConfig
from sayso.errors import ConfigError, DataError
from sayso.models._protocol import ModelBundle
from sayso.models.direct import make_encoder
from sayso.models.encode import Encoded, Encoder
from sayso.records import ROLES, Media, MediaPart, Message, Sample
from sayso.train.samples.truncation import Truncated, Truncation

PICTURE = Image.new("RGB", (48, 48), "red")
INSTRUCTION = ("instr", "instr_template", "options")


@cache
def bundle(name: str) -> ModelBundle:
    return FAMILIES[name]().bundle


def encoder(max_tokens: int, name: str = "llava") -> Encoder:
    return make_encoder(bundle(name), max_tokens=max_tokens, load=lambda media: PICTURE)


def talk(*turns: tuple[int, int, bool], name: str = "s") -> Sample:
    """A conversation of (words asked, words answered, with an image) turns."""
    messages: list[Message] = []
    for number, (asked, answered, image) in enumerate(turns):
        picture = (MediaPart(index=number),) if image else ()
        messages += [
            Message(role="user", parts=(*picture, text((" red" * asked, "instr")))),
            Message(role="assistant", parts=(text(("two" + " circles" * (answered - 1), "response")),)),
        ]
    media = tuple(Media(path=f"toy:{number}", width=48, height=48) for number in range(len(turns)))
    return Sample(id=name, example="e", task="t", template="w", messages=tuple(messages), media=media)


def roles(row: Encoded) -> list[str]:
    return [ROLES[code] for code in row.roles]


def shorten(sample: Sample, *, how: str, max_tokens: int, path: Path) -> tuple[Encoded, Truncated]:
    truncated = Truncated(path / "truncated.jsonl")
    following = lambda n, steps: talk((1, 1, False), name=f"later {steps}")  # noqa: E731
    rows = Truncation(how=how, truncated=truncated).encode([sample], encoder=encoder(max_tokens), following=following)
    return rows[0], truncated


TURNS = st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6), st.booleans()), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns=TURNS, max_tokens=st.integers(8, 90), how=st.sampled_from(["turns", "response"]))
def test_what_is_kept_holds_the_rules(tmp_path_factory, turns, max_tokens: int, how: str) -> None:
    sample = talk(*turns)
    whole = encoder(10**6).encode(sample)
    try:
        row, truncated = shorten(sample, how=how, max_tokens=max_tokens, path=tmp_path_factory.mktemp("t"))
    except DataError:
        smallest = encoder(10**6).encode(talk(turns[0]))
        assert roles(smallest)[:max_tokens].count("response") < 1 + smallest.num_lead or how == "turns"
        assert len(smallest) > max_tokens
        return
    assert len(row) <= max_tokens
    assert row.input_ids == whole.input_ids[: len(row)]
    assert roles(row) == roles(whole)[: len(row)]
    pictures = sum(image for _, _, image in turns[: int(row.turns[-1]) + 1])
    assert roles(row).count("media") == 4 * pictures
    assert len(row.arrays.get("pixel_values", ())) == pictures
    for turn in range(int(row.turns[-1]) + 1):
        assert "response" in [role for role, number in zip(roles(row), row.turns, strict=True) if number == turn]
    last = [role for role in roles(row) if role in (*INSTRUCTION, "response", "resp_end")][-1]
    cut = truncated.counts().get("response", 0)
    assert last == ("response" if cut else "resp_end")
    assert bool(truncated.counts()) == (len(row) < len(whole))


def test_as_many_turns_as_fit_are_kept(tmp_path) -> None:
    sample = talk((2, 2, True), (2, 2, False), (2, 2, False))
    lengths = [len(encoder(999).encode(talk(*[(2, 2, True), (2, 2, False), (2, 2, False)][:n]))) for n in (1, 2, 3)]
    for room, kept in ((lengths[2], 3), (lengths[2] - 1, 2), (lengths[1], 2), (lengths[1] - 1, 1), (lengths[0], 1)):
        row, _ = shorten(sample, how="turns", max_tokens=room, path=tmp_path)
        assert len(row) == lengths[kept - 1]


def test_a_response_that_is_cut_is_not_learned_as_ended(tmp_path) -> None:
    sample = talk((2, 8, True))
    length = len(encoder(999).encode(sample))
    row, truncated = shorten(sample, how="response", max_tokens=length - 3, path=tmp_path)
    assert len(row) == length - 3
    assert roles(row)[-1] == "response"
    assert "resp_end" not in roles(row)
    assert truncated.counts() == {"response": 1}
    with pytest.raises(DataError, match=f"'s' has {length} tokens"):
        shorten(sample, how="turns", max_tokens=length - 3, path=tmp_path)


def test_what_the_template_writes_itself_is_no_beginning_of_a_response(tmp_path) -> None:
    template = (
        "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ '<think></think>' if m['role'] == 'assistant' else '' }}{{ m['content'] }}"
        "<|im_end|>{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    tokenizer = make_tokenizer(
        "<|im_start|>", "<think>", "</think>", bos=None, eos="<|im_end|>", chat_template=template
    )
    sample, truncated = talk((2, 8, False)), Truncated(tmp_path / "truncated.jsonl")
    whole = Encoder(tokenizer, max_tokens=99).encode(sample)
    first = roles(whole).index("response")
    assert tokenizer.decode(whole.input_ids[first : first + whole.num_lead]) == "<think></think>"
    cut = Truncation(how="response", truncated=truncated)
    (row,) = cut.encode([sample], encoder=Encoder(tokenizer, max_tokens=first + 3), following=lambda n, steps: sample)
    assert row.input_ids == whole.input_ids[: first + 3]
    with pytest.raises(DataError, match="over max_tokens"):
        cut.encode([sample], encoder=Encoder(tokenizer, max_tokens=first + 2), following=lambda n, steps: sample)


@pytest.mark.parametrize("how", ["refuse", "turns", "response"])
def test_nothing_is_kept_of_an_instruction_without_a_response(tmp_path, how: str) -> None:
    with pytest.raises(DataError, match=r"over max_tokens 8; raise train.max_tokens"):
        shorten(talk((9, 1, True)), how=how, max_tokens=8, path=tmp_path)


def test_a_dropped_sample_gives_its_place_to_the_next_that_fits(tmp_path) -> None:
    truncated = Truncated(tmp_path / "truncated.jsonl")
    run = [talk((1, 1, False), name="a"), talk((30, 1, False), name="b"), talk((31, 1, False), name="c"), talk((2, 1, False), name="d")]  # fmt: skip
    rows = Truncation(how="drop", truncated=truncated).encode(
        run[:2], encoder=encoder(24), following=lambda n, steps: run[(n + steps) % len(run)]
    )
    assert [row.id for row in rows] == ["a", "d"]
    assert truncated.counts() == {"drop": 1}
    with pytest.raises(DataError, match="100 samples in a row are longer than max_tokens 24"):
        Truncation(how="drop", truncated=truncated).encode([run[1]], encoder=encoder(24), following=lambda n, s: run[2])


def test_the_list_names_each_sample_once_and_goes_on_after_a_kill(tmp_path) -> None:
    path = tmp_path / "truncated.jsonl"
    first = Truncated(path)
    for name in "aba":
        first.note(talk((1, 1, False), name=name), how="turns", num_tokens=30, kept_tokens=20)
    with path.open("a") as handle:
        handle.write('{"sample": "c", "ho')
    again = Truncated(path)
    again.note(talk((1, 1, False), name="b"), how="turns", num_tokens=30, kept_tokens=20)
    assert again.counts() == {"turns": 2}
    again.note(talk((1, 1, False), name="c"), how="response", num_tokens=30, kept_tokens=20)
    assert Truncated(path).counts() == {"response": 1, "turns": 2}


def test_a_long_encoder_side_cannot_be_cut(tmp_path) -> None:
    sample = talk((30, 2, True))
    with pytest.raises(DataError, match="over max_tokens 12"):
        Truncation(how="response", truncated=Truncated(tmp_path / "t")).encode(
            [sample], encoder=encoder(12, "florence2"), following=lambda n, steps: sample
        )


def test_a_run_says_in_its_manifest_what_was_done(tmp_path) -> None:
    short = TRAIN.model_copy(update={"truncation": "response", "max_tokens": 100, "max_steps": 4})
    counts = run_toy(tmp_path, train=short).counts
    rows = [json.loads(line) for line in (tmp_path / "train" / "truncated.jsonl").read_text().splitlines()]
    assert counts["truncated"] == {"response": len(rows)}
    assert 0 < len(rows) == len({row["sample"] for row in rows}) <= counts["num_samples"]
    assert all(row["num_tokens"] > row["kept_tokens"] == 100 for row in rows)


def test_what_is_cut_is_gone_from_every_array(tmp_path) -> None:
    sample = talk((2, 8, True))
    made = make_encoder(bundle("gemma3"), max_tokens=999, load=lambda media: PICTURE)
    whole = made.encode(sample)
    room = len(whole) - 4
    row = Truncation(how="response", truncated=Truncated(tmp_path / "t")).encode(
        [sample],
        encoder=make_encoder(bundle("gemma3"), max_tokens=room, load=lambda media: PICTURE),
        following=lambda n, steps: sample,
    )[0]
    assert row.per_token == {"token_type_ids": whole.per_token["token_type_ids"][:room]}
    np.testing.assert_array_equal(row.turns, whole.turns[:room])


def test_wordings_that_are_compared_are_not_torn_apart(tmp_path) -> None:
    losses = (PluginConfig(name="wording_consistency"),)
    torn = TRAIN.model_copy(update={"truncation": "drop", "losses": losses, "max_steps": 1})
    with pytest.raises(ConfigError, match="truncation drop would tear 2 wordings of one example apart"):
        run_toy(tmp_path, train=torn)
