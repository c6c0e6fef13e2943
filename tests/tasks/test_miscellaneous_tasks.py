"""Writing, facts, disasters and dialogue by hand."""

from collections import Counter

import pytest

from sayso.config import PromptConfig
from sayso.instructions.library import load_templates
from sayso.instructions.render import render_sample
from sayso.records import AnnotatedObject, Media, Question, Region, Statement
from sayso.tasks import get, make_examples, meets

BOX = Region(x1=0.1, y1=0.1, x2=0.4, y2=0.3)
TYPES = ("disaster_type_classification", "text_legibility", "text_type_classification", "multimodal_factual_checking")


def examples(name, item, seeds=40):
    task = get(name)
    return [example for seed in range(seeds) for example in make_examples(task, item=item, seed=seed)]


def writing(x, **attributes):
    region = Region(x1=x, y1=0.1, x2=x + 0.2, y2=0.2)
    return AnnotatedObject(label="text", region=region, attributes=attributes, text="A" if x < 0.3 else None)


def shares(found):
    counts = Counter(example.references[0] for example in found)
    return {answer: count / counts.total() for answer, count in counts.items()}


def test_defect_35_the_words_for_legible_are_the_same_in_every_run_and_both_are_offered(item):
    one = item(writing(0.1, legibility="legible"), writing(0.5, legibility="illegible"))
    found = examples("text_legibility", one, seeds=200)
    assert {example.fields["options"].items for example in found} == {("illegible", "legible")}
    for example in found:
        (meant,) = (o for o in one.objects if o.region == example.fields["region"])
        assert example.references == (meant.attributes["legibility"],)
    assert 0.4 < shares(found)["legible"] < 0.6


def test_many_legible_words_do_not_hide_the_one_that_is_not(item):
    words = [writing(0.01 * n, legibility="legible") for n in range(20)]
    found = examples("text_legibility", item(*words, writing(0.6, legibility="illegible")), seeds=200)
    assert 0.4 < shares(found)["illegible"] < 0.6


def test_writing_is_of_one_of_three_types_and_all_are_offered(item):
    one = item(writing(0.1, text_type="printed"), writing(0.5, text_type="handwritten"))
    found = examples("text_type_classification", one)
    assert {example.fields["options"].items for example in found} == {("handwritten", "other", "printed")}
    assert shares(found).keys() == {"printed", "handwritten"}


def test_writing_of_a_sort_that_is_no_option_or_without_a_box_is_not_asked_about(item):
    odd = item(writing(0.1, text_type="carved"), AnnotatedObject(label="text", attributes={"legibility": "legible"}))
    assert examples("text_type_classification", odd) == examples("text_legibility", odd) == []


def test_defect_34_disasters_are_chosen_among_kinds_of_disaster_alone(item):
    one = item(
        labels={"disaster": "flood", "damage": "severe", "flaw": "blurred"},
        vocabulary={
            "disaster": ("flood", "fire", "earthquake", "no disaster"),
            "damage": ("mild", "severe"),
            "informative": ("informative", "not informative"),
        },
    )
    for example in examples("disaster_type_classification", one):
        assert example.fields["options"].items == ("earthquake", "fire", "flood", "no disaster")
        assert example.references == ("flood",)


def test_defect_34_every_wording_offers_the_options(item):
    one = item(labels={"disaster": "fire"}, vocabulary={"disaster": ("fire", "flood")})
    (example,) = examples("disaster_type_classification", one, seeds=1)
    for template in load_templates(get("disaster_type_classification")):
        sample = render_sample(
            example,
            template=template,
            card=get(example.task),
            prompt=PromptConfig(),
            order=None,
            reference=example.references[0],
        )
        assert "fire" in sample.messages[0].parts[-1].text
        assert "flood" in sample.messages[0].parts[-1].text


def test_a_disaster_without_any_other_is_no_choice(item):
    assert examples("disaster_type_classification", item(labels={"disaster": "fire"})) == []
    assert (
        examples("disaster_type_classification", item(labels={"disaster": " "}, vocabulary={"disaster": ("a",)})) == []
    )


