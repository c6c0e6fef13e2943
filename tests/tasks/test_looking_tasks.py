"""Questions, understanding, captions and statements: the categories that ask in words."""

from collections import Counter

import pytest
from msgspec.structs import replace

from sayso.records import Media, Question, Relation, Statement
from sayso.tasks import get, make_examples, meets, provides


def examples(name, item, seeds=40):
    return [example for seed in range(seeds) for example in make_examples(get(name), item=item, seed=seed)]


def unasked(item):
    """The item without its questions, so that tasks make their own from its objects."""
    return replace(item, questions=())


def pairs(name, item, slot):
    return {(example.fields[slot], example.references[0]) for example in examples(name, item)}


def test_a_question_keeps_all_of_its_answers(item):
    asked = Question(text="what is it?", answers=("sofa", "couch"))
    assert examples("open_domain_vqa", item(questions=(asked,)), seeds=1)[0].references == ("sofa", "couch")


def test_an_accepted_answer_is_no_wrong_option(item):
    asked = Question(text="what is it?", answers=("sofa", "couch"), options=("sofa", "couch", "bed"))
    example = examples("visual_question_answering", item(questions=(asked,)), seeds=1)[0]
    assert example.fields["options"].items == ("bed", "sofa")


def test_an_answer_without_known_rivals_is_not_asked_as_a_choice(item):
    asked = Question(text="who painted it?", answers=("nobody knows",))
    assert examples("visual_question_answering", item(questions=(asked,))) == []


def test_text_is_asked_for_by_what_it_is_written_on(item, thing):
    one = item(thing("sign", 0, 0, color="red", text="STOP"), thing("sign", 1, 0, color="blue", text="GO"))
    assert pairs("text_vqa", one, "question") == {
        ("what word is written on the red sign?", "STOP"),
        ("what word is written on the blue sign?", "GO"),
    }


def test_all_text_is_read_from_top_to_bottom(item, thing):
    one = item(thing("word", 0, 2, text="C"), thing("word", 2, 0, text="B"), thing("word", 0, 0, text="A"))
    assert examples("visual_text_extraction", one, seeds=1)[0].references == ("A B C",)


def test_a_colour_is_asked_without_being_said(scene):
    named = pairs("color_recognition", unasked(scene), "question")
    assert ("what color is the square?", "red") in named
    assert {("what color is the striped circle?", "blue"), ("what color is the plain circle?", "red")} <= named


@pytest.mark.parametrize(
    ("name", "asked", "answers"),
    [
        ("color_recognition", "what color is the square?", "red"),
        ("counting", "how many circles are there?", "2"),
        ("object_detection", "is there a blue square?", "no"),
    ],
)
def test_what_the_source_asks_goes_before_what_could_be_asked(scene, name, asked, answers):
    assert pairs(name, scene, "question") == {(asked, answers)}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("scene", "scene_recognition"),
        ("sport", "sport_understanding"),
        ("sentiment", "sentiment_understanding"),
        ("utility", "utility_affordance"),
        ("shape", "object_recognition"),
        ("object", "object_recognition"),
    ],
)
def test_a_kind_of_question_has_its_task_and_words_of_the_source_as_choices(item, kind, name):
    words = ("golf", "kitchen", "sad", "beach")
    asked = Question(text="what is it?", answers=("sad",), kind=kind)
    (example,) = examples(name, item(questions=(asked,), vocabulary={kind: words}), seeds=1)
    assert (example.fields["question"], example.references) == ("what is it?", ("sad",))
    assert set(example.fields["options"].items) == set(words)
    offered = Question(text="what is it?", answers=("sad",), kind=kind, options=("sad", "glad"))
    (example,) = examples(name, item(questions=(offered,), vocabulary={kind: words}), seeds=1)
    assert example.fields["options"].items == ("glad", "sad")


@pytest.mark.parametrize(
    ("kind", "name"),
    [("compositional", "compositional_vqa"), ("knowledge", "outside_knowledge_vqa"), ("text", "text_vqa")],
)
def test_a_question_of_a_task_of_its_own_is_no_open_question(item, kind, name):
    one = item(questions=(Question(text="what is it?", answers=("red",), kind=kind),))
    assert pairs(name, one, "question") == {("what is it?", "red")}
    for other in ("open_domain_vqa", "visual_question_answering"):
        assert examples(other, one) == []


def test_a_question_for_common_sense_or_of_a_brought_task_is_not_trained_as_an_open_one(item):
    for kind in ("commonsense", "task1_sorting"):
        one = item(questions=(Question(text="why?", answers=("yes",), options=("yes", "no"), kind=kind),))
        assert examples("open_domain_vqa", one) == examples("visual_question_answering", one) == []


