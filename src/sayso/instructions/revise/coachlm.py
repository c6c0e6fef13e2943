"""CoachLM: a trained reviser rewrites every pair, so that poor data is made better where others throw it away.

    revisers: [coachlm]

The model is the one of the recipe (`model:`), or, without it, the last of the train stages among the parents, or `path`, a folder of a model that was trained
on revisions (the source `revisions`). Every pair is laid out behind one fixed request; the reply is read strictly (`sayso.lm.pairs`), and a pair whose reply cannot be
read, was cut off, or is refused by the recipe's rules stays as it was. As many items come out as went in.

Pairs of a longer conversation are asked about one by one, each behind what was said before it, and only their answers change. That, and that rules look at
revisions, is ours: the paper revises pairs of one turn.

Source: CoachLM, Liu et al. 2024, arXiv 2311.13246, and its README (layout of the pairs, training on the top share by edit distance).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sayso.instructions.exchanges import Exchange
from sayso.instructions.revise._pairs import (
    UNREAD,
    about,
    made_of,
    pairs_of,
    refusal,
    request_of,
    revised,
    writer,
)
from sayso.instructions.revise._protocol import revisers
from sayso.instructions.synthesize import Made, Synthesis
from sayso.lm import Answered, LanguageModel, Request, language_models
from sayso.lm.pairs import REVISE, lay_out, read_pair
from sayso.records import AnnotatedItem

__all__ = ["CoachLM", "coachlm"]

CHUNK = 256
BEFORE = "The pair belongs to a conversation; this was said before it, and stays as it is:"


@dataclass(frozen=True, kw_only=True)
class CoachLM:
    """One request a pair."""

    path: str
    request: str
    max_tokens: int
    without_pictures: bool

    def revise(self, items: Sequence[AnnotatedItem], *, synthesis: Synthesis) -> Iterator[Made]:
        """One `Made` an item, in order.

        Raises:
            ConfigError: there is no model.
            BackendError: the model gave up; the same command goes on.
        """
        model, name = self._model(synthesis)
        source = iter(items)
        while some := list(islice(source, CHUNK)):
            asked = [[self._ask(item, one) for one in pairs_of(item)] for item in some]
            requests = [one for row in asked for one in row if isinstance(one, Request)]
            answers = iter(list(model.answer(requests)))
            for item, row in zip(some, asked, strict=True):
                replies = [next(answers) if isinstance(one, Request) else one for one in row]
                yield self._made(item, replies, synthesis=synthesis, name=name)

    def _model(self, synthesis: Synthesis) -> tuple[LanguageModel, str]:
        """The model and its name: of one that was trained here, its stage's, since all of their folders are called `model`."""
        if not self.path and synthesis.trained and synthesis.model is None:
            folder = synthesis.trained[-1]
            return language_models.build("local", {"path": str(folder)}), folder.parent.name
        if self.path:
            model = language_models.build("local", {"path": self.path})
        else:
            model = writer(synthesis.model, reviser="coachlm")
        return model, model.name

    def _ask(self, item: AnnotatedItem, one: Exchange) -> Request | str:
        several = len(pairs_of(item)) > 1
        before = f"{BEFORE}\n\n{one.before}\n\n" if several and one.before else ""
        text = f"{self.request}\n\n{before}{lay_out(one.instruction, one.response)}"
        return request_of(
            text, media=about(item, one, without_pictures=self.without_pictures), max_tokens=self.max_tokens
        )

    def _made(self, item: AnnotatedItem, replies: Sequence[Answered | str], *, synthesis: Synthesis, name: str) -> Made:
        pairs = pairs_of(item)
        texts: dict[int, str] = {}
        reasons: list[str] = []
        for one, answered in zip(pairs, replies, strict=True):
            found = _read(answered, asked=lay_out(one.instruction, one.response))
            if isinstance(found, tuple):
                found = refusal(*found, item=item, synthesis=synthesis) or found
            if isinstance(found, str):
                reasons.append(found)
                continue
            texts[one.answered] = found[1]
            if len(pairs) == 1:
                texts[one.asked] = found[0]
        new = revised(item, texts) if texts else item
        reason = reasons[0] if reasons else "the reply changes nothing" if pairs else "it has no answered question"
        details = {"pairs": len(pairs), "kept_as_they_were": len(reasons), **({"why": reasons} if reasons else {})}
        last = next((one.reply.text for one in reversed(replies) if isinstance(one, Answered) and one.reply), "")
        return made_of(item, new, reviser="coachlm", reason=reason, details=details, told=(last, name))


def _read(answered: Answered | str, *, asked: str) -> tuple[str, str] | str:
    """The pair in a reply, or why it has none."""
    if isinstance(answered, str):
        return answered
    if answered.reply is None:
        return f"{UNREAD} ({answered.failure})"
    if answered.reply.finish == "length":
        return "the reply was cut off; raise max_tokens"
    pair, reason = read_pair(answered.reply.text, asked=asked)
    return reason if pair is None else pair


@revisers.register("coachlm")
def coachlm(
    *, path: str = "", request: str = REVISE, max_tokens: int = 2048, without_pictures: bool = False
) -> CoachLM:
    """The reviser `coachlm`.

    Args:
        path: a folder or hub id of a trained reviser, in place of the recipe's model.
        request: what stands before every pair; a trained reviser wants the one that it was trained with.
        max_tokens: of a reply.
        without_pictures: show the texts alone, even where pictures belong to them.
    """
    return CoachLM(path=path, request=request, max_tokens=max_tokens, without_pictures=without_pictures)
