from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.config import PromptConfig
from sayso.errors import ConfigError, DataError
from sayso.instructions.render import render_sample
from sayso.records import Example, Media, MediaPart, Options, Region, Regions, Template, TextPart

CARD = SimpleNamespace(slots={"question": "text", "options": "options"}, output="option")
PROMPT = PromptConfig()
plain_text = st.text(st.characters(exclude_characters="{}"), min_size=1, max_size=30)


def example(**changes) -> Example:
    values = {
        "id": "t/1/0",
        "task": "t",
        "source": "toy",
        "split": "train",
        "fields": {"question": "What colour is it?", "options": Options(items=("red", "blue"))},
        "media": (Media(path="a.png", width=8, height=8),),
        "references": ("blue", "red"),
    }
    return Example(**{**values, **changes})


def template(text: str) -> Template:
    return Template(id="t/0", task="t", text=text)


def shown(sample) -> list[tuple[str, str]]:
    """The user's text, cut at its spans."""
    part = sample.messages[0].parts[-1]
    return [(part.text[span.start : span.end], span.role) for span in part.spans]


def test_options_follow_a_template_that_does_not_place_them():
    sample = render_sample(
        example(), template=template("Look. {question}"), card=CARD, prompt=PROMPT, order=(1, 0), reference="blue"
    )
    assert shown(sample) == [
        ("Look. ", "instr_template"),
        ("What colour is it?", "instr"),
        ("\n\n[Options]: blue||||red", "options"),
    ]
    assert sample.options == ("blue", "red")
    assert sample.references == ("blue", "red")
    assert sample.messages[1].parts[0].text == "blue"
    assert [span.role for span in sample.messages[1].parts[0].spans] == ["response"]


def test_options_stay_where_a_template_places_them():
    sample = render_sample(
        example(), template=template("From {options}: {question}"), card=CARD, prompt=PROMPT, order=None, reference=None
    )
    assert shown(sample)[1] == ("red||||blue", "options")
    assert sample.messages[0].parts[-1].text == "From red||||blue: What colour is it?"


@pytest.mark.parametrize(
    ("style", "appended"),
    [("lettered", "\n\nOptions:\n(A) red\n(B) blue"), ("numbered", "\n\nOptions:\n(1) red\n(2) blue")],
)
def test_the_answer_is_the_options_text_in_every_style(style, appended):
    prompt = PromptConfig(options=style)
    sample = render_sample(
        example(), template=template("{question}"), card=CARD, prompt=prompt, order=None, reference="blue"
    )
    assert shown(sample)[-1] == (appended, "options")
    assert sample.messages[1].parts[0].text == "blue"
    assert sample.options == ("red", "blue")


def test_media_come_first_and_a_prompt_has_no_answer():
    media = tuple(Media(path=name, width=8, height=8) for name in ("a.png", "b.png"))
    sample = render_sample(
        example(media=media), template=template("{question}"), card=CARD, prompt=PROMPT, order=None, reference=None
    )
    assert len(sample.messages) == 1
    assert sample.messages[0].parts[:2] == (MediaPart(index=0), MediaPart(index=1))


def test_a_row_without_media_is_text_alone():
    sample = render_sample(
        example(media=()), template=template("{question}"), card=CARD, prompt=PROMPT, order=None, reference=None
    )
    assert [type(part) for part in sample.messages[0].parts] == [TextPart]


def test_regions_are_instruction_and_may_be_options_and_answers():
    box, other = Region(x1=0, y1=0, x2=0.5, y2=0.5), Region(x1=0.5, y1=0.5, x2=1, y2=1)
    row = example(
        fields={"region": box, "many": Regions(items=(box, other)), "options": Options(items=(box, other))},
        references=(other,),
    )
    card = SimpleNamespace(slots={"region": "region", "many": "regions", "options": "options"}, output="region_option")
    sample = render_sample(
        row,
        template=template("{region} {many}"),
        card=card,
        prompt=PromptConfig(regions="percent"),
        order=(1, 0),
        reference=other,
    )
    assert shown(sample)[0] == ("0 0 50 50", "instr")
    assert shown(sample)[2] == ("0 0 50 50, 50 50 99 99", "instr")
    assert sample.options == ("50 50 99 99", "0 0 50 50")
    assert sample.messages[1].parts[0].text in sample.options


@given(
    before=plain_text,
    question=st.text(min_size=1),
    options=st.lists(st.text(), min_size=1, max_size=4),
    answer=st.text(min_size=1),
)
def test_spans_cover_every_character_once(before, question, options, answer):
    row = example(fields={"question": question, "options": Options(items=tuple(options))}, references=(answer,))
    sample = render_sample(
        row,
        template=template(before + "{question}"),
        card=CARD,
        prompt=PromptConfig(options="numbered"),
        order=None,
        reference=answer,
    )
    for message in sample.messages:
        part = message.parts[-1]
        ends = [0, *(span.end for span in part.spans)]
        assert [span.start for span in part.spans] == ends[:-1]
        assert ends[-1] == len(part.text)
    assert before + question in sample.messages[0].parts[-1].text