def test_the_flaw_of_a_picture_is_chosen_among_those_the_source_knows(item):
    one = item(labels={"flaw": "blur"}, vocabulary={"flaw": ("blur", "dark", "none")})
    (example,) = examples("image_quality", one, seeds=1)
    assert (example.references, example.fields["options"].items) == (("blur",), ("blur", "dark", "none"))


def test_presence_is_true_of_something_or_of_nothing(scene):
    looks = [{one.label, *one.attributes.values()} for one in scene.objects]
    asked = pairs("object_detection", unasked(scene), "question")
    assert asked
    for question, answer in asked:
        words = question.removeprefix("is there a ").removeprefix("is there an ").removesuffix("?").split()
        there = any(set(words) <= look for look in looks)
        assert answer == ("yes" if there else "no")


def test_presence_is_true_as_often_as_not(scene):
    answers = Counter(example.references[0] for example in examples("object_detection", unasked(scene), seeds=300))
    assert 0.4 < answers["yes"] / answers.total() < 0.6


def test_one_option_alone_is_in_the_picture(scene):
    for example in examples("object_recognition", scene):
        assert len({"circle", "square", "word"} & set(example.fields["options"].items)) == 1


def counted(item):
    found = pairs("counting", item, "question")
    return {question.removeprefix("how many ").removesuffix(" are there?"): answer for question, answer in found}


def test_counts_are_right_for_classes_and_colours(scene):
    truth = {"circles": "2", "squares": "1", "red shapes": "2", "blue shapes": "1"}
    found = counted(unasked(scene))
    assert truth.items() <= found.items()
    assert {found[words] for words in found.keys() - truth} == {"0"}


def test_the_numbers_to_choose_from_are_those_of_other_things_in_the_picture(scene):
    for example in examples("counting", unasked(scene)):
        assert example.fields["options"].items == ("0", "1", "2")
    answers = Counter(example.references[0] for example in examples("counting", unasked(scene), seeds=300))
    assert all(0.25 < answers[number] / answers.total() < 0.42 for number in "012")


def test_how_many_there_are_in_all_is_not_asked_since_a_usual_number_would_do(item, thing):
    words = counted(item(thing("dog", 0, 0), thing("cat", 1, 0))).keys()
    assert {"dogs", "cats"} & words
    assert "objects" not in words


def test_a_class_with_a_crowd_is_not_counted(item, thing):
    one = item(thing("person", 0, 0), thing("person", 1, 0, crowd="yes"), thing("dog", 2, 0))
    found = counted(one)
    assert "dogs" in found
    assert "people" not in found


def test_a_picture_of_nothing_but_writing_is_not_counted(item, thing):
    assert examples("counting", item(thing("word", 0, 0, text="CAT"))) == []


def test_positions_are_those_of_the_boxes(scene):
    assert ("where is the square?", "bottom left") in pairs("position_reasoning", scene, "question")


def test_a_false_caption_says_what_is_nowhere_in_the_picture(scene):
    for caption, answer in pairs("image_text_matching", scene, "caption"):
        assert (answer == "yes") == (caption == scene.captions[0])
        assert answer == "yes" or not set(caption.strip(".").replace(",", "").split()) <= {"a", "and", "red", "blue", "circle", "square"}  # fmt: skip


def test_a_false_caption_keeps_its_article(item, thing):
    one = item(thing("dog", 0, 0), captions=("A dog sleeps on the floor",))
    wrong = {caption for caption, answer in pairs("image_text_matching", one, "caption") if answer == "no"}
    assert wrong
    assert not any(caption.split()[1][0] in "aeiou" for caption in wrong)


def test_what_a_caption_says_twice_its_foil_says_twice(item, thing):
    one = item(thing("dog", 0, 0), captions=("Dog meets dog.",))
    wrong = {caption for caption, answer in pairs("image_text_matching", one, "caption") if answer == "no"}
    assert wrong
    assert all(first.lower() == last for first, last in (caption.strip(".").split(" meets ") for caption in wrong))


@pytest.mark.parametrize("caption", ["there is no dog here", "a rose is a rose"])
def test_a_caption_that_cannot_be_made_wrong_is_left_out(item, thing, caption):
    assert examples("image_text_matching", item(thing("dog", 0, 0), captions=(caption,))) == []


def test_a_dialogue_does_not_tell_the_answer(scene):
    found = examples("visual_dialogue", scene)
    assert found
    for example in found:
        assert f"A: {example.references[0]}." not in example.fields["dialogue"]
        assert example.fields["question"] not in example.fields["dialogue"]


