"""What every drawing of wordings promises, whoever wrote it."""

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayso.data.drawing import drawings, make_wheel
from sayso.records import Lineage, Template
from sayso.seeds import Stream

each_drawing = pytest.mark.parametrize("name", drawings.names())
texts = st.lists(
    st.sampled_from(["look", "at", "the", "picture", "answer", "{question}", "please", "briefly", "é", "", "?!"]),
    min_size=0,
    max_size=12,
).map(" ".join)
pools = st.lists(st.tuples(texts, st.booleans()), min_size=1, max_size=20)


def pool(rows):
    return [
        Template(
            id=f"t/{number}",
            task="t",
            text=text,
            lineage=Lineage(parent="t/0", operation="synonyms") if generated else None,
        )
        for number, (text, generated) in enumerate(rows)
    ]


def weights(name, templates):
    return list(drawings.build(name, {}).weigh(templates))


@each_drawing
@settings(deadline=None, max_examples=60)
@given(rows=pools)
def test_every_wording_has_a_finite_weight_and_can_be_drawn(name, rows):
    found = weights(name, pool(rows))
    assert len(found) == len(rows)
    assert all(math.isfinite(weight) and weight > 0 for weight in found)


@each_drawing
@settings(deadline=None, max_examples=60)
@given(rows=pools, chance=st.randoms(use_true_random=False))
def test_a_weight_does_not_depend_on_where_its_wording_stands(name, rows, chance):
    templates = pool(rows)
    known = dict(zip((t.id for t in templates), weights(name, templates), strict=True))
    shuffled = templates[:]
    chance.shuffle(shuffled)
    again = dict(zip((t.id for t in shuffled), weights(name, shuffled), strict=True))
    assert again == pytest.approx(known)


@each_drawing
@settings(deadline=None, max_examples=60)
@given(rows=pools)
def test_weights_do_not_depend_on_ids_and_are_computed_alike_each_time(name, rows):
    templates = pool(rows)
    renamed = [Template(id=f"x{t.id}", task=t.task, text=t.text, lineage=t.lineage) for t in templates]
    assert weights(name, templates) == weights(name, templates) == weights(name, renamed)


@each_drawing
def test_draws_come_in_the_proportions_of_the_weights(name):
    templates = pool(
        [("Answer: {question}", False), ("Look at the picture and answer {question}", False)]
        + [(f"Please answer {'very ' * number}briefly {{question}}", True) for number in range(6)]
    )
    wheel = make_wheel(templates, drawing=drawings.build(name, {}), name=name)
    drawn = Counter(wheel.turn(Stream(1, "draw", number)).id for number in range(8000))
    total = sum(wheel.weights)
    for template, weight in zip(templates, wheel.weights, strict=True):
        share = weight / total
        assert drawn[template.id] / 8000 == pytest.approx(share, abs=4 * (share * (1 - share) / 8000) ** 0.5)


@each_drawing
def test_a_single_wording_is_always_drawn(name):
    only = pool([("Answer {question}", True)])
    wheel = make_wheel(only, drawing=drawings.build(name, {}), name=name)
    assert {wheel.turn(Stream(1, number)).id for number in range(20)} == {"t/0"}


def test_the_drawings_are_those_of_the_documentation():
    ours = [name for name in drawings.names() if ":" not in name]
    assert ours == ["diversity_weighted", "length_weighted", "mass_balanced", "uniform"]
