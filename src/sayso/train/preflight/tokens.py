"""Samples as the model will read them: every token with its role, and with how much it weighs as a target.

Colours are those of `sayso preview`; a target is underlined. Media, one role over many equal tokens, are shown as one with their number.
"""

from dataclasses import dataclass
from html import escape as escape_html
from itertools import groupby
from typing import Any

import numpy as np
from rich.markup import escape
from transformers import PreTrainedTokenizerBase

from sayso.data.preview import ROLE_COLOURS
from sayso.models.encode import Encoded
from sayso.records import ROLES
from sayso.train.objectives import Weigh

__all__ = ["page", "target_weights", "text_of", "Token", "TokenView", "view"]

_CSS = {
    "media": "background:#7fd6d6",
    "instr_template": "color:#9a7200",
    "instr": "color:#1b4fd1;font-weight:bold",
    "options": "color:#a0259a",
    "response": "color:#177d2e;font-weight:bold",
    "resp_end": "color:#177d2e",
}
_STYLE = "; ".join(f".{role} {{{rule}}}" for role, rule in _CSS.items()).replace("; .", " .")
_PAGE = (
    "<!doctype html><meta charset=utf-8><title>{title}</title><style>body {{font:14px/1.7 monospace;max-width:70em;margin:2em auto}} "
    "span {{white-space:pre-wrap;color:#888}} .target {{border-bottom:2px solid currentColor}} {style}</style>"
    "<h1>{title}</h1><ul>{notes}</ul>{samples}\n"
)


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token, or `times` equal ones in a row: its text, id, role and weight as a target."""

    text: str
    id: int
    role: str
    weight: float
    times: int = 1

    @property
    def shown(self) -> str:
        """Its text, with the number of times where that is not one."""
        return self.text if self.times == 1 else f"{self.text}x{self.times} "


@dataclass(frozen=True, kw_only=True)
class TokenView:
    """One sample for people (`as_markup`, `as_html`) and for machines (`as_json`)."""

    id: str
    task: str
    num_tokens: int
    tokens: tuple[Token, ...]

    def as_markup(self) -> str:
        """The tokens in rich's markup, a colour per role, targets underlined."""
        return f"[dim]{escape(self.id)}, {self.num_tokens} tokens[/dim]\n{''.join(map(_markup, self.tokens))}\n"

    def as_html(self) -> str:
        """The tokens as spans whose class is their role and whose title says id, role and weight."""
        return f"<h2>{escape_html(self.id)}, {self.num_tokens} tokens</h2><p>{''.join(map(_span, self.tokens))}</p>"

    def as_json(self) -> dict[str, Any]:
        """Plain values; a token is [text, id, role, weight, times]."""
        rows = [[token.text, token.id, token.role, token.weight, token.times] for token in self.tokens]
        return {"id": self.id, "task": self.task, "num_tokens": self.num_tokens, "tokens": rows}


def view(row: Encoded, *, weigh: Weigh, tokenizer: PreTrainedTokenizerBase) -> TokenView:
    """The tokens of a sample under an objective's weights."""
    facts = zip(row.input_ids, row.roles.tolist(), target_weights(row, weigh=weigh).tolist(), strict=True)
    tokens = tuple(
        Token(
            text=text_of(token, tokenizer=tokenizer),
            id=int(token),
            role=ROLES[role],
            weight=round(weight, 6),
            times=times,
        )
        for (token, role, weight), times in _counted(list(facts))
    )
    return TokenView(id=row.id, task=row.task, num_tokens=len(row), tokens=tokens)


def text_of(token: int, *, tokenizer: PreTrainedTokenizerBase) -> str:
    """What a token stands for, with the spaces in front that SentencePiece's decoders take from the first token of a text."""
    text, piece = str(tokenizer.decode([token])), str(tokenizer.convert_ids_to_tokens(int(token)))
    spaces = len(piece) - len(piece.lstrip("\u2581"))
    return " " * spaces + text.lstrip(" ") if spaces else text


def target_weights(row: Encoded, *, weigh: Weigh) -> np.ndarray:
    """(T,) float32: how much each token weighs as a target; nothing predicts the first."""
    weights = np.array(weigh(row).weights, dtype=np.float32)
    weights[:1] = 0
    return weights


def page(title: str, *, notes: list[str], views: list[TokenView]) -> str:
    """A page of HTML that needs nothing besides itself."""
    items = "".join(f"<li>{escape_html(note)}</li>" for note in notes)
    samples = "".join(one.as_html() for one in views)
    return _PAGE.format(title=escape_html(title), style=_STYLE, notes=items, samples=samples)


def _counted(facts: list[tuple[int, int, float]]) -> list[tuple[tuple[int, int, float], int]]:
    """Equal media tokens in a row as one; all others one by one."""
    media = ROLES.index("media")
    runs = [(fact, len(list(same))) for fact, same in groupby(facts)]
    return [one for fact, n in runs for one in ([(fact, n)] if fact[1] == media else [(fact, 1)] * n)]


def _markup(token: Token) -> str:
    colour = ROLE_COLOURS.get(token.role, "default")
    return f"[{colour}{' underline' if token.weight else ''}]{escape(token.shown)}[/]"


def _span(token: Token) -> str:
    kind = f"{token.role} target" if token.weight else token.role
    told = f"{token.role}, id {token.id}, weight {token.weight:g}"
    return f'<span class="{kind}" title="{told}">{escape_html(token.shown)}</span>'
