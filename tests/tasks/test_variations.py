"""Variations: new tasks with gold answers of their own, made of tasks that ask a question."""

import pytest

from sayso import tasks
from sayso.config import AugmentConfig, BuildConfig
from sayso.data.plan import plan_tasks
from sayso.errors import ConfigError
from sayso.instructions.filters._protocol import FilterContext, Pool
from sayso.instructions.filters.chain import build_chain, judge
from sayso.instructions.library import load_templates
from sayso.records import AnnotatedItem, AnnotatedObject, Media, Question, Region, Template
from sayso.tasks import make_examples
from sayso.tasks.variations import variations, vary

PICTURE = Media(path="a.png", width=10, height=10)
COLORS = ("red", "green", "blue")


def item(*questions, objects=(), number=0, **more):
    return AnnotatedItem(
        id=f"i{number}", source="toy", split="train", media=(PICTURE,), questions=questions, objects=objects, **more
    )


def color(text, *answers, options=COLORS):
    return Question(text=text, answers=answers, options=options, kind="color")


def thing(label, left, **attributes):
    return AnnotatedObject(label=label, region=Region(x1=left, y1=0.1, x2=left + 0.2, y2=0.4), attributes=attributes)


def made(name, *items, seed=1):
    task = tasks.get(name)
    return [example for one in items for example in make_examples(task, item=one, seed=seed)]


CAR = color("what color is the car?", "red")
BUS = color("what color is the bus?", "blue")
VAN = color("what color is the van?", "green")


def test_no_pattern_selects_a_variation_that_does_not_name_one():
    everything = {task.name for task in tasks.select(["*", "vqa/*", "count*"])}
    assert everything == {name for name in tasks.names() if not tasks.get(name).by_name}
    assert not [name for name in everything if "+" in name]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("counting+yes_no", ["counting+yes_no"]),
        ("VQA_counting+yes_no", ["counting+yes_no"]),
        ("counting+*", ["counting+inverted", "counting+yes_no"]),
        ("image_understanding/count*+yes*", ["counting+yes_no"]),
        ("region_understanding/*+*", []),
    ],
)
def test_a_name_or_a_pattern_with_a_plus_does(pattern, names):
    assert [task.name for task in tasks.select([pattern])] == names


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("countng+yes_no", "did you mean 'counting'"),
        ("counting+yesno", "no variation named 'yesno'; did you mean 'yes_no'"),
        ("counting+options", r"'counting' has no variation 'options', since its answer is of type option"),
        ("grounded_captioning+yes_no", "made of a task whose one slot is a question"),
        ("object_detection+yes_no", "its answers are yes and no"),
        ("question_image_matching+inverted", "its answers are yes and no"),
        ("grounded_vqa+yes_no", "its answer is of type region_option"),
        ("open_domain_vqa+options", "visual_question_answering asks just that"),
        ("position_reasoning+region", "it asks for the place already"),
        ("counting+yes_no+inverted", "it is a variation itself"),
    ],
)
def test_what_there_is_not_is_refused_with_the_reason(name, told):
    with pytest.raises(ConfigError, match=told):
        tasks.get(name)


def test_every_kind_says_of_every_task_what_it_makes_or_why_not():
    for task in tasks.select(["*"]):
        for kind in variations.names():
            found = vary(task, kind=kind)
            assert isinstance(found, str) or (found.base, found.variation) == (task.name, kind)


def test_a_variation_is_of_the_category_of_its_task_and_held_out_with_it():
    for task in tasks.select(["*+*"]):
        base = tasks.get(task.base)
        assert (task.category, task.held_out) == (base.category, base.held_out)
        assert task.needs >= base.needs


def held_out(*selected, **held):
    plans = plan_tasks(BuildConfig(tasks=selected, held_out=held))
    return {plan.task.name: plan.held_out for plan in plans}


def test_what_holds_out_a_task_holds_out_its_variations():
    assert held_out("counting+yes_no", tasks=["counting"]) == {"counting+yes_no": "task"}
    assert held_out("counting+yes_no", categories=["image_understanding"]) == {"counting+yes_no": "category"}
    assert held_out("text_vqa+yes_no") == {"text_vqa+yes_no": "task"}
    assert held_out("counting", "counting+yes_no") == {"counting": None, "counting+yes_no": None}


def test_a_variation_may_be_held_out_alone():
    found = held_out("counting", "counting+yes_no", "counting+inverted", tasks=["*+yes_no"])
    assert found == {"counting": None, "counting+inverted": None, "counting+yes_no": "task"}


def test_yes_means_that_the_answer_is_right_and_both_come_as_often():
    items = [item(CAR, number=n) for n in range(400)]
    found = made("color_recognition+yes_no", *items)
    assert len(found) == 400
    for example in found:
        assert example.fields["answer"] in COLORS
        assert example.references == ("yes" if example.fields["answer"] == "red" else "no",)
    assert 160 < sum(example.references == ("yes",) for example in found) < 240
    false = [example.fields["answer"] for example in found if example.references == ("no",)]
    assert set(false) == {"green", "blue"}


def test_another_accepted_answer_is_never_shown_as_false():
    asked = Question(text="what is it?", answers=("car", "auto"), options=("car", "auto", "bus"), kind="object")
    found = made("object_recognition+yes_no", *[item(asked, number=n) for n in range(60)])
    assert {example.fields["answer"] for example in found if example.references == ("no",)} == {"bus"}


