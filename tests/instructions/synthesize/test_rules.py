"""Each rule by what it must refuse and what it must leave alone."""

import pytest

from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.instructions.synthesize.rules import RULE_SETS, Written, announce, build_rules, judge, remember, rules


def refused(name, written=None, *, options=(), **parts):
    """Whether the rule refuses it; parts that do not matter are harmless."""
    given = written or Written(**{"instruction": "Name the animal that is meant.", "output": "A cat.", **parts})
    return not rules.build(name, dict(options)).judge(given).keep


ELEVEN = {
    "three words": ("length", {"instruction": "Name the animal"}),
    "151 words": ("length", {"instruction": "word " * 151}),
    "word of the blacklist": ("blacklist", {"instruction": "Look at the  Picture and name the animal."}),
    "two words of the blacklist": ("blacklist", {"instruction": "Go\nto the site and name the animal."}),
    "a program": ("starts_with", {"instruction": "Write a program that names animals."}),
    "punctuation": ("punctuation_first", {"instruction": "- Name the animal that is meant."}),
    "no ASCII": ("ascii_first", {"instruction": "→ Name the animal that is meant."}),
    "not new": ("novelty", {"instruction": "Tell me what the weather is like today."}),
    "input said back": ("input_is_output", {"input": "A cat. ", "output": "A cat."}),
    "empty answer": ("empty_output", {"output": " \n"}),
    "colon": ("trailing_colon", {"output": "The animals are: "}),
    "colon in the input": ("trailing_colon", {"input": "Animals:"}),
    "contradicted": ("contradiction", {"input": "It purrs.", "output": "A dog."}),
}


@pytest.mark.parametrize(("rule", "parts"), ELEVEN.values(), ids=ELEVEN)
def test_self_instruct_refuses_every_planted_bad_item_by_the_rule_for_it(rule, parts):
    chain = build_rules(RULE_SETS["self_instruct"])
    seeds = [
        Written(instruction="Tell me what the weather is like", output="Sunny."),
        Written(instruction="Name the animal that is meant.", input="It purrs.", output="A cat."),
    ]
    for seed in seeds:
        remember(seed, chain)
    written = Written(**{"instruction": "Name the animal that is meant.", "output": "A cat.", **parts})
    assert judge(written, chain).reason.split(":")[0] == rule


def test_the_blacklist_is_for_text_alone_unless_there_is_one_for_pictures():
    asked = {"instruction": "What is in the picture?"}
    assert refused("blacklist", **asked)
    assert not refused("blacklist", **asked, num_media=1)
    assert refused("blacklist", **asked, num_media=1, options={"with_media": ("picture",)})
    assert not refused("blacklist", **asked, options={"words": ()})
    assert not refused("blacklist", instruction="Which profile has pictured a mapping?")


def test_programs_that_are_not_asked_for_first_are_left():
    assert refused("starts_with", instruction=" write  a PROGRAM in C")
    assert not refused("starts_with", instruction="Explain: write a program")
    assert refused("starts_with", instruction="As an expert, say it", options={"phrases": ("as an",)})


def test_first_characters_of_other_languages():
    assert refused("ascii_first", instruction="Опиши картинку")
    assert not refused("ascii_first", instruction="Опиши картинку", options={"other_letters": True})
    assert refused("ascii_first", instruction="😀 describe it", options={"other_letters": True})
    assert not refused("punctuation_first", instruction="¿Qué es esto?")
    assert refused("punctuation_first", instruction="。描述")
    assert not refused("ascii_first", instruction="")
    assert not refused("punctuation_first", instruction="  ")


def test_two_empty_texts_are_no_echo():
    assert not refused("input_is_output", input="", output="")
    assert refused("empty_output", output="<nooutput>")
    assert not refused("trailing_colon", output="Note: it rains.")
    assert refused("trailing_colon", output="以下：")


QUESTION = {"instruction": "Which animal?", "input": "It purrs."}


def test_a_group_that_contradicts_itself_is_refused_as_a_whole():
    group = [Written(**QUESTION, output=text) for text in ("A cat.", "A dog.", "A cat. ")]
    alone = Written(instruction="Which animal?", input="It barks.", output="A dog.")
    rule = rules.build("contradiction", {})
    rule.announce([*group, alone])
    assert [rule.judge(one).keep for one in (*group, alone)] == [False, False, False, True]


def test_without_the_group_the_second_answer_is_refused():
    rule = rules.build("contradiction", {})
    rule.keep(Written(**QUESTION, output="A cat."))
    assert rule.judge(Written(**QUESTION, output="A cat.")).keep
    assert not rule.judge(Written(instruction="which  ANIMAL?", input="it purrs.", output="A dog.")).keep
    assert rule.judge(Written(**QUESTION, output="A dog.", num_media=1)).keep


def test_several_answers_and_questions_without_input():
    outputs = ("A cat.", "A tiger.", "A lynx.")
    rule = rules.build("contradiction", {"several": 2})
    rule.announce([Written(**QUESTION, output=text) for text in outputs[:2]])
    assert [rule.judge(Written(**QUESTION, output=text)).keep for text in outputs] == [True, True, False]
    for without_input in (False, True):
        rule = rules.build("contradiction", {"without_input": without_input})
        rule.announce([Written(instruction="Name one", output=text) for text in outputs])
        assert rule.judge(Written(instruction="Name one", output="A cat.")).keep is not without_input


