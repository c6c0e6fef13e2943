"""Tokens are shown with their role and weight, whatever their text is."""

import io
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from tokenizers import Tokenizer, decoders, models
from transformers import PreTrainedTokenizerFast

from sayso.models.encode import Encoded
from sayso.models.roles import ROLE_CODE, turns_of
from sayso.train.objectives import Objective
from sayso.train.preflight.looking import by_task, facts_of, total
from sayso.train.preflight.tokens import Token, TokenView, page, text_of, view

texts = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"]), min_size=1, max_size=20)
WEIGH = Objective(weights={"response": 1.0, "media_sep": 0.5}).weigh


class Letters:
    """A tokenizer whose token n is letter n."""

    def decode(self, ids):
        return "".join(chr(97 + n) for n in ids)

    def convert_ids_to_tokens(self, n):
        return chr(97 + n)


def encoded(*roles):
    codes = np.array([ROLE_CODE[role] for role in roles], dtype=np.uint8)
    ids = [min(code, 4) for code in codes.tolist()]
    return Encoded(id="s", task="t", input_ids=ids, roles=codes, turns=turns_of(codes))


@given(text=texts)
def test_no_text_is_taken_for_markup_of_any_kind(text):
    token = Token(text=text, id=1, role="response", weight=1.0)
    shown = TokenView(id="s", task="t", num_tokens=1, tokens=(token,))
    console = Console(file=io.StringIO(), width=10_000, highlight=False, emoji=False)
    console.print(shown.as_markup(), soft_wrap=True)
    assert console.file.getvalue() == f"s, 1 tokens\n{text}\n\n"
    inner = shown.as_html().split("<p>")[1]
    assert inner.count("<") == 3
    assert inner.count("&lt;") == text.count("<")


def test_equal_media_tokens_are_one_and_others_are_not():
    shown = view(
        encoded("bos", "media", "media", "media", "media_sep", "response", "response"), weigh=WEIGH, tokenizer=Letters()
    )
    assert [(token.role, token.times, token.weight) for token in shown.tokens] == [
        ("bos", 1, 0.0),
        ("media", 3, 0.0),
        ("media_sep", 1, 0.5),
        ("response", 1, 1.0),
        ("response", 1, 1.0),
    ]
    assert shown.tokens[1].shown == "ex3 "
    assert shown.as_json()["num_tokens"] == 7 == sum(row[4] for row in shown.as_json()["tokens"])


def test_nothing_predicts_the_first_token():
    shown = view(encoded("response", "response", "instr"), weigh=WEIGH, tokenizer=Letters())
    assert [token.weight for token in shown.tokens] == [0.0, 1.0, 0.0]


def test_a_page_needs_nothing_besides_itself():
    shown = view(encoded("bos", "instr", "response"), weigh=WEIGH, tokenizer=Letters())
    html = page("A & B", notes=["x < y"], views=[shown])
    assert html.startswith("<!doctype html>")
    assert "<h1>A &amp; B</h1>" in html
    assert "<li>x &lt; y</li>" in html
    assert 'class="response target" title="response, id 4, weight 1"' in html
    assert "http" not in html


def test_turns_with_nothing_but_a_template_are_counted_by_task():
    answer = ("response", "resp_end")
    mixed = encoded("bos", "instr_template", "instr", *answer, "role_mark", "instr_template", *answer)
    fixed = encoded("bos", "instr_template", "instr_template", *answer)
    rows = [mixed, replace(fixed, task="u"), replace(fixed, task="u")]
    told = by_task([facts_of(row, place=k, weigh=WEIGH) for k, row in enumerate(rows)])
    assert {task: (one["turns"], one["turns_all_template"]) for task, one in told.items()} == {"t": (2, 1), "u": (2, 2)}
    assert told["u"]["tokens"] == {"bos": 2, "instr_template": 4, "response": 2, "resp_end": 2}
    assert told["t"]["shares"] == {"instr": 0.2, "instr_template": 0.4, "options": 0.0, "response": 0.4}


def test_sums_are_in_the_order_of_the_roles():
    assert list(total([{"response": 1}, {"instr": 2, "response": 3}]).items()) == [("instr", 2), ("response", 4)]


def test_spaces_in_front_of_words_are_shown_where_a_decoder_takes_them_away():
    tokenizer = Tokenizer(models.BPE({"\u2581a": 0, "b": 1, "\u2581\u2581": 2}, merges=[]))
    tokenizer.decoder = decoders.Metaspace()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, clean_up_tokenization_spaces=False)
    assert [text_of(n, tokenizer=fast) for n in range(3)] == [" a", "b", "  "]