@pytest.mark.parametrize("kind", ["yes_no", "options", "region"])
def test_a_question_that_is_answered_with_yes_or_no_is_left_out(kind):
    asked = Question(text="is it red?", answers=("no",), options=("no", "yes"), kind="compositional")
    assert not made(f"compositional_vqa+{kind}", item(asked, objects=(thing("car", 0.1),)))


def test_options_are_those_that_the_source_knows():
    asked = Question(
        text="what color is the thing left of the bus?", answers=("red",), options=COLORS, kind="compositional"
    )
    (example,) = made("compositional_vqa+options", item(asked))
    assert set(example.fields["options"].items) == set(COLORS)
    assert example.references == ("red",)
    unknown = Question(text="who made the car?", answers=("a carmaker",), kind="compositional")
    assert not made("compositional_vqa+options", item(unknown))


def test_the_question_that_has_the_answer_is_the_only_one_on_offer():
    golds = {CAR.text: "red", BUS.text: "blue", VAN.text: "green"}
    found = made("color_recognition+inverted", *[item(CAR, BUS, VAN, number=n) for n in range(40)])
    assert len(found) == 40
    for example in found:
        shown = example.fields["options"].items
        assert [question for question in shown if golds[question] == example.fields["answer"]] == list(
            example.references
        )
        assert len(shown) >= 2
    assert {example.fields["answer"] for example in found} == set(COLORS)


def test_a_question_that_could_not_have_had_the_answer_is_not_on_offer():
    size = Question(text="what color is the sky?", answers=("gray",), options=("gray", "white"), kind="color")
    assert not made("color_recognition+inverted", item(CAR, size))


def test_a_question_that_names_the_answer_is_not_on_offer():
    telling = color("what color is the thing on the red car?", "blue", options=("blue", "green"))
    found = made("color_recognition+inverted", *[item(CAR, telling, VAN, number=n) for n in range(40)])
    assert {example.fields["answer"] for example in found} == {"red", "blue", "green"}
    shown = [e.fields["options"].items for e in found if e.fields["answer"] == "red"]
    assert not [options for options in shown if telling.text in options]


def test_the_region_is_that_of_the_one_thing_the_answer_is_true_of():
    things = (thing("car", 0.1, color="red"), thing("bus", 0.6, color="blue"))
    (example,) = made("color_recognition+region", item(CAR, objects=things))
    assert example.references == (things[0].region,)
    assert example.fields == {"question": CAR.text}


@pytest.mark.parametrize(
    "others",
    [
        (thing("bus", 0.6, color="red"),),
        (thing("bus", 0.6),),
        (AnnotatedObject(label="bus", attributes={"color": "red"}),),
    ],
    ids=["two share it", "of one it is not known", "another has it without a box"],
)
def test_no_region_is_asked_for_where_another_thing_may_be_meant(others):
    assert not made("color_recognition+region", item(CAR, objects=(thing("car", 0.1, color="red"), *others)))


def test_no_region_is_asked_for_where_the_question_tells_it():
    asked = color("what color is the car at top left?", "red")
    assert not made("color_recognition+region", item(asked, objects=(thing("car", 0.1, color="red"),)))


def test_the_pictures_of_an_example_are_those_of_its_task():
    for name in ("color_recognition+yes_no", "color_recognition+inverted"):
        assert all(example.media == (PICTURE,) for example in made(name, item(CAR, BUS, VAN)))


def verdicts_of(text, *, name):
    """What the default filters say of `text` as another wording of a task, under each of its own in turn."""
    task = tasks.get(name)
    given = [template for template in load_templates(task) if not template.held_out]
    kept_apart = tuple(template for template in load_templates(task) if template.held_out)
    chain = build_chain(AugmentConfig().filters)
    for parent in given:
        candidate = Template(id=f"{parent.id}~0", task=name, text=text, origin="toy")
        context = FilterContext(parent=parent, accepted=Pool(given), held_out=kept_apart, slots=task.slots)
        yield judge(candidate, context=context, chain=chain)


PARAPHRASES = [
    ("counting", "Is the number given here the right one? Say yes or no. {question} {options}"),
    ("open_domain_vqa", "Say yes or no to this question about the picture: {question}"),
    ("open_domain_vqa", "Give the box of what the question asks about: {question}"),
    ("color_recognition", "Which question has this answer? {question} {options}"),
]


@pytest.mark.parametrize(
    "name",
    [
        "counting+yes_no",
        "color_recognition+inverted",
        "compositional_vqa+options",
        "open_domain_vqa+region",
    ],
)
def test_the_wordings_of_a_variation_are_refused_as_wordings_of_its_task(name):
    task = tasks.get(name)
    offered = [template.text for template in load_templates(task) if not template.held_out]
    assert not [text for text in offered if any(verdict.keep for verdict in verdicts_of(text, name=task.base))]


@pytest.mark.parametrize(("name", "text"), PARAPHRASES)
def test_a_variation_offered_as_a_mere_wording_of_its_task_is_refused(name, text):
    assert not [verdict for verdict in verdicts_of(text, name=name) if verdict.keep]
