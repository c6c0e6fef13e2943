"""How often each wording is drawn, and that weights are really applied (defect 12 of the release: they were not)."""

from collections import Counter

import pytest

from sayso.config import PluginConfig, PromptConfig
from sayso.data.cards import Card
from sayso.data.drawing import Wheel, drawings
from sayso.data.drawing.diversity_weighted import overlaps
from sayso.data.samples import Sampler
from sayso.errors import ConfigError
from sayso.instructions.filters.wording import overlap
from sayso.records import Example, Lineage, Template
from sayso.seeds import Stream

CARD = Card(name="t", category="c", output="text", metrics=("exact_match",), slots={"question": "text"})


def template(number, text, *, generated=False, held_out=False):
    lineage = Lineage(parent="t/0", operation="synonyms") if generated else None
    return Template(id=f"t/{number}", task="t", text=text, lineage=lineage, held_out=held_out)


WRITTEN = [template(0, "Answer: {question}"), template(1, "{question} Tell me.")]
MADE = [template(2 + n, f"Say {'so ' * n}what you see: {{question}}", generated=True) for n in range(18)]


def sampler(templates, **options):
    return Sampler(cards=[CARD], templates=templates, prompt=PromptConfig(), seed=5, drawing=PluginConfig(**options))


def example(number):
    return Example(
        id=f"t/{number}", task="t", source="toy", split="train", fields={"question": "Why?"}, references=("so",)
    )


def drawn(made, *, count=2000, epoch=0, wording="per_epoch"):
    return [made.train_sample(example(n), epoch=epoch, wording=wording).template for n in range(count)]


def share_of_written(found):
    return sum(name in {"t/0", "t/1"} for name in found) / len(found)


@pytest.mark.parametrize("order", ["written first", "written last", "mixed"])
@pytest.mark.parametrize(("fraction", "low", "high"), [(0.5, 0.46, 0.54), (0.9, 0.87, 0.93)])
def test_written_wordings_get_their_share_wherever_they_stand(order, fraction, low, high):
    templates = {
        "written first": WRITTEN + MADE,
        "written last": MADE + WRITTEN,
        "mixed": [*MADE[:9], *WRITTEN, *MADE[9:]],
    }
    found = drawn(sampler(templates[order], name="mass_balanced", fraction=fraction))
    assert low < share_of_written(found) < high
    assert set(found) == {t.id for t in WRITTEN + MADE}


def test_a_wording_is_told_by_its_lineage_and_by_neither_id_nor_origin_nor_place():
    odd = [
        Template(id="t/0~1", task="t", text="Answer {question}", origin="grammar"),
        *(
            Template(
                id=f"t/{n}", task="t", text=f"Say {n} {{question}}", lineage=Lineage(parent="t/0~1", operation="x")
            )
            for n in range(3)
        ),
    ]
    assert drawings.build("mass_balanced", {}).weigh(odd) == pytest.approx([0.5, 1 / 6, 1 / 6, 1 / 6])


@pytest.mark.parametrize("templates", [WRITTEN, MADE])
def test_where_all_are_of_one_kind_the_mass_is_theirs(templates):
    found = drawings.build("mass_balanced", {}).weigh(templates)
    assert len(set(found)) == 1


def test_uniform_draws_what_was_drawn_before_there_were_drawings():
    made = sampler(WRITTEN + MADE, name="uniform")
    pool = made.templates("t", held_out=False)
    expected = [Stream(5, "train sample", f"t/{n}", 3).choice(pool).id for n in range(200)]
    assert drawn(made, count=200, epoch=3) == expected


@pytest.mark.parametrize("name", drawings.names())
def test_a_draw_is_a_pure_function_of_seed_example_and_epoch(name):
    templates = WRITTEN + MADE
    forwards = drawn(sampler(templates, name=name), count=60, epoch=1)
    again = sampler(templates, name=name)
    backwards = [again.train_sample(example(n), epoch=1).template for n in reversed(range(60))]
    assert forwards == backwards[::-1]
    assert drawn(sampler(templates, name=name), count=60, epoch=2) != forwards


