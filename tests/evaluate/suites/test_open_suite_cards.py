"""What every suite of open answers promises."""

import pytest

from sayso.evaluate.parsers import parsers
from sayso.evaluate.suites import suites
from sayso.instructions.template import parse

NAMES = (
    *("vizwiz", "vqav2", "gqa", "ok_vqa", "textvqa", "docvqa", "chartqa", "ocrbench", "screen_qa"),
    *("coco_captions", "nocaps", "flickr30k", "textcaps", "chair", "refcoco", "refcoco_rec", "google_refexp"),
    *("visit_bench", "llava_bench", "mmhal", "xstest", "natural_instructions"),
)
every_suite = pytest.mark.parametrize("name", NAMES)
SHORT = "\nAnswer the question using a single word or phrase."
PUBLISHED = {
    "vqav2": "{question}" + SHORT,
    "gqa": "{question}" + SHORT,
    "ok_vqa": "{question}" + SHORT,
    "textvqa": "{question}" + SHORT,
    "docvqa": "{question}" + SHORT,
    "vizwiz": "{question}\nWhen the provided information is insufficient, respond with 'Unanswerable'." + SHORT,
    "chartqa": "{question}\nAnswer the question with a single word.",
    "ocrbench": "{question}",
    "coco_captions": "Provide a one-sentence caption for the provided image.",
    "nocaps": "Provide a one-sentence caption for the provided image.",
    "flickr30k": "Provide a one-sentence caption for the provided image.",
    "textcaps": "Provide a one-sentence caption for the provided image.",
    "refcoco": "Provide a short description for this region.",
    "chair": "Please describe this image in detail.",
    "xstest": "{prompt}",
    "mmhal": "{question}",
}
LENGTHS = {"vqav2": 16, "gqa": 16, "docvqa": 32, "chartqa": 16, "ocrbench": 128, "coco_captions": 64, "chair": 512}


@every_suite
def test_a_suite_has_the_published_prompt_and_four_other_wordings(name):
    suite = suites.build(name, {})
    assert suite.name == name
    assert len(set(suite.wordings)) == len(suite.wordings) >= 5
    assert all(set(parse(text).slots) == set(suite.slots) for text in suite.wordings)
    assert suite.wordings[0] == PUBLISHED.get(name, suite.wordings[0])


@every_suite
def test_a_suite_says_what_its_number_is_made_of(name):
    suite = suites.build(name, {})
    assert suite.metrics or suite.judge
    assert len(suite.needs) > 10
    assert any(character.isdigit() for character in suite.source)
    assert suite.decoding.max_new_tokens == LENGTHS.get(name, suite.decoding.max_new_tokens)
    assert suite.parser.name in parsers.names()


def test_judged_suites_name_their_judge():
    judged = {name: suites.build(name, {}).judge for name in NAMES}
    assert {name: judge.name for name, judge in judged.items() if judge} == {
        "visit_bench": "pairwise",
        "llava_bench": "pairwise",
        "mmhal": "mmhal",
    }
