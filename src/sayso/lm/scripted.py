"""Says what it was told to: for tests, and for replies that were collected elsewhere.

`replies` maps the last message of a request, or `*` for every other one, to what is said; a list is gone through by the
request's number.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sayso.lm._protocol import Answered, Reply, Request, language_models

__all__ = ["scripted", "Scripted"]


class Scripted:
    """A language model without one."""

    name = "scripted"

    def __init__(self, replies: Mapping[str, str | Sequence[str]]) -> None:
        self._replies = replies

    def answer(self, requests: Iterable[Request]) -> Iterator[Answered]:
        """The reply of the script for each request, or a failure where it has none."""
        for one in requests:
            said = self._said(one)
            if said is None:
                yield Answered(request=one, failure="the script has no reply")
            else:
                yield Answered(request=one, reply=Reply(text=said, model=self.name))

    def _said(self, one: Request) -> str | None:
        found = self._replies.get(one.messages[-1].text, self._replies.get("*"))
        if found is None or isinstance(found, str):
            return found
        return found[one.number % len(found)] if found else None


@language_models.register("scripted")
def scripted(*, replies: dict[str, str | list[str]]) -> Scripted:
    """The language model `scripted`; `replies` maps the last message of a request, or `*`, to what is said."""
    return Scripted(replies)