def test_a_passage_told_in_the_question_is_told_once(item):
    told = "top left: red circle"
    asked = Question(text=f"{told}. is there a circle?", answers=("yes",))
    one = item(media=(), questions=(asked,), labels={"description": told})
    example = examples("description_question_answering", one, seeds=1)[0]
    assert example.fields == {"passage": f"{told}.", "question": "is there a circle?"}
    assert example.media == ()


def test_statements_are_judged_over_two_images(item):
    image = Media(path="a.png", width=4, height=4)
    both = item(media=(image, image), statements=(Statement(text="they are equal.", label="False"),))
    assert meets(get("natural_language_visual_reasoning"), both)
    example = examples("natural_language_visual_reasoning", both, seeds=1)[0]
    assert (example.references, len(example.media)) == (("no",), 2)


def test_a_label_that_is_no_truth_value_is_left_out(item):
    assert examples("natural_language_visual_reasoning", item(statements=(Statement(text="x", label="maybe"),))) == []


def test_warming_up_is_told_everything(scene):
    assert examples("dense_description", scene, seeds=1)[0].references == (scene.labels["description"],)


def test_blank_captions_questions_and_statements_are_none(item):
    blank = item(
        captions=(" ", ""),
        questions=(Question(text=" ", answers=("yes",)),),
        statements=(Statement(text="", label="true"),),
        labels={"description": " "},
    )
    assert not {"captions", "questions", "statements", "description", "dialogue"} & provides(blank)
    assert examples("image_captioning", item(captions=("", "a dog.", " ")), seeds=1)[0].references == ("a dog.",)
    assert examples("open_domain_vqa", item(questions=(Question(text="what?", answers=("dog", "")),))) == []


@pytest.mark.parametrize(
    ("answer", "options", "wanted"),
    [
        ("3", (), ("0", "1", "2", "3", "4")),
        ("7", (), ("5", "6", "7", "8", "9")),
        ("2024", (), ("2020", "2021", "2022", "2023", "2024")),
        ("007", ("007", "008"), ("007", "008")),
        ("²", ("²", "³"), ("²", "³")),
        ("red", (), None),
        ("yes", (), ("no", "yes")),
        ("wug", ("dax", "wug", "dax"), ("dax", "wug")),
        ("Yes", (), ("No", "Yes")),
        ("NO", (), ("NO", "YES")),
        ("True", (), ("False", "True")),
    ],
)
def test_choices_of_an_answer(item, answer, options, wanted):
    found = examples(
        "visual_question_answering", item(questions=(Question(text="well?", answers=(answer,), options=options),))
    )
    assert found
    shown = {example.fields["options"].items for example in found}
    assert shown == {wanted} if wanted else all(answer in items and len(items) == 4 for items in shown)


@pytest.mark.parametrize("answer", ["007", "²", "٣", "-1", "3.5"])
def test_what_is_no_plain_number_has_no_block_of_numbers(item, answer):
    assert examples("visual_question_answering", item(questions=(Question(text="well?", answers=(answer,)),))) == []


def test_another_accepted_number_is_no_wrong_option(item):
    asked = Question(text="how many?", answers=("3", "4"))
    (example,) = examples("visual_question_answering", item(questions=(asked,)), seeds=1)
    assert example.fields["options"].items == ("0", "1", "2", "3")


def test_several_words_are_asked_for_as_words(item, thing):
    one = item(thing("sign", 0, 0, text="NO EXIT"))
    assert pairs("text_vqa", one, "question") == {("what words are written?", "NO EXIT")}


def test_a_picture_with_a_crowd_is_not_asked_for_totals_or_colours(item, thing):
    one = item(
        thing("circle", 0, 0, color="red"),
        thing("circle", 1, 0, color="red", crowd="yes"),
        thing("star", 2, 0, color="blue"),
    )
    assert counted(one).keys() <= {
        "stars",
        "crosses",
        "diamonds",
        "squares",
        "triangles",
    }


def test_two_names_with_one_plural_are_not_counted(item, thing):
    one = item(thing("glass", 0, 0), thing("glasses", 1, 0), thing("dog", 2, 0))
    found = counted(one)
    assert "dogs" in found
    assert "glasses" not in found


def test_an_inverse_relation_is_as_true_as_the_one_written_down(item, thing):
    one = item(
        thing("dog", 0, 0), thing("cat", 1, 1),
        relations=(Relation(subject=0, predicate="left of", object=1), Relation(subject=1, predicate="below", object=0)),
    )  # fmt: skip
    true = {
        "the dog is left of the cat.",
        "the cat is right of the dog.",
        "the dog is above the cat.",
        "the cat is below the dog.",
    }
    said = pairs("visual_spatial_relationship", one, "statement")
    assert {answer for _, answer in said} == {"no", "yes"}
    assert all((statement in true) == (answer == "yes") for statement, answer in said)
    assert examples("visual_object_relationship", one) == []


