"""Explore-Instruct: the tree, coming back for siblings, names that are too near, examples."""

from collections import Counter
from itertools import count

import made_up
import pytest

from sayso.errors import ConfigError
from sayso.instructions.synthesize._items import written_of


class Explorer(made_up.Answering):
    """Names nodes by numbers, so many as it likes a request, and writes examples of a node."""

    def __init__(self, *, names=None, more=0, fewer=0, examples=None):
        super().__init__(self.say)
        self.numbers, self.names, self.more, self.fewer, self.examples = count(), names, more, fewer, examples

    def say(self, text):
        task = text.partition("\nTask: ")[2].partition("\n")[0]
        wanted = int(text.partition("Write ")[2].split()[0])
        if "Instruction: what is asked" in text:
            return self.examples or "\n".join(
                f"### {n}\nInstruction: {made_up.VERBS[n % 10]} {abs(hash_of(task + text)) % 997} things of {n} kinds quickly.\nInput: None\nOutput: Done {n}."
                for n in range(1, wanted + 1)
            )
        return "\n".join(self.block(n) for n in range(1, wanted + 1 + self.more - self.fewer))

    def block(self, number):
        one = next(self.numbers)
        name = self.names[one % len(self.names)] if self.names else f"Task{one}"
        return f"### {number}\nName: {name}\nReason: part {one}\nExample 1: Ask {one} a.\nExample 2: Ask {one} b."

    @property
    def moves(self):
        texts = [one.messages[-1].text for one in self.requests]
        return ["back" if "come back" in text else "look" if "Name: a verb" in text else "enrich" for text in texts]


def hash_of(text):
    return sum(ord(letter) * place for place, letter in enumerate(text))


def explore(model, **options):
    settings = {"domain": "cooking", "breadths": (2, 2), "rules": (), **options}
    return made_up.make("explore_instruct", made_up.seeds(), model=model, **settings)


def paths(made):
    return {tuple(one.details["task"]) for one in made if one.operation == "enrich"}


def test_the_tree_is_as_broad_and_as_deep_as_was_said():
    model = Explorer()
    made = explore(model, breadths=(2, 3), examples_per_node=1, examples_per_request=1)
    found = paths(made)
    assert {len(path) for path in found} == {2, 3}
    children = Counter(path[:-1] for path in found)
    assert children[("cooking",)] == 2
    assert [number for path, number in children.items() if len(path) == 2] == [3, 3]
    assert model.moves.count("look") == 1 + 2
    assert "back" not in model.moves


def test_what_is_too_many_in_a_reply_is_told_and_left_out():
    made = explore(Explorer(more=2), breadths=(2,), examples_per_node=1)
    assert [one.verdict.reason for one in made if one.operation == "lookahead"] == ["over 2 tasks"] * 2
    assert len(paths(made)) == 2


def test_coming_back_adds_siblings_to_the_children_that_a_task_has():
    model = Explorer()
    made = explore(model, breadths=(4,), per_request=2, examples_per_node=1)
    assert model.moves[:2] == ["look", "back"]
    assert len(paths(made)) == 4
    look, back = (one.messages[-1].text for one in model.requests[:2])
    assert "Its children: none so far" in look
    assert "Its children: Task0, Task1" in back
    assert len(paths(explore(Explorer(), breadths=(4,), per_request=2, examples_per_node=1, returns=0))) == 2
    assert len(paths(explore(Explorer(), breadths=(9,), per_request=2, examples_per_node=1, returns=3))) == 8


def test_new_siblings_are_taken_apart_too():
    found = paths(explore(Explorer(), breadths=(2, 1), per_request=1, examples_per_node=1))
    assert Counter(map(len, found)) == {2: 2, 3: 2}
    model = Explorer()
    explore(model, breadths=(2, 2), examples_per_node=1)
    assert (
        "Task: cooking > Task0\nIts children: none so far\nIts siblings: Task1" in model.requests[1].messages[-1].text
    )


def test_names_that_are_too_near_are_pruned():
    names = ("Bake bread at home", "Bake good bread at home", "Season a soup", "Clean a pan")
    made = explore(Explorer(names=names), breadths=(4,), returns=0, examples_per_node=1)
    (pruned,) = (one for one in made if one.operation == "lookahead")
    assert pruned.verdict.reason == "pruned (ROUGE-L 0.89 with 'Bake bread at home')"
    assert {path[-1] for path in paths(made)} == {names[0], *names[2:]}
    assert len(paths(explore(Explorer(names=names), breadths=(4,), prune_above=0.9, examples_per_node=1))) == 4


def test_examples_become_items_of_the_node_until_enough_are_kept():
    model = Explorer()
    made = explore(model, breadths=(2,), examples_per_node=3, examples_per_request=2)
    assert Counter(tuple(one.details["task"]) for one in made_up.kept(made)) == {
        ("cooking", "Task0"): 3,
        ("cooking", "Task1"): 3,
    }
    assert [one.round for one in made_up.kept(made)] == [0] * 4 + [1] * 2
    assert "What it is: part 0" in "".join(one.messages[-1].text for one in model.requests)
    few = Explorer()
    assert len(made_up.kept(explore(few, breadths=(2,), max_items=2, examples_per_request=2))) == 2
    assert few.moves == ["look", "enrich"]
    (one, *_) = made_up.kept(made)
    assert one.item.license == "cc-by-4.0"
    assert set(one.parents) < {seed.id for seed in made_up.seeds()}
    assert written_of(one.item).output.startswith("Done")


def test_near_instructions_are_filtered():
    same = "### 1\nInstruction: Chop an onion finely for a stew.\nInput: None\nOutput: Slice it, then cut across."
    made = explore(Explorer(examples=same), breadths=(2,), rules=None)
    assert len(made_up.kept(made)) == 1
    assert all(reason.startswith("novelty") for reason in made_up.reasons(made))


@pytest.mark.parametrize(
    ("examples", "reason"),
    [
        ("Chop an onion.", "no example in the reply"),
        ("### 1\nInstruction: Chop an onion.", "no 'Input' in the reply"),
        ("### 1\nInstruction: Chop.\nInput: None\nOutput:", "unusable (no answer)"),
    ],
)
def test_what_is_no_example_is_told(examples, reason):
    made = explore(Explorer(examples=examples), breadths=(1,), examples_per_node=1)
    assert made_up.reasons(made) == [reason]


def test_a_node_without_all_parts_is_none_and_the_same_seed_draws_the_same():
    model = made_up.Answering(lambda text: "### 1\nName: Bake\nReason: \nExample 1: a\nExample 2: b")
    (one,) = explore(model)
    assert (one.operation, one.verdict.reason) == ("lookahead", "nothing after 'Reason'")
    assert explore(Explorer()) == explore(Explorer())


@pytest.mark.parametrize(
    ("options", "told"), [({"domain": " "}, "names no field"), ({"breadths": (13,)}, "13 is not from 1 to 12")]
)
def test_options_that_make_no_sense(options, told):
    with pytest.raises(ConfigError, match=told):
        explore(Explorer(), **options)
