"""Conversations in the files of other tools: LLaVA, ShareGPT, Alpaca, TRL, ms-swift, and registers of LLaMA-Factory."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sayso.errors import DataError
from sayso.pipeline.initialising._finding import Entry, Finder, Finding, Look, finders, role_of
from sayso.pipeline.initialising._peek import Peek
from sayso.sources.conversations import Picture, layouts, match_rows

__all__ = ["conversations", "found_conversations"]

OWN = ("multi_instruct",)
"""Formats with a source of their own, which knows more of them."""


@finders.register("conversations")
def conversations() -> Finder:
    """Files of conversations."""
    return _Conversations()


class _Conversations:
    def find(self, look: Look) -> Iterator[Finding]:
        """One finding for each file."""
        for seen in look.peeks():
            if seen.rows and (matches := match_rows(seen.rows)):
                if len(matches) > 1:
                    fits = ", ".join(name for name, _ in matches)
                    told = f"{seen.path} is a file of conversations"
                    reason = f"it fits several formats ({fits}); say which with format: in the recipe"
                    yield Finding(told=told, takes=frozenset({seen.path}), not_carried={str(seen.path): reason})
                else:
                    yield found_conversations(look, seen, *matches[0])


def found_conversations(look: Look, seen: Peek, name: str, evidence: str) -> Finding:
    """The finding of one file whose format is known."""
    told = f"{seen.path} is {name}: {evidence}"
    takes = frozenset({seen.path})
    options: dict[str, Any] = {"path": str(seen.path)}
    if name == "llama_factory":
        takes |= {seen.path.parent / str(entry.get("file_name")) for entry in seen.rows[0].values()}
    names = _pictures(name, seen.rows)
    if names:
        root = look.listing.root_of(names, near=seen.path)
        if root is None:
            reason = f"its picture {names[0]!r} is nowhere in {look.listing.root}"
            return Finding(told=told, takes=takes, not_carried={str(seen.path): reason})
        if root != seen.path.parent:
            options["images"] = str(root)
    source = name if name in OWN else "conversations"
    return Finding(
        told=told,
        entries=(Entry(name=source, options=options, role=role_of(seen.path.parent.name, seen.path.stem)),),
        takes=takes,
    )


def _pictures(name: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names of pictures in the first rows."""
    if name == "llama_factory":
        return []
    layout, found = layouts.build(name, {}), []
    for row in rows:
        try:
            pieces = [piece for turn in layout.read(row).turns for piece in turn.pieces]
        except DataError:
            continue
        found += [piece.value for piece in pieces if isinstance(piece, Picture) and isinstance(piece.value, str)]
    return found[:20]
