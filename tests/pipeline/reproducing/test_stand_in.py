from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.artifacts import Progress
from sayso.config import AugmentConfig, PluginConfig
from sayso.errors import ConfigError
from sayso.instructions.augment.expand import Growing, open_and_expand
from sayso.instructions.augment.stage import expansion
from sayso.instructions.library import load_templates
from sayso.instructions.protect import SENTINEL
from sayso.lm import language_models, open_model, request
from sayso.pipeline.reproducing.stand_in import SPOILED, StandIn
from sayso.seeds import Stream
from sayso.tasks import get

NAME = "sayso.pipeline.reproducing.stand_in:stand_in"
SLOT = "SLOT0123456789AB"
TEXT = f"Look at the picture and answer the question. {SLOT}"
MOVES = ("synonyms", "reorder", "simplify", "shorten", "voice", *["rephrase"] * 5)


def asked(number, *, temperature=0.6, system="Rewrite it.", text=TEXT):
    return request(("system", system), ("user", text), seed=number, temperature=temperature)


def said(model, requests):
    return [one.reply.text for one in model.answer(requests)]


def grown(task="counting", *, spoil, strategy="single", filters=None, folder, **options):
    paraphraser = {"name": "model", "model": {"name": NAME, "spoil": spoil}, "operations": MOVES}
    given = {"paraphraser": paraphraser, "strategy": {"name": strategy, **options}, "max_wordings": 1000}
    config = AugmentConfig.model_validate(given | ({"filters": filters} if filters else {}))
    how, card = expansion(config, seed=1), get(task)
    growing = Growing(load_templates(card), slots=card.slots, chain=how.chain, max_wordings=how.max_wordings)
    used = open_and_expand([growing], how=how, store=folder / "calls.sqlite", progress=Progress())
    return growing, used.usage.calls


def kept(growing):
    return [row.template.text for row in growing.rows if row.verdict and row.verdict.keep]


@given(st.text(max_size=80), st.integers(0, 1000), st.floats(0, 1))
def test_any_text_has_a_reply_and_always_the_same(text, number, spoil):
    model = StandIn(spoil=spoil)
    (first,) = said(model, [asked(number, text=text)])
    assert said(StandIn(spoil=spoil), [asked(number, text=text)]) == [first]


def test_nothing_is_spoiled_where_nothing_is_to_be_and_all_at_most():
    for text in said(StandIn(spoil=0.0), [asked(number, temperature=1.0) for number in range(40)]):
        assert SENTINEL.findall(text) == [SLOT]
    clean = dict.fromkeys(said(StandIn(spoil=0.0), [asked(number, temperature=1.0) for number in range(400)]))
    spoiled = said(StandIn(spoil=1.0), [asked(number, temperature=1.0) for number in range(400)])
    assert not clean.keys() & set(spoiled)


def test_the_warmer_the_more_is_spoiled_and_the_less_is_said_again():
    cool, warm = (
        said(StandIn(spoil=0.5), [asked(number, temperature=heat) for number in range(400)]) for heat in (0.5, 1.0)
    )
    assert len(set(cool)) < len(set(warm))
    clean = set(said(StandIn(spoil=0.0), [asked(number, temperature=1.0) for number in range(2000)]))
    shares = [sum(text not in clean for text in texts) / 400 for texts in (cool, warm)]
    assert shares == pytest.approx([0.25, 0.5], abs=0.08)


def test_every_kind_of_fault_comes_about_as_often():
    marks = ("The answer is", "Before that, think")
    texts = said(StandIn(spoil=1.0), [asked(number, temperature=1.0) for number in range(600)])
    found = Counter(next((mark for mark in marks if mark in text), "other") for text in texts if SLOT in text)
    lost = [text for text in texts if SLOT not in text]
    assert 140 < len(lost) < 260, "a refusal, or a slot that is gone"
    assert all(60 < found[mark] < 140 for mark in marks)
    kinds = {kind: spoil(TEXT, Stream(kind)) for kind, spoil in SPOILED.items()}
    assert len(set(kinds.values())) == len(SPOILED)
    assert TEXT not in kinds.values()
    assert {kind for kind, text in kinds.items() if SLOT not in text} == {"refusal", "slot_lost"}


def test_a_meta_prompt_is_followed(tmp_path):
    growing, calls = grown(spoil=0.0, folder=tmp_path)
    assert calls == 50
    operations = {row.template.lineage.operation for row in growing.rows if row.template.lineage}
    assert operations == {"synonyms", "reorder", "simplify", "shorten", "voice", "rephrase"}


def test_filters_refuse_most_of_what_was_planted_and_no_filters_little(tmp_path):
    filtered, calls = grown(spoil=1.0, folder=tmp_path)
    everything, again = grown(spoil=1.0, folder=tmp_path, filters=["duplicate", "held_out_leak"])
    assert calls == again == 50
    texts = [{row.template.text for row in one.rows if row.verdict} for one in (filtered, everything)]
    assert texts[0] == texts[1], "the same pool"
    wrong = ("The answer is", "Before that, think", "Do the opposite", "Choose what is wrong", "Never do as")
    counts = [sum(any(mark in text for mark in wrong) for text in kept(one)) for one in (filtered, everything)]
    assert counts[0] < 0.5 * counts[1]
    assert counts[1] > 8


@pytest.mark.parametrize(
    ("strategy", "options", "calls"),
    [
        ("multi_temperature", {"temperatures": [0.5, 0.75, 1.0]}, 150),
        ("iterative", {"max_parents": 4}, 90),
        ("diverse", {"max_calls": 50}, 50),
    ],
)
def test_every_strategy_can_ask_it(tmp_path, strategy, options, calls):
    growing, used = grown(spoil=0.3, strategy=strategy, folder=tmp_path, **options)
    assert used == calls
    assert len(kept(growing)) > 3


def test_it_is_asked_once_whatever_the_filters(tmp_path):
    model = open_model(PluginConfig(name=NAME, spoil=0.5), store=tmp_path / "calls.sqlite")  # type: ignore[call-arg]
    assert said(model, [asked(1)]) == said(StandIn(spoil=0.5), [asked(1)])
    other = open_model(PluginConfig(name=NAME, spoil=1.0), store=tmp_path / "calls.sqlite")  # type: ignore[call-arg]
    requests = [asked(number, temperature=1.0) for number in range(30)]
    list(model.answer(requests))
    assert said(other, requests) == said(StandIn(spoil=1.0), requests), "shares have replies of their own"
    with pytest.raises(ConfigError, match="spoil"):
        language_models.build(NAME, {"spoil": 2})
