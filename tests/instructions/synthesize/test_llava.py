"""LLaVA's three types of records from captions and boxes, and what is refused of them."""

import json

import made_up
import pytest

from sayso.config import PromptConfig
from sayso.data.formats import formats
from sayso.errors import ConfigError
from sayso.instructions.render import render_sample
from sayso.instructions.synthesize._prompts import prompts
from sayso.instructions.synthesize.llava import TYPES
from sayso.records import AnnotatedItem
from sayso.sources import sources
from sayso.tasks import AS_WRITTEN, CONVERSATION, make_examples

GOOD = {
    "conversation": "Sure.\n### 1\nQuestion: What is red?\nAnswer: The cup.\n### 2\nQuestion: Where is the ball?\nAnswer: Below it,\nto the right.",
    "detail": "A red cup stands on a table, and a ball lies to the right of it.",
    "reasoning": "Question: Why may the ball fall?\nAnswer: It lies near the edge and is round.",
}


def writer(**replies):
    """What is said to each type; the three are told apart by how they are asked."""

    def answer(text):
        kind = "conversation" if "three to six" in text else "reasoning" if "one question" in text else "detail"
        return (GOOD | replies)[kind]

    return made_up.Answering(answer)


def write(items=None, *, model=None, **options):
    return made_up.make("llava", items or made_up.pictures(1), model=model or writer(), **options)


def test_captions_and_boxes_become_three_types_of_records_that_llava_reads(tmp_path):
    made = write()
    assert [one.operation for one in made] == list(TYPES)
    assert [one.details["turns"] for one in made] == [2, 1, 1]
    samples = []
    for one in made:
        (example,) = make_examples(CONVERSATION, item=one.item, seed=0)
        samples.append(
            render_sample(
                example,
                template=AS_WRITTEN,
                card=CONVERSATION,
                prompt=PromptConfig(),
                order=None,
                reference=example.references[0],
            )
        )
    outcome = formats.build("llava", {}).write(samples, out=tmp_path / "out")
    assert (outcome.num_samples, outcome.left_out) == (3, {})
    rows = json.loads((tmp_path / "out" / "conversations.json").read_text())
    assert [[turn["from"] for turn in row["conversations"]] for row in rows] == [
        ["human", "gpt"] * n for n in (2, 1, 1)
    ]
    assert [row["conversations"][0]["value"].count("<image>") for row in rows] == [1, 1, 1]
    assert "<image>" not in rows[0]["conversations"][2]["value"]
    source = {"path": str(tmp_path / "out" / "conversations.json"), "images": str(tmp_path / "out"), "format": "llava"}
    read = list(sources.build("conversations", source).items())
    assert all(isinstance(one, AnnotatedItem) for one in read)
    assert [len(one.conversation) for one in read] == [4, 2, 2]


def test_a_model_that_cannot_see_reads_the_annotations_and_is_told_what_to_write():
    model = writer()
    write(model=model)
    for kind, one in zip(TYPES, model.requests, strict=True):
        system, user = one.messages
        assert (one.media, system.role, system.text) == ((), "system", prompts("llava").fill(f"system_{kind}"))
        assert "Lines:\nA cup and a ball on a table.\nred cup: [0.100, 0.200, 0.300, 0.400]\nball: [0.500" in user.text
    write(model=model, boxes=False)
    assert "[0.100" not in model.requests[-1].messages[-1].text


def test_what_was_made_has_the_picture_its_group_and_license():
    item = made_up.pictures(1)[0]
    for one in write():
        assert (one.item.media, one.item.group, one.item.license, one.parents) == (item.media, "g0", "mit", (item.id,))


@pytest.mark.parametrize(
    ("kind", "reply", "reason"),
    [
        ("conversation", "What is red? The cup.", "no question in the reply"),
        ("conversation", GOOD["conversation"] + "\n### 3\nQuestion: And now?", "no 'Answer' in the reply"),
        ("conversation", GOOD["conversation"] + "\n### 3\nQuestion:\nAnswer: Yes.", "nothing after 'Question'"),
        (
            "conversation",
            GOOD["conversation"] + "\n### 3\nQuestion: what  is red?\nAnswer: It.",
            "the same question twice",
        ),
        ("reasoning", "Because it is round.", "no 'Question' in the reply"),
        ("detail", "The cup is at [0.100, 0.200, 0.300, 0.400].", "a box in the text"),
        ("detail", "The cup is at (0.100, 0.200).", "a box in the text"),
        ("detail", "<think>A cup.</think> A cup.", "leaked_markers"),
        ("detail", "A cup.<|im_end|>", "leaked_markers"),
        ("reasoning", 2 * "Question: Why?\nAnswer: So.\n", "'Question' to 'Answer' more than once"),
        ("detail", "As the caption says, a cup.", "leaked_markers"),
        ("reasoning", "Question: Why?\nAnswer: The bounding box is small.", "leaked_markers"),
        ("detail", "I'm sorry, but I can't help with that.", "refusal"),
        ("detail", "  ", "empty reply"),
    ],
)
def test_what_is_wrong_is_refused_and_told(kind, reply, reason):
    made = write(model=writer(**{kind: reply}))
    (refused,) = (one for one in made if not one.verdict.keep)
    assert refused.operation == kind
    assert refused.verdict.reason.startswith(reason)


def test_types_can_be_chosen_and_requests_for_descriptions_vary():
    many = made_up.pictures(4)
    made = write(many, types=("detail",))
    asked = {one.item.conversation[0].text for one in made}
    texts = prompts("llava")
    assert len(made) == len(many)
    assert len(asked) > 1
    assert asked <= {texts.fill(name) for name in texts.among("request_")}
    assert write(many, types=("detail",)) == made
    with pytest.raises(ConfigError, match="'poem' is none of conversation, detail, reasoning"):
        write(types=("poem",))
    with pytest.raises(ConfigError, match="needs pictures with captions or objects"):
        write(made_up.seeds())


def test_no_more_is_asked_for_than_is_wanted():
    model = writer()
    assert len(write(made_up.pictures(3), model=model, max_items=4)) == len(model.requests) == 4
