"""A language model that says what a function of the last message gives: None is no reply, and a reply that ends in CUT was cut off."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from sayso.lm import Answered, Reply, Request
from sayso.records import TextPart

CUT = "[cut]"


@dataclass
class Saying:
    """Keeps what it was asked."""

    says: Callable[[str], str | None]
    name: str = "saying"
    asked: list[str] = field(default_factory=list)

    def answer(self, requests: Iterable[Request]) -> Iterator[Answered]:
        """One answer a request."""
        for one in requests:
            text = "".join(part.text for part in one.messages[-1].parts if isinstance(part, TextPart))
            self.asked.append(text)
            said = self.says(text)
            if said is None:
                yield Answered(request=one, failure="it said nothing")
                continue
            finish = "length" if said.endswith(CUT) else "stop"
            yield Answered(request=one, reply=Reply(text=said.removesuffix(CUT), finish=finish, model=self.name))
