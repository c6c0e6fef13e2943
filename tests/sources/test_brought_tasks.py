"""Sources whose data bring their own tasks: Natural Instructions and the released MultiInstruct rows."""

import json
import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sayso.config import BuildConfig, PromptConfig
from sayso.data.plan import plan_tasks
from sayso.data.wordings import task_wordings
from sayso.errors import DataError
from sayso.instructions.render import render_sample
from sayso.instructions.template import check_slots
from sayso.records import AnnotatedItem, Filled, Options, Question, Region, Regions, TaskCard, Template, TextPart
from sayso.sources import BadRow, TaskSource, sources
from sayso.tasks import brought_task, make_examples, meets

DATA = os.environ.get("SAYSO_DATA", "")
real = pytest.mark.skipif(not DATA, reason="real data: set SAYSO_DATA to its folder")

V2 = {
    "Categories": ["Pos Tagging"],
    "Definition": ["Write the {braced} word, or {input} itself."],
    "Positive Examples": [{"input": "x" * 500, "output": "long"}, {"input": "a {b}", "output": "b", "explanation": ""}],
    "Instances": [
        {"id": "t-1", "input": "one {two}", "output": ["two", "two ", "2"]},
        {"id": "t-2", "input": "  ", "output": ["x"]},
        {"id": "t-3", "output": ["x"]},
        {"id": "t-4", "input": "a long input " * 20, "output": ["y"]},
    ],
    "Instance License": ["MIT"],
}
V1 = {
    "Title": "Naming",
    "Prompt": "Name it.",
    "Definition": "Say what it is called.",
    "Things to Avoid": "-",
    "Examples": {"Positive Examples": "-", "Negative Examples": "-"},
    "Instances": [{"input": "a pet that barks", "output": "dog"}],
}


def folder(tmp_path, **files):
    for name, content in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    return str(tmp_path)


def config(name, **options):
    return BuildConfig.model_validate({"sources": [{"name": name, **options}]})


def made(name, options):
    """Every example of a source's own tasks, with the text of its prompt under the first wording."""
    setup = config(name, **options)
    plans = [plan for plan in plan_tasks(setup) if plan.brought and plan.task.needs]
    found = []
    for item in sources.build(name, options).items():
        for plan in plans:
            if isinstance(item, AnnotatedItem) and meets(plan.task, item):
                found += [(plan, example) for example in make_examples(plan.task, item=item, seed=1)]
    return found


def prompts(plan, example):
    for template in task_wordings(plan, config=config("shapes"), seed=1):
        sample = render_sample(
            example, template=template, card=plan.task, prompt=PromptConfig(), order=None, reference=None
        )
        yield "".join(part.text for part in sample.messages[0].parts if isinstance(part, TextPart))


def test_a_file_is_a_task_with_its_definition_in_every_wording(tmp_path):
    source = sources.build("natural_instructions", {"path": folder(tmp_path, task7=V2)})
    (card,) = source.tasks()
    assert isinstance(source, TaskSource)
    assert (card.name, card.category) == ("task7", "text.pos_tagging")
    assert sum(not template.held_out for template in card.templates) == 5
    assert (
        sum(template.held_out for template in card.templates) == 4
    )  # the worked example that is short makes the fourth
    for template in card.templates:
        check_slots(template.text, slots={"input": "text"})


def test_braces_that_people_wrote_are_text_and_never_slots(tmp_path):
    ((plan, example),) = made("natural_instructions", {"path": folder(tmp_path, task7=V2), "max_characters": 100})
    for text in prompts(plan, example):
        assert "the {braced} word, or {input} itself" in text
        assert "one {two}" in text


def test_every_output_is_a_reference_once(tmp_path):
    ((_, example),) = made("natural_instructions", {"path": folder(tmp_path, task7=V2), "max_characters": 100})
    assert example.references == ("two", "2")
    assert example.license == "MIT"


def test_a_bad_instance_is_bad_alone_and_a_long_one_can_be_left_out(tmp_path):
    path = folder(tmp_path, task7=V2)
    rows = list(sources.build("natural_instructions", {"path": path}).items())
    assert [row.place.rpartition(" ")[2] for row in rows if isinstance(row, BadRow)] == ["1", "2"]
    assert len([row for row in rows if isinstance(row, AnnotatedItem)]) == 2
    short = list(sources.build("natural_instructions", {"path": path, "max_characters": 100}).items())
    assert len([row for row in short if isinstance(row, AnnotatedItem)]) == 1


