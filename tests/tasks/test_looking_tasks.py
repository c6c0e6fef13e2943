"""Questions, understanding, captions and statements: the categories that ask in words."""

import pytest

from sayso.records import Media, Question, Relation, Statement
from sayso.tasks import get, make_examples, meets, provides


def examples(name, item, seeds=40):
    return [example for seed in range(seeds) for example in make_examples(get(name), item=item, seed=seed)]


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
    named = pairs("color_recognition", scene, "object")
    assert ("square", "red") in named
    assert {("striped circle", "blue"), ("plain circle", "red")} <= named


def test_presence_is_true_of_something_or_of_nothing(scene):
    looks = [{one.label, *one.attributes.values()} for one in scene.objects]
    for words, answer in pairs("object_detection", scene, "object"):
        there = any(set(words.split()[1:]) <= look for look in looks)
        assert answer == ("yes" if there else "no")


def test_one_option_alone_is_in_the_picture(scene):
    for example in examples("object_recognition", scene):
        assert len({"circle", "square", "word"} & set(example.fields["options"].items)) == 1


def test_counts_are_right_for_classes_colours_both_and_all(scene):
    truth = {"circles": "2", "squares": "1", "red shapes": "2", "red circles": "1", "shapes": "3", "blue shapes": "1"}
    counted = dict(pairs("counting", scene, "objects"))
    assert "0" in counted.values()
    assert {words: counted[words] for words in counted if words in truth}.items() <= truth.items()
    assert all(counted[words] == "0" for words in counted.keys() - truth.keys() - {"blue circles", "red squares"})


def test_a_photograph_is_not_asked_how_many_objects_there_are_in_all(item, thing):
    words = {words for words, _ in pairs("counting", item(thing("dog", 0, 0), thing("cat", 1, 0)), "objects")}
    assert {"dogs", "cats"} & words
    assert "objects" not in words


def test_a_class_with_a_crowd_is_not_counted(item, thing):
    one = item(thing("person", 0, 0), thing("person", 1, 0, crowd="yes"), thing("dog", 2, 0))
    assert "people" not in {words for words, _ in pairs("counting", one, "objects")}


def test_a_picture_of_nothing_but_writing_is_not_counted(item, thing):
    assert examples("counting", item(thing("word", 0, 0, text="CAT"))) == []


def test_positions_are_those_of_the_boxes(scene):
    assert ("square", "bottom left") in pairs("position_reasoning", scene, "object")


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
        assert f"A: {example.references[0]}" not in example.fields["dialogue"]
        assert example.fields["question"] not in example.fields["dialogue"]


def test_a_passage_told_in_the_question_is_told_once(item):
    told = "top left: red circle"
    asked = Question(text=f"{told}. is there a circle?", answers=("yes",))
    one = item(media=(), questions=(asked,), labels={"description": told})
    example = examples("description_question_answering", one, seeds=1)[0]
    assert example.fields == {"passage": told, "question": "is there a circle?"}
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
    assert {words for words, _ in pairs("counting", one, "objects")} <= {
        "stars",
        "crosses",
        "diamonds",
        "squares",
        "triangles",
    }


def test_two_names_with_one_plural_are_not_counted(item, thing):
    one = item(thing("glass", 0, 0), thing("glasses", 1, 0), thing("dog", 2, 0))
    assert "glasses" not in {words for words, _ in pairs("counting", one, "objects")}


def test_an_inverse_relation_is_as_true_as_the_one_written_down(item, thing):
    one = item(
        thing("dog", 0, 0), thing("cat", 1, 1),
        relations=(Relation(subject=0, predicate="left of", object=1), Relation(subject=1, predicate="below", object=0)),
    )  # fmt: skip
    said = dict(pairs("visual_spatial_relationship", one, "statement"))
    assert said["the dog is left of the cat."] == "yes"
    assert said.get("the dog is above the cat.", "yes") == "yes"
    assert said.get("the cat is right of the dog.", "yes") == "yes"
    assert examples("visual_object_relationship", one) == []


@pytest.mark.parametrize(
    "name", ["object_detection", "counting", "open_domain_vqa", "image_text_matching", "position_reasoning"]
)
def test_the_seed_alone_decides(scene, name):
    def first(seed):
        return [tuple(example.fields.items()) for example in make_examples(get(name), item=scene, seed=seed)]

    assert first(1) == first(1)
    assert len({str(first(seed)) for seed in range(30)}) > 1
