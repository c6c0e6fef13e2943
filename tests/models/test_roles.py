"""From characters to tokens: who gets a token that has characters of several roles."""

import numpy as np
import pytest

from sayso.models.roles import ROLE_CODE, token_roles, turns_of
from sayso.records import ROLES


def roles_of(*pieces: tuple[str, str], cuts: list[int]) -> list[str]:
    """The roles of tokens that end at `cuts`."""
    text = "".join(words for words, _ in pieces)
    codes = np.concatenate([np.full(len(words), ROLE_CODE[role], dtype=np.uint8) for words, role in pieces])
    offsets = np.array([(start, end) for start, end in zip([0, *cuts], cuts, strict=False)], dtype=np.int64)
    return [ROLES[code] for code in token_roles(text, role_of_char=codes, offsets=offsets)]


def test_a_token_across_content_and_task_template_goes_to_the_template() -> None:
    """As byte-level tokenizers have it: a question mark and the line end behind it are one token."""
    pieces = ("Red?", "instr"), ("\nBe brief.", "instr_template")
    assert roles_of(*pieces, cuts=[3, 5, 13]) == ["instr", "instr_template", "instr_template"]


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("role_mark", "response", "role_mark"),
        ("media_sep", "instr", "media_sep"),
        ("instr", "resp_end", "resp_end"),
        ("instr", "options", "options"),
        ("options", "instr_template", "instr_template"),
    ],
)
def test_what_is_no_content_wins(before: str, after: str, wanted: str) -> None:
    assert roles_of(("ab", before), ("cd", after), cuts=[1, 3, 4]) == [before, wanted, after]
    assert roles_of(("ab", after), ("cd", before), cuts=[1, 3, 4]) == [after, wanted, before]


@pytest.mark.parametrize("content", ["instr", "options", "instr_template", "response"])
def test_a_separator_that_the_tokenizer_joins_with_content_is_content(content: str) -> None:
    assert roles_of(("USER: ", "role_mark"), ("Red", content), cuts=[5, 9]) == ["role_mark", content]
    assert roles_of(("USER: ", "role_mark"), ("Red", content), cuts=[5, 6, 9]) == ["role_mark", "role_mark", content]


def turns(*names: str) -> list[int]:
    return turns_of(np.array([ROLE_CODE[name] for name in names], dtype=np.uint8)).tolist()


def test_a_turn_begins_behind_a_response_whether_or_not_the_template_closes_it() -> None:
    assert turns("bos", "instr", "response", "resp_end", "role_mark", "instr", "response") == [0, 0, 0, 0, 1, 1, 1]
    assert turns("bos", "instr", "response", "role_mark", "instr", "response", "resp_end") == [0, 0, 0, 1, 1, 1, 1]


def test_no_turns_are_no_error_and_very_many_are_counted_to_the_last_number() -> None:
    assert turns() == []
    assert turns(*["instr", "response"] * 300)[-90:] == [255] * 90