def test_the_older_schema_gives_definition_prompt_and_title_as_wordings(tmp_path):
    (card,) = sources.build("natural_instructions", {"path": folder(tmp_path, subtask1=V1)}).tasks()
    texts = " ".join(template.text for template in card.templates)
    assert card.summary == "Naming"
    assert all(text in texts for text in ("Name it.", "Say what it is called.", "Naming"))
    ((_, example),) = made("natural_instructions", {"path": str(tmp_path)})
    assert example.references == ("dog",)


def test_files_are_chosen_by_pattern_and_one_that_is_none_is_named(tmp_path):
    path = folder(tmp_path, task7=V2, task8=V2, other={"rows": []})
    cards = sources.build("natural_instructions", {"path": path, "tasks_like": "task*"}).tasks()
    assert [card.name for card in cards] == ["task7", "task8"]
    with pytest.raises(DataError, match=r"other\.json is not the file it should be .*`Definition`"):
        list(sources.build("natural_instructions", {"path": path}).tasks())
    with pytest.raises(DataError, match="no task file like 'tusk7'"):
        list(sources.build("natural_instructions", {"path": path, "tasks_like": "tusk7"}).items())
    with pytest.raises(DataError, match=r"there are some in .*: name that folder"):
        list(sources.build("natural_instructions", {"path": str(Path(path).parent)}).items())


