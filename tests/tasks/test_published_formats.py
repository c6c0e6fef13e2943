"""Files in the formats of the published data sets, through the tasks that MultiInstruct made of them."""

import pytest
import question_sets
import region_files

from sayso.records import AnnotatedItem
from sayso.sources import sources
from sayso.tasks import get, make_examples, meets

REGIONS = ("region_overlapping_detection", "region_area", "overlapping_region_selection")
MADE_OF = {
    "wikihow": (region_files, ("wikihow_next_step_generation", "next_step_selection")),
    "visual_genome": (region_files, REGIONS),
    "coco_text": (region_files, ("text_legibility", "text_type_classification")),
    "mocheg": (region_files, ("multimodal_factual_checking",)),
    "hateful_memes": (region_files, ("visual_text_extraction",)),
    "visdial": (question_sets, ("visual_dialogue",)),
    "medic": (region_files, ("disaster_type_classification",)),
    "vsr": (region_files, ("visual_spatial_relationship",)),
    "nlvr2": (region_files, ("natural_language_visual_reasoning",)),
    "snli_ve": (region_files, ("visual_entailment",)),
    "vcr": (question_sets, ("commonsense_vqa",)),
}
PAIRS = [(source, task) for source, (_, tasks) in MADE_OF.items() for task in tasks]


def build(source, folder):
    options = getattr(MADE_OF[source][0], source)(folder)
    return [row for row in sources.build(source, options).items() if isinstance(row, AnnotatedItem)]


@pytest.mark.parametrize(("source", "name"), PAIRS)
def test_the_format_feeds_the_task(source, name, tmp_path):
    task, items = get(name), build(source, tmp_path)
    assert any(meets(task, item) for item in items)
    assert [e for seed in range(9) for i in items if meets(task, i) for e in make_examples(task, item=i, seed=seed)]


@pytest.mark.parametrize("source", ["snli_ve", "mocheg"])
def test_a_statement_of_one_kind_is_no_plain_statement(source, tmp_path):
    task = get("natural_language_visual_reasoning")
    assert not [e for item in build(source, tmp_path) for e in make_examples(task, item=item, seed=1)]


def test_defect_34_the_published_disasters_are_offered_without_the_labels_of_other_questions(tmp_path):
    task = get("disaster_type_classification")
    for item in build("medic", tmp_path):
        others = {word for kind, words in item.vocabulary.items() if kind != "disaster" for word in words}
        for example in make_examples(task, item=item, seed=1):
            assert not others & set(example.fields["options"].items)


def test_every_question_of_a_film_still_may_be_asked(tmp_path):
    task, items = get("commonsense_vqa"), build("vcr", tmp_path)
    asked = {e.fields["question"] for item in items for e in make_examples(task, item=item, seed=1)}
    assert asked == {question.text for item in items for question in item.questions}
