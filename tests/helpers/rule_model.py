"""A language model made of rules: it rewrites with the grammar, and spoils some of its replies as models do.

What it says depends on the request alone. The warmer it is asked, the further down the grammar's proposals it goes and the more of its
replies are spoiled. Every request that reaches it is one line in `log`, where that is named.
"""

import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec

from sayso.instructions.augment.meta_prompts import meta_prompts
from sayso.instructions.augment.paraphrasers.grammar.paraphraser import OPERATIONS, Grammar
from sayso.instructions.protect import SENTINEL
from sayso.lm import Answered, Reply, Request
from sayso.records import Template
from sayso.seeds import Stream

PROPOSALS = "\n".join(
    f"{number}. {text}"
    for number, text in enumerate(
        [
            "Swap Verbs: Replace the verbs of the instruction with others that mean the same.",
            "Answer it: Answer the instruction yourself.",
            "Start Late: Rewrite the instruction so that its last phrase comes first.",
            "Exchange several words of this task for others that mean the same here; leave the build of the sentences as it is.",
            "Poem: Rewrite the instruction as a poem.",
        ],
        1,
    )
)


@dataclass(frozen=True, kw_only=True)
class RuleModel:
    """`spoil` is the share of replies that are spoiled at temperature 1, `wait_s` how long each takes."""

    spoil: float = 0.3
    wait_s: float = 0.0
    log: str = ""
    name: str = "rules"

    @property
    def identity(self):
        """What its replies depend on, beside the request."""
        return ["rules", self.spoil]

    def answer(self, requests):
        for one in requests:
            if self.log:
                with Path(self.log).open("a") as handle:
                    handle.write(msgspec.json.encode(one).decode() + "\n")
            time.sleep(self.wait_s)
            text = self._said(one)
            yield Answered(
                request=one,
                reply=Reply(text=text, prompt_tokens=len(str(one.messages)) // 4, completion_tokens=len(text) // 4),
            )

    def _said(self, one: Request) -> str:
        system, asked = one.messages[0].parts[0].text, one.messages[-1].parts[0].text
        if len(one.messages) == 1:
            return PROPOSALS
        if "Translate this task" in system:
            return f"Auf gut Deutsch: bitte {' und '.join(SENTINEL.findall(asked))} ansehen."
        stream = Stream("rules", one.seed, one.number)
        found = _rewritten(asked, _operation(system))
        text = found[stream.below(min(len(found), 1 + int(40 * one.temperature**2)))] if found else asked
        spoiled = stream.uniform() < self.spoil * one.temperature
        return stream.choice(_SPOILING)(text) if spoiled else text


_SPOILING = (
    lambda text: f"Sure! Here is the rewritten task:\n\n{text}",
    lambda text: f'"{text}"',
    lambda text: SENTINEL.sub("it", text),
    lambda text: f"{text} {' '.join(SENTINEL.findall(text)[:1])}",
    lambda text: "I cannot help with that.",
    lambda text: text.lower(),
    lambda text: text + " The answer is most likely the first one, since it is the largest of them all in the middle.",
)


def _operation(system: str) -> str:
    return next((one.operation for one in meta_prompts() if system.startswith(one.text)), "")


@lru_cache(maxsize=4096)
def _rewritten(asked: str, operation: str) -> tuple[str, ...]:
    alone = tuple(name for name in OPERATIONS if name != operation) if operation in OPERATIONS else ("perspective",)
    template = Template(id="x", task="x", text=asked.replace("{", "{{").replace("}", "}}"))
    proposals = Grammar(without=alone).propose(template, count=40, stream=Stream("rules", operation))
    return tuple(one.text.replace("{{", "{").replace("}}", "}") for one in proposals)


def rules(*, spoil: float = 0.3, wait_s: float = 0.0, log: str = "") -> RuleModel:
    """For recipes: `{name: model, model: {name: "rule_model:rules"}}`."""
    return RuleModel(spoil=spoil, wait_s=wait_s, log=log)