@given(
    rows=st.lists(st.dictionaries(st.sampled_from(["input", "output", "id"]), st.text() | st.integers() | st.none()))
)
def test_any_instances_give_items_or_bad_rows(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("ni") / "task1.json"
    path.write_text(json.dumps({**V2, "Instances": rows}))
    assert len(list(sources.build("natural_instructions", {"path": str(path)}).items())) == len(rows)


RELEASED = [
    {"task_name": "VQA_color", "prompt": "what color?\n\n[Options]: red||||blue", "target": "red", "options": ["red", "blue"]},
    {"task_name": "order", "prompt": "is it next?\n\n[Options]: previous||||next", "target": "next"},
    {"task_name": "several", "prompt": "which?\n\n[Options]: a||||b||||None", "target": "a, b", "options": ["a", "b", "None"]},
    {"task_name": "caption", "prompt": "describe it", "target": "a cat"},
    {"task_name": "caption", "prompt": "describe it", "target": " "},
    {"task_name": "caption", "prompt": "describe it"},
    {"task_name": "damage", "prompt": "how bad is it?", "target": "mild", "options": ["mild", "severe"]},
]  # fmt: skip


def released(tmp_path):
    path = tmp_path / "train.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in RELEASED))
    return {"path": str(path)}


def test_released_rows_are_tasks_under_their_own_wording(tmp_path):
    examples = {plan.task.name: (plan, example) for plan, example in made("multi_instruct", released(tmp_path))}
    assert list(examples) == [f"multi_instruct.{name}" for name in ("VQA_color", "order", "several", "caption")]
    assert {name: plan.task.output for name, (plan, _) in examples.items()} == {
        "multi_instruct.VQA_color": "option",
        "multi_instruct.order": "option",
        "multi_instruct.several": "text",
        "multi_instruct.caption": "text",
    }
    for plan, example in examples.values():
        (text,) = prompts(plan, example)
        assert text in {row["prompt"] for row in RELEASED}


def test_a_released_row_without_prompt_or_target_is_bad_alone(tmp_path):
    rows = list(sources.build("multi_instruct", released(tmp_path)).items())
    assert [isinstance(row, BadRow) for row in rows] == [False] * 4 + [True] * 3


def test_defect_34_a_prompt_that_shows_none_of_its_options_is_a_bad_row(tmp_path):
    rows = list(sources.build("multi_instruct", released(tmp_path)).items())
    assert "'how bad is it?' shows none of the 2 options" in rows[-1].reason


@real
def test_real_natural_instructions_of_both_versions_are_read_whole():
    root = Path(DATA)
    for version, tasks, rows in (("v1", 8, 640), ("v2", 60, 5999)):
        source = sources.build(
            "natural_instructions", {"path": str(root / f"natural_instructions_{version}" / "tasks")}
        )
        cards, items = list(source.tasks()), list(source.items())
        assert (len(cards), len(items)) == (tasks, rows)
        assert not [row for row in items if isinstance(row, BadRow)]
        assert {question.kind for item in items for question in item.questions} == {card.name for card in cards}
        assert min(len(card.templates) for card in cards) >= 8


@real
def test_real_released_rows_render_word_for_word():
    root = Path(DATA) / "instruction_templates" / "multiinstruct"
    for name, count in (("train", 59), ("test", 10)):
        rows = [json.loads(line) for line in (root / f"{name}.jsonl").read_text().splitlines()]
        written = [row["prompt"] for row in rows if "options" not in row or "[Options]" in row["prompt"]]
        examples = made("multi_instruct", {"path": str(root / f"{name}.jsonl")})
        assert len(examples) == count
        shown = [text for plan, example in examples for text in prompts(plan, example)]
        assert sorted("".join(text.split()) for text in shown) == sorted("".join(text.split()) for text in written)


def test_questions_of_a_kind_nobody_brought_make_nothing():
    item = AnnotatedItem(id="x", source="s", questions=(Question(text="?", answers=("a",), kind="task9"),))
    assert not [plan for plan in plan_tasks(config("shapes")) if plan.brought and meets(plan.task, item)]


def test_a_picture_of_another_machine_is_found_by_its_name(tmp_path):
    Image.new("RGB", (8, 6)).save(tmp_path / "a.jpg")
    row = {"task_name": "t", "prompt": "what?", "target": "a", "image_path": "C:\\data\\a.jpg"}
    (tmp_path / "x.jsonl").write_text(json.dumps(row))
    (item,) = sources.build("multi_instruct", {"path": str(tmp_path / "x.jsonl"), "images": str(tmp_path)}).items()
    assert item.media[0].path == str(tmp_path / "a.jpg")


def test_a_file_with_nan_and_bare_control_characters_is_read(tmp_path):
    text = '{"Definition": "Say it.", "URL": NaN, "Instances": [{"input": "a\tb", "output": ["c", "c "]}]}'
    (tmp_path / "task1.json").write_text("\ufeff" + text)
    (item,) = sources.build("natural_instructions", {"path": str(tmp_path)}).items()
    assert (item.questions[0].text, item.questions[0].answers) == ("a\tb", ("c",))


CARD = TaskCard(
    name="overlap",
    category="induced",
    summary="Say whether two regions overlap",
    output="option",
    slots={"region": "region", "other": "regions", "options": "options"},
    templates=(Template(id="overlap/0", task="overlap", text="Do {region} and {other} overlap?"),),
)


def test_a_card_with_slots_makes_an_example_of_each_row_filled_in():
    one, two = Region(x1=0.0, y1=0.0, x2=0.5, y2=0.5), Region(x1=0.25, y1=0.25, x2=1.0, y2=1.0)
    fields = {"region": one, "other": Regions(items=(one, two)), "options": Options(items=("no", "yes"))}
    rows = (
        Filled(task="overlap", fields=fields, references=("yes",)),
        Filled(task="another", fields=fields, references=("no",)),
    )
    item = AnnotatedItem(id="a", source="induced", filled=rows)
    task = brought_task(CARD)
    assert meets(task, item)
    assert not meets(task, AnnotatedItem(id="b", source="induced", filled=rows[1:]))
    (example,) = make_examples(task, item=item, seed=0)
    assert (example.fields, example.references) == (fields, ("yes",))
    assert task.metrics == ("accuracy",)
    assert task.slots == CARD.slots
    sample = render_sample(
        example, template=CARD.templates[0], card=task, prompt=PromptConfig(), order=None, reference="yes"
    )
    assert sample.messages[0].parts[0].text.endswith("overlap?\n\n[Options]: no||||yes")


@pytest.mark.parametrize(("output", "metric"), [("region", "iou"), ("region_option", "accuracy"), ("text", "rouge_l")])
def test_metrics_follow_the_output(output, metric):
    card = msgspec.structs.replace(CARD, output=output)
    assert brought_task(card).metrics[0] == metric
