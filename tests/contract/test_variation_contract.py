"""What every variation promises, of every task that it makes one of, on scenes."""

import re

import pytest

from sayso import tasks
from sayso.config import PromptConfig, SourceConfig
from sayso.evaluate.metrics import Context, metrics, score
from sayso.instructions.library import load_templates
from sayso.instructions.regions import parse_regions
from sayso.instructions.render import format_answer, render_sample
from sayso.instructions.template import check_slots
from sayso.pipeline.proving import prove_tasks
from sayso.records import Options, Region
from sayso.sources._protocol import sources
from sayso.tasks import make_examples, meets
from sayso.tasks._objects import mentions
from sayso.tasks.variations import variations

ALL = tasks.select(["*+*"])
FED = {
    "color_recognition+inverted", "color_recognition+region", "color_recognition+yes_no", "compositional_vqa+options",
    "compositional_vqa+region", "compositional_vqa+yes_no", "counting+inverted", "counting+yes_no", "object_recognition+yes_no",
    "open_domain_vqa+inverted", "open_domain_vqa+region", "open_domain_vqa+yes_no", "outside_knowledge_vqa+options",
    "outside_knowledge_vqa+yes_no", "position_reasoning+inverted", "position_reasoning+yes_no", "scene_recognition+yes_no",
    "sentiment_understanding+inverted", "sentiment_understanding+yes_no", "sport_understanding+yes_no", "text_vqa+options",
    "text_vqa+yes_no", "utility_affordance+region", "utility_affordance+yes_no", "visual_question_answering+inverted",
    "visual_question_answering+region", "visual_question_answering+yes_no",
}  # fmt: skip
"""What scenes have something to ask for."""
SCENES = {"count": 900, "kind": "everything", "seed": 5}
TYPES = {"text": str, "region": Region, "options": Options}
each = pytest.mark.parametrize("task", ALL, ids=lambda task: task.name)
each_fed = pytest.mark.parametrize("task", [t for t in ALL if t.name in FED], ids=lambda task: task.name)


@pytest.fixture(scope="module")
def items():
    return list(sources.build("shapes", SCENES).items())


@pytest.fixture(scope="module")
def made(items):
    return {task.name: build(task, items) for task in ALL}


def build(task, items):
    return [example for item in items if meets(task, item) for example in make_examples(task, item=item, seed=3)]


@each
def test_scenes_feed_it_or_have_nothing_to_ask(task, made):
    assert (task.name in FED) == (len(made[task.name]) >= 10)


@each
def test_its_card_says_what_it_was_made_of(task):
    assert task.name == f"{task.base}+{task.variation}"
    assert task.variation in variations.names()
    assert task.summary.endswith(f"({task.base})")
    assert ("options" in task.slots) == (task.output == "option")
    assert task.metrics
    assert task.needs <= tasks.NEEDS.keys()


@each_fed
def test_ids_are_unique_and_examples_a_pure_function_of_item_and_seed(task, made, items):
    ids = [example.id for example in made[task.name]]
    assert len(set(ids)) == len(ids)
    assert build(task, items) == made[task.name]


@each_fed
def test_slots_and_references_are_of_their_types(task, made):
    for example in made[task.name]:
        assert example.fields.keys() == task.slots.keys()
        assert all(isinstance(value, TYPES[task.slots[name]]) for name, value in example.fields.items())
        (reference,) = example.references
        assert isinstance(reference, Region if task.output == "region" else str)


@each_fed
def test_the_answer_is_one_of_the_options_and_stands_nowhere_else(task, made):
    for example in made[task.name]:
        (reference,) = example.references
        texts = [value for value in example.fields.values() if isinstance(value, str)]
        if isinstance(reference, str):
            assert example.fields["options"].items.count(reference) == 1
            assert not [text for text in texts if mentions(text, reference)]


@each_fed
def test_the_gold_answer_gets_the_best_score_under_its_metrics(task, made):
    example = made[task.name][0]
    told = format_answer(example.references[0], prompt=PromptConfig(), media=example.media)
    options = tuple(example.fields["options"].items) if "options" in task.slots else ()
    context = Context(options=options, labels=(), read_regions=lambda text: parse_regions(text, style="unit"))
    for name in task.metrics:
        metric = metrics.build(name, {})
        assert score(metric, prediction=told, references=(told,), context=context).value == metric.card.high


@each_fed
def test_its_wordings_are_its_own_and_render_every_example(task, made):
    base = {normal(template.text) for template in load_templates(tasks.get(task.base))}
    templates = load_templates(task)
    assert [template.id for template in templates if not template.held_out] == [f"{task.name}/{n}" for n in range(5)]
    assert [template.distance for template in templates if template.held_out] == ["L1", "L1", "L2"]
    assert len({normal(template.text) for template in templates} | base) == len(templates) + len(base)
    for template in templates:
        check_slots(template.text, slots=task.slots)
        for example in made[task.name][:3]:
            sample = render_sample(
                example, template=template, card=task, prompt=PromptConfig(), order=None, reference=None
            )
            assert "{" not in sample.messages[0].parts[-1].text


def normal(text):
    return re.sub(r"\W+", " ", text.lower()).strip()


def test_the_task_check_finds_nothing_wrong_and_a_blind_probe_nothing_to_go_by():
    proven = prove_tasks(["*+*"], sources=[SourceConfig(name="shapes", **SCENES)], max_items=None)
    assert proven.ok, proven.lines
    assert not [finding for finding in proven.findings if finding.level == "warning"]
    fed = {row.name for row in proven.rows if row.num_examples}
    assert fed >= FED
    judged = [row for row in proven.rows if row.blind and row.output == "option" and row.num_examples >= 300]
    assert len(judged) >= 5
    for row in judged:
        assert row.blind["accuracy"] < row.blind["chance"] + 0.1