@pytest.mark.parametrize("name", drawings.names())
def test_a_fixed_wording_stays_over_epochs(name):
    made = sampler(WRITTEN + MADE, name=name)
    assert drawn(made, count=40, epoch=0, wording="fixed") == drawn(made, count=40, epoch=9, wording="fixed")


@pytest.mark.parametrize("name", drawings.names())
def test_held_out_wordings_are_never_drawn(name):
    kept = template(99, "How would you answer {question}", held_out=True)
    assert kept.id not in drawn(sampler([kept, *WRITTEN, *MADE], name=name))


def test_the_answer_and_the_order_do_not_depend_on_how_wordings_are_drawn():
    one, other = sampler(WRITTEN + MADE, name="uniform"), sampler(WRITTEN + MADE, name="mass_balanced")
    for number in range(30):
        first, second = (s.train_sample(example(number), epoch=0) for s in (one, other))
        assert first.messages[1] == second.messages[1]


def test_lengths_are_drawn_evenly_by_bands_that_double():
    texts = [f"{'word ' * n}{{question}}" for n in (5, 5, 6, 7, 7, 6, 20, 1)]
    templates = [template(n, text) for n, text in enumerate(texts)]
    even = drawings.build("length_weighted", {}).weigh(templates)
    assert sum(even[:6]) == pytest.approx(even[6]) == pytest.approx(even[7])
    assert len(set(drawings.build("length_weighted", {"evenness": 0}).weigh(templates))) == 1
    half = drawings.build("length_weighted", {"evenness": 0.5}).weigh(templates)
    assert even[6] / even[0] == pytest.approx((half[6] / half[0]) ** 2)


def test_copies_share_the_mass_of_one_and_a_lone_wording_keeps_its_own():
    texts = ["What does the picture show? {question}"] * 4 + ["Answer briefly: {question}"]
    weights = drawings.build("diversity_weighted", {}).weigh([template(n, text) for n, text in enumerate(texts)])
    assert sum(weights[:4]) == pytest.approx(weights[4], rel=0.02)


def test_near_copies_weigh_less_the_nearer_they_are():
    lone, *near = "Reply in one word. {question}", "Look at the picture: {question}", "Look at this picture: {question}"
    weights = drawings.build("diversity_weighted", {}).weigh([template(n, t) for n, t in enumerate([lone, *near])])
    assert weights[0] > weights[1] == pytest.approx(weights[2])
    sharper = drawings.build("diversity_weighted", {"sharpness": 30}).weigh(
        [template(0, near[0]), template(1, near[1])]
    )
    assert sharper == pytest.approx([1, 1], abs=0.01)


def test_all_overlaps_at_once_are_those_of_two_at_a_time():
    texts = [t.text for t in WRITTEN + MADE[:5]] + ["", "so so so {question}"]
    found = overlaps(texts)
    for row, one in enumerate(texts):
        for column, other in enumerate(texts):
            assert found[row, column] == pytest.approx(overlap(one, other))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"name": "unifrom"}, "no drawing named 'unifrom'; did you mean 'uniform'"),
        ({"name": "mass_balanced", "fraction": 1.5}, "fraction: Input should be less than 1"),
        ({"name": "mass_balanced", "share": 0.5}, "has no option 'share'"),
        ({"name": "length_weighted", "evenness": -1}, "evenness"),
        ({"name": "diversity_weighted", "sharpness": 0}, "sharpness"),
    ],
)
def test_a_drawing_that_is_not_one_is_refused_at_once(options, told):
    with pytest.raises(ConfigError, match=told):
        sampler(WRITTEN, **options)


@pytest.mark.parametrize("name", ["toy_drawings:careless", "toy_drawings:forgetful"])
def test_weights_that_nothing_can_be_drawn_by_name_the_drawing_and_the_task(name):
    with pytest.raises(ConfigError, match=rf"'{name}' weighs 2 wordings of 't' as \["):
        drawn(sampler(WRITTEN, name=name), count=1)


def test_an_item_without_weight_is_never_drawn():
    wheel = Wheel("abc", [0.0, 1.0, 0.0])
    assert Counter(wheel.turn(Stream(1, n)) for n in range(500)) == {"b": 500}
