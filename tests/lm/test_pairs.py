"""Pairs as texts: what is laid out is read back, and what is no pair is none."""

import re

from hypothesis import assume, given
from hypothesis import strategies as st

from sayso.instructions.exchanges import exchanges
from sayso.lm.pairs import STRAY, cleaned, lay_out, read_pair
from sayso.sources import sources

words = st.text(alphabet=st.characters(categories=["L", "N", "P", "Zs"]) | st.just("\n"), min_size=1, max_size=60)


@given(instruction=words, response=words)
def test_what_is_laid_out_is_read_back(instruction, response):
    both = f"{instruction}\n{response}".casefold()
    assume(instruction.strip() and response.strip() and "response" not in both and "instruction" not in both)
    assume(not re.search(r"(.{8,}?)\1{3,}", both, re.DOTALL) and not STRAY.search(both) and "**" not in both)
    assert read_pair(lay_out(instruction, response)) == ((instruction.strip(), response.strip()), "")


def test_a_repeat_is_said_once_and_a_rule_of_dashes_stays():
    assert cleaned("Good. " + "So it goes. " * 5) == "Good. So it goes."
    assert cleaned("So it goes. " * 3) == "So it goes. So it goes. So it goes."
    rule = "| --- | --- | --- | --- | --- | --- | --- |"
    assert cleaned(rule) == rule
    noughts = f"What is the mean of [{', '.join('0' * 20)}]?"
    text = lay_out(noughts, "0")
    assert read_pair(text)[0][0] != noughts
    assert read_pair(text, asked=text)[0][0] == noughts


def test_real_pairs_are_read_back(sayso_data):
    found = []
    for name in ("alpaca_1500", "self_instruct_1500"):
        source = sources.build("conversations", {"path": str(sayso_data / "text_instructions" / f"{name}.jsonl")})
        for row in source.items():
            one = exchanges(row.conversation)[0]
            text = lay_out(one.instruction, one.response)
            found.append(read_pair(text, asked=text)[0] == (one.instruction.strip(), one.response.strip()))
    assert len(found) == 3000
    assert sum(found) == 2999  # one answer has a line of its own that begins with "Response:"


def test_hostile_texts_take_no_time():
    for text in ("ab " * 20_000, " " * 60_000 + "x", ("abcdefgh" * 3 + "x") * 2500, "\nresponse" * 6000, "**" * 30_000):
        pair, reason = read_pair("Instruction: " + text)
        assert (pair is None) == bool(reason)
