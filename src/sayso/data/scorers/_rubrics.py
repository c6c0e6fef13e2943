"""Rubrics: what a rating is about, on which scale, in words of ours; shared by ratings that a judge writes and ratings read off a model's tokens.

`quality` and `complexity` run from 1 to 6, as DEITA's do (its scorers were trained on ranks among six variants; what makes a 6 it does not say, that is ours). `five_points`
runs from 1 to 5 with a sentence for each step, as AlpaGasus' and EasyInstruct's judges do; theirs too are other words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.instructions.exchanges import Exchange
from sayso.lm.judging import JUDGED, fenced

__all__ = ["COMPLEXITY", "FIVE_POINTS", "own_words", "QUALITY", "Rubric"]

WRITTEN = """First say in a sentence or two what decides. Then end with a line of this form, and use the word only there:
Rating: N"""
ALONE = "Reply with the one digit of your rating and nothing else."


@dataclass(frozen=True, kw_only=True, slots=True)
class Rubric:
    """`task` says what to rate, from 1 to `points`; `answer` whether the response is shown. `text` stands for all of it, where somebody wrote their own."""

    name: str
    task: str
    points: int = 6
    answer: bool = True
    text: str = ""

    @property
    def known(self) -> list[str]:
        """The ratings that there are."""
        return [str(one) for one in range(1, self.points + 1)]

    def ask(self, one: Exchange, *, written: bool) -> str:
        """What a model is asked about an exchange: to write its reasons and a rating, or the digit alone.

        Nothing is formatted: texts are put in their places as they are.
        """
        if self.text:
            return _filled(self.text, {"{instruction}": one.instruction, "{response}": one.response})
        shown = {"What was said before": one.before, "Instruction": one.instruction}
        parts = [fenced(title, text) for title, text in shown.items() if text.strip() or title == "Instruction"]
        parts += [fenced("Response", one.response)] if self.answer else []
        return "\n\n".join([self.task, *parts, f"{JUDGED} {WRITTEN if written else ALONE}"])


QUALITY = Rubric(
    name="quality",
    task="""How good is the response to the instruction? Rate it from 1 (wrong, empty or beside the point) to 6 (right, complete, \
to the point and clear; nothing could be better). If pictures come along, the response has to fit what they show. Length, style and confidence earn nothing.""",
)
COMPLEXITY = Rubric(
    name="complexity",
    answer=False,
    task="""How much does the instruction ask of somebody who follows it? Rate it from 1 (one trivial step) to 6 (many conditions or steps that depend \
on each other, or knowledge that few have). What counts is how hard it is to do well, not how long it is.""",
)
FIVE_POINTS = Rubric(
    name="quality",
    points=5,
    task="""How good is the response as one that an assistant should learn from? Rate it from 1 to 5:

1: no answer: empty, broken off, about something else, or wrong in what matters
2: answers a part, or with faults that mislead
3: answers what was asked, but plainly: gaps, needless words, or nobody would choose it
4: right, complete and clear; small things could be better
5: right, complete, clear and well ordered, as an expert would put it

If pictures come along, the response has to fit what they show.""",
)


def own_words(rubric: Rubric, *, request: str, judge: PluginConfig | None, model: PluginConfig | None) -> Rubric:
    """The rubric with what the user wrote in place of our words, where they did.

    Raises:
        ConfigError: the request shows no instruction, or two models are to rate.
    """
    if judge is not None and model is not None:
        raise ConfigError(
            f"judge ({judge.name}) writes ratings and model ({model.name}) gives them by its tokens; give one of the two"
        )
    if request and "{instruction}" not in request:
        raise ConfigError(f"request {request[:60]!r} has no {{instruction}}; say where the instruction is to stand")
    return replace(rubric, text=request)


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Each name where it stands first; a text that is put in is not looked at again."""
    places = sorted((text.find(name), name) for name in values if name in text)
    pieces, end = [], 0
    for start, name in places:
        pieces += [text[end:start], values[name]]
        end = start + len(name)
    return "".join([*pieces, text[end:]])
