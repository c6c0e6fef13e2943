"""CoachLM: a good reply takes the pair's place, and every bad one leaves it as it was, with the reason."""

import pytest
from chat_server import ChatServer
from msgspec import structs
from PIL import Image
from saying_model import CUT, Saying
from spoken_items import item, pair, texts

from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.instructions.revise import revisers
from sayso.instructions.synthesize import Synthesis
from sayso.instructions.synthesize._items import make_item
from sayso.instructions.synthesize.rules import Written, build_rules
from sayso.lm import open_model
from sayso.lm.pairs import REVISE, lay_out
from sayso.records import Media, MediaPart

OLD = pair("Name three elements.", "Water, air, fire.", wordings=("Which three elements are there?",))
GOOD = "Instruction: Name three chemical elements.\n\nResponse: Oxygen, iron and gold."


def revise(items, says, *, rules=(), **options):
    model = Saying(says if callable(says) else lambda text: says)
    synthesis = Synthesis(seed=0, max_items=9, model=model, rules=build_rules(map(PluginConfig.model_validate, rules)))
    return list(revisers.build("coachlm", options).revise(items, synthesis=synthesis)), model


def test_the_pair_is_asked_about_in_one_fixed_form_and_replaced():
    (made,), model = revise([OLD], GOOD)
    assert model.asked == [f"{REVISE}\n\n{lay_out('Name three elements.', 'Water, air, fire.')}"]
    assert texts(made.item) == ["Name three chemical elements.", "Oxygen, iron and gold."]
    assert (made.id, made.item.id, made.parents, made.operation) == ("talk-0", "talk-0", ("talk-0",), "coachlm")
    assert (made.verdict.keep, made.verdict.reason, made.model, made.reply) == (True, "revised", "saying", GOOD)
    assert made.item.wordings == ()  # they say what the old instruction said
    assert made.details["revised"] is True


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (None, "not answered (it said nothing)"),
        ("", "the reply does not begin with an instruction"),
        ("Sure! Here it is: a better pair.", "the reply does not begin with an instruction"),
        ("Instruction: Name three.", "the reply has no response"),
        ("Instruction: Name three.\nResponse:", "half of the pair is empty"),
        ("Instruction:\n\nResponse: Oxygen.", "half of the pair is empty"),
        ("Instruction: A\nResponse: B\n\nInstruction: C\nResponse: D", "the reply has 2 responses"),
        ("Response: Oxygen.\nInstruction: Name three.", "the reply does not begin with an instruction"),
        (GOOD + CUT, "the reply was cut off; raise max_tokens"),
        (lay_out(*texts(OLD)), "the reply changes nothing"),
    ],
)
def test_a_malformed_reply_keeps_the_original(said, reason):
    (made,), _ = revise([OLD], lambda text: said)
    assert made.item == OLD
    assert (made.verdict.keep, made.verdict.reason) == (True, f"as it was: {reason}")
    assert made.details["revised"] is False


def test_rules_of_instructions_do_not_read_an_input_that_stays():
    written = Written(
        instruction="Sum up this text.", input=("The file is on the map. " * 40).strip(), output="A file."
    )
    old = structs.replace(make_item(written, method="toy"), id="talk-0")
    asked = [{"name": "blacklist"}, {"name": "length"}]
    said = lay_out(f"Sum up this text in four words.\n{written.input}", "The map has it.")
    (made,), _ = revise([old], said, rules=asked)
    assert (made.verdict.reason, texts(made.item)[1]) == ("revised", "The map has it.")
    (made,), _ = revise([OLD], GOOD.replace("elements", "files"), rules=asked)
    assert made.verdict.reason == "as it was: blacklist: the instruction has 'files'"


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("<s>Instruction: A b?\nResponse: C d.</s>", ["A b?", "C d."]),
        ("**Instruction:** A b?\n\n**Response:** C d.<|im_end|>", ["A b?", "C d."]),
        ("### Instruction: A b?\n### Response: C d.", ["A b?", "C d."]),
        ("Revised Instruction: A b? Response: C d.", ["A b?", "C d."]),
        ("Instruction: A b?\nResponse: C d." + " I am done now." * 9, ["A b?", "C d. I am done now."]),
        ("Instruction: A\nb?\nResponse: Say 'Response: x' twice.", ["A\nb?", "Say 'Response: x' twice."]),
    ],
)
def test_stray_marks_and_repeats_are_taken_away(said, wanted):
    (made,), _ = revise([OLD], said)
    assert texts(made.item) == wanted


