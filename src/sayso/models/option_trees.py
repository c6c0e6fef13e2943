"""The options of a prompt as one tree of tokens, in which equal beginnings are one, so that each token is read once however many options share it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sayso.models.prefixes import Row

__all__ = ["OptionTree"]


@dataclass(kw_only=True)
class OptionTree:
    """`paths` are the nodes of each option; a parent of -1 is the last token of the prompt."""

    tokens: list[int] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    paths: list[list[int]] = field(default_factory=list)

    @classmethod
    def of(cls, options: Sequence[Sequence[int]]) -> "OptionTree":
        """The tree of options given by their tokens."""
        tree = cls()
        known: dict[tuple[int, int], int] = {}
        for option in options:
            path, node = [], -1
            for token in option:
                key = (node, token)
                if key not in known:
                    known[key] = len(tree.tokens)
                    tree.tokens.append(token)
                    tree.parents.append(node)
                node = known[key]
                path.append(node)
            tree.paths.append(path)
        return tree

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def inner(self) -> list[int]:
        """The nodes whose next token matters, -1 for the prompt's last, in order; that alone where there is no option."""
        return sorted(set(self.parents) or {-1})

    def behind(self, rest: Sequence[int]) -> Row:
        """The row in which the tree follows `rest`, the prompt's tokens that are yet to be read."""
        chain = range(-1, len(rest) - 1)
        return Row(tokens=[*rest, *self.tokens], parents=[*chain, *(len(rest) + parent for parent in self.parents)])

    def by_option(self, values: Sequence[float]) -> list[list[float]]:
        """Values of the nodes as those of each option's tokens."""
        return [[values[node] for node in path] for path in self.paths]
