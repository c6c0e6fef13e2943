"""Seeds, replies and the wherewithal of a synthesizer, for tests: a scripted model in place of one that costs something."""

import json

import msgspec

from sayso.instructions.synthesize import Synthesis, synthesizers
from sayso.instructions.synthesize._items import make_item
from sayso.instructions.synthesize.rules import Written, build_rules
from sayso.lm._protocol import Answered, Reply
from sayso.lm.scripted import Scripted
from sayso.records import AnnotatedObject, Region
from sayso.seeds import Stream
from sayso.sources import sources

SEEDS = (
    ("Name the capital city of a country.", "France", "Paris"),
    (
        "Write a haiku about the sea in winter.",
        "",
        "Grey waves fold over / the last gulls of November / salt on frozen sand",
    ),
    ("Is the following review friendly?", "The soup was cold and nobody cared.", "No"),
    (
        "Give three reasons to drink more water every day.",
        "",
        "It helps digestion, keeps you alert and is good for the skin.",
    ),
    ("Translate this sentence into German.", "The train is late.", "Der Zug hat Verspätung."),
)


class Answering:
    """A language model that says what a function makes of the last message; its requests are kept."""

    name = "answering"

    def __init__(self, answer):
        self.answer_to, self.requests = answer, []

    def answer(self, requests):
        for one in requests:
            self.requests.append(one)
            said = self.answer_to(one.messages[-1].text)
            reply = said if isinstance(said, Reply) or said is None else Reply(text=said, model=self.name)
            yield Answered(request=one, reply=reply, failure=None if reply else "it is down")


def seed(number, instruction, given, output, **more):
    item = make_item(Written(instruction=instruction, input=given, output=output), method="seeds")
    return msgspec.structs.replace(item, id=f"seed-{number}", **more)


def seeds():
    return [seed(number, *one, license="cc-by-4.0") for number, one in enumerate(SEEDS)]


def pictures(count=3):
    """Scenes with a caption and two things, and a question that was asked about each."""
    drawn = [item.media for item in sources.build("shapes", {"count": count, "seed": 3}).items()]
    return [
        msgspec.structs.replace(
            make_item(
                Written(instruction=f"What lies beside the {name}?", output="a ball", num_media=1),
                method="scenes",
                media=drawn[number],
            ),
            id=f"scene-{number}",
            group=f"g{number}",
            license="mit",
            captions=(f"A {name} and a ball on a table.",),
            objects=(
                AnnotatedObject(label=name, region=Region(x1=0.1, y1=0.2, x2=0.3, y2=0.4), attributes={"color": "red"}),
                AnnotatedObject(label="ball", region=Region(x1=0.5, y1=0.5, x2=0.75, y2=0.75)),
            ),
        )
        for number, name in enumerate(("cup", "hammer", "shoe", "lamp")[:count])
    ]


def scripted(replies):
    return Scripted(replies)


def make(name, items, *, model, max_items=100, seed=0, others=None, rules=None, **options):
    """Everything that the synthesizer `name` makes, under its own rules unless others are given."""
    method = synthesizers.build(name, options)
    configs = getattr(method, "rules", ()) if rules is None else rules
    synthesis = Synthesis(seed=seed, max_items=max_items, model=model, others=others or {}, rules=build_rules(configs))
    return list(method.synthesize(items, synthesis=synthesis))


def kept(made):
    return [one for one in made if one.verdict.keep]


def reasons(made):
    return [one.verdict.reason for one in made if not one.verdict.keep]


VERBS = ("Describe", "Compare", "Invent", "Explain", "Rank", "Translate", "Summarise", "Criticise", "Rewrite", "Defend")
THINGS = (
    "harbour at night",
    "recipe for soup",
    "letter to a judge",
    "proof of a theorem",
    "walk through snow",
    "broken clock",
)
MANNERS = (
    "in one line",
    "for a child of six",
    "with two examples",
    "without the letter e",
    "as a poem",
    "as a list of steps",
)


def writing_tasks(text):
    """Eight tasks in Alpaca's form that depend on what was asked and on nothing else; now and then one that is bad."""
    chance = Stream("writing", text)
    told = []
    for number in range(4, 12):
        verb, thing, manner = (chance.choice(words) for words in (VERBS, THINGS, MANNERS))
        asked = "Draw a picture of something nice." if chance.below(6) == 0 else f"{verb} a {thing} {manner}."
        told.append(
            f"### {number}\nInstruction: {asked}\nInput: None\nOutput: Here is {thing}, {manner}, number {chance.below(99)}."
        )
    return "\n\n".join(told)


def seeds_file(folder):
    """The seeds in Alpaca's format."""
    rows = [{"instruction": one, "input": given, "output": output} for one, given, output in SEEDS]
    path = folder / "seeds.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path