def test_as_many_come_out_as_went_in_and_each_has_its_own_reply():
    pool = [pair(f"Question {n}?", f"Answer {n}.", name=f"t-{n}") for n in range(300)]
    pool[7] = item(name="t-7")  # no conversation

    def says(text):
        number = text.rpartition("Answer ")[2].strip(".")
        return f"Instruction: New {number}?\nResponse: More {number}." if int(number) % 2 else "no"

    made, model = revise(pool, says)
    assert [one.id for one in made] == [one.id for one in pool]
    assert len(model.asked) == 299
    for number, one in enumerate(made):
        changed = number % 2 == 1 and number != 7
        assert texts(one.item) == ([f"New {number}?", f"More {number}."] if changed else texts(pool[number]))
    assert made[7].verdict.reason == "as it was: it has no answered question"


def test_in_a_longer_conversation_only_answers_change():
    talk = item(("system", "Be kind."), ("user", "A?"), ("assistant", "B."), ("user", "C?"), ("assistant", "D."))

    def says(text):
        return "no" if "Response: B." in text else "Instruction: Else?\nResponse: Better."

    (made,), model = revise([talk], says)
    assert texts(made.item) == ["Be kind.", "A?", "B.", "C?", "Better."]
    assert (made.details["pairs"], made.details["kept_as_they_were"]) == (2, 1)
    assert "System: Be kind.\nUser: A?\nAssistant: B." in model.asked[1]


def test_rules_of_the_recipe_look_at_revisions_but_not_those_that_compare():
    refused, _ = revise(
        [OLD], "Instruction: Name it.\nResponse: I'm sorry, but I cannot help with that.", rules=["refusal"]
    )
    assert refused[0].item == OLD
    assert "refusal" in refused[0].verdict.reason
    same, _ = revise([OLD, OLD], GOOD, rules=[{"name": "novelty"}])
    assert all(one.details["revised"] for one in same)


def test_pictures_stay_and_are_shown(tmp_path):
    Image.new("RGB", (8, 8), "red").save(tmp_path / "a.png")
    picture = Media(path=str(tmp_path / "a.png"), width=8, height=8)
    seen = pair("What is it?", "A thing.", media=(picture,))
    gone = pair("What is it?", "A thing.", media=(Media(path="gone.png", width=8, height=8),), name="talk-1")
    with ChatServer(answer=lambda text: GOOD, keep_bodies=True) as server:
        config = PluginConfig.model_validate({"name": "chat", "model": "m", "base_url": server.base_url})
        model = open_model(config, store=tmp_path / "replies.sqlite")
        synthesis = Synthesis(seed=0, max_items=9, model=model)
        for _ in range(2):  # the second time all is on file
            first, second = revisers.build("coachlm", {}).revise([seen, gone], synthesis=synthesis)
            assert isinstance(first.item.conversation[0].parts[0], MediaPart)
            assert texts(first.item)[1] == "Oxygen, iron and gold."
            assert second.item == gone
            assert "gone.png" in second.verdict.reason
        blind = list(revisers.build("coachlm", {"without_pictures": True}).revise([gone], synthesis=synthesis))
        assert blind[0].details["revised"]
        assert server.counts.calls == 2
    assert "image_url" in str(server.bodies[0])
    assert "image_url" not in str(server.bodies[1])


def test_a_model_that_a_train_stage_made_revises(tmp_path):
    pytest.importorskip("torch")
    from tiny_chat import save_tiny_chat

    folder = save_tiny_chat(tmp_path / "coach" / "model")
    for options, trained, name in (({"path": str(folder)}, (), "model"), ({}, (folder,), "coach")):
        synthesis = Synthesis(seed=0, max_items=9, trained=trained)
        (made,) = revisers.build("coachlm", {**options, "max_tokens": 8}).revise([OLD], synthesis=synthesis)
        assert (made.item, made.model) == (OLD, name)
        assert made.reply


def test_without_a_model_there_is_no_reviser():
    with pytest.raises(ConfigError, match=r"coachlm.*synthesize\.model"):
        list(revisers.build("coachlm", {}).revise([OLD], synthesis=Synthesis(seed=0, max_items=9)))
