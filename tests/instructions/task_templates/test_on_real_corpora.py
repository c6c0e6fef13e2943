"""Sentences that nobody here wrote, around real questions: what frequency finds, and what it leaves alone."""

import json

import pytest
from toy_conversation import make_sample, text

from sayso.instructions.task_templates.counting import UnitCounter
from sayso.instructions.task_templates.detect import Settings, find_units
from sayso.instructions.task_templates.known import known_units
from sayso.instructions.task_templates.marking import Marker
from sayso.instructions.task_templates.units import key_of
from sayso.records import Span, TextPart
from sayso.seeds import Stream


def marked(pieces_of_rows):
    """Of characters that are no white space: how many are templates, how many are marked, and how many are both."""
    counter = UnitCounter()
    parts = [text(*(piece for piece in pieces if piece[0])) for pieces in pieces_of_rows]
    open_parts = [TextPart(text=p.text, spans=(Span(start=0, end=len(p.text), role="instr"),)) for p in parts]
    samples = [make_sample(prompt=part, media=0) for part in open_parts]
    for number, sample in enumerate(samples):
        counter.add(sample.messages, example=str(number))
    marker = Marker(keys=frozenset(key_of(u.text) for u in find_units(counter, settings=Settings()) if u.mask))
    true = found = both = 0
    for part, sample in zip(parts, samples, strict=True):
        after = marker.mark(sample).messages[0].parts[0]
        for a, b, character in zip(templates(part), templates(after), part.text, strict=True):
            if not character.isspace():
                true, found, both = true + a, found + b, both + (a and b)
    return true, found, both, sum(len("".join(part.text.split())) for part in parts)


def templates(part):
    return [span.role == "instr_template" for span in part.spans for _ in range(span.end - span.start)]


@pytest.fixture
def questions(sayso_data):
    return [row["question"].strip() for row in json.loads((sayso_data / "vqa_rad/trainset.json").read_text())]


def test_format_sentences_behind_real_questions_are_found_to_the_character(questions):
    formats = [entry.text for entry in known_units().templates[:2]]
    rows = [
        [(asked, "instr"), (f"\n{formats[n % 2]}" if n % 3 else "", "instr_template")]
        for n, asked in enumerate(questions)
    ]
    true, found, both, _ = marked(rows)
    assert both == true
    assert both >= 0.98 * found


def test_wordings_of_captions_are_found_but_for_those_that_ask(sayso_data):
    wordings = json.loads((sayso_data / "instruction_templates/xinstructblip/templates.json").read_text())["image"][
        "caption"
    ]
    stream = Stream("captions")
    true, found, both, _ = marked([[(stream.choice(wordings), "instr_template")] for _ in range(1500)])
    assert found == both
    assert both >= 0.7 * true


@pytest.mark.parametrize(
    ("name", "key", "most"),
    [
        ("text_instructions/alpaca_1500.jsonl", "instruction", 0.005),
        ("text_instructions/self_instruct_1500.jsonl", "instruction", 0.05),
        ("benchmark_annotations/llava_bench_coco/qa90_questions.jsonl", "text", 0.0),
    ],
)
def test_free_instructions_are_left_alone(sayso_data, name, key, most):
    rows = [json.loads(line)[key] for line in (sayso_data / name).read_text().splitlines()]
    _, found, _, characters = marked([[(row, "instr")] for row in rows])
    assert found <= most * characters
