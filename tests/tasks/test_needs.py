import pytest

from sayso.records import AnnotatedItem, Media, Phrase, Question, Region, Statement
from sayso.tasks import NEEDS, get, meets, provides

IMAGE = Media(path="a.png", width=4, height=4)


def test_a_bare_item_provides_nothing():
    assert provides(AnnotatedItem(id="x", source="s")) == frozenset()


def test_a_full_scene_provides_what_it_is_made_of_and_what_can_be_made_of_that(scene):
    assert provides(scene) == {
        "image", "images", "objects", "boxes", "attributes", "color", "size", "texture", "text_in_image", "relations",
        "captions", "caption_foils", "questions", "statements", "dialogue", "description", "region_phrases", "expressions",
        "region_attributes", "pointing_question", "color_question", "count_question", "object_question",
        "position_question", "presence_question", "text_question", "spatial_facts",
    }  # fmt: skip


EITHER = {
    "color": ("color_question",), "count": ("count_question",), "presence": ("presence_question",),
    "object": ("object_question",), "shape": ("shape_question", "object_question"), "scene": ("scene_question",),
    "knowledge": ("knowledge_question",), "": (),
}  # fmt: skip


@pytest.mark.parametrize("kind", EITHER)
def test_a_question_of_a_kind_meets_the_need_that_facts_meet_too(item, kind):
    one = item(questions=(Question(text="well?", answers=("x",), kind=kind),))
    assert provides(one) == {"image", "images", "questions", *EITHER[kind]}


def test_what_other_items_say_is_offered_unless_it_is_blank(item):
    one = item(elsewhere={"captions": ("a dog.",), "questions": (" ",)})
    assert provides(one) == {"image", "images", "other_captions", "caption_foils"}


def test_phrases_meet_what_objects_with_a_look_meet(item):
    box = Region(x1=0, y1=0, x2=0.5, y2=0.5)
    plain, unique = (Phrase(text="a dog", region=box, unique=flag) for flag in (False, True))
    assert provides(item(phrases=(plain,))) == {"image", "images", "phrases", "region_phrases"}
    assert provides(item(phrases=(unique,))) == {"image", "images", "phrases", "region_phrases", "expressions"}


def test_labels_kinds_of_statements_and_pointing_are_offered_by_name(item):
    one = item(
        labels={"flaw": "blur", "disaster": " "},
        statements=(Statement(text="so it is.", label="true", kind="claim"),),
        questions=(Question(text="which one?", answer_box=Region(x1=0, y1=0, x2=0.5, y2=0.5)),),
    )
    assert provides(one) >= {"flaw", "claim_statement", "pointing_question"}
    assert "disaster" not in provides(one)


def test_every_need_that_an_item_can_provide_is_explained(scene):
    assert provides(scene) <= NEEDS.keys()


def test_one_and_two_images_are_told_apart(item):
    assert provides(item()) == {"image", "images"}
    assert provides(item(media=(IMAGE, IMAGE))) == {"two_images", "images"}
    assert provides(item(media=(IMAGE,) * 3)) == {"images"}


def test_an_image_with_a_sound_is_not_a_lone_image(item):
    assert "image" not in provides(item(media=(IMAGE, Media(kind="audio", path="a.wav", width=0, height=0))))


def test_a_crowd_has_no_box_to_ask_about(item, thing):
    assert "boxes" not in provides(item(thing("person", 0, 0, crowd="yes")))


def test_a_position_alone_is_no_look(item, thing):
    assert "attributes" not in provides(item(thing("word", 0, 0, position="top left")))


def test_a_task_meets_an_item_with_all_of_its_needs(item, thing):
    assert meets(get("color_recognition"), item(thing("circle", 0, 0, color="red")))
    assert not meets(get("color_recognition"), item(thing("circle", 0, 0)))