def test_a_claim_is_checked_with_its_context_and_may_be_open(item):
    judged = [
        Statement(text=f"claim {label}.", label=label, kind="claim", context="A report.")
        for label in ("true", "false", "unknown", "unknown")
    ]
    others = (Statement(text="plain.", label="true"), Statement(text="no context.", label="true", kind="claim"))
    one = item(statements=(*judged, *others))
    found = examples("multimodal_factual_checking", one, seeds=300)
    assert {(example.fields["text"], example.references[0]) for example in found} == {
        ("claim true.", "yes"),
        ("claim false.", "no"),
        ("claim unknown.", "not sure"),
    }
    assert all(example.fields["options"].items == ("no", "not sure", "yes") for example in found)
    assert all(abs(share - 1 / 3) < 0.1 for share in shares(found).values())


def told(*texts):
    return tuple(("ab"[n % 2], text) for n, text in enumerate(texts))


ROUNDS = ("Is it a dog?", "yes", "Where is it?", "on a sofa", "What color?", "brown", "And the sofa?")


def test_any_round_of_a_dialogue_is_asked_for_with_what_was_said_before(item):
    one = item(dialogue=told(*ROUNDS))
    assert meets(get("visual_dialogue"), one)
    found = {(e.fields["question"], e.references[0]): e.fields["dialogue"] for e in examples("visual_dialogue", one)}
    assert found == {
        ("Is it a dog?", "yes"): "Nothing has been asked yet.",
        ("Where is it?", "on a sofa"): "Q: Is it a dog? A: yes.",
        ("What color?", "brown"): "Q: Is it a dog? A: yes. Q: Where is it? A: on a sofa.",
    }


@pytest.mark.parametrize(
    "texts",
    [
        ("Is it a dog?",),
        ("", "yes"),
        ("Is it red?", " "),
        ("Is it red or blue?", "red"),
    ],
)
def test_a_round_that_is_blank_open_or_tells_its_answer_is_not_asked_for(item, texts):
    assert examples("visual_dialogue", item(dialogue=told(*texts))) == []


def test_earlier_rounds_with_the_same_answer_are_left_out_of_the_history(item):
    one = item(dialogue=told("Is it a dog?", "no", "Is it a cat?", "yes", "Is it black?", "no"))
    for example in examples("visual_dialogue", one):
        assert f"A: {example.references[0]}" not in example.fields["dialogue"]


def test_questions_make_a_dialogue_in_which_no_answer_is_favoured(item):
    asked = [Question(text=f"is it {n}?", answers=("no",), kind=f"k{n}") for n in range(8)]
    asked += [Question(text="what color?", answers=("red",), kind="color")]
    found = examples("visual_dialogue", item(questions=tuple(asked)), seeds=200)
    assert 0.4 < shares(found)["red"] < 0.6
    begun = [example for example in found if example.fields["dialogue"] == "Nothing has been asked yet."]
    assert 0.2 < len(begun) / len(found) < 0.5


def test_a_caption_that_was_written_twice_is_one_reference(item):
    (example,) = examples("image_captioning", item(captions=("a dog.", "a cat.", "a dog.")), seeds=1)
    assert example.references == ("a dog.", "a cat.")


def test_what_is_held_out_is_as_in_the_figure():
    assert [get(name).held_out for name in TYPES] == [True, False, False, False]
    assert get("visual_dialogue").held_out
    assert get("visual_text_extraction").held_out
    assert not get("image_captioning").held_out
    assert {get(name).category for name in TYPES} == {"miscellaneous"}
    assert all(get(name).analogue for name in TYPES)


def test_two_pictures_are_both_kept_for_a_claim(item):
    media = tuple(Media(path=f"{n}.png", width=8, height=8) for n in range(2))
    claim = Statement(text="it is so.", label="true", kind="claim", context="they say.")
    (example,) = examples("multimodal_factual_checking", item(media=media, statements=(claim,)), seeds=1)
    assert example.media == media
