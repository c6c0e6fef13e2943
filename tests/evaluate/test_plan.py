import pytest
from msgspec.structs import replace

from sayso.artifacts import write_jsonl
from sayso.config import EvaluateConfig
from sayso.data import BuildFolder
from sayso.errors import DataError
from sayso.evaluate.plan import make_plans, units
from sayso.records import Lineage


def plans_of(build, *, seed=7, **config):
    return {plan.task.name: plan for plan in make_plans(build, config=EvaluateConfig(**config), seed=seed)}


def ids(plan):
    return [example.id for example in plan.examples]


def test_groups_come_from_the_cards(toy_build):
    groups = {name: plan.task.group for name, plan in plans_of(toy_build).items()}
    assert groups["color"] == "held_in"
    assert groups["which_box"] == "held_out_task"
    assert groups["arithmetic"] == "held_out_category"


def test_a_larger_number_of_examples_takes_in_a_smaller_one(toy_build):
    few = plans_of(toy_build, max_examples_per_task=3)["color"]
    more = plans_of(toy_build, max_examples_per_task=5)["color"]
    assert ids(more)[:3] == ids(few)
    assert len(ids(more)) == 5


def test_another_seed_takes_other_examples(toy_build):
    drawn = {tuple(ids(plans_of(toy_build, seed=seed, max_examples_per_task=3)["color"])) for seed in range(8)}
    assert len(drawn) > 1


def test_every_wording_asks_the_same_with_options_in_the_same_order(toy_build):
    plan = plans_of(toy_build)["color"]
    samples = plan.samples(plan.templates)
    shown = {}
    for sample in samples:
        shown.setdefault(sample.example, set()).add((sample.options, sample.references))
    assert len(samples) == len(plan.templates) * len(plan.examples)
    assert all(len(seen) == 1 for seen in shown.values())


def test_trained_wordings_come_first_and_each_group_is_capped(toy_build):
    plan = plans_of(toy_build, max_wordings=1)["color"]
    assert [template.id for template in plan.templates] == ["color/0", "color/held"]
    assert [template.id for template in plans_of(toy_build)["color"].reference_templates] == ["color/0", "color/1"]


def test_a_file_of_predictions_is_asked_under_the_wordings_that_it_names(toy_build):
    known = [
        template.id for template in make_plans(toy_build, config=EvaluateConfig(tasks=("color",)), seed=1)[0].templates
    ]

    def asked(**options):
        backend = {"name": "file", "path": "p.jsonl", **options}
        config = EvaluateConfig(tasks=("color",), backend=backend, conditions=("plain",))
        (plan,) = make_plans(toy_build, config=config, seed=1)
        return [template.id for template in plan.templates]

    assert asked(template=known[-1]) == [known[-1]]
    assert asked(templates={known[1]: "a", known[0]: "b"}) == [known[1], known[0]]
    assert asked() == known
    with pytest.raises(DataError, match=rf"task 'color' has none of them; .*{known[0]}"):
        asked(template="color/nine")


def test_augmented_wordings_that_were_trained_on_are_left_out(toy_build, tmp_path):
    folder = tmp_path / "build"
    folder.mkdir()
    for name in ("cards.json", "prompt.json", "manifest.json", "examples"):
        (folder / name).symlink_to(toy_build.path / name)
    made = Lineage(parent="color/0", operation="synonym")
    more = [replace(t, id=f"{t.id}+", origin="augmented", lineage=made) for t in toy_build.templates if not t.held_out]
    write_jsonl(folder / "templates.jsonl", [*toy_build.templates, *more])
    assert plans_of(BuildFolder(folder))["color"].templates == plans_of(toy_build)["color"].templates


def with_generated(toy_build, folder, *, count):
    """The toy build with generated held-out wordings of `color` at both distances, and as many trained ones."""
    folder.mkdir()
    for name in ("cards.json", "prompt.json", "manifest.json", "examples"):
        (folder / name).symlink_to(toy_build.path / name)
    made = Lineage(parent="color/0", operation="synonym")
    first = next(t for t in toy_build.templates if t.task == "color" and not t.held_out)
    more = [
        replace(first, id=f"color/0~{n}{name}", origin="toy", lineage=made, held_out=bool(name), distance=name or None)
        for n in range(count)
        for name in ("", "L1", "L2")
    ]
    write_jsonl(folder / "templates.jsonl", [*toy_build.templates, *more])
    return BuildFolder(folder)


def generated(plan):
    return [template for template in plan.templates if template.lineage]


def test_a_few_wordings_that_an_augment_stage_held_out_are_asked_at_each_distance(toy_build, tmp_path):
    build = with_generated(toy_build, tmp_path / "build", count=6)
    asked = plans_of(build, max_generated_wordings=2)["color"]
    assert [template for template in asked.templates if not template.lineage] == list(
        plans_of(toy_build)["color"].templates
    )
    assert sorted(template.distance for template in generated(asked)) == ["L1", "L1", "L2", "L2"]
    assert all(template.held_out for template in generated(asked))
    more = {template.id for template in generated(plans_of(build, max_generated_wordings=4)["color"])}
    assert more > {template.id for template in generated(asked)}
    assert not generated(plans_of(build, max_generated_wordings=0)["color"])
    assert (
        len(
            {
                tuple(t.id for t in generated(plans_of(build, seed=s, max_generated_wordings=2)["color"]))
                for s in range(6)
            }
        )
        > 1
    )


def test_only_the_first_model_on_unchanged_input_meets_every_wording(toy_build):
    config = EvaluateConfig(reference_wordings=1)
    work = list(units(make_plans(toy_build, config=config, seed=7), config=config))
    sizes = {(unit.model, unit.condition): len(unit.templates) for unit in work if unit.plan.task.name == "color"}
    assert sizes == {("tuned", "plain"): 3, ("tuned", "shuffled_images"): 1, ("untuned", "plain"): 1}


def test_a_build_without_test_examples_is_an_error_that_says_what_to_do(toy_build, tmp_path):
    for name in ("cards.json", "prompt.json", "manifest.json", "templates.jsonl"):
        (tmp_path / name).symlink_to(toy_build.path / name)
    with pytest.raises(DataError, match=r"no test examples for its 6 tasks; .*use: test"):
        plans_of(BuildFolder(tmp_path))


def test_a_task_without_a_wording_is_an_error_that_names_it(toy_build, tmp_path):
    for name in ("cards.json", "prompt.json", "manifest.json", "examples"):
        (tmp_path / name).symlink_to(toy_build.path / name)
    write_jsonl(tmp_path / "templates.jsonl", [t for t in toy_build.templates if t.task != "locate"])
    with pytest.raises(DataError, match="'locate' has no wording"):
        plans_of(BuildFolder(tmp_path))


def test_a_task_trained_on_augmented_wordings_alone_is_asked_with_those(toy_build, tmp_path):
    """`max_wordings` of a build draws from all trained wordings, and may keep none of the library's."""
    folder = tmp_path / "build"
    folder.mkdir()
    for name in ("cards.json", "prompt.json", "manifest.json", "examples"):
        (folder / name).symlink_to(toy_build.path / name)
    made = Lineage(parent="color/0", operation="synonym")
    limited = [replace(t, lineage=made) if t.id == "color/1" else t for t in toy_build.templates if t.id != "color/0"]
    write_jsonl(folder / "templates.jsonl", limited)
    assert [t.id for t in plans_of(BuildFolder(folder))["color"].templates] == ["color/1", "color/held"]