@pytest.mark.parametrize(
    "name", ["object_detection", "counting", "open_domain_vqa", "image_text_matching", "position_reasoning"]
)
def test_the_seed_alone_decides(scene, name):
    def first(seed):
        one = scene if name == "open_domain_vqa" else unasked(scene)
        return [tuple(example.fields.items()) for example in make_examples(get(name), item=one, seed=seed)]

    assert first(1) == first(1)
    assert len({str(first(seed)) for seed in range(30)}) > 1


def test_captions_of_other_pictures_are_wrong_where_no_word_can_be_exchanged(item):
    one = item(
        captions=("two friends rest.",), elsewhere={"captions": ("it rains.", "two friends rest.", "ships sail.")}
    )
    told = pairs("image_text_matching", one, "caption")
    assert told == {("two friends rest.", "yes"), ("it rains.", "no"), ("ships sail.", "no")}
    (example,) = examples("image_text_selection", one, seeds=1)
    assert set(example.fields["options"].items) == {"two friends rest.", "it rains.", "ships sail."}


def test_a_word_that_two_wrong_captions_share_gives_neither_away(item):
    others = ("a cat at rest.", "a cat at play.", "a bird in flight.", "a dog at play.")
    one = item(captions=("a dog in water.",), elsewhere={"captions": others})
    for example in examples("image_text_selection", one):
        words = [set(option.strip(".").split()) for option in example.fields["options"].items]
        assert len(words) >= 2
        assert all(a & b == {"a"} for place, a in enumerate(words) for b in words[:place])


def test_what_people_wrote_for_another_picture_and_is_true_of_this_one_is_no_wrong_caption(item):
    """Of a real bathroom: `the inside of a nice bathroom`, written for another one, was offered as wrong."""
    others = (
        "This is an image of the inside of a nice bathroom.",
        "A dining room table set for a meal.",
        "Two men hold frisbees.",
    )
    own = ("A bathroom with a walk-in closet.", "White tiles and a tub.")
    one = item(captions=own, elsewhere={"captions": others})
    wrong = {option for example in examples("image_text_selection", one) for option in example.fields["options"].items}
    judged = {caption for caption, verdict in pairs("image_text_matching", one, "caption") if verdict == "no"}
    assert judged == set(others[1:])
    assert wrong - set(own)
    assert wrong <= {*own, *others[1:]}


def test_one_question_of_presence_is_not_asked_twice_of_a_picture(thing, item):
    one = item(*(thing("circle", column, row, color="red") for column in range(3) for row in range(3)))
    for seed in range(200):
        asked = [e.fields["question"] for e in make_examples(get("object_detection"), item=one, seed=seed)]
        assert asked
        assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("label", ["scissors", "Platelets", "skis"])
def test_what_is_several_by_its_name_is_asked_about_in_the_plural(label, thing, item):
    one = item(thing(label, 0, 0, color="red"), thing("bus", 2, 2, color="blue"))
    asked = {
        example.fields["question"]
        for name in ("object_detection", "position_reasoning", "color_recognition", "grounded_vqa")
        for example in examples(name, one)
        if label in example.fields["question"]
    }
    assert {f"where are the {label}?", f"what color are the {label}?", f"which are the {label}?"} <= asked
    assert any(question.startswith("are there") for question in asked)
    assert not any(f"is the {label}" in question or "is there" in question for question in asked)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("natural_language_visual_reasoning", {"kind": ""}),
        ("visual_spatial_relationship", {"kind": "spatial"}),
        ("visual_entailment", {"kind": "entailment"}),
        ("multimodal_factual_checking", {"kind": "claim", "context": "Seen at noon"}),
    ],
)
def test_a_sentence_without_an_end_gets_one_since_wordings_go_on_after_it(name, more, item):
    """NLVR: `There is 1 tower with a black block at the bottom Does it agree with what is shown?`"""
    for text in ("There is 1 tower", "There is 1 tower."):
        said = item(statements=(Statement(text=text, label="true", **more),))
        for example in examples(name, said):
            words = [value for value in example.fields.values() if isinstance(value, str)]
            assert "There is 1 tower." in words
            assert all(value.endswith(".") for value in words)


def test_a_question_fits_the_picture_or_is_the_one_most_like_it_from_elsewhere(item):
    own = tuple(Question(text=text, answers=("x",)) for text in ("what color is the dog?", "how many are there?"))
    one = item(
        questions=own, elsewhere={"questions": ("what color is the cat?", "who runs?", "what color is the dog?")}
    )
    assert pairs("question_image_matching", one, "question") == {
        ("what color is the dog?", "yes"),
        ("what color is the cat?", "no"),
    }
