"""A preview shows every character of a sample once, under the colour of its role."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from sayso.errors import ConfigError
from sayso.pipeline import Preview, preview_recipe, preview_tokens, role_legend
from sayso.records import ROLES, Media, MediaPart, Message, Sample, Span, TextPart

texts = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"]), min_size=1, max_size=30)


def printed(markup):
    console = Console(file=io.StringIO(), width=10_000, highlight=False, emoji=False)
    console.print(markup, soft_wrap=True)
    return console.file.getvalue()


def sample(instruction, answer, *, media=0):
    def part(text, role):
        return TextPart(text=text, spans=(Span(start=0, end=len(text), role=role),))

    pictures = tuple(MediaPart(index=index) for index in range(media))
    return Sample(
        id="s",
        example="e",
        task="t",
        template="t/0",
        messages=(
            Message(role="user", parts=(*pictures, part(instruction, "instr"))),
            Message(role="assistant", parts=(part(answer, "response"),)),
        ),
        media=tuple(Media(path="x.png", width=8 + index, height=9) for index in range(media)),
    )


@given(instruction=texts, answer=texts)
def test_no_text_is_taken_for_markup(instruction, answer):
    lines = printed(Preview(sample(instruction, answer)).as_markup())
    assert f"user: {instruction}\n" in lines
    assert f"assistant: {answer}\n" in lines


@pytest.mark.parametrize("number", [0, 1, 2])
def test_pictures_stand_where_they_are_with_their_sizes(number):
    lines = printed(Preview(sample("What?", "That.", media=number)).as_markup())
    assert [f"image {8 + index}x9" in lines for index in range(3)] == [index < number for index in range(3)]


def test_the_legend_names_roles_that_exist():
    assert set(printed(role_legend()).split()) <= set(ROLES)
    assert "response" in role_legend()


def test_a_preview_is_of_the_recipes_own_data(kitchen):
    shown = preview_recipe(kitchen.recipe(), count=3)
    assert len(shown) == 3
    for preview in shown:
        value = preview.as_json()
        assert value["task"] == "description_question_answering"
        parts = [part for message in value["messages"] for part in message["parts"]]
        assert "cats" in "".join(part["text"] for part in parts)
        assert all(part["spans"][-1]["end"] == len(part["text"]) for part in parts)
    assert not kitchen.out.exists()


def test_a_preview_is_the_same_every_time_and_another_with_another_seed(kitchen):
    texts = [[p.as_markup() for p in preview_recipe(kitchen.recipe(*o), count=6)] for o in ([], [], ["seed=8"])]
    assert texts[0] == texts[1] != texts[2]


def test_a_stage_is_chosen_by_name_and_else_the_last_one(kitchen):
    text = """
        stages:
          first: {kind: build, from: [], tasks: [image_captioning]}
          second: {kind: build, from: [], tasks: [counting]}
        build: {sources: [{name: shapes, count: 30}]}
    """
    recipe = kitchen.recipe(text=text)
    assert preview_recipe(recipe, count=1)[0].sample.task == "counting"
    assert preview_recipe(recipe, stage="first", count=1)[0].sample.task == "image_captioning"
    with pytest.raises(ConfigError, match="no build stage 'frist'; did you mean 'first'"):
        preview_recipe(recipe, stage="frist")


def test_counts_that_are_no_counts_are_refused(kitchen):
    assert preview_recipe(kitchen.recipe(), count=0) == []
    with pytest.raises(ConfigError, match="preview of -1 samples"):
        preview_recipe(kitchen.recipe(), count=-1)


def test_wordings_are_drawn_as_the_train_stage_of_the_build_draws_them(kitchen):
    usual, fixed, longest = (
        [preview.sample.template for preview in preview_recipe(kitchen.recipe(*changes), count=6)]
        for changes in ((), ("train.wording=fixed",), ("train.drawing.name=toy_drawings:longest",))
    )
    assert usual != fixed
    assert len(set(longest)) == 1 < len(set(usual))
    with pytest.raises(ConfigError, match="no drawing named 'uniformly'"):
        preview_recipe(kitchen.recipe("train.drawing.name=uniformly"), count=1)


TINY = "{name: tiny, hidden_size: 32, vision_hidden_size: 32, num_layers: [1, 1], num_heads: 2, vocab_size: 420}"
STAGES = f"""
    stages:
      build: {{from: []}}
      base: {{kind: train, from: [build], model: {TINY}}}
      more: {{kind: train, from: [build, base], objective: {{name: toy_weights:half}}, model: {{name: auto, path: nowhere}}}}
    build: {{sources: [{{name: shapes, count: 30}}], tasks: [counting, image_captioning]}}
"""


def test_tokens_are_those_of_the_samples_with_the_weights_of_the_stage(kitchen):
    pytest.importorskip("torch")
    recipe = kitchen.recipe(text=STAGES)
    samples = [preview.sample for preview in preview_recipe(recipe, count=2)]
    shown = preview_tokens(recipe, count=2)
    assert [one.id for one in shown] == [sample.id for sample in samples]
    for one, sample in zip(shown, samples, strict=True):
        response = "".join(token.text for token in one.tokens if token.role == "response")
        assert response.strip() == sample.messages[-1].parts[0].text
        assert {token.role for token in one.tokens if token.weight} == {"response", "resp_end"}
        assert [token.times for token in one.tokens if token.role == "media"] == [9]
    assert not kitchen.out.exists()


def test_the_weights_are_of_the_stage_and_the_tokenizer_of_the_model_that_it_began_as(kitchen):
    pytest.importorskip("torch")
    text = STAGES.replace("base: {kind: train, from: [build],", "base: {kind: train, from: [other],")
    text = text.replace(
        "build: {from: []}", "other: {kind: build, from: [], tasks: [counting]}\n      build: {from: []}"
    )
    (shown,) = preview_tokens(kitchen.recipe(text=text), stage="build", count=1)
    assert {token.weight for token in shown.tokens if token.role == "instr_template"} == {0.5}
    assert {token.role for token in shown.tokens} <= set(printed(role_legend(tokens=True)).split())


def test_boxes_as_bins_are_tokens_of_their_own(kitchen):
    pytest.importorskip("torch")
    text = STAGES.replace(
        "tasks: [counting, image_captioning]", "tasks: [grounded_captioning], prompt: {regions: bins}"
    )
    (shown,) = preview_tokens(kitchen.recipe(text=text), count=1)
    bins = [token.text for token in shown.tokens if token.text.startswith("<bin_")]
    assert len(bins) >= 4