def test_duplicates_differ_in_nothing_that_is_read():
    kept = Written(instruction="Name the animal.", input="It purrs.", output="A cat.")
    near = Written(instruction="name  the animal.", input="It purrs.", output="a CAT.")
    other = Written(instruction="Name the animal.", input="It purrs.", output="A lynx.")
    moved = Written(instruction="Name the animal.", input="It", output="purrs. A cat.")
    for of, expected in (("all", [False, True, True]), ("asked", [False, False, True])):
        rule = rules.build("duplicate", {"of": of})
        rule.keep(kept)
        assert [rule.judge(one).keep for one in (near, other, moved)] == expected


def test_a_child_that_is_its_parent_again():
    parent = "Name an animal that purrs."
    assert refused("same_as_parent", instruction="name an ANIMAL that purrs", parent=parent)
    assert not refused("same_as_parent", instruction="Name an animal that never purrs.", parent=parent)
    near = {"instruction": "Name an animal that never purrs.", "parent": parent}
    assert refused("same_as_parent", **near, options={"threshold": 0.9})
    assert not refused("same_as_parent", instruction=parent)
    with pytest.raises(ConfigError, match="threshold"):
        rules.build("same_as_parent", {"threshold": 0})


def test_short_apologies_by_number_of_words():
    assert refused("short_apology", output="Sorry, no.")
    assert refused("short_apology", output="sorry " + "x " * 78)
    assert not refused("short_apology", output="sorry " + "x " * 79)
    assert not refused("short_apology", instruction="How do I say sorry?", output="Say: I am sorry.")
    assert not refused("short_apology", output="It is a sorrysome day.")


@pytest.mark.parametrize("output", ["The.", "It is the", "How are you?", "...", "?! —", "that this\nand"])
def test_answers_of_nothing_but_little_words(output):
    assert refused("only_stop_words", output=output)


@pytest.mark.parametrize(
    "output", ["No.", "both", "on", "(a)", "D", "I", "there", "2", "😀", "+", "的", "The cat", "", "the " * 3000]
)
def test_short_answers_that_say_something(output):
    assert not refused("only_stop_words", output=output)


def test_markers_of_prompts():
    assert refused("leaked_markers", instruction="#Rewritten  Prompt#: name it")
    assert refused("leaked_markers", output="A cat. ### Response: A dog.")
    assert refused("leaked_markers", input="[INST] it purrs")
    assert not refused("leaked_markers", instruction="Write a story for the given prompt.")
    assert refused("leaked_markers", instruction="Rewrite the given prompt.", parent="Write a story.")
    assert not refused("leaked_markers", instruction="Use the given prompt.", parent="See the given prompt.")
    assert refused("leaked_markers", output="ECHO one", options={"markers": ("echo ",)})


REFUSALS = {
    "I'm sorry, but I cannot help with that.": 1.0,
    "I cannot assist you with this request.": 1.0,
    "Unfortunately, I’m not able to provide that.": 1.0,
    "Sorry, I can't do that.": 1.0,
    "I apologize, but I don't have enough information.": 1.0,
    "Es tut mir leid, aber dabei kann ich nicht helfen.": 1.0,
    "抱歉，我无法回答。": 1.0,
    "I can't see the image that you mean.": 0.9,
    "No image was provided, so there is no answer.": 0.9,
    "Please provide the text.": 0.9,
    "As an AI language model, I have no feelings, yet it is sunny.": 0.8,
    "It is not appropriate to joke about people.": 0.5,
}


@pytest.mark.parametrize(("output", "strength"), REFUSALS.items())
def test_refusals_by_their_strength(output, strength):
    verdict = rules.build("refusal", {"threshold": 0.5}).judge(Written(instruction="Do it now", output=output))
    assert not verdict.keep
    assert verdict.score == pytest.approx(1 - strength)
    assert refused("refusal", instruction="Do it now", output=output) == (strength >= 0.8)


@pytest.mark.parametrize(
    ("instruction", "output"),
    [
        ("Write an apology to a customer.", "We are sorry for the delay; your parcel comes on Monday."),
        ("Translate: I cannot help you.", "Ich kann dir nicht helfen. (I cannot help you.)"),
        ("What is in the picture?", "A man who cannot see the road because of the fog."),
        ("Is there a dog?", "No."),
        ("Write a metaphor.", "I am a moth to a flame; I can't help but be drawn to her."),
        ("Write a dialogue.", "You: I'm sorry, but I can't help you.\nMe: Why not?"),
        ("Write a letter.", "I'm sorry that you have to wait; I can't accept your offer."),
        ("Write a scene.", "He ran, and " * 30 + "she said: I'm sorry, but I can't help you."),
        ("What is an AI?", "A system that does what needs intelligence."),
        ("What is wrong with my sink?", "The trap is clogged; you can't use it until it is cleaned."),
    ],
)
def test_what_only_sounds_like_a_refusal_is_kept(instruction, output):
    assert not refused("refusal", instruction=instruction, output=output, options={"threshold": 0.5})


def test_a_chain_of_a_recipe_names_an_unknown_rule():
    with pytest.raises(ConfigError, match="novelty"):
        build_rules([PluginConfig(name="noveltey")])


def test_all_of_a_chain_are_told_what_comes():
    chain = build_rules([PluginConfig(name="contradiction"), PluginConfig(name="length")])
    announce([Written(**QUESTION, output=text) for text in ("A cat.", "A dog.")], chain)
    assert judge(Written(**QUESTION, output="A cat."), chain).reason.startswith("contradiction: ")