def test_slot_values_are_never_parsed_again():
    row = example(fields={"question": "{options} {{x}} {evil.attr}", "options": Options(items=("a", "b"))})
    sample = render_sample(row, template=template("{question}"), card=CARD, prompt=PROMPT, order=None, reference=None)
    assert shown(sample)[0] == ("{options} {{x}} {evil.attr}", "instr")


@pytest.mark.parametrize(
    ("change", "order", "reference", "message"),
    [
        ({}, (0, 0), "red", "not an order"),
        ({}, (0,), "red", "not an order"),
        ({}, None, "", "reference is empty"),
        ({"fields": {"options": Options(items=("red", "blue"))}}, None, "red", "nothing fills {question}"),
        ({"fields": {"question": Region(x1=0, y1=0, x2=1, y2=1)}}, None, "red", "type region"),
        ({"fields": {"question": "q", "options": Options(items=("a||||b", "c"))}}, None, "c", "which divides options"),
    ],
)
def test_what_cannot_be_rendered_is_refused(change, order, reference, message):
    with pytest.raises(DataError, match=message):
        render_sample(
            example(**change),
            template=template("{question}"),
            card=CARD,
            prompt=PROMPT,
            order=order,
            reference=reference,
        )


BOXES = tuple(Region(x1=n / 10, y1=0.1, x2=n / 10 + 0.1, y2=0.4) for n in range(4))


@given(
    order=st.permutations(range(4)),
    style=st.sampled_from(["multi_instruct", "lettered", "numbered"]),
    slot=st.booleans(),
)
def test_any_order_shows_each_option_once_and_leaves_the_answer_alone(order, style, slot):
    choices = ("red", "dark blue", "grün", "(A) red")
    row = example(fields={"question": "Which?", "options": Options(items=choices)}, references=("grün",))
    text = "{question} {options}" if slot else "{question}"
    sample = render_sample(
        row, template=template(text), card=CARD, prompt=PromptConfig(options=style), order=order, reference="grün"
    )
    assert sample.options == tuple(choices[place] for place in order)
    assert sample.messages[1].parts[0].text == "grün"
    roles = [role for _, role in shown(sample)]
    assert roles.count("options") == 1
    assert roles[-1] == "options"


@given(order=st.permutations(range(4)), style=st.sampled_from(["unit", "percent", "pixels"]))
def test_an_answer_that_is_a_box_is_written_as_it_is_among_the_options(order, style):
    row = example(fields={"options": Options(items=BOXES)}, references=(BOXES[2],))
    media = (Media(path="a.png", width=640, height=480),)
    card = SimpleNamespace(slots={"options": "options"}, output="region_option")
    sample = render_sample(
        Example(**{**{name: getattr(row, name) for name in row.__struct_fields__}, "media": media}),
        template=template("Choose."),
        card=card,
        prompt=PromptConfig(regions=style),
        order=order,
        reference=BOXES[2],
    )
    assert sample.options[list(order).index(2)] == sample.messages[1].parts[0].text == sample.references[0]


def test_a_slot_of_the_template_that_the_example_lacks_is_named_with_what_there_is():
    with pytest.raises(DataError, match=r"nothing fills \{colour\}; there is: question"):
        render_sample(
            example(), template=template("{question} {colour}"), card=CARD, prompt=PROMPT, order=None, reference=None
        )


def test_a_field_that_no_slot_names_is_not_shown_unless_it_is_the_options():
    sample = render_sample(
        example(), template=template("Just look."), card=CARD, prompt=PROMPT, order=None, reference=None
    )
    assert sample.messages[0].parts[-1].text == "Just look.\n\n[Options]: red||||blue"


def test_a_field_that_the_card_does_not_know_is_refused():
    card = SimpleNamespace(slots={"options": "options"}, output="option")
    with pytest.raises(DataError, match="field 'question' is of type text, the card of 't' says None"):
        render_sample(example(), template=template("{question}"), card=card, prompt=PROMPT, order=None, reference=None)


def test_an_instruction_without_a_character_is_refused_by_name():
    bare = example(fields={"question": ""})
    with pytest.raises(DataError, match="'t/1/0' under template 't/0': the instruction is empty"):
        render_sample(bare, template=template("{question}"), card=CARD, prompt=PROMPT, order=None, reference=None)


def test_ids_say_which_example_under_which_wording():
    sample = render_sample(example(), template=template("Look."), card=CARD, prompt=PROMPT, order=None, reference=None)
    assert (sample.id, sample.example, sample.template, sample.task) == ("t/1/0@t/0", "t/1/0", "t/0", "t")


@pytest.mark.parametrize("options", ["letterd", "", "LETTERED"])
def test_an_unknown_style_of_options_is_a_matter_of_the_recipe(options):
    with pytest.raises((ConfigError, ValueError), match=r"option|multi_instruct"):
        render_sample(
            example(),
            template=template("Look."),
            card=CARD,
            prompt=PromptConfig(options=options),
            order=None,
            reference=None,
        )
